//! Who is told what has been committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use chatterbox_core::changes::Told;

/// Somebody who wants to know what is committed. All of it is said on the writer's thread: it must be quick, must not wait for
/// the store and must not hold it.
pub trait Listen: Send + Sync {
    /// This has happened. In the order of commits: behind the answer to whoever wanted it, but the end of a session before it.
    fn told(&self, told: Told);

    /// Everything in a commit has been answered and told, whether it worked or not: whoever that concerns can be woken once
    /// for all of it. So many further changes are under way.
    fn committed(&self, under_way: usize);
}

/// A listener that is set once, while the writer's thread already runs.
#[derive(Default)]
pub(crate) struct Listener(OnceLock<Box<dyn Listen>>);

impl Listener {
    pub(super) fn set(&self, listener: Box<dyn Listen>) {
        if self.0.set(listener).is_err() {
            tracing::error!("a second listener is not taken");
        }
    }

    pub(super) fn tell(&self, told: Told) {
        self.call(|listener| listener.told(told));
    }

    pub(super) fn committed(&self, under_way: usize) {
        self.call(|listener| listener.committed(under_way));
    }

    /// Its defects end neither the writer nor what comes after.
    fn call(&self, call: impl FnOnce(&dyn Listen)) {
        if let Some(listener) = self.0.get()
            && catch_unwind(AssertUnwindSafe(|| call(listener.as_ref()))).is_err()
        {
            tracing::error!("a listener to commits panicked");
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Listener").field(&self.0.get().is_some()).finish()
    }
}
