//! A person's own log and the house's: who applies what has changed holds what one that starts anew does.

use std::collections::BTreeMap;

use chatterbox_core::changes::{Author, By, ChangeAccount, LogIn, MarkRead, Refused, Thing, Told};
use chatterbox_core::logs::LogId;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::limits::RESUME_PAGE;
use chatterbox_protocol::logs::{Entry, Kind, LogName, Whole};
use chatterbox_protocol::users::{Role, UserPatch};
use chatterbox_store::{ResumeStates, StatesPage};
use proptest::prelude::*;
use proptest::sample::select;

use crate::world::{LOBBY, START, World, actor, filling, log_in, register, run};

const LOGS: [LogName; 2] = [LogName::Own, LogName::House];

/// What somebody who has seen everything up to `seq` holds of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Held {
    seq: Seq,
    states: BTreeMap<(Kind, u64), Whole>,
}

impl Held {
    fn take(&mut self, entry: Entry) {
        assert!(!entry.gone);
        self.states.insert((entry.kind, entry.id), entry.state.unwrap());
        self.seq = entry.seq;
    }

    /// Takes a page. Answers whether there is more.
    fn apply(&mut self, StatesPage { reset, states, seq, more }: StatesPage) -> bool {
        if reset {
            *self = Self::default();
        }
        for entry in states {
            assert!(entry.seq > self.seq, "{entry:?} is behind {}", self.seq);
            assert!(entry.room.is_none() && !entry.house, "the page says which log it is of");
            self.take(entry);
        }
        assert!(seq >= self.seq && (seq > self.seq || !more || reset));
        self.seq = seq;
        more
    }

    /// Takes an event of a log that is followed: nothing may be between it and what is held.
    fn hear(&mut self, log: LogName, seq: Seq, event: Event) {
        let place = event.place().unwrap();
        assert_eq!((place.log, place.since, place.seq), (log, self.seq, seq));
        let Event::State(entry) = event else { panic!("{event:?}") };
        self.take(entry);
    }
}

/// What happens; the number chooses whom it is about.
#[derive(Debug, Clone)]
enum Step {
    Register,
    Send,
    Read { who: usize, up_to: u64, room: RoomId },
    Standing { who: usize, role: Option<Role>, active: Option<bool> },
}

fn step() -> impl Strategy<Value = Step> {
    let rooms = select(vec![LOBBY, RoomId(2)]);
    let roles = proptest::option::of(select(vec![Role::Admin, Role::Member, Role::Guest]));
    prop_oneof![
        1 => Just(Step::Register),
        3 => Just(Step::Send),
        4 => (any::<usize>(), 0..9_u64, rooms).prop_map(|(who, up_to, room)| Step::Read { who, up_to, room }),
        3 => (any::<usize>(), roles, proptest::option::of(any::<bool>()))
            .prop_map(|(who, role, active)| Step::Standing { who, role, active }),
    ]
}

/// Everybody who is there, with the session that they have or had, by the order in which they came.
struct Cast {
    world: World,
    people: Vec<(Author, String)>,
}

impl Cast {
    /// With a second room, in which something was said.
    async fn new() -> Self {
        let (world, cast) = World::with_cast().await;
        let file = rusqlite::Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
        let attic = "INSERT INTO rooms (id, kind, name, created_at, seq_floor) VALUES (2, 'open', 'Attic', 0, 6)";
        assert_eq!(file.execute(attic, []), Ok(1));
        let people = cast.into_iter().zip(["ada", "grace", "linus"].map(str::to_owned)).collect();
        Self { world, people }
    }

    fn grace(&self) -> UserId {
        self.people[1].0.user
    }

    async fn live_through(&mut self, step: Step) {
        let store = &self.world.store;
        match step {
            Step::Register => {
                let name = format!("guest {}", self.people.len());
                self.people.push((self.world.join(&name).await, name));
            }
            Step::Send => drop(self.world.send(self.people[0].0, "text").await),
            Step::Read { who, up_to, room } => {
                let by = self.people[who % self.people.len()].0;
                // Who is not active reads nothing.
                let _ = store.change(MarkRead { by, room, up_to: Seq(up_to) }).await.unwrap();
            }
            Step::Standing { who, role, active } => {
                let at = 1 + who % (self.people.len() - 1);
                // Grace looks at her logs throughout.
                let active = active.filter(|_| at != 1);
                let (Author { user, .. }, name) = &self.people[at];
                let change = AccountChange::Standing(UserPatch { role, active });
                store.change(ChangeAccount { by: By::Holder(START), user: *user, change }).await.unwrap().unwrap();
                if let Ok(session) = store.change(LogIn { user: *user, ..log_in(name) }).await.unwrap() {
                    self.people[at].0.session = session;
                }
            }
        }
    }

    /// What Grace holds of a log who has held this.
    async fn resumed(&self, log: LogName, mut held: Held) -> Held {
        loop {
            let since = held.seq;
            let grace = actor(self.grace(), Role::Member);
            let page = self.world.store.ask(grace, ResumeStates { log, since }).await.unwrap().unwrap();
            if !held.apply(page) {
                return held;
            }
        }
    }

    /// What listeners who have held this hold, when they are told what fills the log.
    async fn filled(&self, log: LogName, mut held: Held, max: usize) -> Held {
        loop {
            let filling = filling(&self.world.store, LogId::named(log, self.grace()), held.seq, max).await.unwrap();
            assert!(filling.changes.len() <= max && (filling.seq > held.seq || !filling.more));
            filling.changes.into_iter().for_each(|(seq, event)| held.hear(log, seq, event));
            held.seq = filling.seq;
            if !filling.more {
                return held;
            }
        }
    }
}

async fn check_every_return(steps: Vec<Step>) {
    let mut cast = Cast::new().await;
    cast.world.heard().await;
    let mut lived = LOGS.map(|_| Vec::new());
    for (log, lived) in LOGS.into_iter().zip(&mut lived) {
        lived.push(cast.resumed(log, Held::default()).await);
    }
    for step in steps {
        cast.live_through(step).await;
        let told = cast.world.heard().await;
        for (log, lived) in LOGS.into_iter().zip(&mut lived) {
            let id = LogId::named(log, cast.grace());
            let mut listening = lived.last().unwrap().clone();
            for told in &told {
                if let Told::Entry { log: of, seq, event } = told
                    && *of == id
                {
                    listening.hear(log, *seq, event.clone());
                }
            }
            assert_eq!(
                listening,
                cast.resumed(log, Held::default()).await,
                "who listens holds what who looks anew does"
            );
            lived.push(listening);
        }
    }
    for (log, lived) in LOGS.into_iter().zip(lived) {
        let present = lived.last().unwrap().clone();
        for (max, held) in [1, 2, 1_000].into_iter().cycle().zip(lived) {
            let resumed = cast.resumed(log, held.clone()).await;
            assert_eq!(resumed, present, "from {}", held.seq);
            assert_eq!(cast.filled(log, held, max).await, present);
        }
        // Who knows of changes that never were starts anew.
        let ahead = Held { seq: Seq(present.seq.0 + 1), states: BTreeMap::new() };
        assert_eq!(cast.resumed(log, ahead.clone()).await, present);
        assert_eq!(filling(&cast.world.store, LogId::named(log, cast.grace()), ahead.seq, 9).await, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn o4_who_holds_a_log_and_applies_what_changed_holds_what_one_that_starts_anew_does(
        steps in proptest::collection::vec(step(), 0..30),
    ) {
        run(check_every_return(steps));
    }
}

#[tokio::test]
async fn everybody_is_told_in_pages_of_which_only_the_first_starts_anew() {
    let cast = Cast::new().await;
    let grace = || actor(cast.grace(), Role::Member);
    for number in 0..RESUME_PAGE {
        cast.world.store.change(register(&format!("somebody {number}"))).await.unwrap().unwrap();
    }
    let page = async |since| {
        let question = ResumeStates { log: LogName::House, since: Seq(since) };
        cast.world.store.ask(grace(), question).await.unwrap().unwrap()
    };
    let (everybody, size) = (RESUME_PAGE as u64 + 3, RESUME_PAGE as u64);
    for (since, reset, reaches_to) in [(0, true, size), (size, false, everybody), (everybody, false, everybody)] {
        let StatesPage { reset: resets, states, seq, more } = page(since).await;
        assert_eq!((resets, seq, more), (reset, Seq(reaches_to), reaches_to < everybody));
        let ids: Vec<u64> = states.iter().map(|entry| entry.id).collect();
        assert_eq!(ids, (since + 1..=reaches_to).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_changes_nothing_of_an_entry_is_told_to_nobody() {
    let cast = Cast::new().await;
    let (world, grace) = (&cast.world, cast.people[1].0);
    world.heard().await;
    let entries = async || {
        let told = world.heard().await.into_iter();
        told.filter_map(|told| match told {
            Told::Entry { log, .. } => Some(log),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    let change = async |change| {
        let change = ChangeAccount { by: By::Holder(START), user: grace.user, change };
        world.store.change(change).await.unwrap().unwrap();
        entries().await
    };
    let standing = |role, active| AccountChange::Standing(UserPatch { role, active });
    assert_eq!(change(AccountChange::Password { hash: "hash of grace".to_owned() }).await, []);
    assert_eq!(change(standing(Some(Role::Member), None)).await, []);
    // That somebody is not active is for the others: who is not hears nothing.
    assert_eq!(change(standing(None, Some(false))).await, [LogId::House]);
    assert_eq!(change(standing(Some(Role::Admin), None)).await, [LogId::House, LogId::Own(grace.user)]);
    let asked = world.store.ask(actor(grace.user, Role::Admin), ResumeStates { log: LogName::Own, since: Seq(0) });
    assert_eq!(asked.await.unwrap(), Err(Refused::NotFound(Thing::Log)));
}
