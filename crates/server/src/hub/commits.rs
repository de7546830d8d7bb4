//! What the store commits, handed to the reactors: on the writer's thread, in the order of commits, each answer before what
//! it is about, and behind the end of a session.

use std::sync::Arc;

use chatterbox_core::changes::Told;
use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Input, Published};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::{Entry, Whole};
use chatterbox_protocol::presence::PersonTyping;
use chatterbox_store::Listen;

use super::EPOCH;
use super::followers::Followers;
use super::inbox::{Inbox, Mail};
use super::presence::Online;
use super::receipts::HubReceipts;
use crate::events::encode;

/// Hears what is committed. It does not hold the hub, which holds the store.
pub(super) struct Commits {
    pub(super) inboxes: Vec<Arc<Inbox>>,
    pub(super) receipts: Arc<HubReceipts>,
    pub(super) followers: Arc<Followers>,
    pub(super) presence: Arc<Online>,
}

impl Commits {
    /// Tells every reactor that follows the log of a change there.
    fn publish(&self, log: LogId, event: &Event) {
        if let Event::Message(message) = event {
            self.receipts.has_grown(message.room, message.seq);
        }
        if let Event::State(Entry { id, state: Some(state), .. }) = event {
            match state {
                Whole::Card(card) => self.presence.is_called(UserId(*id), &card.username),
                Whole::Availability(availability) => self.presence.wants_to_be_seen(UserId(*id), *availability),
                _ => {}
            }
            if changes_company(state) {
                self.presence.company_changes();
            }
        }
        let followers = self.followers.of(log);
        if followers.is_empty() {
            return;
        }
        let Some(entry) = encode(event).and_then(|frame| Published::new(event, frame)) else { return };
        for reactor in followers {
            let entry = entry.clone();
            self.inboxes[reactor].prepare(Mail::Input(Input::Published { epoch: EPOCH, log, entry }));
        }
    }

    /// Tells every reactor that follows the room of who is writing there.
    fn tell_of_typing(&self, room: RoomId, user: UserId) {
        let followers = self.followers.of(LogId::Room(room));
        if followers.is_empty() {
            return;
        }
        let Some(frame) = encode(&Event::Typing(PersonTyping { room, user })) else { return };
        for reactor in followers {
            let frame = frame.clone();
            self.inboxes[reactor].prepare(Mail::Input(Input::Typing { room, user, frame }));
        }
    }

    fn prepare(&self, input: &Input) {
        self.inboxes.iter().for_each(|inbox| inbox.prepare(Mail::Input(input.clone())));
    }
}

/// Whether other people than before may be together in a room: somebody came or went, got a role, by which one belongs to the
/// first room, or is there in a direct room since something was said.
fn changes_company(state: &Whole) -> bool {
    match state {
        Whole::Member(_) | Whole::Card(_) => true,
        Whole::Mark(mark) => mark.listed && mark.up_to == Seq(0),
        Whole::Account(_)
        | Whole::Mute(_)
        | Whole::Device(_)
        | Whole::Order(_)
        | Whole::Room(_)
        | Whole::Availability(_)
        | Whole::Place(_) => false,
    }
}

impl Listen for Commits {
    fn told(&self, told: Told) {
        match told {
            Told::Entry { log, event, .. } => self.publish(log, &event),
            Told::Read { room, user, up_to } => self.receipts.read(room, user, up_to),
            Told::Typing { room, user } => self.tell_of_typing(room, user),
            // Behind everything that was committed before, and before everything that comes.
            Told::SessionEnded(session) => self.prepare(&Input::SessionOver(session)),
        }
    }

    fn committed(&self, under_way: usize) {
        // All answers and events of a commit, and then one call for each thread that they concern.
        self.inboxes.iter().for_each(|inbox| inbox.deliver(under_way));
    }
}
