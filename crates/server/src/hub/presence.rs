//! How people are there on this node, and when the reactors are to be told that this has changed. One of them tells all: it is
//! awake anyway when somebody comes, and to wake another thread would take longer than to tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatterbox_core::presence::{Connected, ConnectionId, Moment, Presence, Telling};
use chatterbox_core::shard::{FoundCompany, Input, Spelled, ToldOnline};
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::events::{Event, Users};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::PresentPeople;
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::{House, KnownPresence, PresenceRow, Store};
use parking_lot::Mutex;

use crate::clock::now;
use crate::events::{encode, encode_users};
use crate::hub::inbox::{Inbox, Mail};

/// Nothing is to be told.
const NEVER: i64 = i64::MAX;

/// How people are there.
#[derive(Debug)]
pub(crate) struct Online {
    presence: Mutex<Presence>,
    /// When the next telling is due, for whoever asks often.
    due_ms: AtomicI64,
    /// Connections that are told of everybody: without any, nobody need be told of all.
    of_everybody: AtomicUsize,
    /// Of the reactor that tells.
    teller: Arc<Inbox>,
    started: Instant,
}

/// What a client says of its user when it begins to hear what happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appearing {
    /// How long ago they had input there, in milliseconds; none if the client may never say so.
    pub(crate) idle_ms: Option<i64>,
    /// Whether it is told of everybody.
    pub(crate) of_everybody: bool,
}

/// What one reactor is to do at a telling.
pub(crate) struct ToTell {
    /// What all reactors are told.
    pub(crate) told: Option<Input>,
    /// When people were last there, which is to be stored.
    pub(crate) seen: BTreeMap<UserId, Timestamp>,
}

impl Online {
    /// Nobody is there, and what is stored of people is known. The reactor of this inbox is to ask for its
    /// [`Self::patience`], and to [`Self::tell`]. Errors: storage does not answer.
    pub(super) async fn load(store: &Store, teller: Arc<Inbox>) -> Result<Self, chatterbox_store::Error> {
        let online = Self::new(teller);
        let known = store.ask(House, KnownPresence).await?.unwrap_or_default();
        online.change(false, |presence| {
            for PresenceRow { user, seen, availability } in known {
                presence.know(user, seen, availability);
            }
        });
        Ok(online)
    }

    fn new(teller: Arc<Inbox>) -> Self {
        Self {
            presence: Mutex::default(),
            due_ms: AtomicI64::new(NEVER),
            of_everybody: AtomicUsize::new(0),
            teller,
            started: Instant::now(),
        }
    }

    /// The user is online by one more connection, at the reactor of this inbox. Answers also the number of the telling that is
    /// the first to say so.
    pub(crate) fn appear(
        self: &Arc<Self>,
        user: UserId,
        username: &str,
        Appearing { idle_ms, of_everybody }: Appearing,
        at: &Arc<Inbox>,
    ) -> (Appearance, u64) {
        // Before the telling that this one waits for.
        self.of_everybody.fetch_add(usize::from(of_everybody), Ordering::AcqRel);
        let (is_told_here, now) = (Arc::ptr_eq(at, &self.teller), self.now());
        let Connected { id, number } =
            self.change(is_told_here, |presence| presence.connect(user, username, idle_ms, now));
        (Appearance { online: self.clone(), user, connection: id, of_everybody }, number)
    }

    /// The user is called so from now on.
    pub(super) fn is_called(&self, user: UserId, username: &str) {
        self.change(false, |presence| presence.is_called(user, username));
    }

    /// The user wants to be seen so from now on.
    pub(super) fn wants_to_be_seen(&self, user: UserId, availability: Availability) {
        self.change(false, |presence| presence.wants_to_be_seen(user, availability));
    }

    /// Somebody has come into a room, or has gone.
    pub(super) fn company_changes(&self) {
        self.change(false, Presence::company_changes);
    }

    /// A reactor has lost what it was told.
    pub(crate) fn tell_anew(&self) {
        self.change(false, Presence::tell_anew);
    }

    /// Who of these people is online, and of whom a guest among them may be told.
    pub(crate) fn among(&self, people: BTreeSet<UserId>, own: UserId) -> Option<FoundCompany> {
        let users = encode_users(&Users { users: &self.presence.lock().names_of(&people, own) })?;
        Some(FoundCompany { users, people })
    }

    /// Who is online, for somebody who hides.
    pub(crate) fn for_one_who_hides(&self, own: UserId) -> Option<FoundCompany> {
        let users = encode_users(&Users { users: &self.presence.lock().names_for(own) })?;
        Some(FoundCompany { users, people: BTreeSet::new() })
    }

    fn change<T>(&self, is_told_here: bool, change: impl FnOnce(&mut Presence) -> T) -> T {
        let mut presence = self.presence.lock();
        let answer = change(&mut presence);
        let due_ms = presence.due_ms().unwrap_or(NEVER);
        let was_due_ms = self.due_ms.swap(due_ms, Ordering::AcqRel);
        drop(presence);
        // Whoever tells knows already, if something was due as soon: a herd wakes it once.
        if due_ms < was_due_ms && !is_told_here {
            self.teller.post(Mail::PresenceChanged);
        }
        answer
    }

    /// How long the reactor of this inbox has nothing to tell, if nothing changes. None if it never has.
    pub(crate) fn patience(&self, own: &Arc<Inbox>) -> Option<Duration> {
        let due_ms = Some(self.due_ms.load(Ordering::Acquire)).filter(|due_ms| *due_ms != NEVER)?;
        Arc::ptr_eq(own, &self.teller)
            .then(|| Duration::from_millis(u64::try_from(due_ms.saturating_sub(self.now().ms)).unwrap_or(0)))
    }

    /// What all reactors are to be told by the one of this inbox, if it is time.
    pub(crate) fn tell(&self, own: &Arc<Inbox>) -> Option<ToTell> {
        self.patience(own).filter(Duration::is_zero)?;
        let mut presence = self.presence.lock();
        let is_for_all = self.of_everybody.load(Ordering::Acquire) > 0;
        let told = presence.tell(self.now()).and_then(|telling| encoded(&telling, is_for_all));
        let seen = presence.take_to_store();
        self.due_ms.store(presence.due_ms().unwrap_or(NEVER), Ordering::Release);
        Some(ToTell { told, seen })
    }

    /// How many users are connected.
    pub(super) fn users(&self) -> usize {
        self.presence.lock().users()
    }

    fn now(&self) -> Moment {
        Moment { ms: i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX), wall: now() }
    }
}

/// One connection of a user who is online because of it; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Appearance {
    online: Arc<Online>,
    user: UserId,
    connection: ConnectionId,
    of_everybody: bool,
}

impl Appearance {
    /// The user had input there so many milliseconds ago.
    pub(crate) fn had_input(&self, idle_ms: i64) {
        let (user, connection, now) = (self.user, self.connection, self.online.now());
        self.online.change(false, |presence| presence.had_input(user, connection, idle_ms, now));
    }
}

impl Drop for Appearance {
    fn drop(&mut self) {
        let (user, connection, now) = (self.user, self.connection, self.online.now());
        self.online.of_everybody.fetch_sub(usize::from(self.of_everybody), Ordering::AcqRel);
        self.online.change(false, |presence| presence.disconnect(user, connection, now));
    }
}

/// A telling as the reactors get it.
fn encoded(telling: &Telling<'_>, is_for_all: bool) -> Option<Input> {
    let people = |reset, people| encode(&Event::People(PresentPeople { reset, people }));
    let whole = if is_for_all {
        let names = encode_users(&Users { users: &telling.names() })?;
        Some(Spelled { names, ids: people(true, telling.everybody().collect())? })
    } else {
        None
    };
    let (online, offline) = (telling.online.clone(), telling.offline.clone());
    let is_other_by_name = !online.is_empty() || !offline.is_empty();
    let names = is_other_by_name.then(|| encode(&Event::Presence { online, offline }));
    let ids = (!telling.states.is_empty()).then(|| people(false, telling.states.clone()));
    Some(Input::Online(ToldOnline {
        number: telling.number,
        whole,
        names: all(names)?,
        ids: all(ids)?,
        people: telling.people.as_slice().into(),
        hiding: telling.hiding.clone(),
        is_company_other: telling.is_company_other,
        is_anew: telling.is_anew,
    }))
}

/// None only if something could not be encoded.
fn all(frame: Option<Option<Bytes>>) -> Option<Option<Bytes>> {
    frame.map_or(Some(None), |frame| frame.map(Some))
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
        let says_nothing = Appearing { idle_ms: None, of_everybody: true };
        let appear = |id, name, at| online.appear(UserId(id), name, says_nothing, at);
        let here = [appear(1, "ada", &other), appear(2, "grace", &other)];
        assert_eq!((mails(&teller), mails(&other)), (1, 0));
        assert_eq!((online.patience(&teller), online.patience(&other)), (Some(Duration::ZERO), None));
        assert!(online.tell(&other).is_none());
        let told = online.tell(&teller).and_then(|to_tell| to_tell.told);
        let Some(Input::Online(ToldOnline { number, .. })) = told else { panic!("it is time") };
        assert_eq!(here.each_ref().map(|(_, first)| *first), [number; 2]);
        assert_eq!(online.patience(&teller), None, "nothing has changed since");

        drop(here);
        assert_eq!(mails(&teller), 1);
        assert!(online.patience(&teller).is_some_and(|patience| !patience.is_zero()), "they may come back");
        let _linus = appear(3, "linus", &teller);
        assert_eq!(mails(&teller), 0, "who is awake asks for the patience itself");
        assert!(online.patience(&teller).is_some());
    }
}
