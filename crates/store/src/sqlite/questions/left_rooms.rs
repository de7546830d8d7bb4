//! Rooms that everybody has left, in SQL.

use chatterbox_protocol::ids::RoomId;

use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{House, LeftRooms};

const LEFT: &str = "
SELECT id, name FROM rooms WHERE kind = 'closed'
AND NOT EXISTS (SELECT 1 FROM memberships WHERE room_id = rooms.id AND is_in = 1) ORDER BY id";

impl Question<House> for LeftRooms {
    type Answer = Vec<(RoomId, String)>;

    fn answer(self, _: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let mut query = snapshot.connection.prepare_cached(LEFT)?;
        let found = query.query_map([], |row| Ok((RoomId(rows::number(row, "id")?), row.get("name")?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
