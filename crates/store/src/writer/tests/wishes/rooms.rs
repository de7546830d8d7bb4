//! What somebody may want of rooms, at random.

use chatterbox_core::changes::{
    ChangeRoom, CreateRoom, Invite, JoinRoom, LeaveRoom, OpenDirect, OpenLeft, PutAway, RoomPatch, SetModerator,
};
use chatterbox_core::rooms::{Icon, RoomName, Topic};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Takes, Who, author, room_of, user, who};

/// Something that somebody wants of a room.
#[derive(Debug, Clone)]
pub(in crate::writer::tests) enum RoomWish {
    Create {
        who: Who,
        name: &'static str,
        is_closed: bool,
        invited: Vec<Index>,
        nonce: Option<u8>,
    },
    Change {
        who: Who,
        room: Index,
        name: Option<&'static str>,
        topic: Option<&'static str>,
        closes: bool,
        archived: Option<bool>,
    },
    Join(Who, Index),
    Leave {
        who: Who,
        room: Index,
        whose: Option<Index>,
    },
    Invite {
        who: Who,
        room: Index,
        people: Vec<Index>,
    },
    Moderate {
        who: Who,
        room: Index,
        whose: Index,
        is_moderator: bool,
    },
    OpenDirect {
        who: Who,
        people: Vec<Index>,
    },
    PutAway(Who, Index),
    OpenLeft(Index, Index),
}

pub(super) fn wish() -> impl Strategy<Value = RoomWish> {
    let index = any::<Index>;
    let name = || select(&["Kitchen", "KITCHEN", "Attic", "Garden"][..]);
    let people = || prop::collection::vec(index(), 0..3);
    let closes = prop::bool::weighted(0.2);
    let archived = weighted(0.2, prop::bool::weighted(0.4));
    let change = (who(), index(), weighted(0.5, name()), weighted(0.5, select(&["", "Soup"][..])), closes, archived);
    prop_oneof![
        10 => (who(), name(), any::<bool>(), people(), weighted(0.4, 0..3_u8)).prop_map(
            |(who, name, is_closed, invited, nonce)| RoomWish::Create { who, name, is_closed, invited, nonce }
        ),
        8 => change.prop_map(|(who, room, name, topic, closes, archived)| {
            RoomWish::Change { who, room, name, topic, closes, archived }
        }),
        8 => (who(), index()).prop_map(|(who, room)| RoomWish::Join(who, room)),
        10 => (who(), index(), weighted(0.5, index())).prop_map(|(who, room, whose)| RoomWish::Leave { who, room, whose }),
        10 => (who(), index(), people()).prop_map(|(who, room, people)| RoomWish::Invite { who, room, people }),
        4 => (who(), index(), index(), any::<bool>())
            .prop_map(|(who, room, whose, is_moderator)| RoomWish::Moderate { who, room, whose, is_moderator }),
        8 => (who(), people()).prop_map(|(who, people)| RoomWish::OpenDirect { who, people }),
        2 => (who(), index()).prop_map(|(who, room)| RoomWish::PutAway(who, room)),
        3 => (index(), index()).prop_map(|(room, whose)| RoomWish::OpenLeft(room, whose)),
    ]
}

/// Chooses who and what a wish is about, and hands over what it comes to.
pub(super) fn fulfil(now: Timestamp, wish: RoomWish, takes: &mut impl Takes) {
    let whole = takes.whole();
    let people = |people: &[Index]| {
        let mut ids: Vec<UserId> = people.iter().map(|index| user(whole, index).0).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    match wish {
        RoomWish::Create { who, name, is_closed, invited, nonce } => {
            let (by, invited, name) = (author(whole, &who), people(&invited), RoomName::parse(name).unwrap());
            let (topic, icon) = (Topic::default(), Icon::default());
            let nonce = nonce.map(|nonce| format!("r-{nonce}"));
            takes.take(CreateRoom { by, is_closed, name, topic, icon, invited, nonce, now }, |id| id.0 & 0xfff);
        }
        RoomWish::Change { who, room, name, topic, closes, archived } => {
            let name = name.map(|name| RoomName::parse(name).unwrap());
            let topic = topic.map(|topic| Topic::parse(topic).unwrap());
            let patch = RoomPatch { name, topic, icon: None, closes, archived };
            let (by, room) = (author(whole, &who), room_of(whole, &room));
            takes.take(ChangeRoom { by, room, patch, now }, |()| 0);
        }
        RoomWish::Join(who, room) => {
            takes.take(JoinRoom { by: author(whole, &who), room: room_of(whole, &room), now }, |()| 0);
        }
        RoomWish::Leave { who, room, whose } => {
            let by = author(whole, &who);
            let goes = whose.map_or(by.user, |whose| user(whole, &whose).0);
            takes.take(LeaveRoom { by, room: room_of(whole, &room), user: goes, now }, |()| 0);
        }
        RoomWish::Invite { who, room, people: invited } => {
            let (by, room, people) = (author(whole, &who), room_of(whole, &room), people(&invited));
            takes.take(Invite { by, room, people, now }, |()| 0);
        }
        RoomWish::Moderate { who, room, whose, is_moderator } => {
            let (by, room, user) = (author(whole, &who), room_of(whole, &room), user(whole, &whose).0);
            takes.take(SetModerator { by, room, user, is_moderator, now }, |()| 0);
        }
        RoomWish::OpenDirect { who, people: others } => {
            takes.take(OpenDirect { by: author(whole, &who), people: people(&others), now }, |id| id.0 & 0xfff);
        }
        RoomWish::OpenLeft(room, whose) => {
            let (room, user) = (room_of(whole, &room), user(whole, &whose).0);
            takes.take(OpenLeft { room, user, now }, |()| 0);
        }
        RoomWish::PutAway(who, room) => {
            takes.take(PutAway { by: author(whole, &who), room: room_of(whole, &room), now }, |()| 0);
        }
    }
}
