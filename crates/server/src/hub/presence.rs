//! Who is online on this node, and telling the reactors when that changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterbox_core::presence::{Presence, Telling};
use chatterbox_core::shard::{Input, Spelled};
use chatterbox_protocol::events::{Event, Users};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::PresentPeople;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::events::{encode, encode_users};

/// Who is online.
#[derive(Debug)]
pub(crate) struct Online {
    presence: Mutex<Presence>,
    changed: Notify,
    started: Instant,
}

impl Online {
    pub(super) fn new() -> Self {
        Self { presence: Mutex::default(), changed: Notify::new(), started: Instant::now() }
    }

    /// The user is online by one more connection. Answers also the number of the telling that is the first to say so.
    pub(crate) fn appear(self: &Arc<Self>, user: UserId, username: &str) -> (Appearance, u64) {
        let number = self.change(|presence| presence.connect(user, username));
        (Appearance { online: self.clone(), user }, number)
    }

    /// The user is called so from now on.
    pub(super) fn is_called(&self, user: UserId, username: &str) {
        self.change(|presence| presence.is_called(user, username));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Presence) -> T) -> T {
        let mut presence = self.presence.lock();
        let was_asked = presence.is_asked();
        let answer = change(&mut presence);
        let is_asked = presence.is_asked();
        drop(presence);
        // Whoever tells is awake or about to be, if it was asked before: a herd wakes it once.
        if is_asked && !was_asked {
            self.changed.notify_one();
        }
        answer
    }

    /// Tells `all` who is online, for as long as the process lives.
    pub(super) async fn tell(&self, all: impl Fn(&Input)) {
        loop {
            let told = self.presence.lock().tell(self.now_ms()).and_then(|telling| encoded(&telling));
            if let Some(told) = told {
                all(&told);
            }
            let due_ms = self.presence.lock().due_ms();
            let wait = due_ms
                .map(|due_ms| Duration::from_millis(u64::try_from(due_ms.saturating_sub(self.now_ms())).unwrap_or(0)));
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
        }
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
    Some(Input::Online { number: telling.number, whole, change })
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
        drop(presence);
        if !was_due {
            online.changed.notify_one();
        }
    }
}
