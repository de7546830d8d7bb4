//! A room that a client follows: how far it has got there, and what a page of it says.

use chatterbox_protocol::events::History;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::logs::{Followed, LogName};

use crate::logs::KnownLog;
use crate::update::Update;

/// A room that is followed.
#[derive(Debug, Clone)]
pub(crate) struct KnownRoom {
    /// What is known of its log.
    pub(crate) log: KnownLog,
    /// Rooms with a smaller one are brought up to date before it.
    pub(crate) turn: u64,
    /// It is followed anew since the server told nothing more of it, and no page of it has come since.
    pub(crate) is_doubted: bool,
}

impl KnownRoom {
    /// A room of which nothing is known.
    pub(crate) fn new(turn: u64) -> Self {
        Self { log: KnownLog::default(), turn, is_doubted: false }
    }

    /// The room as it is asked for.
    pub(crate) fn followed(&self, room: RoomId) -> Followed {
        Followed { room, seq: self.log.known() }
    }

    /// Takes in a page.
    pub(crate) fn take_page(&mut self, page: History) -> Vec<Update> {
        if !self.log.take_page(page.seq, page.live) {
            return Vec::new();
        }
        self.is_doubted = false;
        let History { room, reset, more, messages, deleted, states, .. } = page;
        let mut updates = Vec::new();
        if reset {
            updates.push(Update::Reset { room, messages, more });
        } else {
            updates.extend(messages.into_iter().map(Update::Present));
            updates.extend(deleted.into_iter().map(|id| Update::Deleted { id, room }));
        }
        updates.extend(states.into_iter().map(|entry| Update::entry(LogName::Room(room), entry)));
        updates
    }
}
