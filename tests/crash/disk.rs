//! A disk that forgets: what a data directory may look like after a power cut. Everything before the last sync of a file
//! is there; of what was written after it, any sector may be old or new; and a file that was made since the last sync of
//! its directory may be missing.

use std::collections::BTreeMap;
use std::path::Path;

use fastrand::Rng;

use crate::calls::Call;

/// The files that hold data. The index of the log lives in memory, and the lock holds nothing.
const KEPT: [&str; 2] = ["chatterbox.db", "chatterbox.db-wal"];

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// What may be lost, in order.
    pending: Vec<Pending>,
    /// Whether its name is on the disk.
    is_entered: bool,
}

#[derive(Debug)]
struct Pending {
    change: Change,
    end: usize,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// The directory, at some line of the trace.
#[derive(Debug)]
pub(crate) struct Disk<'a> {
    directory: &'a str,
    files: BTreeMap<&'static str, File>,
}

impl<'a> Disk<'a> {
    pub(crate) fn new(directory: &'a str) -> Self {
        Self { directory, files: BTreeMap::new() }
    }

    fn name(&self, path: &str) -> Option<&'static str> {
        let name = path.strip_prefix(self.directory)?.strip_prefix('/')?;
        KEPT.into_iter().find(|kept| *kept == name)
    }

    /// A call has begun: what it changes may be on the disk from now on.
    pub(crate) fn begins(&mut self, call: &Call<'_>) {
        let Some(name) = self.name(&call.file) else { return };
        let change = match call.name {
            "pwrite64" => {
                let mut bytes = call.bytes();
                bytes.truncate(usize::try_from(call.result()).unwrap());
                Change::Write { at: usize::try_from(call.last()).unwrap(), bytes }
            }
            "ftruncate" => Change::Resize(usize::try_from(call.last()).unwrap()),
            "fsync" | "fdatasync" => return,
            other => panic!("{other} of {name} is not understood"),
        };
        self.files.entry(name).or_default().pending.push(Pending { change, end: call.end });
    }

    /// A call has ended. If it was a sync, what had ended before it began is on the disk.
    pub(crate) fn ends(&mut self, call: &Call<'_>) {
        if !matches!(call.name, "fsync" | "fdatasync") {
            return;
        }
        if call.file == self.directory {
            self.files.values_mut().for_each(|file| file.is_entered = true);
        }
        let Some(file) = self.name(&call.file).and_then(|name| self.files.get_mut(name)) else { return };
        for Pending { change, end } in std::mem::take(&mut file.pending) {
            if end < call.begin {
                change.apply(&mut file.synced, usize::MAX, &mut || true);
            } else {
                file.pending.push(Pending { change, end });
            }
        }
    }

    /// Cuts the power, and writes what is left to another directory.
    pub(crate) fn cut(&self, random: &mut Rng, into: &Path) {
        for (name, file) in &self.files {
            let (sector, kept_percent) = (random.choice([512, 4096]).unwrap(), random.choice([0, 10, 50, 90]).unwrap());
            if !file.is_entered && random.bool() {
                continue;
            }
            let mut left = file.synced.clone();
            for pending in &file.pending {
                pending.change.apply(&mut left, sector, &mut || random.u8(..100) < kept_percent);
            }
            std::fs::write(into.join(name), left).unwrap();
        }
        // The index of the log is whatever was in memory, or nothing that makes sense.
        let garbage: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(32 * 1024).collect();
        std::fs::write(into.join("chatterbox.db-shm"), garbage).unwrap();
    }
}

impl Change {
    /// Makes the change sector by sector, where it is kept.
    fn apply(&self, content: &mut Vec<u8>, sector: usize, is_kept: &mut dyn FnMut() -> bool) {
        match self {
            Self::Resize(length) if is_kept() => content.resize(*length, 0),
            Self::Resize(_) => {}
            Self::Write { at, bytes } => {
                let mut from = *at;
                while from < at + bytes.len() {
                    // Up to the next boundary of a sector, or to the end.
                    let to = (from - from % sector).saturating_add(sector).min(at + bytes.len());
                    if is_kept() {
                        content.resize(content.len().max(to), 0);
                        content[from..to].copy_from_slice(&bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}
