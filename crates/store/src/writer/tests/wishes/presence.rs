//! What somebody may want of how they are seen, at random.

use chatterbox_core::changes::{ChangeAvailability, NoteLastSeen, SayTyping};
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::time::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::house::NOW;
use super::{Takes, Who, author, room_of, user, who};

/// Something that somebody wants.
#[derive(Debug, Clone)]
pub(in crate::writer::tests) enum PresenceWish {
    Availability { who: Who, hidden: bool, is_busy: bool },
    LastSeen { whose: Index, sooner: i64 },
    Typing { who: Who, room: Index },
}

pub(super) fn wish() -> impl Strategy<Value = PresenceWish> {
    prop_oneof![
        6 => (who(), any::<bool>(), any::<bool>())
            .prop_map(|(who, hidden, is_busy)| PresenceWish::Availability { who, hidden, is_busy }),
        3 => (any::<Index>(), 0..3_i64).prop_map(|(whose, sooner)| PresenceWish::LastSeen { whose, sooner }),
        4 => (who(), any::<Index>()).prop_map(|(who, room)| PresenceWish::Typing { who, room }),
    ]
}

pub(super) fn fulfil(now: Timestamp, wish: PresenceWish, takes: &mut impl Takes) {
    let whole = takes.whole();
    match wish {
        PresenceWish::Availability { who, hidden, is_busy } => {
            let availability = Availability { hidden, busy_until: is_busy.then_some(NOW) };
            takes.take(ChangeAvailability { by: author(whole, &who), availability, now }, |()| 0);
        }
        PresenceWish::LastSeen { whose, sooner } => {
            let seen = Timestamp(NOW.0 - sooner * 300_000);
            takes.take(NoteLastSeen { user: user(whole, &whose).0, seen }, |()| 0);
        }
        PresenceWish::Typing { who, room } => {
            let (by, room) = (author(whole, &who), room_of(whole, &room));
            takes.take(SayTyping { by, room }, |()| 0);
        }
    }
}
