//! Reading columns, by their names or places, as the store's types.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::order::Order;
use chatterbox_protocol::place::Admission;
use chatterbox_protocol::profiles::{PersonStatus, Profile};
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Row, RowIndex};

/// An id or a sequence number. Errors on a negative one, which only a damaged file can hold.
pub(super) fn number(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| damaged(row, column, Type::Integer))
}

/// A moment.
pub(super) fn time(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

/// A moment that need not be.
pub(super) fn optional_time(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// A role by its name.
pub(super) fn role(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Role> {
    let name: String = row.get(column)?;
    Role::from_name(&name).ok_or_else(|| damaged(row, column, Type::Text))
}

/// Who may register, by its name.
pub(super) fn admission(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Admission> {
    let name: String = row.get(column)?;
    Admission::from_name(&name).ok_or_else(|| damaged(row, column, Type::Text))
}

/// A kind of room by its name.
pub(super) fn room_kind(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<RoomKind> {
    let name: String = row.get(column)?;
    RoomKind::from_name(&name).ok_or_else(|| damaged(row, column, Type::Text))
}

/// What a room is, of the columns of `rooms` that say so.
pub(super) fn room_state(row: &Row<'_>) -> rusqlite::Result<RoomState> {
    let people: Option<String> = row.get("people")?;
    let ids = people.iter().flat_map(|people| people.split(','));
    let people = ids.map(|id| id.parse().map(UserId).map_err(|_| damaged(row, "people", Type::Text)));
    Ok(RoomState {
        kind: room_kind(row, "kind")?,
        name: row.get("name")?,
        topic: row.get("topic")?,
        icon: row.get("icon")?,
        archived: row.get("archived")?,
        closed_at: row.get::<_, Option<i64>>("closed_seq")?.map(|seq| Seq(seq.cast_unsigned())),
        people: people.collect::<rusqlite::Result<_>>()?,
    })
}

/// The people of a direct room, as they are stored.
pub(super) fn people_of(people: &[UserId]) -> String {
    people.iter().map(UserId::to_string).collect::<Vec<_>>().join(",")
}

/// The order in which somebody has their rooms, of the columns of `orders` that say so.
pub(super) fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let ids = |column| {
        let id = |id: &str| id.parse().map(RoomId).map_err(|_| damaged(row, column, Type::Text));
        let all: String = row.get(column)?;
        all.split_terminator(',').map(id).collect::<rusqlite::Result<_>>()
    };
    let folded: String = row.get("folded")?;
    let folded = folded.split_terminator(',').map(str::to_owned).collect();
    Ok(Order { pinned: ids("pinned")?, rooms: ids("rooms")?, folded })
}

/// What somebody says of themselves, of the columns of `users` that say so.
pub(super) fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let (emoji, text): (String, String) = (row.get("status_emoji")?, row.get("status_text")?);
    let says_something = !emoji.is_empty() || !text.is_empty();
    let until = optional_time(row, "status_until")?;
    Ok(Profile {
        name: row.get("display_name")?,
        bio: row.get("bio")?,
        pronouns: row.get("pronouns")?,
        time_zone: row.get("time_zone")?,
        status: says_something.then_some(PersonStatus { emoji, text, until }),
        picture: row.get("picture")?,
    })
}

/// What somebody is to a room, of the columns of `memberships` that say so.
pub(super) fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    let name: String = row.get("change")?;
    let change = MemberChange::from_name(&name).ok_or_else(|| damaged(row, "change", Type::Text))?;
    let by: Option<i64> = row.get("by_id")?;
    let by = by.map(|id| UserId(id.cast_unsigned()));
    Ok(Member { change, by, time: time(row, "changed_at")?, moderator: row.get("moderator")? })
}

/// A column that only a damaged file can hold.
pub(super) fn damaged(row: &Row<'_>, column: impl RowIndex, kind: Type) -> Error {
    let index = column.idx(row.as_ref()).unwrap_or(0);
    Error::FromSqlConversionFailure(index, kind, Box::new(FromSqlError::InvalidType))
}
