//! Reading columns, by their names or places, as the store's types.

use chatterbox_core::rooms::RoomKind;
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

/// A kind of room by its name.
pub(super) fn room_kind(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<RoomKind> {
    let name: String = row.get(column)?;
    RoomKind::from_name(&name).ok_or_else(|| damaged(row, column, Type::Text))
}

fn damaged(row: &Row<'_>, column: impl RowIndex, kind: Type) -> Error {
    let index = column.idx(row.as_ref()).unwrap_or(0);
    Error::FromSqlConversionFailure(index, kind, Box::new(FromSqlError::InvalidType))
}
