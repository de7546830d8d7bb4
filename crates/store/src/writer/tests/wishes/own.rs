//! What somebody may want of their own account, at random.

use chatterbox_core::changes::{
    ChangeOneself, ChangePassword, ChangePicture, DeleteAccount, EndOtherSessions, Facts, MakeDeviceLink, MutePerson,
    PictureFact, SetOrder, UseDeviceLink,
};
use chatterbox_core::emails::Email;
use chatterbox_core::profiles::ProfilePatch;
use chatterbox_core::sessions::{SESSION_SLIDE_MS, Whence};
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::order::Order;
use chatterbox_protocol::profiles::{PersonStatus, ProfileChanges};
use chatterbox_protocol::time::Timestamp;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::house::NOW;
use super::{Takes, Who, author, emails, names, user, who};

/// Something that somebody wants.
#[derive(Debug, Clone)]
pub(in crate::writer::tests) enum OwnWish {
    Oneself { who: Who, name: Option<&'static str>, email: Option<&'static str>, bio: Option<u8>, status: Option<u8> },
    Order { who: Who, pinned: u64, folds: bool },
    Picture { who: Who, whose: Option<Index>, picture: Option<u8> },
    Leave { who: Who, whose: Option<Index> },
    Mute { who: Who, whose: Index, is_muted: bool },
    MakeLink { who: Who, code: u8 },
    UseLink { whose: Index, code: u8 },
    EndOthers { who: Who },
    Password { who: Who },
}

pub(super) fn wish() -> impl Strategy<Value = OwnWish> {
    let any = any::<Index>;
    prop_oneof![
        12 => (who(), weighted(0.4, names()), weighted(0.4, emails()), weighted(0.3, 0..2_u8), weighted(0.3, 0..3_u8))
            .prop_map(|(who, name, email, bio, status)| OwnWish::Oneself { who, name, email, bio, status }),
        6 => (who(), weighted(0.3, any()), weighted(0.6, 0..3_u8))
            .prop_map(|(who, whose, picture)| OwnWish::Picture { who, whose, picture }),
        2 => (who(), weighted(0.5, any())).prop_map(|(who, whose)| OwnWish::Leave { who, whose }),
        4 => (who(), 0..3_u64, proptest::bool::ANY).prop_map(|(who, pinned, folds)| OwnWish::Order { who, pinned, folds }),
        6 => (who(), any(), prop::bool::weighted(0.6))
            .prop_map(|(who, whose, is_muted)| OwnWish::Mute { who, whose, is_muted }),
        6 => (who(), 0..2_u8).prop_map(|(who, code)| OwnWish::MakeLink { who, code }),
        6 => (any(), 0..2_u8).prop_map(|(whose, code)| OwnWish::UseLink { whose, code }),
        1 => who().prop_map(|who| OwnWish::EndOthers { who }),
        1 => who().prop_map(|who| OwnWish::Password { who }),
    ]
}

pub(super) fn fulfil(now: Timestamp, wish: OwnWish, takes: &mut impl Takes) {
    let whole = takes.whole();
    match wish {
        OwnWish::Oneself { who, name, email, bio, status } => {
            let (by, profile) = (author(whole, &who), profile(bio, status));
            let username = name.map(|name| Username::parse(name).unwrap());
            let email = email.map(|email| Email::parse(email).unwrap());
            takes.take(ChangeOneself { by, username, email, profile, now }, |()| 0);
        }
        OwnWish::Order { who, pinned, folds } => {
            let by = author(whole, &who);
            takes.take(SetOrder { by, order: order(pinned, folds), now }, |()| 0);
        }
        OwnWish::Picture { who, whose, picture } => {
            let by = author(whole, &who);
            let user = whose.map_or(by.user, |whose| user(whole, &whose).0);
            let fact = |byte: u8| PictureFact { version: format!("v{byte}"), bytes: [byte; 3].into() };
            takes.take(ChangePicture { by, user, picture: picture.map(fact), now }, |()| 0);
        }
        OwnWish::Leave { who, whose } => {
            let by = author(whole, &who);
            let leaves = whose.map_or(by.user, |whose| user(whole, &whose).0);
            let verified = Some(hash_of(whole, by.user));
            takes.take(DeleteAccount { by, user: leaves, verified, now }, |_| 0);
        }
        OwnWish::Mute { who, whose, is_muted } => {
            let (by, whom) = (author(whole, &who), user(whole, &whose).0);
            takes.take(MutePerson { by, whom, is_muted, now }, |()| 0);
        }
        OwnWish::MakeLink { who, code } => {
            let (by, expires) = (author(whole, &who), Timestamp(now.0 + 10 * SESSION_SLIDE_MS));
            let verified = hash_of(whole, by.user);
            takes.take(MakeDeviceLink { by, verified, code_hash: [code; 32], expires, now }, |_| 0);
        }
        OwnWish::UseLink { whose, code } => {
            let (user, whence) = (user(whole, &whose).0, Whence { from: None, agent: Some(format!("agent {code}")) });
            // Time goes on by a third of that with each wish, and so there is another token each time.
            let token_hash = [100 + (now.0 / (SESSION_SLIDE_MS / 3) % 100) as u8; 32];
            takes.take(UseDeviceLink { user, code_hash: [code; 32], token_hash, whence, now }, |_| 0);
        }
        OwnWish::EndOthers { who } => takes.take(EndOtherSessions { by: author(whole, &who), now }, |()| 0),
        OwnWish::Password { who } => {
            let by = author(whole, &who);
            let old = hash_of(whole, by.user);
            takes.take(ChangePassword { by, new: format!("{old}x"), old, now }, |_| 0);
        }
    }
}

/// What verifies somebody's password; of nobody, nothing.
fn hash_of(whole: &Facts, user: UserId) -> String {
    whole.users.rows.get(&user).flatten().map(|account| account.password_hash.clone()).unwrap_or_default()
}

/// Nothing, or some rooms, which may not be there.
fn order(pinned: u64, folds: bool) -> Order {
    let folded = if folds { vec!["direct".to_owned(), "rooms".to_owned()] } else { Vec::new() };
    let rooms = if folds { vec![RoomId(99), RoomId(2)] } else { Vec::new() };
    Order { pinned: (0..pinned).map(|at| RoomId(at + 1)).collect(), rooms, folded }
}

/// Nothing, something, and with a status also an end.
fn profile(bio: Option<u8>, status: Option<u8>) -> ProfilePatch {
    let line = |number: u8| if number == 0 { String::new() } else { format!("line {number}") };
    let all = |number: u8| ProfileChanges {
        name: Some(line(number)),
        bio: Some(line(number)),
        pronouns: Some(line(number)),
        time_zone: Some(if number == 0 { String::new() } else { "Asia/Tokyo".to_owned() }),
        status: None,
    };
    let status = status.map(|number| {
        let says = PersonStatus { emoji: "🌴".to_owned(), text: line(number), until: (number > 1).then_some(NOW) };
        (number > 0).then_some(says)
    });
    let changes = ProfileChanges { status, ..bio.map(all).unwrap_or_default() };
    ProfilePatch::parse(changes).unwrap()
}
