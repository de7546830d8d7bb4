//! A client with the SDK's state, and the view that an application makes of nothing but its updates.

use std::collections::BTreeMap;

use chatterbox_client::{Heard, State, Things, Ticket, Update};
use chatterbox_protocol::commands::{Command, Ref, encode};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::messages::Message;

use super::Kind;
use crate::link::LinkId;
use crate::world::{ClientId, World};

/// What a full client knows.
#[derive(Debug, Default)]
pub(crate) struct Full {
    pub(crate) state: State,
    pub(crate) view: Screen,
    pub(crate) is_live: bool,
    /// It does not know `follow`.
    pub(crate) is_plain: bool,
    /// What was said and is not decided.
    pub(super) said: BTreeMap<Ticket, Command>,
}

/// What an application shows.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    pub(crate) rooms: BTreeMap<RoomId, Shown>,
    /// Whatever is no message.
    pub(crate) things: Things,
}

/// A room on the screen.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Older messages than this are not shown.
    pub(crate) floor: Seq,
    pub(crate) messages: BTreeMap<MessageId, Message>,
}

impl Screen {
    pub(super) fn ids(&self) -> Vec<(RoomId, MessageId)> {
        let of =
            |(room, shown): (&RoomId, &Shown)| -> Vec<_> { shown.messages.keys().map(|id| (*room, *id)).collect() };
        self.rooms.iter().flat_map(of).collect()
    }

    fn apply(&mut self, update: Update) {
        self.things.take(&update);
        match update {
            Update::Reset { room, messages, more } => {
                let floor = messages.first().filter(|_| more).map_or(Seq(0), |message| message.seq);
                let messages = messages.into_iter().map(|message| (message.id, message)).collect();
                self.rooms.insert(room, Shown { floor, messages });
            }
            Update::Message(message) => {
                let shown = self.rooms.entry(message.room).or_default();
                let last = shown.messages.values().map(|message| message.seq).max().unwrap_or_default();
                assert!(message.seq > last, "O1: {message:?} comes after {last}");
                shown.messages.insert(message.id, message);
            }
            Update::Present(message) => {
                let shown = self.rooms.entry(message.room).or_default();
                if message.seq >= shown.floor {
                    shown.messages.insert(message.id, message);
                }
            }
            Update::Edited { id, room, text, time, changed, .. } => {
                let shown = self.rooms.entry(room).or_default();
                if let Some(message) = shown.messages.get_mut(&id) {
                    (message.text, message.edited, message.changed) = (text, Some(time), Some(changed));
                }
            }
            Update::Unfollowed { room } => drop(self.rooms.remove(&room)),
            Update::Typing(typing) => {
                let is_shown = self.rooms.contains_key(&typing.room);
                assert!(is_shown, "X22: {typing:?} is told to who does not have the room");
            }
            Update::Deleted { id, room } => {
                self.rooms.entry(room).or_default().messages.remove(&id);
            }
            Update::Live(_)
            | Update::State(_)
            | Update::Forget(_)
            | Update::Users(_)
            | Update::Presence { .. }
            | Update::People(_)
            | Update::Seen { .. }
            | Update::Decided(..)
            | Update::Lost { .. }
            | Update::Over(_) => {}
        }
    }
}

impl World {
    pub(super) fn listen_full(&mut self, client: ClientId, id: LinkId, event: Event) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().collect();
        let Kind::Full(full) = &mut self.clients[client].kind else { return };
        let is_hello = matches!(event, Event::Hello(_));
        let seqs = |full: &Full| -> Vec<Seq> { rooms.iter().map(|room| full.state.seq(*room)).collect() };
        let before = seqs(full);
        let Heard { updates, say, pause } = full.state.heard(event);
        for update in updates {
            self.updated(client, update);
        }
        let Kind::Full(full) = &mut self.clients[client].kind else { return };
        let after = seqs(full);
        // A hello of another epoch is the one thing that sets a client back; a room that it has lost, it forgets.
        let goes_back = before.iter().zip(&after).any(|(before, after)| after < before && *after > Seq(0));
        assert!(is_hello || !goes_back, "O1: client {client} goes back from {before:?} to {after:?}");
        for (reference, command) in say {
            if let (Kind::Full(full), Command::Hello(_)) = (&mut self.clients[client].kind, &command) {
                full.is_live = false;
            }
            self.say(id, encode(&command, reference.as_ref()));
        }
        if let Some(pause) = pause {
            let delay = u64::try_from(pause.as_millis()).unwrap_or(0);
            self.after(delay, move |world| world.go_on(client, id));
        }
    }

    /// Somebody has been let into a room. Whoever knows no `follow` learns of it when they come back.
    pub(crate) fn hear_of_a_room(&mut self, user: UserId) {
        for client in 0..self.clients.len() {
            let is_plain = matches!(&self.clients[client].kind, Kind::Full(full) if full.is_plain);
            if is_plain && self.clients[client].user == user {
                let delay = self.chance.delay(self.plan.latency);
                self.after(delay, move |world| world.cut(client));
            }
        }
    }

    /// Somebody looks into a room, whether they belong to it or not.
    pub(crate) fn looks_into(&mut self, client: ClientId, room: RoomId) {
        let link = self.clients[client].link;
        let Kind::Full(full) = &mut self.clients[client].kind else { return };
        if full.is_plain {
            return;
        }
        let Heard { updates, say, .. } = full.state.follow(room);
        for update in updates {
            self.updated(client, update);
        }
        if let Some(link) = link {
            self.say_now(link, say);
        }
    }

    fn go_on(&mut self, client: ClientId, id: LinkId) {
        let is_same = self.clients[client].link == Some(id);
        if let Kind::Full(full) = &mut self.clients[client].kind
            && is_same
        {
            let said = full.state.go_on();
            self.say_now(id, said);
        }
    }

    /// Says what the state has to say now.
    pub(super) fn say_now(&mut self, id: LinkId, said: Vec<(Option<Ref>, Command)>) {
        for (reference, command) in said {
            self.say(id, encode(&command, reference.as_ref()));
        }
    }

    fn updated(&mut self, client: ClientId, update: Update) {
        let user = self.clients[client].user;
        let Kind::Full(full) = &mut self.clients[client].kind else { return };
        match &update {
            Update::Live(welcome) => {
                full.is_live = true;
                for room in &welcome.rooms {
                    let known = full.state.seq(room.id);
                    // Or it was lost meanwhile.
                    let is_lost = known == Seq(0) && room.id != RoomId::FIRST;
                    assert!(
                        known >= room.seq || is_lost,
                        "E2: client {client} is live and has missed {known}..{}",
                        room.seq
                    );
                }
            }
            Update::Decided(ticket, decision) => {
                let command = full.said.remove(ticket);
                let command = command.unwrap_or_else(|| panic!("{ticket:?} of client {client} is decided twice"));
                self.ledger.decided(&self.store, user, &command, decision);
                return;
            }
            Update::Seen { room, up_to } => {
                let seen = self.store.receipts(*room).seen_up_to(user);
                assert!(*up_to <= seen || self.ledger.restored, "client {client} is told that {up_to} was seen");
            }
            _ => {}
        }
        if let Kind::Full(full) = &mut self.clients[client].kind {
            full.view.apply(update);
        }
    }
}
