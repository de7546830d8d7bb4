//! The order of rooms, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::Entry;

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::rows;

/// The order in which somebody has their rooms, in their own log.
pub(super) const ORDER: Strand = Strand {
    since: "
SELECT pinned, rooms, folded, changed_seq, user_id FROM orders WHERE user_id = ?1 AND changed_seq > ?2 LIMIT ?3",
    read: |row| {
        let (seq, user) = (Seq(rows::number(row, 3)?), UserId(rows::number(row, 4)?));
        Ok(Latest::State(Entry::order(seq, user, rows::order(row)?)))
    },
};
