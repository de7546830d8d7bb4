//! A look into what a process has in its memory, as somebody does who has got hold of a core dump.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Bytes that are looked at together.
const CHUNK: usize = 64 * 1024;
static NOTHING: [u8; CHUNK] = [0; CHUNK];

/// Where these bytes are, in any memory that the process may write to.
pub(crate) fn places(process: u32, wanted: &[u8]) -> Vec<String> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).expect("the process is there");
    let memory = File::open(format!("/proc/{process}/mem")).expect("the process is one's own");
    let mut found = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).expect("an address"));
        let mut chunk = vec![0; CHUNK + wanted.len() - 1];
        let mut at = from;
        while at < to {
            let length = chunk.len().min(usize::try_from(to - at).expect("it fits"));
            // What cannot be read is not memory.
            let Ok(read) = memory.read_at(&mut chunk[..length], at) else { break };
            let read = &chunk[..read];
            let is_empty =
                read.len() >= CHUNK && read[..CHUNK] == NOTHING && read[CHUNK..].iter().all(|byte| *byte == 0);
            if !is_empty && let Some(offset) = read.windows(wanted.len()).position(|window| window == wanted) {
                let name = line.split_whitespace().nth(5).unwrap_or("nameless memory");
                let around = &read[offset.saturating_sub(64)..read.len().min(offset + wanted.len() + 32)];
                let around = around.escape_ascii();
                found.push(format!("{:x} in {from:x}-{to:x}, {name}: {around}", at + offset as u64));
            }
            at += CHUNK as u64;
        }
    }
    found
}
