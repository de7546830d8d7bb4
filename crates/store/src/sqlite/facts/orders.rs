//! Facts of the order in which people have rooms.

use chatterbox_core::changes::{Facts, OrderFact, Table};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::order::Order;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::rows;

const BY_USER: &str = "SELECT pinned, rooms, folded, changed_seq FROM orders WHERE user_id = ?1";

const WRITE: &str = "
INSERT INTO orders (user_id, pinned, rooms, folded, changed_seq) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (user_id) DO UPDATE SET pinned = excluded.pinned, rooms = excluded.rooms, folded = excluded.folded,
    changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| Ok(OrderFact { order: rows::order(row)?, changed_seq: Seq(rows::number(row, 3)?) });
    facts.orders.learn(user, connection.prepare_cached(BY_USER)?.query_row([user.to_i64()], of).optional()?);
    Ok(())
}

pub(super) fn write(connection: &Connection, orders: &Table<UserId, OrderFact>) -> rusqlite::Result<()> {
    for (user, OrderFact { order, changed_seq }, _) in orders.to_write() {
        let Order { pinned, rooms, folded } = order;
        let values = params![user.to_i64(), ids(pinned), ids(rooms), folded.join(","), changed_seq.to_i64()];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}

fn ids(rooms: &[RoomId]) -> String {
    rooms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
