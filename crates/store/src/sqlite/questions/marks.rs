//! Questions about marks, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::{Entry, Mark};
use rusqlite::Row;

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{FurthestMarks, House};

/// Marks in their user's own log.
pub(super) const MARKS: Strand = Strand {
    since: "
SELECT room_id, up_to, changed_seq, listed FROM marks WHERE user_id = ?1 AND changed_seq > ?2 ORDER BY changed_seq LIMIT ?3",
    read: |row| {
        let (room, mark) = (RoomId(rows::number(row, 0)?), Mark { up_to: Seq(rows::number(row, 1)?), listed: row.get(3)? });
        Ok(Latest::State(Entry::mark(Seq(rows::number(row, 2)?), room, mark)))
    },
};

pub(super) const FURTHEST: &str =
    "SELECT user_id, seen FROM marks WHERE room_id = ?1 ORDER BY seen DESC, user_id LIMIT 2";

impl Question<House> for FurthestMarks {
    type Answer = Vec<(UserId, Seq)>;

    fn answer(self, _: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let of = |row: &Row<'_>| Ok((UserId(rows::number(row, 0)?), Seq(rows::number(row, 1)?)));
        let mut query = snapshot.connection.prepare_cached(FURTHEST)?;
        Ok(query.query_map([self.room.to_i64()], of)?.collect::<rusqlite::Result<_>>()?)
    }
}
