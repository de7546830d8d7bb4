//! What somebody may want, at random: mostly what can be, of what there is, and a little that cannot.

mod joining;
mod own;
mod presence;
mod rooms;

use chatterbox_core::changes::{
    Author, By, Change, ChangeAccount, DeleteMessage, EditMessage, EndSession, Facts, LogIn, MarkRead, Placed, Probe,
    Register, ReplacePasswordHash, SendMessage, UseSession,
};
use chatterbox_core::emails::Email;
use chatterbox_core::sessions::{SESSION_IDLE_MS, SESSION_SLIDE_MS, Whence};
use chatterbox_core::usernames::Username;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::{Role, UserPatch};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::joining::JoiningWish;
use self::own::OwnWish;
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
    OfOneself(OwnWish),
    OfPresence(PresenceWish),
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

fn names() -> impl Strategy<Value = &'static str> {
    select(&["ada", "Ada", "grace", "linus", "barbara"][..])
}

fn emails() -> impl Strategy<Value = &'static str> {
    select(&["a@example.org", "A@example.org", "g@example.org", "l@example.org"][..])
}

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let any = any::<Index>;
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
        30 => own::wish().prop_map(Wish::OfOneself),
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
                takes.take(
                    LogIn { user, password_hash, token_hash: [self.tokens; 32], whence: Whence::default(), now },
                    |_| 0,
                );
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
            Wish::OfOneself(wish) => own::fulfil(now, wish, takes),
            Wish::OfPresence(wish) => presence::fulfil(now, wish, takes),
            Wish::Probe => takes.take(Probe, |_| 0),
            Wish::Rest => self.now.0 += SESSION_IDLE_MS,
            Wish::OfRooms(wish) => rooms::fulfil(now, wish, takes),
            Wish::OfJoining(wish) => joining::fulfil(now, wish, takes),
        }
    }
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
