//! Who is online on this node, and when the reactors are to be told that this has changed. One of them tells all: it is awake
//! anyway when somebody comes, and to wake another thread would take longer than to tell.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatterbox_core::presence::{Presence, Telling};
use chatterbox_core::shard::{Input, Spelled, ToldOnline};
use chatterbox_protocol::events::{Event, Users};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::PresentPeople;
use parking_lot::Mutex;

use crate::events::{encode, encode_users};
use crate::hub::inbox::{Inbox, Mail};

/// Nothing is to be told.
const NEVER: i64 = i64::MAX;

/// Who is online.
#[derive(Debug)]
pub(crate) struct Online {
    presence: Mutex<Presence>,
    /// When the next telling is due, for whoever asks often.
    due_ms: AtomicI64,
    /// Of the reactor that tells.
    teller: Arc<Inbox>,
    started: Instant,
}

impl Online {
    /// Nobody is. The reactor of this inbox is to ask for its [`Self::patience`], and to [`Self::tell`].
    pub(super) fn new(teller: Arc<Inbox>) -> Self {
        Self { presence: Mutex::default(), due_ms: AtomicI64::new(NEVER), teller, started: Instant::now() }
    }

    /// The user is online by one more connection, at the reactor of this inbox. Answers also the number of the telling that is
    /// the first to say so.
    pub(crate) fn appear(self: &Arc<Self>, user: UserId, username: &str, at: &Arc<Inbox>) -> (Appearance, u64) {
        let is_told_here = Arc::ptr_eq(at, &self.teller);
        let number = self.change(is_told_here, |presence| presence.connect(user, username));
        (Appearance { online: self.clone(), user }, number)
    }

    /// The user is called so from now on.
    pub(super) fn is_called(&self, user: UserId, username: &str) {
        self.change(false, |presence| presence.is_called(user, username));
    }

    /// Somebody has come into a room, or has gone.
    pub(super) fn company_changes(&self) {
        self.change(false, Presence::company_changes);
    }

    /// Tells a guest who of these people is online.
    pub(crate) fn among(&self, people: &BTreeSet<UserId>) -> Option<Bytes> {
        encode_users(&Users { users: &self.presence.lock().names_of(people) })
    }

    fn change<T>(&self, is_told_here: bool, change: impl FnOnce(&mut Presence) -> T) -> T {
        let mut presence = self.presence.lock();
        let was_asked = presence.is_asked();
        let answer = change(&mut presence);
        let is_asked = presence.is_asked();
        self.note_due(&presence);
        drop(presence);
        // Whoever tells knows already, if it was asked before: a herd wakes it once.
        if is_asked && !was_asked && !is_told_here {
            self.teller.post(Mail::PresenceChanged);
        }
        answer
    }

    /// How long the reactor of this inbox has nothing to tell, if nothing changes. None if it never has.
    pub(crate) fn patience(&self, own: &Arc<Inbox>) -> Option<Duration> {
        let due_ms = Some(self.due_ms.load(Ordering::Acquire)).filter(|due_ms| *due_ms != NEVER)?;
        Arc::ptr_eq(own, &self.teller)
            .then(|| Duration::from_millis(u64::try_from(due_ms.saturating_sub(self.now_ms())).unwrap_or(0)))
    }

    /// What all reactors are to be told by the one of this inbox, if it is time.
    pub(crate) fn tell(&self, own: &Arc<Inbox>) -> Option<Input> {
        self.patience(own).filter(Duration::is_zero)?;
        let mut presence = self.presence.lock();
        let told = presence.tell(self.now_ms()).and_then(|telling| encoded(&telling));
        self.note_due(&presence);
        told
    }

    fn note_due(&self, presence: &Presence) {
        self.due_ms.store(presence.due_ms().unwrap_or(NEVER), Ordering::Release);
    }

    /// How many users are online, or have just left.
    pub(super) fn users(&self) -> usize {
        self.presence.lock().users()
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// One connection of a user who is online because of it; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Appearance {
    online: Arc<Online>,
    user: UserId,
}

/// A telling as the reactors get it.
fn encoded(telling: &Telling<'_>) -> Option<Input> {
    let all = PresentPeople { reset: true, people: telling.everybody().collect() };
    let whole = Spelled { names: encode_users(&Users { users: &telling.names() })?, ids: encode(&Event::People(all))? };
    let change = if telling.is_different() { Some(spelled_change(telling)?) } else { None };
    let is_company_other = telling.is_company_other;
    Some(Input::Online(ToldOnline { number: telling.number, whole, change, is_company_other }))
}

fn spelled_change(telling: &Telling<'_>) -> Option<Spelled> {
    let (online, offline) = (telling.online.clone(), telling.offline.clone());
    let people = PresentPeople { reset: false, people: telling.people.clone() };
    Some(Spelled { names: encode(&Event::Presence { online, offline })?, ids: encode(&Event::People(people))? })
}

impl Drop for Appearance {
    fn drop(&mut self) {
        let online = &self.online;
        let mut presence = online.presence.lock();
        let was_due = presence.is_due_some_time();
        presence.disconnect(self.user, online.now_ms());
        // One who leaves later is told of later.
        if !was_due {
            online.note_due(&presence);
            drop(presence);
            online.teller.post(Mail::PresenceChanged);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use mio::{Poll, Token, Waker};

    use super::*;

    fn inbox() -> Arc<Inbox> {
        // It is looked into, and nobody sleeps: so the poll may go.
        let poll = Poll::new().unwrap();
        Arc::new(Inbox::new(Waker::new(poll.registry(), Token(0)).unwrap()))
    }

    fn mails(inbox: &Inbox) -> usize {
        let mut mail = VecDeque::new();
        inbox.collect(&mut mail);
        mail.len()
    }

    #[test]
    fn whoever_tells_is_woken_by_those_who_come_elsewhere_and_once_for_all_of_them() {
        let (teller, other) = (inbox(), inbox());
        let online = Arc::new(Online::new(teller.clone()));
        assert_eq!(online.patience(&teller), None);
        let here = [online.appear(UserId(1), "ada", &other), online.appear(UserId(2), "grace", &other)];
        assert_eq!((mails(&teller), mails(&other)), (1, 0));
        assert_eq!((online.patience(&teller), online.patience(&other)), (Some(Duration::ZERO), None));
        assert!(online.tell(&other).is_none());
        let Some(Input::Online(ToldOnline { number, .. })) = online.tell(&teller) else { panic!("it is time") };
        assert_eq!(here.each_ref().map(|(_, first)| *first), [number; 2]);
        assert_eq!(online.patience(&teller), None, "nothing has changed since");

        drop(here);
        assert_eq!(mails(&teller), 1);
        assert!(online.patience(&teller).is_some_and(|patience| !patience.is_zero()), "they may come back");
        let _linus = online.appear(UserId(3), "linus", &teller);
        assert_eq!(mails(&teller), 0, "who is awake asks for the patience itself");
        assert!(online.patience(&teller).is_some());
    }
}
