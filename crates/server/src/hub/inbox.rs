//! Everything that can wake a reactor, and the box that it lies in until then.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatterbox_core::shard::{Input, PeerId};
use chatterbox_protocol::time::Timestamp;
use mio::net::TcpListener;
use mio::{Token, Waker};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::arrival::Arrival;
use crate::listener::{Accepted, SpeaksHttp};

/// Mail that a reactor leaves lying at the most when it has time.
const UNREAD_MAX: usize = 256;

/// What a reactor is told by others.
#[derive(Debug)]
pub(crate) enum Mail {
    /// The server listens from now on.
    Listen(Box<Listening>),
    /// And no longer.
    StopListening,
    /// A connection that another reactor has accepted.
    Came(Box<Accepted>, ReactorSlot),
    /// A newcomer has to go for another one.
    Leave(Token),
    /// A socket to take over.
    Arrived(Box<Arrival>, ReactorSlot),
    /// Something for the shard.
    Input(Input),
    /// The session of this socket lives until then, unless it is used before.
    SessionLives(PeerId, Timestamp),
    /// It may be time to tell who is online, or soon: for the reactor that does.
    PresenceChanged,
    /// Somebody wants to know how much the reactor holds.
    Measure(oneshot::Sender<ReactorLoad>),
    /// The end: the reactor's thread is to stop.
    Stop,
    /// A defect, to show what one costs.
    #[cfg(test)]
    Defect,
}

/// What a reactor needs to listen.
#[derive(Debug)]
pub(crate) struct Listening {
    /// For the one that accepts.
    pub(crate) listener: Option<TcpListener>,
    pub(crate) http_connections: Arc<dyn SpeaksHttp>,
}

/// How much a reactor holds at one moment.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ReactorLoad {
    /// What lay in its inbox when it looked.
    pub(crate) mail: usize,
    pub(crate) sockets: usize,
    pub(crate) farewells: usize,
    pub(crate) log_bytes: u64,
    pub(crate) own_bytes: u64,
}

/// A reactor's inbox. Nothing here waits. It is as bounded as what is on its way through the store, and as the connections that
/// may come: a reactor empties it
/// in every round, and no round waits for anything.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<InboxState>,
    /// What a commit has brought so far: the reactor gets it whole.
    prepared: Mutex<VecDeque<Mail>>,
    waker: Waker,
    slots: Arc<AtomicUsize>,
    /// To show what a defect costs before the reactor has collected its mail.
    #[cfg(test)]
    pub(crate) is_broken: std::sync::atomic::AtomicBool,
}

/// The slot of one connection at its reactor, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct ReactorSlot(Arc<AtomicUsize>);

impl Drop for ReactorSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct InboxState {
    mail: VecDeque<Mail>,
    /// Whether the reactor has been woken since it last looked.
    is_woken: bool,
    /// Whether some of it is an answer.
    has_answer: bool,
    sleep: Sleep,
}

/// What a reactor sleeps for, besides answers and its sockets.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// Whatever happens.
    #[default]
    Light,
    /// It has something to tell, and gathers more as long as more is on its way.
    UntilNothingIsUnderWay,
    /// Nobody is there to hear of anything.
    Deep,
}

impl Inbox {
    /// An empty box, whose reactor is woken by this.
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            state: Mutex::default(),
            prepared: Mutex::default(),
            waker,
            slots: Arc::default(),
            #[cfg(test)]
            is_broken: Default::default(),
        }
    }

    /// Puts mail into the box, and wakes the reactor.
    pub(crate) fn post(&self, mail: Mail) {
        let mut state = self.state.lock();
        state.mail.push_back(mail);
        self.wake(state);
    }

    /// Prepares mail. Somebody is to [`deliver`](Self::deliver) it later, all that was prepared at once.
    pub(crate) fn prepare(&self, mail: Mail) {
        self.prepared.lock().push_back(mail);
    }

    /// Puts what was prepared into the box, and wakes the reactor if there is mail that it does not know of, and that cannot
    /// wait until it looks by itself. `under_way` is how many further changes are on their way through the store.
    pub(crate) fn deliver(&self, under_way: usize) {
        let mut prepared = self.prepared.lock();
        let mut state = self.state.lock();
        state.has_answer |= prepared.iter().any(|mail| matches!(mail, Mail::Input(Input::Decided { .. })));
        state.mail.append(&mut prepared);
        drop(prepared);
        let cannot_wait = match state.sleep {
            Sleep::Light => !state.mail.is_empty(),
            Sleep::UntilNothingIsUnderWay => under_way == 0 || state.mail.len() > UNREAD_MAX,
            Sleep::Deep => state.mail.len() > UNREAD_MAX,
        };
        if state.has_answer || cannot_wait {
            self.wake(state);
        }
    }

    fn wake(&self, mut state: MutexGuard<'_, InboxState>) {
        if std::mem::replace(&mut state.is_woken, true) {
            return;
        }
        drop(state);
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a reactor cannot be woken");
        }
    }

    /// Wakes the reactor even if it was woken before and may not have looked.
    pub(crate) fn wake_anew(&self) {
        self.state.lock().is_woken = true;
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a reactor cannot be woken");
        }
    }

    /// To be called before the reactor sleeps, and before it looks for the last time whether it may.
    pub(crate) fn sleep(&self, sleep: Sleep) {
        self.state.lock().sleep = sleep;
    }

    /// Moves the mail to the end of a list, which is empty unless the reactor has failed.
    pub(crate) fn collect(&self, list: &mut VecDeque<Mail>) {
        let mut state = self.state.lock();
        (state.is_woken, state.has_answer, state.sleep) = (false, false, Sleep::Light);
        if list.is_empty() {
            std::mem::swap(&mut state.mail, list);
        } else {
            list.append(&mut state.mail);
        }
    }

    /// A slot for one more connection at this reactor.
    pub(crate) fn slot(&self) -> ReactorSlot {
        self.slots.fetch_add(1, Ordering::Relaxed);
        ReactorSlot(self.slots.clone())
    }

    /// Connections that have a slot here, or are on the way to it.
    pub(crate) fn slots(&self) -> usize {
        self.slots.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chatterbox_core::shard::{Decision, PeerId};
    use mio::{Events, Poll};

    use super::*;

    struct Reactor {
        poll: Poll,
        inbox: Inbox,
    }

    impl Reactor {
        fn asleep(sleep: Sleep) -> Self {
            let poll = Poll::new().unwrap();
            let inbox = Inbox::new(Waker::new(poll.registry(), Token(0)).unwrap());
            inbox.sleep(sleep);
            Self { poll, inbox }
        }

        /// Whether it has been woken, and how much mail it finds.
        fn looks(&mut self) -> (bool, usize) {
            let mut events = Events::with_capacity(8);
            self.poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
            let mut mail = VecDeque::new();
            self.inbox.collect(&mut mail);
            (!events.is_empty(), mail.len())
        }
    }

    fn news() -> Mail {
        Mail::Input(Input::Tick)
    }

    fn answer() -> Mail {
        let refusal = chatterbox_protocol::errors::Refusal::new(chatterbox_protocol::errors::ErrorCode::NotFound, "");
        let decision = Decision::Refused(refusal);
        Mail::Input(Input::Decided { peer: PeerId::default(), reference: None, decision })
    }

    #[test]
    fn a_commit_reaches_a_reactor_whole() {
        let mut reactor = Reactor::asleep(Sleep::Light);
        reactor.inbox.prepare(answer());
        reactor.inbox.prepare(news());
        assert_eq!(reactor.looks(), (false, 0));
        reactor.inbox.deliver(0);
        assert_eq!(reactor.looks(), (true, 2));
    }

    #[test]
    fn who_gathers_is_woken_once_nothing_more_is_under_way() {
        let mut reactor = Reactor::asleep(Sleep::UntilNothingIsUnderWay);
        reactor.inbox.prepare(news());
        reactor.inbox.deliver(1);
        assert_eq!(reactor.looks(), (false, 1));
        // It may have all the mail already when the last change comes to nothing.
        reactor.inbox.sleep(Sleep::UntilNothingIsUnderWay);
        reactor.inbox.deliver(0);
        assert_eq!(reactor.looks(), (true, 0));
    }

    #[test]
    fn who_has_nobody_to_tell_sleeps_on_but_for_answers_and_too_much_mail() {
        let mut reactor = Reactor::asleep(Sleep::Deep);
        for _ in 0..UNREAD_MAX {
            reactor.inbox.prepare(news());
        }
        reactor.inbox.deliver(0);
        assert_eq!(reactor.looks(), (false, UNREAD_MAX));
        for mail in [answer(), news()] {
            reactor.inbox.sleep(Sleep::Deep);
            let is_answer = matches!(mail, Mail::Input(Input::Decided { .. }));
            reactor.inbox.prepare(mail);
            reactor.inbox.deliver(1);
            assert_eq!(reactor.looks(), (is_answer, 1));
        }
    }
}
