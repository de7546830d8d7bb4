//! The end of a backup: a line with the SHA-256 of everything before it. SQLite, which knows how many pages a database has,
//! does not look so far; so the file is a database still.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

const BEGIN: &str = "\nchatterbox backup sha256 ";
const DIGEST_LETTERS: usize = 64;
const BYTES: usize = BEGIN.len() + DIGEST_LETTERS + 1;

/// Seals a file that is whole. Answers its size.
pub(super) fn put(file: &File, path: &Path) -> io::Result<u64> {
    // Read through another handle, as anybody will.
    let (digest, bytes) = digest(File::open(path)?, &mut io::sink())?;
    let mut file = file;
    file.seek(SeekFrom::End(0))?;
    file.write_all(format!("{BEGIN}{digest}\n").as_bytes())?;
    Ok(bytes + BYTES as u64)
}

/// What a sealed file holds, and the digest that its seal tells; none if it has no seal.
pub(super) fn open(path: &Path) -> io::Result<Option<(io::Take<File>, String)>> {
    let mut file = File::open(path)?;
    let Some(content) = file.metadata()?.len().checked_sub(BYTES as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(content))?;
    let mut seal = Vec::new();
    file.read_to_end(&mut seal)?;
    let digest = str::from_utf8(&seal).ok().and_then(|seal| seal.strip_prefix(BEGIN)?.strip_suffix('\n'));
    let Some(digest) = digest.filter(|digest| digest.len() == DIGEST_LETTERS).map(str::to_owned) else {
        return Ok(None);
    };
    file.rewind()?;
    Ok(Some((file.take(content), digest)))
}

/// Copies everything, and answers its digest and how much it was.
pub(super) fn digest(mut from: impl Read, into: &mut dyn Write) -> io::Result<(String, u64)> {
    let (mut digest, mut bytes, mut some) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        let count = from.read(&mut some)?;
        if count == 0 {
            let letters = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((letters, bytes));
        }
        digest.update(&some[..count]);
        into.write_all(&some[..count])?;
        bytes += count as u64;
    }
}
