//! Strands: what a log has of one kind, in the order of last changes. A page of a log is merged from its strands.

use chatterbox_core::logs::Latest;
use rusqlite::Row;

/// A kind of thing in a log.
#[derive(Clone, Copy)]
pub(super) struct Strand {
    /// Finds what has changed of it in the log (of the room or user `?1`) after a place (`?2`), as it is now, by rising numbers;
    /// `?3` rows at the most.
    pub(super) since: &'static str,
    /// Reads a row of that.
    pub(super) read: fn(&Row<'_>) -> rusqlite::Result<Latest>,
}
