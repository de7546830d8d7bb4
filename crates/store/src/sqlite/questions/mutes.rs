//! Whom people do not want to hear, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::Entry;

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::rows;

/// Whom somebody has muted, and whom no longer, in their own log.
pub(super) const MUTES: Strand = Strand {
    since:
        "
SELECT muted_id, is_muted, changed_seq FROM mutes WHERE user_id = ?1 AND changed_seq > ?2 ORDER BY changed_seq LIMIT ?3",
    read: |row| {
        let (whom, seq) = (UserId(rows::number(row, 0)?), Seq(rows::number(row, 2)?));
        Ok(Latest::State(Entry::mute(seq, whom, row.get(1)?)))
    },
};
