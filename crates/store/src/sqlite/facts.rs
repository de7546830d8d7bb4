//! Facts, in SQL: looking them up by their keys, and writing what has changed in them.

mod device_links;
mod invitations;
mod logs;
mod marks;
mod messages;
mod mutes;
mod orders;
mod pictures;
mod place;
mod presence;
mod rooms;
mod sessions;
mod users;

use chatterbox_core::changes::{Facts, Key};
use rusqlite::{Connection, Row, params};

const PROBE: &str = "SELECT count FROM probe";

const SET_PROBE: &str = "UPDATE probe SET count = ?1";

/// Looks a fact up.
pub(super) fn look(connection: &Connection, key: &Key, facts: &mut Facts) -> rusqlite::Result<()> {
    match key {
        Key::User(id) => users::look(connection, *id, facts),
        Key::Username(name) => users::look_for_name(connection, name, facts),
        Key::UsernameFold(fold) => users::look_for_fold(connection, fold, facts),
        Key::UsernameLook(look) => users::look_for_look(connection, look, facts),
        Key::Email(fold) => users::look_for_email(connection, fold, facts),
        Key::Anybody => users::look_for_anybody(connection, facts),
        Key::ActiveOwners => users::look_for_active_owners(connection, facts),
        Key::LastUser => users::look_for_last(connection, facts),
        Key::Session(id) => sessions::look(connection, *id, facts),
        Key::Token(hash) => sessions::look_for_token(connection, *hash, facts),
        Key::SessionsOf(user) => sessions::look_for_all_of(connection, *user, facts),
        Key::LastSession => sessions::look_for_last(connection, facts),
        Key::DeviceLink(user) => device_links::look(connection, *user, facts),
        Key::Room(id) => rooms::look(connection, *id, facts),
        Key::RoomName(fold) => rooms::look_for_name(connection, fold, facts),
        Key::DirectRoom(people) => rooms::look_for_direct(connection, people, facts),
        Key::RoomNonce(user, nonce) => rooms::look_for_nonce(connection, *user, nonce, facts),
        Key::LastRoom => rooms::look_for_last(connection, facts),
        Key::MembersOf(room) => rooms::look_for_members(connection, *room, facts),
        Key::RoomsOf(user) => rooms::look_for_rooms_of(connection, *user, facts),
        Key::Membership(room, user) => rooms::look_for_membership(connection, (*room, *user), facts),
        Key::Mark(room, user) => marks::look(connection, (*room, *user), facts),
        Key::Order(user) => orders::look(connection, *user, facts),
        Key::Availability(user) => presence::look_for_availability(connection, *user, facts),
        Key::LastSeen(user) => presence::look_for_last_seen(connection, *user, facts),
        Key::Mute(by, whom) => mutes::look(connection, (*by, *whom), facts),
        Key::MutedBy(by) => mutes::look_for_all_of(connection, *by, facts),
        Key::OwnLog(user) => logs::look_for_own(connection, *user, facts),
        Key::HouseLog => logs::look_for_house(connection, facts),
        Key::Picture(user) => pictures::look(connection, *user, facts),
        Key::Place => place::look(connection, facts),
        Key::Invitation(id) => invitations::look(connection, *id, facts),
        Key::InvitationCode(hash) => invitations::look_for_code(connection, *hash, facts),
        Key::InvitationsOf(user) => invitations::look_for_all_of(connection, *user, facts),
        Key::LastInvitation => invitations::look_for_last(connection, facts),
        Key::Message(id) => messages::look(connection, *id, facts),
        Key::Nonce(author, nonce) => messages::look_for_nonce(connection, *author, nonce, facts),
        Key::LastMessage => messages::look_for_last(connection, facts),
        Key::Probe => {
            let count = connection.prepare_cached(PROBE)?.query_row([], |row| row.get(0))?;
            facts.probe.learn((), Some(count));
            Ok(())
        }
    }
}

/// Writes what has changed. What others refer to goes first.
pub(super) fn write(connection: &Connection, facts: &Facts) -> rusqlite::Result<()> {
    // The numbers of logs are borne by what has changed in them.
    let Facts {
        users,
        sessions,
        device_links,
        rooms,
        marks,
        mutes,
        orders,
        availability: _,
        last_seen: _,
        logs: _,
        pictures,
        place,
        invitations,
        messages,
        probe,
    } = facts;
    users::write(connection, users)?;
    sessions::write(connection, sessions)?;
    device_links::write(connection, device_links)?;
    rooms::write(connection, rooms, messages)?;
    marks::write(connection, marks)?;
    orders::write(connection, orders)?;
    mutes::write(connection, mutes)?;
    pictures::write(connection, pictures)?;
    presence::write(connection, facts)?;
    place::write(connection, place)?;
    invitations::write(connection, invitations)?;
    messages::write(connection, messages)?;
    for (_, count, _) in probe.to_write() {
        connection.prepare_cached(SET_PROBE)?.execute(params![count])?;
    }
    // Last, so that nothing of theirs comes back that was decided before.
    users::forget_who_is_gone(connection, users)
}

/// The number of the last row that a table gave, whether or not it is still there.
fn last_number(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let query = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)";
    connection.prepare_cached(query)?.query_row([table], first_number)
}

fn first_number(row: &Row<'_>) -> rusqlite::Result<u64> {
    crate::sqlite::rows::number(row, 0)
}
