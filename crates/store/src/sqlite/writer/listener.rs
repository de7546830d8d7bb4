//! What is called once for each commit, after all its answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

type Call = Box<dyn Fn(usize) + Send + Sync>;

/// A call that is set once, while the writer's thread already runs.
#[derive(Default)]
pub(super) struct Listener(OnceLock<Call>);

impl Listener {
    pub(super) fn set(&self, call: Call) {
        if self.0.set(call).is_err() {
            tracing::error!("a second call after each commit is not taken");
        }
    }

    /// Calls it, if it is there. Its defects end neither the writer nor the calls after this one.
    pub(super) fn call(&self, under_way: usize) {
        if let Some(call) = self.0.get()
            && catch_unwind(AssertUnwindSafe(|| call(under_way))).is_err()
        {
            tracing::error!("a call after a commit panicked");
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Listener").field(&self.0.get().is_some()).finish()
    }
}
