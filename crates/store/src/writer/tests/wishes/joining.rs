//! What somebody may want of the place and of invitations, at random.

use chatterbox_core::changes::{By, ChangePlace, CreateInvitation, Register, RevokeInvitation, UseInvitation};
use chatterbox_core::emails::Email;
use chatterbox_core::place::PlaceName;
use chatterbox_core::sessions::SESSION_SLIDE_MS;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{InvitationId, RoomId};
use chatterbox_protocol::place::Admission;
use chatterbox_protocol::time::Timestamp;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Takes, Who, author, room_of, who};

/// Something that somebody wants of the place, or of an invitation.
#[derive(Debug, Clone)]
pub(in crate::writer::tests) enum JoiningWish {
    Register { name: u8, code: Option<u8>, place: Option<&'static str> },
    Place { by: Option<Who>, name: Option<&'static str>, registration: Option<Admission> },
    Invite { who: Who, code: u8, rooms: Vec<Index>, lasts: i64, uses: Option<u32> },
    Revoke { who: Who, id: u64 },
    Use { who: Who, code: u8 },
}

pub(super) fn wish() -> impl Strategy<Value = JoiningWish> {
    let name = || weighted(0.5, select(&["The Mill", "Anchor"][..]));
    let admission = select(vec![Admission::Open, Admission::Open, Admission::Invite, Admission::Closed]);
    let rooms = prop::collection::vec(any::<Index>(), 0..3);
    let lasts = select(&[1, 4, 100][..]);
    prop_oneof![
        6 => (0..12_u8, weighted(0.7, 0..6_u8), name()).prop_map(|(name, code, place)| JoiningWish::Register { name, code, place }),
        3 => (weighted(0.8, who()), name(), weighted(0.6, admission))
            .prop_map(|(by, name, registration)| JoiningWish::Place { by, name, registration }),
        8 => (who(), 0..6_u8, rooms, lasts, weighted(0.6, 1..3_u32))
            .prop_map(|(who, code, rooms, lasts, uses)| JoiningWish::Invite { who, code, rooms, lasts, uses }),
        2 => (who(), 0..12_u64).prop_map(|(who, id)| JoiningWish::Revoke { who, id }),
        8 => (who(), 0..6_u8).prop_map(|(who, code)| JoiningWish::Use { who, code }),
    ]
}

/// Chooses who and what a wish is about, and hands over what it comes to.
pub(super) fn fulfil(now: Timestamp, wish: JoiningWish, takes: &mut impl Takes) {
    let whole = takes.whole();
    let place_name = |name: &str| PlaceName::parse("name", name).unwrap();
    match wish {
        JoiningWish::Register { name, code, place } => {
            let username = Username::parse(&format!("newcomer {}", char::from(b'a' + name))).unwrap();
            let email = Email::parse(&format!("newcomer{name}@example.org")).unwrap();
            let (invitation, place) = (code.map(|code| [code; 32]), place.map(place_name));
            takes.take(Register { username, email, password_hash: String::new(), invitation, place, now }, |_| 0);
        }
        JoiningWish::Place { by, name, registration } => {
            let by = by.map_or(By::Holder(now), |who| By::User(author(whole, &who), now));
            takes.take(ChangePlace { by, name: name.map(place_name), registration }, |()| 0);
        }
        JoiningWish::Invite { who, code, rooms, lasts, uses } => {
            let mut named: Vec<RoomId> = rooms.iter().map(|room| room_of(whole, room)).collect();
            named.dedup();
            let (by, expires) = (author(whole, &who), Timestamp(now.0 + lasts * SESSION_SLIDE_MS));
            takes.take(CreateInvitation { by, code_hash: [code; 32], rooms: named, expires, uses, now }, |_| 0);
        }
        JoiningWish::Revoke { who, id } => {
            takes.take(RevokeInvitation { by: author(whole, &who), id: InvitationId(id), now }, |()| 0);
        }
        JoiningWish::Use { who, code } => {
            takes.take(UseInvitation { by: author(whole, &who), code_hash: [code; 32], now }, |_| 0);
        }
    }
}
