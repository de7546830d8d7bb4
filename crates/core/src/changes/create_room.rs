//! Making a room.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::limits::ROOMS_MAX;
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, RoomFact, Row};
use super::growth::Growth;
use super::invite::can_come;
use super::key::Key;
use super::refused::Refused;
use crate::ids::next_id;
use crate::permissions::{Action, Whose, may};
use crate::rooms::{Icon, RoomName, Topic};

/// A room is made, which its maker moderates; or is found to have been made: a nonce names one room of its maker, for good,
/// whatever has become of it. The answer is its id.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`], [`Refused::RoomNameTaken`] for an open one,
/// [`Refused::NotFound`] for somebody invited who is not there, and [`Refused::TooManyRooms`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRoom {
    /// Who.
    pub by: Author,
    /// Whether its members alone may see it.
    pub is_closed: bool,
    /// What it is called.
    pub name: RoomName,
    /// What it is about.
    pub topic: Topic,
    /// What stands before its name.
    pub icon: Icon,
    /// Who else belongs to it from the start: at most [`INVITED_MAX`](chatterbox_protocol::limits::INVITED_MAX), each once.
    pub invited: Vec<UserId>,
    /// What the maker's client calls it.
    pub nonce: Option<String>,
    /// When.
    pub now: Timestamp,
}

impl Change for CreateRoom {
    type Answer = RoomId;

    fn keys(&self) -> Vec<Key> {
        let room = [Key::LastRoom, Key::RoomsOf(self.by.user), Key::OwnLog(self.by.user)];
        let name = (!self.is_closed).then(|| Key::RoomName(self.name.fold()));
        let of = |user: &UserId| [Key::User(*user), Key::RoomsOf(*user), Key::OwnLog(*user)];
        let invited = self.invited.iter().flat_map(of);
        let nonce = self.nonce.iter().map(|nonce| Key::RoomNonce(self.by.user, nonce.clone()));
        self.by.keys().into_iter().chain(room).chain(name).chain(invited).chain(nonce).collect()
    }

    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<RoomId>, Undecided> {
        let Self { by: Author { user: maker, .. }, now, .. } = *self;
        let acting = Acting::find(facts, self.by, Some(now))?;
        let nonce = || self.nonce.as_deref();
        // Who may make nothing more still learns what became of what they made.
        if let Some(nonce) = nonce()
            && let Some(made) = facts.rooms.under_nonce(maker, nonce)?
        {
            return Ok(Decided::nothing(made));
        }
        if !may(acting.account.role, Action::CreateRoom, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        if !self.is_closed && facts.rooms.named(&self.name.fold())?.is_some() {
            return Err(Refused::RoomNameTaken.into());
        }
        if facts.rooms.rooms_of(maker)?.len() >= ROOMS_MAX {
            return Err(Refused::TooManyRooms(maker).into());
        }
        let invited = || self.invited.iter().copied().filter(|user| *user != maker);
        invited().try_for_each(|user| can_come(facts, user))?;
        let id = RoomId(next_id(facts.rooms.last_id()?.0, now.0, random as u16));
        let mut growth = Growth::new(facts, id, Seq::default());
        growth.room(self.fact(), false);
        let member = Member { change: MemberChange::Joined, by: None, time: now, moderator: true };
        growth.member(maker, member, now);
        for user in invited() {
            growth.member(
                user,
                Member { change: MemberChange::Invited, by: Some(maker), moderator: false, ..member },
                now,
            );
        }
        for user in invited().chain([maker]) {
            growth.begins(user)?;
        }
        let mut decided = growth.decided(id);
        decided.rows.extend(nonce().map(|nonce| Row::RoomNonce(maker, nonce.to_owned(), id)));
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}

impl CreateRoom {
    fn fact(&self) -> RoomFact {
        let kind = if self.is_closed { RoomKind::Closed } else { RoomKind::Open };
        let name = self.name.as_str().to_owned();
        let (topic, icon) = (self.topic.as_str().to_owned(), self.icon.as_str().to_owned());
        let state = RoomState { kind, name, topic, icon, ..RoomState::default() };
        RoomFact { state, name_fold: self.name.fold(), created: self.now, changed_seq: Seq::default() }
    }
}
