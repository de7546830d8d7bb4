//! What was decided is what is stored: after a write, whoever looks finds what the table of facts says.

use chatterbox_core::changes::{Change, Facts, Key, ROUNDS_MAX, RoomFact, Row, Undecided};
use proptest::prelude::*;

use super::house::{House, ROOMS};
use super::wishes::{Takes, Wish, Wishes, wish};
use crate::engine::Engine;

/// What is done at a time.
#[derive(Debug, Clone)]
enum Step {
    Wish(Wish),
    /// What was decided is written and committed.
    Commit,
    /// What was decided since the last commit has not happened.
    RollBack,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![20 => wish().prop_map(Step::Wish), 3 => Just(Step::Commit), 1 => Just(Step::RollBack)]
}

/// A database, what is known of it, and all there ever was.
struct Both {
    house: House,
    facts: Facts,
    whole: Facts,
    committed: Facts,
}

impl Takes for Both {
    fn whole(&self) -> &Facts {
        &self.whole
    }

    /// Decides by what is known and by all there is, which must come to the same.
    fn take<C: Change<Answer: PartialEq>>(&mut self, change: C, _: fn(&C::Answer) -> u64) {
        let random = 7;
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
            self.facts.apply(decided.rows.clone());
            self.whole.apply(decided.rows);
        }
    }
}

impl Both {
    fn new() -> Self {
        let mut house = House::new();
        let mut facts = Facts::unknown();
        house.groups.engine.begin(&mut facts).unwrap();
        let whole = whole(&mut house);
        Self { house, facts, committed: whole.clone(), whole }
    }

    fn roll_back(&mut self) {
        self.facts.forget();
        self.house.groups.engine.roll_back();
        self.whole = self.committed.clone();
        self.house.groups.engine.begin(&mut self.facts).unwrap();
    }

    fn commit(&mut self) {
        self.house.groups.engine.write(&self.facts).unwrap();
        self.house.groups.engine.commit().unwrap();
        self.facts.is_committed();
        self.whole.is_written();
        self.house.groups.engine.begin(&mut self.facts).unwrap();
        self.committed = self.whole.clone();
        compare(&mut self.house.groups.engine, &self.whole);
    }
}

/// The keys of every row that there is.
fn keys_of(whole: &Facts) -> Vec<Key> {
    let of_user = |id| {
        let own = [Key::Order(id), Key::Availability(id), Key::LastSeen(id), Key::DeviceLink(id)];
        [Key::User(id), Key::OwnLog(id), Key::RoomsOf(id), Key::Picture(id)].into_iter().chain(own)
    };
    let of_users = whole.users.rows.keys().flat_map(|id| of_user(*id));
    let of_sessions = whole.sessions.rows.keys().map(|id| Key::Session(*id));
    let of_memberships = whole.rooms.memberships.keys().map(|(room, user)| Key::Membership(*room, *user));
    let of_marks = whole.marks.keys().map(|(room, user)| Key::Mark(*room, *user));
    let of_mutes = whole.mutes.rows.keys().map(|(by, whom)| Key::Mute(*by, *whom));
    let of_messages = whole.messages.rows.keys().map(|id| Key::Message(*id));
    let of_rooms = whole
        .rooms
        .rows
        .keys()
        .flat_map(|id| [Key::Room(*id), Key::MembersOf(*id)])
        .chain(of_memberships)
        .chain(of_marks);
    let of_invitations = whole.invitations.rows.keys().map(|id| Key::Invitation(*id));
    let others = [Key::HouseLog, Key::Place, Key::Probe];
    of_users
        .chain(of_sessions)
        .chain(of_rooms)
        .chain(of_messages)
        .chain(of_invitations)
        .chain(of_mutes)
        .chain(others)
        .collect()
}

/// Looks up every row that there is, by nothing that is known.
pub(super) fn compare(engine: &mut impl Engine, whole: &Facts) {
    let mut fresh = Facts::unknown();
    // By name, so that the compiler asks for whatever else there will be.
    let Facts {
        users,
        sessions,
        device_links,
        rooms,
        marks,
        mutes,
        orders,
        availability,
        last_seen,
        logs,
        pictures,
        place: _,
        invitations,
        messages,
        probe,
    } = whole;
    engine.look(&keys_of(whole), &mut fresh).unwrap();
    for id in users.rows.keys() {
        assert!(fresh.users.rows.get(id).unwrap() == users.rows.get(id).unwrap(), "user {id}");
        assert_eq!(fresh.logs.last_of_own(*id).unwrap(), logs.last_of_own(*id).unwrap(), "the log of user {id}");
        assert_eq!(fresh.orders.get(id).unwrap(), orders.get(id).unwrap(), "the order of user {id}");
        assert_eq!(fresh.availability.get(id).unwrap(), availability.get(id).unwrap(), "how user {id} is seen");
        assert_eq!(fresh.device_links.get(id).unwrap(), device_links.get(id).unwrap(), "the link of user {id}");
        assert_eq!(fresh.last_seen.get(id).unwrap(), last_seen.get(id).unwrap(), "when user {id} was there");
        assert_eq!(fresh.rooms.of_users.get(id).unwrap(), rooms.of_users.get(id).unwrap(), "the rooms of user {id}");
        assert!(fresh.pictures.get(id).unwrap() == pictures.get(id).unwrap(), "the picture of user {id}");
    }
    for id in sessions.rows.keys() {
        assert_eq!(fresh.sessions.rows.get(id).unwrap(), sessions.rows.get(id).unwrap(), "session {id}");
    }
    for id in messages.rows.keys() {
        assert_eq!(fresh.messages.rows.get(id).unwrap(), messages.rows.get(id).unwrap(), "message {id}");
    }
    for key in rooms.memberships.keys() {
        assert_eq!(fresh.rooms.memberships.get(key).unwrap(), rooms.memberships.get(key).unwrap(), "{key:?}");
    }
    for key in marks.keys() {
        assert_eq!(fresh.marks.get(key).unwrap(), marks.get(key).unwrap(), "{key:?}");
    }
    for key in mutes.rows.keys() {
        assert_eq!(fresh.mutes.rows.get(key).unwrap(), mutes.rows.get(key).unwrap(), "{key:?}");
    }
    for id in rooms.rows.keys() {
        assert_eq!(fresh.rooms.rows.get(id).unwrap(), rooms.rows.get(id).unwrap(), "room {id}");
        let (found, seq) = (fresh.rooms.seqs.get(id).unwrap(), rooms.seqs.get(id).unwrap());
        assert_eq!(found, seq, "the log of room {id}");
        assert_eq!(fresh.rooms.members.get(id).unwrap(), rooms.members.get(id).unwrap(), "the members of room {id}");
    }
    for id in invitations.rows.keys() {
        let (found, row) = (fresh.invitations.rows.get(id).unwrap(), invitations.rows.get(id).unwrap());
        assert_eq!(found, row, "invitation {id}");
    }
    let place = |facts: &Facts| facts.place.get(&()).unwrap().cloned().unwrap_or_default();
    assert_eq!(place(&fresh), place(whole));
    assert_eq!(fresh.logs.last_of_house().unwrap(), logs.last_of_house().unwrap());
    assert_eq!(fresh.probe.get(&()).unwrap().copied(), Some(probe.get(&()).unwrap().copied().unwrap_or(0)));
}

/// All there is in an empty house.
pub(super) fn whole(house: &mut House) -> Facts {
    let (mut facts, mut whole) = (Facts::unknown(), Facts::whole());
    for id in ROOMS {
        house.groups.engine.look(&[Key::Room(id)], &mut facts).unwrap();
        let room: RoomFact = facts.rooms.rows.get(&id).unwrap().unwrap().clone();
        let seq = *facts.rooms.seqs.get(&id).unwrap().unwrap();
        whole.apply([Row::Room(id, Box::new(room)), Row::RoomLog(id, seq)]);
    }
    whole.is_written();
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_known_decides_as_all_there_is_would_and_what_is_written_is_found(
        steps in proptest::collection::vec(step(), 1..200),
    ) {
        let (mut both, mut wishes) = (Both::new(), Wishes::new());
        for step in steps {
            match step {
                Step::Wish(wish) => wishes.fulfil(wish, &mut both),
                Step::Commit => both.commit(),
                Step::RollBack => both.roll_back(),
            }
        }
        both.commit();
    }
}
