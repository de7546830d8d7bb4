//! Which reactors follow which logs. A reactor says so before it asks for anything of a log, and the store's writer looks
//! that up behind each commit: so what is committed in between is in the one or in the other.

use std::collections::HashMap;

use chatterbox_core::logs::LogId;
use parking_lot::Mutex;
use smallvec::SmallVec;

/// Reactors by their number.
pub(super) type ReactorNumbers = SmallVec<[usize; 4]>;

/// Who follows which log. Nobody outside chooses the ids, so that a quick hash will do.
#[derive(Debug, Default)]
pub(crate) struct Followers(Mutex<HashMap<LogId, ReactorNumbers, foldhash::fast::FixedState>>);

impl Followers {
    /// The reactor is told of all that is committed in this log from now on.
    pub(crate) fn follow(&self, log: LogId, reactor: usize) {
        let mut logs = self.0.lock();
        let reactors = logs.entry(log).or_default();
        if !reactors.contains(&reactor) {
            reactors.push(reactor);
        }
    }

    /// And no longer. If it was the last one, `forget` lets go of what is known of the log, before anybody can follow it again.
    pub(crate) fn unfollow(&self, log: LogId, reactor: usize, forget: impl FnOnce()) {
        let mut logs = self.0.lock();
        let Some(reactors) = logs.get_mut(&log) else { return };
        reactors.retain(|other| *other != reactor);
        if reactors.is_empty() {
            logs.remove(&log);
            forget();
        }
    }

    /// The reactor begins anew, and follows nothing.
    pub(crate) fn forget(&self, reactor: usize) {
        self.0.lock().retain(|_, reactors| {
            reactors.retain(|other| *other != reactor);
            !reactors.is_empty()
        });
    }

    /// Who is to be told of a commit in this log.
    pub(super) fn of(&self, log: LogId) -> ReactorNumbers {
        self.0.lock().get(&log).cloned().unwrap_or_default()
    }
}
