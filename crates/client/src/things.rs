//! What there is in the logs that a client follows.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use chatterbox_protocol::ids::MessageId;
use chatterbox_protocol::logs::{Entry, Kind, LogName, Of};
use chatterbox_protocol::messages::Message;

use crate::update::Update;

/// How many things may hang one on the other. A longer chain would be a circle, which no server tells.
const CHAIN_MAX: usize = 16;

/// What there is in all logs beside messages, for whoever takes every [`Update`] in.
///
/// Of messages it knows no more than which ones it has been told of and are not gone: others may hang on them. What hangs (`of`)
/// on something that is not known here is not there, in whatever order the two come, and is there once that is; what hangs on a
/// message that goes is gone with it for good.
#[derive(Debug, Clone, Default)]
pub struct Things {
    logs: BTreeMap<LogName, ThingsOfLog>,
}

/// What has been told of one log.
#[derive(Debug, Clone, Default)]
struct ThingsOfLog {
    messages: BTreeSet<MessageId>,
    /// What is not gone by itself, whether what it hangs on is there or not.
    entries: BTreeMap<(Kind, u64), Entry>,
}

impl Things {
    /// Takes an update in.
    pub fn take(&mut self, update: &Update) {
        match update {
            Update::Reset { room, messages, .. } => {
                self.logs.remove(&LogName::Room(*room));
                messages.iter().for_each(|message| self.said(message));
            }
            Update::Message(message) | Update::Present(message) => self.said(message),
            Update::Edited { whole, .. } => whole.iter().for_each(|message| self.said(message)),
            Update::Deleted { id, room } => self.log(LogName::Room(*room)).deleted(*id),
            Update::State(entry) => self.log(entry.place().log).put(entry),
            Update::Forget(log) => drop(self.logs.remove(log)),
            Update::Unfollowed { room } => drop(self.logs.remove(&LogName::Room(*room))),
            Update::Live(_)
            | Update::Users(_)
            | Update::Presence { .. }
            | Update::People(_)
            | Update::Typing(_)
            | Update::Seen { .. }
            | Update::Decided(..)
            | Update::Lost { .. }
            | Update::Over(_) => {}
        }
    }

    /// The thing of this kind and id, if it is there.
    pub fn get(&self, log: LogName, kind: Kind, id: u64) -> Option<&Entry> {
        let log = self.logs.get(&log)?;
        log.entries.get(&(kind, id)).filter(|entry| log.is_there(entry))
    }

    /// All that is there in a log, by kind and id.
    pub fn all(&self, log: LogName) -> impl Iterator<Item = &Entry> {
        let log = self.logs.get(&log);
        log.into_iter().flat_map(|log| log.entries.values().filter(|entry| log.is_there(entry)))
    }

    fn log(&mut self, log: LogName) -> &mut ThingsOfLog {
        self.logs.entry(log).or_default()
    }

    fn said(&mut self, message: &Message) {
        self.log(LogName::Room(message.room)).messages.insert(message.id);
    }
}

impl ThingsOfLog {
    fn put(&mut self, entry: &Entry) {
        let key = (entry.kind, entry.id);
        if entry.gone {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, entry.clone());
        }
    }

    /// Unlike another thing, a message does not come back.
    fn deleted(&mut self, id: MessageId) {
        self.messages.remove(&id);
        let message = Of { kind: Kind::Message, id: id.0 };
        self.entries.retain(|_, entry| entry.of != Some(message));
    }

    /// Whether all is there that it hangs on.
    fn is_there(&self, entry: &Entry) -> bool {
        let next = |of: &Of| self.entries.get(&(of.kind, of.id))?.of;
        iter::successors(entry.of, next).take(CHAIN_MAX).all(|of| self.is_known(of))
    }

    fn is_known(&self, Of { kind, id }: Of) -> bool {
        if kind == Kind::Message {
            self.messages.contains(&MessageId(id))
        } else {
            self.entries.contains_key(&(kind, id))
        }
    }
}
