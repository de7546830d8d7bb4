//! Random numbers, some hundreds at a time.

use crate::Error;

/// Gives each change one.
#[derive(Debug)]
pub(super) struct Chance {
    numbers: [u8; 1024],
    used: usize,
}

impl Chance {
    pub(super) fn new() -> Self {
        Self { numbers: [0; 1024], used: 1024 }
    }

    /// Another number. Errors if the system has none.
    pub(super) fn next(&mut self) -> Result<u64, Error> {
        let next = self.numbers[self.used..].first_chunk();
        let Some(number) = next.copied() else {
            getrandom::fill(&mut self.numbers).map_err(|error| Error::Failed(format!("no random numbers: {error}")))?;
            self.used = 0;
            return self.next();
        };
        self.used += size_of::<u64>();
        Ok(u64::from_ne_bytes(number))
    }
}
