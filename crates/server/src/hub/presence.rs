//! Who is online on this node, and telling the reactors when that changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterbox_core::presence::{Presence, Telling};
use chatterbox_core::shard::Input;
use chatterbox_protocol::events::{Event, Users};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::events::encode;

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
    pub(crate) fn appear(self: &Arc<Self>, username: &str) -> (Appearance, u64) {
        let mut presence = self.presence.lock();
        let was_asked = presence.is_asked();
        let number = presence.connect(username);
        drop(presence);
        // Whoever tells is awake or about to be, if it was asked before: a herd wakes it once.
        if !was_asked {
            self.changed.notify_one();
        }
        (Appearance { online: self.clone(), username: username.to_owned() }, number)
    }

    /// Tells `all` who is online, for as long as the process lives.
    pub(super) async fn tell(&self, all: impl Fn(&Input)) {
        loop {
            let told = self.presence.lock().tell(self.now_ms()).and_then(encoded);
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
    username: String,
}

/// A telling as the reactors get it.
fn encoded(telling: Telling<'_>) -> Option<Input> {
    let Telling { number, users, online, offline } = telling;
    let is_different = !online.is_empty() || !offline.is_empty();
    let change = if is_different { encode(&Event::Presence { online, offline }) } else { None };
    Some(Input::Online { number, users: encode(&Users { users })?, change })
}

impl Drop for Appearance {
    fn drop(&mut self) {
        let online = &self.online;
        let mut presence = online.presence.lock();
        let was_due = presence.is_due_some_time();
        presence.disconnect(&self.username, online.now_ms());
        drop(presence);
        if !was_due {
            online.changed.notify_one();
        }
    }
}
