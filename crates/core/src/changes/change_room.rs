//! Changing what a room is.

use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, RoomFact};
use super::growth::Growth;
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{RoomAction, Whose};
use crate::rooms::{Icon, RoomName, Topic};

/// What is to become of a room; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomPatch {
    /// Its name.
    pub name: Option<RoomName>,
    /// What it is about.
    pub topic: Option<Topic>,
    /// What stands before its name.
    pub icon: Option<Icon>,
    /// Whether an open room is to be seen by its members alone. A closed one is never opened.
    pub closes: bool,
    /// Whether it is put away.
    pub archived: Option<bool>,
}

impl RoomPatch {
    /// What is done by it. To bring a room back comes first: the rest is not done in one that is put away.
    fn actions(&self) -> impl Iterator<Item = RoomAction> {
        let Self { name, topic, icon, closes, archived } = self;
        let wanted = [
            (archived.is_some(), RoomAction::Archive),
            (name.is_some() || icon.is_some(), RoomAction::Rename),
            (topic.is_some(), RoomAction::SetTopic),
            (*closes, RoomAction::Close),
        ];
        wanted.into_iter().filter_map(|(is_wanted, action)| is_wanted.then_some(action))
    }
}

/// A room becomes another, unless it is so already. Nobody hears of a closed one any more who does not belong to it.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for the eyes of whoever acts,
/// [`Refused::Forbidden`], [`Refused::RoomArchived`] and [`Refused::RoomNameTaken`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRoom {
    /// Who.
    pub by: Author,
    /// Which room.
    pub room: RoomId,
    /// What is to become of it.
    pub patch: RoomPatch,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangeRoom {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let name = self.patch.name.iter().map(|name| Key::RoomName(name.fold()));
        let there = [Key::Room(self.room), Key::Membership(self.room, self.by.user)];
        self.by.keys().into_iter().chain(there).chain(name).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let mut found = None;
        for action in self.patch.actions() {
            let permitted = acting.may_in(facts, self.room, action, Whose::Foreign)?;
            found = Some(permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?);
        }
        let Some(beside) = found else { return Ok(Decided::nothing(())) };
        let changed = self.changed(beside.fact);
        if changed == *beside.fact {
            return Ok(Decided::nothing(()));
        }
        let is_open = changed.state.kind == RoomKind::Open;
        if is_open && changed.name_fold != beside.fact.name_fold && facts.rooms.named(&changed.name_fold)?.is_some() {
            return Err(Refused::RoomNameTaken.into());
        }
        let mut growth = Growth::new(facts, self.room, beside.seq);
        let closes = changed.state.kind != beside.fact.state.kind;
        growth.room(changed, closes);
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}

impl ChangeRoom {
    fn changed(&self, before: &RoomFact) -> RoomFact {
        let RoomPatch { name, topic, icon, closes, archived } = &self.patch;
        let mut fact = before.clone();
        if let Some(name) = name {
            fact.state.name = name.as_str().to_owned();
            fact.name_fold = name.fold();
        }
        if let Some(topic) = topic {
            fact.state.topic = topic.as_str().to_owned();
        }
        if let Some(icon) = icon {
            fact.state.icon = icon.as_str().to_owned();
        }
        if *closes && fact.state.kind == RoomKind::Open {
            fact.state.kind = RoomKind::Closed;
        }
        fact.state.archived = archived.unwrap_or(fact.state.archived);
        fact
    }
}
