//! Who looks after a room that somebody has left, or looks after no longer.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind};
use chatterbox_protocol::time::Timestamp;

use super::facts::{Beside, Facts};
use super::growth::Growth;
use super::key::{Key, Known};

/// If nobody moderates a room once this one does no longer, whoever has belonged to it longest does, of those who can. Who may not
/// log in, and who is a guest, moderates nothing, whatever they are to the room.
pub(super) fn succeed(
    facts: &Facts,
    growth: &mut Growth<'_>,
    room: RoomId,
    before: UserId,
    now: Timestamp,
) -> Known<()> {
    let others = facts.rooms.members_of(room)?.iter().filter(|(user, member)| **user != before && member.can_moderate);
    if others.clone().any(|(_, member)| member.is_moderator) {
        return Ok(());
    }
    if let Some((heir, member)) = others.min_by_key(|(user, member)| (member.since, **user)) {
        let promoted = Member { change: MemberChange::Promoted, by: None, time: now, moderator: true };
        growth.member(*heir, promoted, member.since);
    }
    Ok(())
}

/// What becomes of a room that somebody has just left: a closed one that nobody belongs to is archived, and otherwise somebody
/// looks after it. `beside` is what it was before.
pub(super) fn is_left(
    facts: &Facts,
    growth: &mut Growth<'_>,
    (room, beside): (RoomId, Beside<'_>),
    user: UserId,
    now: Timestamp,
) -> Known<()> {
    let is_empty = facts.rooms.members_of(room)?.keys().all(|other| *other == user);
    if is_empty && beside.fact.state.kind == RoomKind::Closed {
        let mut archived = beside.fact.clone();
        archived.state.archived = true;
        growth.room(archived, false);
    } else if beside.membership.is_some_and(|membership| membership.member.moderator) {
        succeed(facts, growth, room, user, now)?;
    }
    Ok(())
}

/// What has to be known of a room before somebody goes.
pub(super) fn keys_of_leaving(room: RoomId, user: UserId) -> [Key; 3] {
    [Key::Room(room), Key::Membership(room, user), Key::MembersOf(room)]
}
