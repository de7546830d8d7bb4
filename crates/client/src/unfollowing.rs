//! Rooms that the server is to be told of that they are followed no more.

use std::collections::BTreeMap;

use chatterbox_protocol::commands::{Command, Ref, Unfollow};
use chatterbox_protocol::errors::Verdict;
use chatterbox_protocol::ids::RoomId;

/// Rooms of which the server has not said yet that it leaves them out, and whether it is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unfollowing {
    rooms: BTreeMap<RoomId, bool>,
}

/// What the client calls an `unfollow`.
fn unfollow_ref(room: RoomId) -> Ref {
    Ref::Text(format!("unfollow {room}"))
}

impl Unfollowing {
    /// The server is to be told of this room.
    pub(crate) fn leave(&mut self, room: RoomId) {
        self.rooms.insert(room, false);
    }

    /// The room is followed again: should it have been refused to leave it, nobody wants that any more.
    pub(crate) fn stay(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// Whether the server is told of all of them.
    pub(crate) fn are_all_said(&self) -> bool {
        self.rooms.values().all(|is_said| *is_said)
    }

    /// What to say now.
    pub(crate) fn say(&mut self) -> Vec<(Option<Ref>, Command)> {
        let unsaid = self.rooms.iter_mut().filter(|(_, is_said)| !**is_said);
        let said = unsaid.map(|(room, is_said)| {
            *is_said = true;
            (Some(unfollow_ref(*room)), Command::Unfollow(Unfollow { room: *room }))
        });
        said.collect()
    }

    /// Something is done. Answers whether it was one of these.
    pub(crate) fn is_done(&mut self, reference: &Ref) -> bool {
        let room = self.said_as(reference);
        room.is_some_and(|room| self.rooms.remove(&room).is_some())
    }

    /// Something is refused. Answers whether it was one of these; if that passes, it is to be said again.
    pub(crate) fn is_refused(&mut self, reference: &Ref, verdict: Verdict) -> bool {
        let Some(room) = self.said_as(reference) else { return false };
        self.rooms.remove(&room);
        if verdict == Verdict::Passing {
            self.leave(room);
        }
        true
    }

    fn said_as(&self, reference: &Ref) -> Option<RoomId> {
        self.rooms.keys().find(|room| unfollow_ref(**room) == *reference).copied()
    }
}
