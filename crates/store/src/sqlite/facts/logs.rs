//! How far people's own logs go, and the house's.

use chatterbox_core::changes::Facts;
use chatterbox_protocol::ids::UserId;
use rusqlite::Connection;

use crate::sqlite::questions::logs;

pub(super) fn look_for_own(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.logs.learn_own(user, logs::last_of_own(connection, user)?.unwrap_or_default());
    Ok(())
}

pub(super) fn look_for_house(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.logs.learn_house(logs::last_of_house(connection)?);
    Ok(())
}
