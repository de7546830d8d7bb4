//! A thread that owns sockets. In rounds: it takes what has arrived, hears what clients say, lets the shard decide, and
//! writes what is to be written. Nothing here waits but for the next event, and for one row when somebody comes.

mod commands;
mod controls;
mod farewell;
mod hearing;
mod newcomers;
mod outputs;
mod resume;
mod socket;
mod writing;

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterbox_core::changes::NoteLastSeen;
use chatterbox_core::shard::{Input, Output, PeerId, Shard};
use chatterbox_core::telling::Tellings;
use mio::{Events, Interest, Poll, Token};
use slotmap::{Key, KeyData, SecondaryMap};

use crate::app::App;
use crate::events::encode;
use crate::hub::EPOCH;
use crate::hub::arrival::{Arrival, Visitor};
use crate::hub::inbox::{Inbox, Mail, ReactorLoad, ReactorSlot, Sleep};
use crate::hub::presence::ToTell;
use farewell::Farewell;
use newcomers::{LISTENER, Newcomers, is_newcomer};
use socket::Socket;

/// How often what depends on time is looked after.
const TICK_MS: i64 = 1_000;

/// Bytes that are told at once, however soon after the last telling: no log may lose what nobody has been told yet.
const UNTOLD_BYTES_MAX: u64 = 1024 * 1024;

/// Sockets that may have news in one round.
const EVENTS_MAX: usize = 1_024;

/// Rounds in a row that may fail. A defect that a client has found ends with the client's connection, in the first of them.
const FAILURES_MAX: usize = 8;

/// No connection has this token, or those of the listener and of newcomers: the upper half of a slot map's keys is never
/// zero.
pub(super) const WAKER: Token = Token(0);

/// The thread's state.
pub(super) struct Reactor {
    app: Arc<App>,
    poll: Poll,
    inbox: Arc<Inbox>,
    /// Which of the reactors it is.
    number: usize,
    shard: Shard,
    sockets: SecondaryMap<PeerId, Socket>,
    farewells: HashMap<Token, Farewell>,
    newcomers: Newcomers,
    /// Sockets that may have something to read.
    readable: Vec<PeerId>,
    /// Sockets that have something to read and may not be heard now: they are far ahead of the store, or of themselves.
    unheard: Vec<PeerId>,
    outputs: Vec<Output>,
    mail: VecDeque<Mail>,
    /// The beginning of this round, in milliseconds of the process's own clock.
    now_ms: i64,
    next_tick_ms: i64,
    tellings: Tellings,
    is_stopped: bool,
}

impl Reactor {
    pub(super) fn new(app: Arc<App>, poll: Poll, inbox: Arc<Inbox>, number: usize) -> Self {
        Self {
            shard: Self::shard(&app),
            app,
            poll,
            inbox,
            number,
            sockets: SecondaryMap::new(),
            farewells: HashMap::new(),
            newcomers: Newcomers::default(),
            readable: Vec::new(),
            unheard: Vec::new(),
            outputs: Vec::new(),
            mail: VecDeque::new(),
            now_ms: 0,
            next_tick_ms: 0,
            tellings: Tellings::default(),
            is_stopped: false,
        }
    }

    fn shard(app: &App) -> Shard {
        // An event that cannot be encoded is a defect, and has been told: nothing is said in its place.
        Shard::new(|event| encode(event).unwrap_or_default(), app.config.replay, EPOCH)
    }

    /// Until the hub stops it.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut failures = 0;
        while !self.is_stopped {
            if catch_unwind(AssertUnwindSafe(|| self.round(&mut events))).is_ok() {
                failures = 0;
                continue;
            }
            // A defect costs the connections of this thread, which come back and resume, and not the server.
            failures += 1;
            assert!(failures <= FAILURES_MAX, "a reactor fails in every round");
            tracing::error!(connections = self.sockets.len(), "a reactor failed and starts anew");
            self.start_anew();
        }
    }

    fn start_anew(&mut self) {
        self.shard.abandon();
        self.app.hub.presence.tell_anew();
        self.app.hub.followers.forget(self.number);
        self.sockets.clear();
        self.farewells.clear();
        self.newcomers.abandon();
        self.readable.clear();
        self.unheard.clear();
        self.outputs = Vec::new();
        // Whoever has posted something meanwhile believes that this reactor knows of it.
        self.inbox.wake_anew();
    }

    fn round(&mut self, events: &mut Events) {
        self.inbox.sleep(self.sleep());
        // Asked now: whoever finishes what is under way later wakes this thread.
        let patience = self.patience();
        if let Err(error) = self.poll.poll(events, patience)
            && error.kind() != std::io::ErrorKind::Interrupted
        {
            panic!("a reactor cannot wait for its sockets: {error}");
        }
        #[cfg(test)]
        assert!(!self.inbox.is_broken.swap(false, std::sync::atomic::Ordering::SeqCst), "a defect");
        self.now_ms = self.app.uptime_ms();
        for event in events.iter() {
            self.note(event);
        }
        self.let_in();
        self.hear_newcomers();
        self.take_mail();
        self.hear();
        if self.next_tick_ms <= self.now_ms {
            self.next_tick_ms = self.now_ms + TICK_MS;
            self.look_after();
        }
        self.tell_presence();
        self.write();
    }

    fn sleep(&self) -> Sleep {
        if self.sockets.is_empty() {
            Sleep::Deep
        } else if self.shard.has_dirty_logs() {
            Sleep::UntilNothingIsUnderWay
        } else {
            Sleep::Light
        }
    }

    /// How long nothing need be done if nothing happens.
    fn patience(&self) -> Option<Duration> {
        if !self.readable.is_empty() {
            return Some(Duration::ZERO);
        }
        let is_empty = self.sockets.is_empty() && self.farewells.is_empty() && self.newcomers.count() == 0;
        let tick_ms = (!is_empty).then_some(self.next_tick_ms);
        let next_ms = tick_ms.into_iter().chain(self.newcomers.due_ms()).min();
        let until_next =
            next_ms.map(|next_ms| Duration::from_millis(u64::try_from(next_ms - self.app.uptime_ms()).unwrap_or(0)));
        let is_more_coming = self.app.store.under_way() > 0;
        let telling = self.shard.has_dirty_logs().then(|| self.tellings.patience(Instant::now(), is_more_coming));
        let presence = self.app.hub.presence.patience(&self.inbox);
        until_next.into_iter().chain(telling).chain(presence).min()
    }

    fn note(&mut self, event: &mio::event::Event) {
        let token = event.token();
        if token == LISTENER {
            return self.newcomers.is_ready();
        }
        if is_newcomer(token) {
            return self.newcomers.has_spoken(token);
        }
        if self.farewells.contains_key(&token) {
            return self.go_on_saying_goodbye(token);
        }
        let id = peer(token);
        let Some(socket) = self.sockets.get_mut(id) else { return };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            socket.is_ending |= event.is_read_closed();
            // Whoever has more to say is in one of the lists already.
            if !std::mem::replace(&mut socket.is_readable, true) {
                self.readable.push(id);
            }
        }
        if event.is_writable() && self.shard.unblock(id) {
            self.write_to(id);
        }
    }

    fn take_mail(&mut self) {
        self.inbox.collect(&mut self.mail);
        let count = self.mail.len();
        // One by one: if one of them is more than this can do, the others are still there.
        while let Some(mail) = self.mail.pop_front() {
            match mail {
                Mail::Listen(listening) => self.listen(*listening),
                Mail::StopListening => self.stop_listening(),
                Mail::Came(newcomer, slot) => self.welcome(*newcomer, slot),
                Mail::Leave(token) => self.newcomers.leave(token),
                Mail::Arrived(arrival, slot) => self.arrive(*arrival, slot),
                Mail::Input(input) => self.handle(input),
                Mail::SessionLives(peer, expires) => {
                    if let Some(socket) = self.sockets.get_mut(peer) {
                        socket.session_expires = expires;
                    }
                }
                // It has been woken, and that is all.
                Mail::PresenceChanged => {}
                // Who has stopped waiting does not want it.
                Mail::Measure(asked) => drop(asked.send(self.load(count))),
                Mail::Stop => self.is_stopped = true,
                #[cfg(test)]
                Mail::Defect => panic!("a defect"),
            }
            if self.shard.untold_bytes() > UNTOLD_BYTES_MAX {
                self.tell_logs(Instant::now());
            }
        }
    }

    fn load(&self, mail: usize) -> ReactorLoad {
        let (sockets, farewells) = (self.sockets.len(), self.farewells.len());
        ReactorLoad { mail, sockets, farewells, log_bytes: self.shard.log_bytes(), own_bytes: self.shard.own_bytes() }
    }

    fn arrive(&mut self, mut arrival: Arrival, slot: ReactorSlot) {
        let (answer, first_bytes) = (std::mem::take(&mut arrival.answer), std::mem::take(&mut arrival.first_bytes));
        let Visitor { ref actor, view, .. } = arrival.visitor;
        let mut outputs = std::mem::take(&mut self.outputs);
        let id = self.shard.open(actor.user, actor.session, actor.role, view, answer, &mut outputs);
        let mut socket = Socket::new(arrival, slot, self.app.throttles.is_on(), self.now_ms);
        match self.poll.registry().register(&mut socket.stream, token(id), Interest::READABLE) {
            Ok(()) => {
                self.sockets.insert(id, socket);
                self.carry_out(outputs);
                if !first_bytes.is_empty() {
                    self.hear_bytes(id, first_bytes);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be watched");
                self.shard.leave(id);
            }
        }
    }

    /// Tells all who is online, if this is the reactor that does, and it is time.
    fn tell_presence(&mut self) {
        let Some(ToTell { told, seen }) = self.app.hub.presence.tell(&self.inbox) else { return };
        for (user, seen) in seen {
            // If it cannot be stored, the next time is.
            let _ = self.app.store.submit(NoteLastSeen { user, seen }, drop);
        }
        if let Some(told) = told {
            self.app.hub.tell_others(&self.inbox, &told);
            self.handle(told);
        }
    }

    /// Looks after what depends on time.
    fn look_after(&mut self) {
        self.handle(Input::Tick);
        self.look_after_sockets();
        self.look_after_farewells();
        self.look_after_newcomers();
    }
}

fn token(id: PeerId) -> Token {
    Token(id.data().as_ffi() as usize)
}

fn peer(token: Token) -> PeerId {
    KeyData::from_ffi(token.0 as u64).into()
}

#[cfg(test)]
mod tests;
