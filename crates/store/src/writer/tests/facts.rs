//! What was decided is what is stored: after a write, whoever looks finds what the table of facts says.

use chatterbox_core::changes::{
    Author, By, Change, ChangeAccount, DeleteMessage, EditMessage, EndSession, Facts, Key, LogIn, MarkRead, Probe,
    ROUNDS_MAX, Register, ReplacePasswordHash, Row, SendMessage, Undecided, UseSession,
};
use chatterbox_core::emails::Email;
use chatterbox_core::sessions::SESSION_SLIDE_MS;
use chatterbox_core::usernames::Username;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::UserPatch;
use proptest::prelude::*;
use proptest::sample::Index;

use super::house::{House, NOW};
use crate::engine::Engine;

/// Something that somebody wants. Who and what is chosen among those there are, and a few that are not there.
#[derive(Debug, Clone)]
enum Wish {
    Register(u8),
    LogIn(u8),
    EndSession(u8, u8),
    UseSession(u8),
    Send {
        who: u8,
        session: u8,
        text: u8,
        nonce: Option<u8>,
        room: u8,
    },
    Edit {
        who: u8,
        session: u8,
        message: Index,
        text: u8,
    },
    Delete {
        who: u8,
        session: u8,
        message: Index,
    },
    Read {
        who: u8,
        session: u8,
        up_to: u8,
    },
    Password(u8),
    Standing {
        by: Option<(u8, u8)>,
        who: u8,
        role: Index,
        active: bool,
    },
    Probe,
    /// What was decided is written and committed.
    Commit,
}

fn wish() -> impl Strategy<Value = Wish> {
    let (who, session) = (0..4_u8, 0..6_u8);
    let nonce = proptest::option::of(0..3_u8);
    prop_oneof![
        2 => who.clone().prop_map(Wish::Register),
        3 => who.clone().prop_map(Wish::LogIn),
        1 => (who.clone(), session.clone()).prop_map(|(who, session)| Wish::EndSession(who, session)),
        1 => session.clone().prop_map(Wish::UseSession),
        6 => (who.clone(), session.clone(), 0..3_u8, nonce, 1..3_u8)
            .prop_map(|(who, session, text, nonce, room)| Wish::Send { who, session, text, nonce, room }),
        4 => (who.clone(), session.clone(), any::<Index>(), 0..3_u8)
            .prop_map(|(who, session, message, text)| Wish::Edit { who, session, message, text }),
        2 => (who.clone(), session.clone(), any::<Index>())
            .prop_map(|(who, session, message)| Wish::Delete { who, session, message }),
        2 => (who.clone(), session.clone(), 0..9_u8)
            .prop_map(|(who, session, up_to)| Wish::Read { who, session, up_to }),
        1 => who.clone().prop_map(Wish::Password),
        2 => (proptest::option::of((who.clone(), session)), who, any::<Index>(), any::<bool>())
            .prop_map(|(by, who, role, active)| Wish::Standing { by, who, role, active }),
        1 => Just(Wish::Probe),
        4 => Just(Wish::Commit),
    ]
}

/// A database, what is known of it, and all there ever was.
struct Both {
    house: House,
    facts: Facts,
    whole: Facts,
    messages: Vec<MessageId>,
    tokens: u8,
    now: Timestamp,
}

impl Both {
    fn new() -> Self {
        let mut house = House::new();
        let mut facts = Facts::unknown();
        house.groups.engine.begin(&mut facts).unwrap();
        let mut whole = Facts::whole();
        whole.apply([Row::Room(RoomId::FIRST, look_at_room(&mut house))]);
        Self { house, facts, whole, messages: Vec::new(), tokens: 0, now: NOW }
    }

    fn author(who: u8, session: u8) -> Author {
        Author { user: UserId(u64::from(who)), session: SessionId(u64::from(session)) }
    }

    fn message(&self, which: &Index) -> MessageId {
        if self.messages.is_empty() { MessageId(1) } else { *which.get(&self.messages) }
    }

    fn fulfil(&mut self, wish: Wish) {
        let now = self.now;
        self.now.0 += SESSION_SLIDE_MS / 3;
        let hash = |who: u8| format!("hash of {who}");
        match wish {
            Wish::Register(who) => self.decide(&Register {
                username: Username::parse(["ada", "Ada", "grace", "linus"][usize::from(who)]).unwrap(),
                email: Email::parse(
                    ["ada@example.org", "a@example.org", "A@example.org", "l@example.org"][usize::from(who)],
                )
                .unwrap(),
                password_hash: hash(who),
                now,
            }),
            Wish::LogIn(who) => {
                self.tokens = self.tokens.wrapping_add(1);
                let (user, token_hash) = (UserId(u64::from(who)), [self.tokens % 200; 32]);
                let password_hash = self.whole.users.rows.get(&user).flatten().map(|account| &account.password_hash);
                let password_hash = password_hash.cloned().unwrap_or_default();
                self.decide(&LogIn { user, password_hash, token_hash, now });
            }
            Wish::EndSession(who, session) => {
                let Author { user, session } = Self::author(who, session);
                self.decide(&EndSession { user, session });
            }
            Wish::UseSession(session) => self.decide(&UseSession { session: SessionId(u64::from(session)), now }),
            Wish::Send { who, session, text, nonce, room } => {
                let (by, room) = (Self::author(who, session), RoomId(u64::from(room)));
                let nonce = nonce.map(|nonce| format!("n-{nonce}").into());
                self.decide(&SendMessage { by, room, text: format!("text {text}").into(), nonce, now });
            }
            Wish::Edit { who, session, message, text } => {
                let (by, id) = (Self::author(who, session), self.message(&message));
                self.decide(&EditMessage { by, id, text: format!("text {text}").into(), now });
            }
            Wish::Delete { who, session, message } => {
                let (by, id) = (Self::author(who, session), self.message(&message));
                self.decide(&DeleteMessage { by, id, now });
            }
            Wish::Read { who, session, up_to } => {
                let by = Self::author(who, session);
                self.decide(&MarkRead { by, room: RoomId::FIRST, up_to: Seq(u64::from(up_to)) });
            }
            Wish::Password(who) => {
                self.decide(&ReplacePasswordHash { user: UserId(u64::from(who)), old: hash(who), new: hash(who + 1) });
            }
            Wish::Standing { by, who, role, active } => {
                let by = by.map_or(By::Holder, |(who, session)| By::User(Self::author(who, session), now));
                let patch = UserPatch { role: Some(*role.get(&UserPatch::ROLES)), active: Some(active) };
                let (user, change) = (UserId(u64::from(who)), AccountChange::Standing(patch));
                self.decide(&ChangeAccount { by, user, change });
            }
            Wish::Probe => self.decide(&Probe),
            Wish::Commit => self.commit(),
        }
    }

    /// Decides by what is known and by all there is, which must come to the same.
    fn decide<C: Change<Answer: PartialEq>>(&mut self, change: &C) {
        let random = self.messages.len() as u64;
        let expected = change.decide(&self.whole, random);
        let mut rounds = 0;
        let decided = loop {
            match change.decide(&self.facts, random) {
                Err(Undecided::Missing(missing)) => {
                    assert!(rounds < ROUNDS_MAX, "a rule asks for more than it may");
                    let mut keys = missing.0.to_vec();
                    if rounds == 0 {
                        keys.extend(change.keys());
                    }
                    keys.retain(|key| !self.facts.knows(key));
                    assert!(!keys.is_empty(), "a rule asks for what is known");
                    self.house.groups.engine.look(&keys, &mut self.facts).unwrap();
                    assert!(keys.iter().all(|key| self.facts.knows(key)));
                    rounds += 1;
                }
                decided => break decided,
            }
        };
        assert!(decided == expected, "what is known leads to something else than all there is");
        if let Ok(decided) = decided {
            let sent = |row: &Row| match row {
                Row::Message(id, _) => Some(*id),
                _ => None,
            };
            self.messages.extend(decided.rows.iter().filter_map(sent));
            self.facts.apply(decided.rows.clone());
            self.whole.apply(decided.rows);
        }
    }

    fn commit(&mut self) {
        self.house.groups.engine.write(&self.facts).unwrap();
        self.house.groups.engine.commit().unwrap();
        self.facts.is_committed();
        self.whole.is_written();
        self.house.groups.engine.begin(&mut self.facts).unwrap();
        self.compare();
    }

    /// Looks up every row that there is, by nothing that is known.
    fn compare(&mut self) {
        let mut fresh = Facts::unknown();
        let whole = &self.whole;
        let users = whole.users.rows.keys().map(|id| Key::User(*id));
        let sessions = whole.sessions.rows.keys().map(|id| Key::Session(*id));
        let memberships = whole.rooms.memberships.keys().map(|(room, user)| Key::Membership(*room, *user));
        let messages = whole.messages.rows.keys().map(|id| Key::Message(*id));
        let rooms = [Key::Room(RoomId::FIRST), Key::Probe];
        let keys: Vec<Key> = users.chain(sessions).chain(memberships).chain(messages).chain(rooms).collect();
        self.house.groups.engine.look(&keys, &mut fresh).unwrap();
        for id in whole.users.rows.keys() {
            assert!(fresh.users.rows.get(id).unwrap() == whole.users.rows.get(id).unwrap(), "account {id}");
        }
        for id in whole.sessions.rows.keys() {
            assert_eq!(fresh.sessions.rows.get(id).unwrap(), whole.sessions.rows.get(id).unwrap(), "session {id}");
        }
        for id in whole.messages.rows.keys() {
            assert_eq!(fresh.messages.rows.get(id).unwrap(), whole.messages.rows.get(id).unwrap(), "message {id}");
        }
        for key in whole.rooms.memberships.keys() {
            let [found, known] = [&fresh, whole].map(|facts| facts.rooms.memberships.get(key).unwrap());
            assert_eq!(found, known, "{key:?}");
        }
        let [found, known] = [&fresh, whole].map(|facts| facts.rooms.rows.get(&RoomId::FIRST).unwrap());
        assert_eq!(found, known);
        assert_eq!(fresh.probe.get(&()).unwrap().copied(), Some(whole.probe.get(&()).unwrap().copied().unwrap_or(0)));
    }
}

fn look_at_room(house: &mut House) -> chatterbox_core::changes::RoomFact {
    let mut facts = Facts::unknown();
    house.groups.engine.look(&[Key::Room(RoomId::FIRST)], &mut facts).unwrap();
    *facts.rooms.rows.get(&RoomId::FIRST).unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_known_decides_as_all_there_is_would_and_what_is_written_is_found(
        wishes in proptest::collection::vec(wish(), 1..120),
    ) {
        let mut both = Both::new();
        // Nothing happens where nobody is.
        for wish in [Wish::Register(0), Wish::LogIn(1), Wish::Register(2), Wish::LogIn(2)].into_iter().chain(wishes) {
            both.fulfil(wish);
        }
        both.commit();
    }
}
