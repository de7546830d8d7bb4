//! What somebody may want, at random: mostly what can be, of what there is, and a little that cannot.

mod joining;
mod presence;
mod rooms;

use chatterbox_core::changes::{
    Author, By, Change, ChangeAccount, ChangeOneself, ChangePicture, DeleteAccount, DeleteMessage, EditMessage,
    EndSession, Facts, LogIn, MarkRead, MutePerson, PictureFact, Placed, Probe, Register, ReplacePasswordHash,
    SendMessage, SetOrder, UseSession,
};
use chatterbox_core::emails::Email;
use chatterbox_core::profiles::ProfilePatch;
use chatterbox_core::sessions::{SESSION_IDLE_MS, SESSION_SLIDE_MS};
use chatterbox_core::usernames::Username;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::order::Order;
use chatterbox_protocol::profiles::{PersonStatus, ProfileChanges};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::{Role, UserPatch};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::joining::JoiningWish;
use self::presence::PresenceWish;
use self::rooms::RoomWish;
use super::house::NOW;

/// Something that somebody wants.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Register {
        name: &'static str,
        email: &'static str,
    },
    LogIn(Index),
    EndSession(Who),
    UseSession(Who),
    Send {
        who: Who,
        text: u8,
        nonce: Option<u8>,
        room: Index,
    },
    Edit {
        who: Who,
        message: Index,
        text: u8,
    },
    Delete {
        who: Who,
        message: Index,
    },
    Read {
        who: Who,
        up_to: u64,
        room: Index,
    },
    ReplaceHash(Index),
    Password(Index),
    Standing {
        by: Option<Who>,
        whose: Index,
        role: Option<Role>,
        active: Option<bool>,
    },
    Oneself {
        who: Who,
        name: Option<&'static str>,
        email: Option<&'static str>,
        bio: Option<u8>,
        status: Option<u8>,
    },
    Order {
        who: Who,
        pinned: u64,
        folds: bool,
    },
    Picture {
        who: Who,
        whose: Option<Index>,
        picture: Option<u8>,
    },
    Leave {
        who: Who,
        whose: Option<Index>,
    },
    OfPresence(PresenceWish),
    Mute {
        who: Who,
        whose: Index,
        is_muted: bool,
    },
    OfRooms(RoomWish),
    OfJoining(JoiningWish),
    Probe,
    /// A month passes, in which nobody does anything.
    Rest,
}

/// One of the sessions that there are, and rarely somebody else who would act by it.
#[derive(Debug, Clone)]
pub(super) struct Who {
    session: Index,
    is_somebody_else: bool,
}

fn who() -> impl Strategy<Value = Who> {
    let chosen = (any::<Index>(), prop::bool::weighted(0.05));
    chosen.prop_map(|(session, is_somebody_else)| Who { session, is_somebody_else })
}

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let any = any::<Index>;
    let names = || select(&["ada", "Ada", "grace", "linus", "barbara"][..]);
    let emails = || select(&["a@example.org", "A@example.org", "g@example.org", "l@example.org"][..]);
    let role = weighted(0.7, select(vec![Role::Owner, Role::Owner, Role::Admin, Role::Member, Role::Guest]));
    let active = weighted(0.5, prop::bool::weighted(0.7));
    let accounts = prop_oneof![
        8 => (names(), emails()).prop_map(|(name, email)| Wish::Register { name, email }),
        10 => any().prop_map(Wish::LogIn),
        2 => who().prop_map(Wish::EndSession),
        2 => who().prop_map(Wish::UseSession),
        24 => (who(), 0..2_u8, weighted(0.7, 0..4_u8), any())
            .prop_map(|(who, text, nonce, room)| Wish::Send { who, text, nonce, room }),
        16 => (who(), any(), 0..2_u8).prop_map(|(who, message, text)| Wish::Edit { who, message, text }),
        8 => (who(), any()).prop_map(|(who, message)| Wish::Delete { who, message }),
        8 => (who(), 0..20_u64, any()).prop_map(|(who, up_to, room)| Wish::Read { who, up_to, room }),
        2 => any().prop_map(Wish::ReplaceHash),
        1 => any().prop_map(Wish::Password),
        10 => (weighted(0.7, who()), any(), role, active)
            .prop_map(|(by, whose, role, active)| Wish::Standing { by, whose, role, active }),
        12 => (who(), weighted(0.4, names()), weighted(0.4, emails()), weighted(0.3, 0..2_u8), weighted(0.3, 0..3_u8))
            .prop_map(|(who, name, email, bio, status)| Wish::Oneself { who, name, email, bio, status }),
        6 => (who(), weighted(0.3, any()), weighted(0.6, 0..3_u8))
            .prop_map(|(who, whose, picture)| Wish::Picture { who, whose, picture }),
        2 => (who(), weighted(0.5, any())).prop_map(|(who, whose)| Wish::Leave { who, whose }),
        4 => (who(), 0..3_u64, proptest::bool::ANY).prop_map(|(who, pinned, folds)| Wish::Order { who, pinned, folds }),
        6 => (who(), any(), prop::bool::weighted(0.6))
            .prop_map(|(who, whose, is_muted)| Wish::Mute { who, whose, is_muted }),
        13 => presence::wish().prop_map(Wish::OfPresence),
        2 => Just(Wish::Probe),
        1 => Just(Wish::Rest),
    ];
    prop_oneof![98 => accounts, 60 => rooms::wish().prop_map(Wish::OfRooms), 30 => joining::wish().prop_map(Wish::OfJoining)]
}

/// Whoever is given the changes that wishes come to.
pub(super) trait Takes {
    /// All there is.
    fn whole(&self) -> &Facts;

    /// Takes a change. `random` tells by the answer which number it was decided with, if that matters.
    fn take<C>(&mut self, change: C, random: fn(&C::Answer) -> u64)
    where
        C: Change<Answer: PartialEq + Send> + Clone + Send + 'static;
}

/// The time, and what nobody else may have.
pub(super) struct Wishes {
    now: Timestamp,
    tokens: u8,
}

impl Wishes {
    pub(super) fn new() -> Self {
        Self { now: NOW, tokens: 0 }
    }

    /// Chooses who and what a wish is about, and hands over what it comes to.
    pub(super) fn fulfil(&mut self, wish: Wish, takes: &mut impl Takes) {
        self.now.0 += SESSION_SLIDE_MS / 3;
        let (now, whole) = (self.now, takes.whole());
        let text = |text: u8| format!("text {text}").into();
        match wish {
            Wish::Register { name, email } => {
                let (username, email) = (Username::parse(name).unwrap(), Email::parse(email).unwrap());
                let (password_hash, invitation, place) = (String::new(), None, None);
                takes.take(Register { username, email, password_hash, invitation, place, now }, |_| 0);
            }
            Wish::LogIn(whose) => {
                self.tokens = self.tokens.wrapping_add(1) % 12;
                let (user, password_hash) = user(whole, &whose);
                takes.take(LogIn { user, password_hash, token_hash: [self.tokens; 32], now }, |_| 0);
            }
            Wish::EndSession(who) => {
                let Author { user, session } = author(whole, &who);
                takes.take(EndSession { user, session }, |()| 0);
            }
            Wish::UseSession(who) => takes.take(UseSession { session: author(whole, &who).session, now }, |()| 0),
            Wish::Send { who, text: said, nonce, room } => {
                let nonce = nonce.map(|nonce| format!("n-{nonce}").into());
                let by = author(whole, &who);
                takes.take(SendMessage { by, room: room_of(whole, &room), text: text(said), nonce, now }, chance_of);
            }
            Wish::Edit { who, message: which, text: said } => {
                let (by, id) = (author(whole, &who), message(whole, &which));
                takes.take(EditMessage { by, id, text: text(said), now }, |_| 0);
            }
            Wish::Delete { who, message: which } => {
                takes.take(DeleteMessage { by: author(whole, &who), id: message(whole, &which), now }, |_| 0);
            }
            Wish::Read { who, up_to, room } => {
                let (by, room) = (author(whole, &who), room_of(whole, &room));
                takes.take(MarkRead { by, room, up_to: Seq(up_to) }, |_| 0);
            }
            Wish::ReplaceHash(whose) => {
                let (user, old) = user(whole, &whose);
                takes.take(ReplacePasswordHash { user, new: format!("{old}x"), old }, |_| 0);
            }
            Wish::Password(whose) => {
                let (user, hash) = user(whole, &whose);
                takes.take(
                    ChangeAccount { by: By::Holder(now), user, change: AccountChange::Password { hash } },
                    |()| 0,
                );
            }
            Wish::Standing { by, whose, role, active } => {
                let by = by.map_or(By::Holder(now), |who| By::User(author(whole, &who), now));
                let (user, change) = (user(whole, &whose).0, AccountChange::Standing(UserPatch { role, active }));
                takes.take(ChangeAccount { by, user, change }, |()| 0);
            }
            Wish::Oneself { who, name, email, bio, status } => {
                let (by, profile) = (author(whole, &who), profile(bio, status));
                let username = name.map(|name| Username::parse(name).unwrap());
                let email = email.map(|email| Email::parse(email).unwrap());
                takes.take(ChangeOneself { by, username, email, profile, now }, |()| 0);
            }
            Wish::Order { who, pinned, folds } => {
                let by = author(whole, &who);
                takes.take(SetOrder { by, order: order(pinned, folds), now }, |()| 0);
            }
            Wish::Picture { who, whose, picture } => {
                let by = author(whole, &who);
                let user = whose.map_or(by.user, |whose| user(whole, &whose).0);
                let fact = |byte: u8| PictureFact { version: format!("v{byte}"), bytes: [byte; 3].into() };
                takes.take(ChangePicture { by, user, picture: picture.map(fact), now }, |()| 0);
            }
            Wish::Leave { who, whose } => {
                let by = author(whole, &who);
                let leaves = whose.map_or(by.user, |whose| user(whole, &whose).0);
                let verified = whole.users.rows.get(&by.user).flatten().map(|account| account.password_hash.clone());
                takes.take(DeleteAccount { by, user: leaves, verified, now }, |_| 0);
            }
            Wish::OfPresence(wish) => presence::fulfil(now, wish, takes),
            Wish::Mute { who, whose, is_muted } => {
                let (by, whom) = (author(whole, &who), user(whole, &whose).0);
                takes.take(MutePerson { by, whom, is_muted, now }, |()| 0);
            }
            Wish::Probe => takes.take(Probe, |_| 0),
            Wish::Rest => self.now.0 += SESSION_IDLE_MS,
            Wish::OfRooms(wish) => rooms::fulfil(now, wish, takes),
            Wish::OfJoining(wish) => joining::fulfil(now, wish, takes),
        }
    }
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

/// The Lobby most often, one of all others, or one that is not there.
fn room_of(whole: &Facts, which: &Index) -> RoomId {
    let rows = &whole.rooms.rows;
    let mut there: Vec<RoomId> = rows.keys().copied().filter(|id| rows.get(id).flatten().is_some()).collect();
    there.sort();
    let at = which.index(2 * there.len() + 1);
    there.get(at).copied().unwrap_or(if at == 2 * there.len() { RoomId(99) } else { RoomId::FIRST })
}

/// Each message is sent later than the one before it: then the low bits of its id are chance.
fn chance_of(placed: &Placed) -> u64 {
    placed.id.0 & 0xfff
}

fn author(whole: &Facts, Who { session, is_somebody_else }: &Who) -> Author {
    let rows = &whole.sessions.rows;
    let mut live: Vec<_> = rows.keys().filter_map(|id| Some((*id, rows.get(id)??.user))).collect();
    live.sort();
    let chosen = if live.is_empty() { (SessionId(1), UserId(1)) } else { *session.get(&live) };
    Author { session: chosen.0, user: UserId(chosen.1.0 + u64::from(*is_somebody_else)) }
}

/// Somebody, and what verifies their password.
fn user(whole: &Facts, whose: &Index) -> (UserId, String) {
    let rows = &whole.users.rows;
    let mut there: Vec<_> = rows.keys().filter_map(|id| Some((*id, rows.get(id)??.password_hash.clone()))).collect();
    there.sort();
    if there.is_empty() { (UserId(1), String::new()) } else { whose.get(&there).clone() }
}

fn message(whole: &Facts, which: &Index) -> MessageId {
    let mut there: Vec<_> = whole.messages.rows.keys().copied().collect();
    there.sort();
    // Who changes something changes what is new, most often.
    let newest = &there[there.len().saturating_sub(4)..];
    if newest.is_empty() { MessageId(1) } else { *which.get(newest) }
}
