//! The directory of rooms, in SQL.

use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::usernames::fold;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::users::Role;
use rusqlite::{Row, params};

use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{Actor, Directory, DirectoryRow};

/// Rooms by their names, that somebody (`?1`) belongs to, or that are open if they may see those (`?2`): behind one of them (`?3`),
/// with something in their names or topics (`?4`), so many (`?5`). `?6` is whether the first room is theirs without a row.
const PAGE: &str = "
SELECT rooms.id, rooms.kind, rooms.name, rooms.topic, rooms.icon, rooms.archived, rooms.closed_seq, rooms.people,
    memberships.user_id IS NOT NULL OR (rooms.id = 1 AND ?6) AS is_member,
    (SELECT count(*) FROM memberships AS members WHERE members.room_id = rooms.id AND members.is_in = 1)
        + CASE WHEN rooms.id = 1 THEN (SELECT count(*) FROM users WHERE active = 1 AND role <> 'guest') ELSE 0 END AS members,
    coalesce((SELECT sent_at FROM messages WHERE messages.room_id = rooms.id ORDER BY messages.seq DESC LIMIT 1),
        rooms.created_at) AS active_at
FROM rooms LEFT JOIN memberships
    ON memberships.room_id = rooms.id AND memberships.user_id = ?1 AND memberships.is_in = 1
WHERE rooms.kind <> 'direct' AND (memberships.user_id IS NOT NULL OR (rooms.kind = 'open' AND ?2))
AND (rooms.name_fold, rooms.id) > (coalesce((SELECT name_fold FROM rooms WHERE id = ?3), ''), ?3)
AND (?4 = '' OR instr(rooms.name_fold, ?4) > 0 OR instr(lower(rooms.topic), ?4) > 0)
ORDER BY rooms.name_fold, rooms.id LIMIT ?5";

impl Question<Actor> for Directory {
    type Answer = Vec<DirectoryRow>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let Self { search, after, limit } = self;
        let of = |row: &Row<'_>| {
            Ok(DirectoryRow {
                id: RoomId(rows::number(row, "id")?),
                state: rows::room_state(row)?,
                is_member: row.get("is_member")?,
                members: rows::number(row, "members")?,
                active: rows::time(row, "active_at")?,
            })
        };
        let sees_open = may(by.role, Action::ListRooms, Whose::Foreign);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let has_first = by.role != Role::Guest;
        let key = params![by.user.to_i64(), sees_open, after.to_i64(), fold(search.trim()), limit, has_first];
        let mut query = snapshot.connection.prepare_cached(PAGE)?;
        Ok(query.query_map(key, of)?.collect::<rusqlite::Result<_>>()?)
    }
}
