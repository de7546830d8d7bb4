//! Who may do what: one function over a table for the house, and one over a table for rooms, which asks first whether the room
//! is there for somebody at all. What the tables do not list is forbidden.

use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::users::Role;

use crate::rooms::{InRoom, Standing};

/// What someone wants to do in the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
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
    /// Make somebody one who left.
    DeleteAccount,
    /// Change what is said of somebody in their name.
    ChangeProfile,
    /// Take away the picture that somebody shows of themselves.
    RemovePicture,
    /// See which open rooms there are.
    ListRooms,
    /// Make a room.
    CreateRoom,
    /// Begin to talk with some people alone.
    OpenDirect,
    /// Give the place a name, and say who may register.
    ChangePlace,
    /// Make a link by which others come; what it leads into is decided as with [`RoomAction::Invite`].
    CreateInvitation,
    /// See an invitation, or revoke it.
    ManageInvitation,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: [Action; 15] = [
        Self::ListUsers,
        Self::SeeAddresses,
        Self::ManageSession,
        Self::SeeMetrics,
        Self::FollowHouse,
        Self::ChangeAccount,
        Self::DeleteAccount,
        Self::ChangeProfile,
        Self::RemovePicture,
        Self::ListRooms,
        Self::CreateRoom,
        Self::OpenDirect,
        Self::ChangePlace,
        Self::CreateInvitation,
        Self::ManageInvitation,
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
const ADMINS: &[Role] = &[Role::Owner, Role::Admin];

/// The whole truth of the house: these roles may do this to their own, and to foreign things.
const TABLE: &[(Action, &[Role], &[Role])] = &[
    (Action::ListUsers, MEMBERS, MEMBERS),
    (Action::SeeAddresses, EVERYONE, ADMINS),
    (Action::ManageSession, EVERYONE, &[]),
    (Action::SeeMetrics, &[], ADMINS),
    (Action::FollowHouse, ALL_BUT_GUESTS, ALL_BUT_GUESTS),
    (Action::ChangeAccount, &[], ADMINS),
    (Action::DeleteAccount, EVERYONE, &[Role::Owner]),
    (Action::ChangeProfile, EVERYONE, &[]),
    (Action::RemovePicture, EVERYONE, ADMINS),
    (Action::ListRooms, EVERYONE, ALL_BUT_GUESTS),
    (Action::CreateRoom, MEMBERS, &[]),
    (Action::OpenDirect, MEMBERS, &[]),
    (Action::ChangePlace, &[], ADMINS),
    (Action::CreateInvitation, MEMBERS, &[]),
    (Action::ManageInvitation, EVERYONE, ADMINS),
];

/// Whether a user with this role may do this to a thing that is theirs or not.
pub fn may(role: Role, action: Action, whose: Whose) -> bool {
    TABLE.iter().filter(|(listed, _, _)| *listed == action).any(|(_, own, foreign)| match whose {
        Whose::Own => own.contains(&role),
        Whose::Foreign => foreign.contains(&role),
    })
}

/// What someone wants to do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomAction {
    /// Read it, say up to where one has read it, and see who belongs to it.
    Read,
    /// Say something.
    Send,
    /// Replace a message's text.
    EditMessage,
    /// Take a message out of the history.
    DeleteMessage,
    /// Belong to it from now on.
    Join,
    /// Belong to it no longer.
    Leave,
    /// Have it out of one's list until something is said there.
    PutAway,
    /// Let others in.
    Invite,
    /// Take others out.
    Remove,
    /// Say what it is about.
    SetTopic,
    /// Give it another name or icon.
    Rename,
    /// Make a closed room of an open one.
    Close,
    /// Put it away for everybody, or bring it back.
    Archive,
    /// Say who moderates it.
    Promote,
}

impl RoomAction {
    /// Every action, for tables and tests.
    pub const ALL: [RoomAction; 14] = [
        Self::Read,
        Self::Send,
        Self::EditMessage,
        Self::DeleteMessage,
        Self::Join,
        Self::Leave,
        Self::PutAway,
        Self::Invite,
        Self::Remove,
        Self::SetTopic,
        Self::Rename,
        Self::Close,
        Self::Archive,
        Self::Promote,
    ];
}

/// Who may do something in a room, of those who see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Nobody.
    Nobody,
    /// Whoever sees it.
    Seeing,
    /// Whoever belongs to it.
    Members,
    /// Whoever belongs to it, but guests and programs.
    People,
    /// Whoever does not belong to it.
    Outsiders,
    /// Whoever moderates it, and administrators; in a direct room nobody.
    Moderators,
}

impl Who {
    fn includes(self, role: Role, room: InRoom) -> bool {
        match self {
            Self::Nobody => false,
            Self::Seeing => true,
            Self::Members => room.standing != Standing::Outsider,
            Self::People => room.standing != Standing::Outsider && MEMBERS.contains(&role),
            Self::Outsiders => room.standing == Standing::Outsider,
            Self::Moderators => {
                let moderates = room.standing == Standing::Moderator && role != Role::Guest;
                room.kind != RoomKind::Direct && (moderates || ADMINS.contains(&role))
            }
        }
    }
}

/// Which rooms something can be done in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In any.
    Any,
    /// In any but direct ones.
    Shared,
    /// In any but direct ones and the first.
    SharedButFirst,
    /// In direct ones.
    Direct,
}

impl Where {
    fn includes(self, room: InRoom) -> bool {
        match self {
            Self::Any => true,
            Self::Shared => room.kind != RoomKind::Direct,
            Self::SharedButFirst => room.kind != RoomKind::Direct && !room.is_first,
            Self::Direct => room.kind == RoomKind::Direct,
        }
    }
}

/// What may be done in a room: where, by whom to their own and to foreign things, and whether also while it is archived.
type RoomRule = (RoomAction, Where, Who, Who, bool);

/// The whole truth of rooms.
const ROOM_TABLE: &[RoomRule] = &[
    (RoomAction::Read, Where::Any, Who::Seeing, Who::Seeing, true),
    (RoomAction::Send, Where::Any, Who::Members, Who::Members, false),
    (RoomAction::EditMessage, Where::Any, Who::Members, Who::Nobody, false),
    (RoomAction::DeleteMessage, Where::Any, Who::Members, Who::Moderators, false),
    (RoomAction::Join, Where::SharedButFirst, Who::Outsiders, Who::Nobody, false),
    (RoomAction::Leave, Where::SharedButFirst, Who::Members, Who::Nobody, true),
    (RoomAction::PutAway, Where::Direct, Who::Members, Who::Nobody, true),
    (RoomAction::Invite, Where::Shared, Who::Nobody, Who::People, false),
    (RoomAction::Remove, Where::Shared, Who::Nobody, Who::Moderators, true),
    (RoomAction::SetTopic, Where::Shared, Who::People, Who::People, false),
    (RoomAction::Rename, Where::Shared, Who::Moderators, Who::Moderators, false),
    (RoomAction::Close, Where::SharedButFirst, Who::Moderators, Who::Moderators, false),
    (RoomAction::Archive, Where::SharedButFirst, Who::Moderators, Who::Moderators, true),
    (RoomAction::Promote, Where::SharedButFirst, Who::Moderators, Who::Moderators, true),
];

/// Why somebody may not do something in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPermitted {
    /// The room is not for their eyes: whatever is in it is not there, and neither is the room.
    Unseen,
    /// They see it, and may not do this.
    Forbidden,
    /// They might, if the room were not put away.
    Archived,
}

/// Whether somebody with this role may do this in a room, to a thing there that is theirs or not. The rules of changes and the
/// questions about rooms all ask this.
pub fn may_in_room(role: Role, action: RoomAction, whose: Whose, room: InRoom) -> Result<(), NotPermitted> {
    if !room.is_seen_by(role) {
        return Err(NotPermitted::Unseen);
    }
    let rule = ROOM_TABLE.iter().find(|(listed, ..)| *listed == action).ok_or(NotPermitted::Forbidden)?;
    let (_, place, own, foreign, while_archived) = *rule;
    let who = match whose {
        Whose::Own => own,
        Whose::Foreign => foreign,
    };
    if !place.includes(room) || !who.includes(role, room) {
        return Err(NotPermitted::Forbidden);
    }
    if room.is_archived && !while_archived { Err(NotPermitted::Archived) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
