//! Questions about invitations, in SQL.

use chatterbox_core::changes::{InvitationFact, Refused, is_admitted, leads_into};
use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::rooms::InRoom;
use chatterbox_protocol::ids::{InvitationId, RoomId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::questions::rooms::Readable;
use crate::sqlite::questions::{Answered, NoAnswer, Question, Snapshot, place, users};
use crate::sqlite::rows;
use crate::{Actor, InvitationRow, Invitations, LookAtInvitation, MayRegister, Registering, SeenInvitation, Stranger};

macro_rules! select_invitations {
    ($rest:literal) => {
        concat!("SELECT id, code_hash, by_id, rooms, created_at, expires_at, uses, used FROM invitations ", $rest)
    };
}
pub(in crate::sqlite) use select_invitations;

const BY_CODE: &str = select_invitations!("WHERE code_hash = ?1");

/// The newest first: one's own, or everybody's.
const LISTED: &str = select_invitations!("WHERE by_id = ?1 OR ?2 ORDER BY id DESC LIMIT ?3");

const MAKER: &str = "SELECT username, display_name, role FROM users WHERE id = ?1 AND active = 1";

/// A room as somebody has it who leads others there.
const ROOM: &str = "
SELECT rooms.name, rooms.kind, rooms.archived, memberships.moderator FROM rooms
LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1 AND memberships.is_in = 1
WHERE rooms.id = ?2";

/// An invitation, of its columns.
pub(in crate::sqlite) fn fact_of(row: &Row<'_>) -> rusqlite::Result<(InvitationId, InvitationFact)> {
    let rooms: String = row.get(3)?;
    let ids = rooms.split(',').filter(|id| !id.is_empty());
    let rooms = ids.map(|id| id.parse().map(RoomId).map_err(|_| rows::damaged(row, 3, Type::Text)));
    let fact = InvitationFact {
        code_hash: row.get(1)?,
        by: UserId(rows::number(row, 2)?),
        rooms: rooms.collect::<rusqlite::Result<_>>()?,
        created: rows::time(row, 4)?,
        expires: rows::time(row, 5)?,
        uses: row.get(6)?,
        used: row.get(7)?,
    };
    Ok((InvitationId(rows::number(row, 0)?), fact))
}

/// Rooms, as they are stored in an invitation.
pub(in crate::sqlite) fn rooms_of(rooms: &[RoomId]) -> String {
    rooms.iter().map(RoomId::to_string).collect::<Vec<_>>().join(",")
}

/// Whoever invites.
pub(super) struct Maker {
    user: UserId,
    username: String,
    name: String,
    role: Role,
}

/// The invitation with this code, and whose it is, if somebody may come by it at this moment.
pub(super) fn admitting(
    connection: &Connection,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Answered<(InvitationFact, Maker)> {
    let found = connection.prepare_cached(BY_CODE)?.query_row([code_hash], fact_of).optional()?;
    let (_, fact) = found.filter(|(_, fact)| fact.is_left(now)).ok_or(Refused::InvitationOver)?;
    let of = |row: &Row<'_>| {
        Ok(Maker { user: fact.by, username: row.get(0)?, name: row.get(1)?, role: rows::role(row, 2)? })
    };
    let maker = connection.prepare_cached(MAKER)?.query_row([fact.by.to_i64()], of).optional()?;
    let maker = maker.filter(|maker| may(maker.role, Action::CreateInvitation, Whose::Own));
    Ok((fact, maker.ok_or(Refused::InvitationOver)?))
}

/// What a room is called, if somebody may lead others there.
fn led_into(connection: &Connection, room: RoomId, maker: &Maker) -> rusqlite::Result<Option<String>> {
    let of = |row: &Row<'_>| {
        let (kind, archived, moderator) = (rows::room_kind(row, 1)?, row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, InRoom::new(room, kind, archived, maker.role, moderator)))
    };
    let key = [maker.user.to_i64(), room.to_i64()];
    let found: Option<(String, InRoom)> = connection.prepare_cached(ROOM)?.query_row(key, of).optional()?;
    Ok(found.filter(|(_, to_them)| leads_into(maker.role, *to_them)).map(|(name, _)| name))
}

impl Question<Stranger> for LookAtInvitation {
    type Answer = SeenInvitation;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<SeenInvitation> {
        let connection = snapshot.connection;
        let (fact, maker) = admitting(connection, self.code_hash, self.now)?;
        let rooms = fact.rooms.iter().map(|room| led_into(connection, *room, &maker));
        let rooms = rooms.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?;
        let place = place::state(connection)?.0;
        Ok(SeenInvitation { place, username: maker.username, name: maker.name, rooms })
    }
}

impl Question<Actor> for Invitations {
    type Answer = Vec<InvitationRow>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let sees_all = may(by.role, Action::ManageInvitation, Whose::Foreign);
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let mut query = snapshot.connection.prepare_cached(LISTED)?;
        let found = query.query_map(rusqlite::params![by.user.to_i64(), sees_all, limit], fact_of)?;
        let seen = |fact: InvitationFact| -> Result<InvitationFact, NoAnswer> {
            let mut rooms = Vec::new();
            for room in fact.rooms {
                // A room that is not for their eyes is not there, whoever leads into it.
                if Readable::seen(&by, room, snapshot)?.is_some() {
                    rooms.push(room);
                }
            }
            Ok(InvitationFact { rooms, ..fact })
        };
        found
            .map(|row| {
                let (id, fact) = row?;
                let InvitationFact { by, rooms, created, expires, uses, used, .. } = seen(fact)?;
                Ok(InvitationRow { id, by, rooms, created, expires, uses, used })
            })
            .collect()
    }
}

impl Question<Stranger> for MayRegister {
    type Answer = Registering;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<Registering> {
        let Self { invitation, now } = self;
        let is_anybody_here = users::exist(snapshot.connection)?;
        let registration = place::state(snapshot.connection)?.0.registration;
        if is_anybody_here && !is_admitted(registration, invitation.is_some()) {
            return Err(Refused::RegistrationClosed.into());
        }
        if let Some(code_hash) = invitation {
            admitting(snapshot.connection, code_hash, now)?;
        }
        Ok(if is_anybody_here { Registering::AfterOthers } else { Registering::First })
    }
}
