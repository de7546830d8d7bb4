//! Questions about logs, in SQL: how far people's own go, and the house's. Rooms' are with the rooms.

use chatterbox_protocol::ids::{Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::rows;

/// A mark bears its number itself, and leaves its user's row alone.
const OWN: &str = "
SELECT max(users.own_floor, users.account_seq, coalesce(
    (SELECT changed_seq FROM marks WHERE user_id = users.id ORDER BY changed_seq DESC LIMIT 1), 0))
FROM users WHERE id = ?1";

const HOUSE: &str = "
SELECT max(seq_floor, coalesce((SELECT card_seq FROM users ORDER BY card_seq DESC LIMIT 1), 0)) FROM house";

/// The number of the last change in a user's own log; none if there is no such user.
pub(in crate::sqlite) fn last_of_own(connection: &Connection, user: UserId) -> rusqlite::Result<Option<Seq>> {
    connection.prepare_cached(OWN)?.query_row([user.to_i64()], first_seq).optional()
}

/// The number of the last change in the house's log.
pub(in crate::sqlite) fn last_of_house(connection: &Connection) -> rusqlite::Result<Seq> {
    connection.prepare_cached(HOUSE)?.query_row([], first_seq)
}

fn first_seq(row: &Row<'_>) -> rusqlite::Result<Seq> {
    rows::number(row, 0).map(Seq)
}
