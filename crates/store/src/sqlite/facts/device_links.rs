//! Facts of links by which people sign in on another device.

use chatterbox_core::changes::{DeviceLinkFact, Facts, LeftLink, Table};
use chatterbox_protocol::ids::{Seq, SessionId, UserId};
use chatterbox_protocol::sessions::NewDevice;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::rows;

const BY_USER: &str = "
SELECT code_hash, made_by, expires_at, session_id, begun_at, changed_seq FROM device_links WHERE user_id = ?1";

const WRITE: &str = "
INSERT INTO device_links (user_id, code_hash, made_by, expires_at, session_id, begun_at, changed_seq)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, made_by = excluded.made_by,
    expires_at = excluded.expires_at, session_id = excluded.session_id, begun_at = excluded.begun_at,
    changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let found = connection.prepare_cached(BY_USER)?.query_row([user.to_i64()], fact_of).optional()?;
    facts.device_links.learn(user, found);
    Ok(())
}

fn fact_of(row: &Row<'_>) -> rusqlite::Result<DeviceLinkFact> {
    let left = match row.get(0)? {
        Some(code_hash) => {
            let made_by = SessionId(rows::number(row, 1)?);
            Some(LeftLink { code_hash, made_by, expires: rows::time(row, 2)? })
        }
        None => None,
    };
    let device = match row.get::<_, Option<i64>>(3)? {
        Some(_) => Some(NewDevice { session: SessionId(rows::number(row, 3)?), time: rows::time(row, 4)? }),
        None => None,
    };
    Ok(DeviceLinkFact { left, device, changed_seq: Seq(rows::number(row, 5)?) })
}

pub(super) fn write(connection: &Connection, links: &Table<UserId, DeviceLinkFact>) -> rusqlite::Result<()> {
    for (user, DeviceLinkFact { left, device, changed_seq }, _) in links.to_write() {
        let (left, device) = (left.as_ref(), device.as_ref());
        let values = params![
            user.to_i64(),
            left.map(|link| link.code_hash),
            left.map(|link| link.made_by.to_i64()),
            left.map(|link| link.expires.0),
            device.map(|device| device.session.to_i64()),
            device.map(|device| device.time.0),
            changed_seq.to_i64(),
        ];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}
