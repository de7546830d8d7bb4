//! A small disk of a test's own, to be filled. It is in memory, so that a sync does nothing on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The disk, which goes away with the test.
pub(crate) struct Disk(tempfile::TempDir);

impl Disk {
    /// None without the right to mount.
    pub(crate) fn new(mebibytes: u32) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let size = format!("size={mebibytes}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path()).output();
        mount.is_ok_and(|output| output.status.success()).then(|| Self(directory))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes all the space that is left.
    pub(crate) fn fill(&self) {
        self.fill_but(0);
    }

    /// Takes all the space that is left but so many bytes.
    pub(crate) fn fill_but(&self, bytes: u64) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).expect("a file");
        for size in [64 * 1024, 4096] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
        let filled = file.metadata().expect("a file").len();
        file.set_len(filled - bytes).expect("it can be cut");
    }

    /// Gives it back.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.filler()).expect("it was filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}
