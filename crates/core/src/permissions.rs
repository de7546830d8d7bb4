//! Who may do what: one function over one table, and one that asks first whether the room is there for somebody at all.
//! What the table does not list is forbidden.

use chatterbox_protocol::users::Role;

use crate::rooms::InRoom;

/// What someone wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read a public room, and say up to where one has read it.
    ReadRoom,
    /// Say something in a public room.
    SendMessage,
    /// Replace a message's text.
    EditMessage,
    /// Take a message out of the history.
    DeleteMessage,
    /// See who is registered.
    ListUsers,
    /// See other users' e-mail addresses.
    SeeAddresses,
    /// See a session's times, or end it.
    ManageSession,
    /// See how much the server has to do.
    SeeMetrics,
    /// Follow the house's log: learn who everybody is, and hear when that changes.
    FollowHouse,
    /// Give or take a role, or the right to log in: see [`crate::users`] for what is left of it with owners.
    ChangeAccount,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: [Action; 10] = [
        Self::ReadRoom,
        Self::SendMessage,
        Self::EditMessage,
        Self::DeleteMessage,
        Self::ListUsers,
        Self::SeeAddresses,
        Self::ManageSession,
        Self::SeeMetrics,
        Self::FollowHouse,
        Self::ChangeAccount,
    ];
}

/// Whose the thing is that the action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The one's who acts.
    Own,
    /// Somebody else's, or nobody's.
    Foreign,
}

const EVERYONE: &[Role] = &[Role::Owner, Role::Admin, Role::Member, Role::Guest, Role::Bot];
const ALL_BUT_GUESTS: &[Role] = &[Role::Owner, Role::Admin, Role::Member, Role::Bot];
const MEMBERS: &[Role] = &[Role::Owner, Role::Admin, Role::Member];
const MODERATORS: &[Role] = &[Role::Owner, Role::Admin];

/// The whole truth: these roles may do this to their own, and to foreign things.
const TABLE: &[(Action, &[Role], &[Role])] = &[
    (Action::ReadRoom, EVERYONE, EVERYONE),
    (Action::SendMessage, EVERYONE, EVERYONE),
    (Action::EditMessage, EVERYONE, &[]),
    (Action::DeleteMessage, EVERYONE, MODERATORS),
    (Action::ListUsers, MEMBERS, MEMBERS),
    (Action::SeeAddresses, EVERYONE, MODERATORS),
    (Action::ManageSession, EVERYONE, &[]),
    (Action::SeeMetrics, &[], MODERATORS),
    (Action::FollowHouse, ALL_BUT_GUESTS, ALL_BUT_GUESTS),
    (Action::ChangeAccount, &[], MODERATORS),
];

/// Whether a user with this role may do this to a thing that is theirs or not.
pub fn may(role: Role, action: Action, whose: Whose) -> bool {
    TABLE.iter().filter(|(listed, _, _)| *listed == action).any(|(_, own, foreign)| match whose {
        Whose::Own => own.contains(&role),
        Whose::Foreign => foreign.contains(&role),
    })
}

/// Why somebody may not do something in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPermitted {
    /// The room is not for their eyes: whatever is in it is not there, and neither is the room.
    Unseen,
    /// They see it, and may not do this.
    Forbidden,
}

/// Whether somebody with this role may do this in a room, to a thing there that is theirs or not. The rules of changes and the
/// questions about rooms all ask this.
pub fn may_in_room(role: Role, action: Action, whose: Whose, room: InRoom) -> Result<(), NotPermitted> {
    if !room.kind.is_seen_by(room.is_member) {
        return Err(NotPermitted::Unseen);
    }
    if may(role, action, whose) { Ok(()) } else { Err(NotPermitted::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::RoomKind;

    #[test]
    fn every_action_has_exactly_one_row() {
        for action in Action::ALL {
            assert_eq!(TABLE.iter().filter(|(listed, _, _)| *listed == action).count(), 1, "{action:?}");
        }
    }

    #[test]
    fn z2_nobody_edits_what_others_wrote_and_only_moderators_delete_it() {
        for role in Role::ALL {
            assert!(may(role, Action::EditMessage, Whose::Own));
            assert!(!may(role, Action::EditMessage, Whose::Foreign));
            assert!(may(role, Action::DeleteMessage, Whose::Own));
            let moderates = matches!(role, Role::Owner | Role::Admin);
            assert_eq!(may(role, Action::DeleteMessage, Whose::Foreign), moderates);
            assert_eq!(may(role, Action::SeeAddresses, Whose::Foreign), moderates);
            assert!(!may(role, Action::ManageSession, Whose::Foreign));
            assert_eq!(may(role, Action::SeeMetrics, Whose::Foreign), moderates);
        }
    }

    #[test]
    fn p1_everybody_but_guests_follows_the_house() {
        for role in Role::ALL {
            for whose in [Whose::Own, Whose::Foreign] {
                assert_eq!(may(role, Action::FollowHouse, whose), role != Role::Guest, "{role:?}");
            }
        }
    }

    #[test]
    fn p1_who_does_not_see_a_room_is_told_nothing_else_whatever_their_role() {
        for role in Role::ALL {
            for action in Action::ALL {
                for whose in [Whose::Own, Whose::Foreign] {
                    for kind in RoomKind::ALL {
                        let decided = |is_member| may_in_room(role, action, whose, InRoom { kind, is_member });
                        let by_role = if may(role, action, whose) { Ok(()) } else { Err(NotPermitted::Forbidden) };
                        let as_stranger = if kind == RoomKind::Open { by_role } else { Err(NotPermitted::Unseen) };
                        assert_eq!(decided(true), by_role, "{role:?} {action:?} {kind:?}");
                        assert_eq!(decided(false), as_stranger, "{role:?} {action:?} {kind:?}");
                    }
                }
            }
        }
    }
}
