//! Links by which people sign in on another device, in SQL.

use chatterbox_core::changes::Refused;
use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::{Seq, SessionId, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::sessions::NewDevice;
use rusqlite::{OptionalExtension, Row, params};

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot, place};
use crate::sqlite::rows;
use crate::{LookAtDeviceLink, SeenDeviceLink, Stranger};

/// Whom a link signs in, if it does so still, and its maker and the session that made it are there.
const LEFT: &str = "
SELECT users.username, users.display_name FROM device_links
JOIN users ON users.id = device_links.user_id
JOIN sessions ON sessions.id = device_links.made_by AND sessions.user_id = users.id
WHERE users.id = ?1 AND users.active = 1 AND device_links.code_hash = ?2 AND device_links.expires_at > ?3
    AND sessions.expires_at > ?3";

/// The session that somebody has begun last by a link, in their own log.
pub(super) const DEVICE: Strand = Strand {
    since: "
SELECT user_id, session_id, begun_at, changed_seq FROM device_links WHERE user_id = ?1 AND changed_seq > ?2 LIMIT ?3",
    read: |row| {
        let (user, session) = (UserId(rows::number(row, 0)?), SessionId(rows::number(row, 1)?));
        let device = NewDevice { session, time: rows::time(row, 2)? };
        Ok(Latest::State(Entry::device(Seq(rows::number(row, 3)?), user, device)))
    },
};

impl Question<Stranger> for LookAtDeviceLink {
    type Answer = SeenDeviceLink;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<SeenDeviceLink> {
        let connection = snapshot.connection;
        let of = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let key = params![self.user.to_i64(), self.code_hash, self.now.0];
        let found = connection.prepare_cached(LEFT)?.query_row(key, of).optional()?;
        let (username, name) = found.ok_or(Refused::DeviceLinkOver)?;
        Ok(SeenDeviceLink { place: place::state(connection)?.0.name, username, name })
    }
}
