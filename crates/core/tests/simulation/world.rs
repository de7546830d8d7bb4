//! Everything there is in a run, and its time: milliseconds that pass from one happening to the next.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};

use chatterbox_core::shard::Input;
use chatterbox_protocol::ids::{Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use crate::chance::Chance;
use crate::client::Client;
use crate::ledger::Ledger;
use crate::link::{Link, LinkId};
use crate::node::{At, Node};
use crate::plan::Plan;
use crate::schedule::Schedule;
use crate::store::{BEGIN, Moment, Pages, Store};

/// Names a client by its place among all.
pub(crate) type ClientId = usize;

/// A world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) chance: Chance,
    pub(crate) now: u64,
    schedule: Schedule,
    pub(crate) store: Store,
    /// What the store was at some time, to be restored later.
    pub(crate) backup: Option<Store>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: BTreeMap<LinkId, Link>,
    /// From where on contract clients are shown the first room when its log stands at some change.
    pub(crate) floors: BTreeMap<Seq, Seq>,
    links_ever: u64,
    sessions_ever: u64,
    /// How far the clock on the wall is off.
    wall_off: i64,
    pub(crate) ledger: Ledger,
    /// Everything that clients have heard, and when: two runs of one seed have the same.
    heard: DefaultHasher,
    /// Nothing goes wrong any more.
    pub(crate) is_calm: bool,
    pub(crate) is_telling: bool,
}

impl World {
    /// A world from a seed. `is_telling` has it print what happens.
    pub(crate) fn new(seed: u64, is_telling: bool) -> Self {
        let mut chance = Chance::new(seed);
        let plan = Plan::new(&mut chance);
        let everybody: Vec<UserId> = (1..=plan.users).map(UserId).collect();
        let mut members = || everybody.iter().copied().filter(|_| chance.percent(50)).collect();
        let store = Store::new(&everybody, [members(), members()]);
        let mut world = Self {
            plan,
            chance,
            now: 0,
            schedule: Schedule::default(),
            store,
            backup: None,
            nodes: Vec::new(),
            clients: Vec::new(),
            links: BTreeMap::new(),
            floors: BTreeMap::new(),
            links_ever: 0,
            sessions_ever: 0,
            wall_off: 0,
            ledger: Ledger::default(),
            heard: DefaultHasher::new(),
            is_calm: false,
            is_telling,
        };
        world.tell(|world| format!("{:#?}", world.plan));
        world.found_nodes();
        world.invite_clients();
        world.plan_mishaps();
        world
    }

    /// Plans something for later.
    pub(crate) fn after(&mut self, delay: u64, happening: impl FnOnce(&mut World) + 'static) {
        self.schedule.plan(self.now + delay, Box::new(happening));
    }

    /// Lets everything happen up to a time.
    pub(crate) fn pass(&mut self, time: u64) {
        let until = self.now + time;
        self.after(time, |_| {});
        while let Some((at, happening)) = self.schedule.next() {
            self.now = at;
            happening(self);
            if self.now == until && self.schedule.is_past(until) {
                break;
            }
        }
    }

    /// Prints what happens, if somebody wants to see it.
    pub(crate) fn tell<T: Display>(&self, what: impl FnOnce(&Self) -> T) {
        if self.is_telling {
            println!("{:>7} {}", self.now, what(self));
        }
    }

    /// A client hears something.
    pub(crate) fn hears(&mut self, client: ClientId, text: &str) {
        self.tell(|_| format!("client {client} hears {}", text.trim_end()));
        (self.now, client, text).hash(&mut self.heard);
    }

    /// What tells this run from another one.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.heard.finish()
    }

    /// The moment of a decision. The clock on the wall jumps now and then.
    pub(crate) fn moment(&mut self) -> Moment {
        const DAY: i64 = 86_400_000;
        if !self.is_calm && self.chance.percent(3) {
            self.wall_off = i64::try_from(self.chance.between(0..=2 * DAY.unsigned_abs())).unwrap_or(0) - DAY;
        }
        let wall = Timestamp(BEGIN.0 + self.wall_off + i64::try_from(self.now).unwrap_or(0));
        Moment { now: self.now, wall, random: self.chance.bits() }
    }

    /// How long pages are.
    pub(crate) fn pages(&self) -> Pages {
        Pages { resume: self.plan.resume_page, history: self.plan.history_page, replay: self.plan.replay_page }
    }

    /// A user logs in.
    pub(crate) fn log_in(&mut self, user: UserId) -> SessionId {
        self.sessions_ever += 1;
        let session = SessionId(self.sessions_ever);
        self.store.log_in(session, user);
        session
    }

    /// A name for a new connection.
    pub(crate) fn next_link(&mut self) -> LinkId {
        self.links_ever += 1;
        LinkId(self.links_ever)
    }

    /// Puts something into the inbox of a core, if its node still lives, and has the core turn to it.
    pub(crate) fn deliver(&mut self, at: At, input: Input) {
        if let Some(core) = self.core(at) {
            core.inbox.push_back(input);
            self.have_turn(at);
        }
    }

    /// Something that is delivered later.
    pub(crate) fn deliver_after(&mut self, delay: u64, at: At, input: Input) {
        self.after(delay, move |world| world.deliver(at, input));
    }
}
