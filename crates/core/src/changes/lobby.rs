//! The first room in the lists of those who become guests, or are guests no more.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Mark;
use chatterbox_protocol::users::Role;

use super::facts::{Facts, MarkFact, MembershipFact, Row};
use super::growth::marked_at;
use super::key::{Key, Known};
use super::told::Told;

/// What has to be known of somebody whose role changes.
pub(super) fn keys_of_lobby(user: UserId) -> [Key; 2] {
    [Key::Mark(RoomId::FIRST, user), Key::Membership(RoomId::FIRST, user)]
}

/// To the first room everybody belongs but guests whom nobody has let in. Whoever gets this role has it among theirs accordingly,
/// by the change of their own log behind this one; who has no mark there has nothing to be put right.
pub(super) fn lobby_mark(facts: &Facts, user: UserId, role: Role, behind: Seq) -> Known<Option<(Row, Told)>> {
    let is_let_in = facts.rooms.membership(RoomId::FIRST, user)?.is_some_and(MembershipFact::is_in);
    let Some(before) = facts.mark(RoomId::FIRST, user)? else { return Ok(None) };
    let listed = role != Role::Guest || is_let_in;
    if before.mark.listed == listed {
        return Ok(None);
    }
    let fact = MarkFact { mark: Mark { listed, ..before.mark }, ..before };
    Ok(Some(marked_at(Seq(behind.0 + 1), RoomId::FIRST, user, fact)))
}
