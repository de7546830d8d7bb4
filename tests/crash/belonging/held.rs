//! What somebody holds of a room's log: the newest of each thing, as the protocol says that a client keeps it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::harness::checker::number;

/// Things by kind and id.
type Things = BTreeMap<(String, u64), Thing>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thing {
    /// Where it stands: a message where it was sent, everything else where it was last changed.
    at: u64,
    /// Of what it is: whole states of a long run would not fit into memory.
    print: u64,
}

fn print(what: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// A room's log, up to a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// The last change that is known.
    pub(crate) seq: u64,
    /// What stands before this was never shown.
    from: u64,
    things: Things,
}

impl Held {
    /// Takes an entry that was told live. Answers the first number that it covers.
    pub(crate) fn hears(&mut self, event: &Value) -> u64 {
        let seq = number(event, "seq");
        let since = event["since"].as_u64().unwrap_or(seq - 1);
        assert!(since <= self.seq, "something is missing before {event}: only {} is known", self.seq);
        assert!(seq > self.seq, "{} is known, and this comes again: {event}", self.seq);
        let first = self.seq + 1;
        self.seq = seq;
        match event["type"].as_str() {
            Some("message") => self.puts_message(event),
            Some("edit") => self.puts_message(&event["state"]),
            Some("delete") => drop(self.things.remove(&("message".to_owned(), number(event, "id")))),
            _ => self.puts_state(event),
        }
        first
    }

    /// Takes a page.
    pub(crate) fn is_shown(&mut self, page: &Value) {
        let messages = page["messages"].as_array().expect("a page has messages");
        if page["reset"] == true {
            let oldest = messages.first().map_or(0, |oldest| number(oldest, "seq") - 1);
            *self = Self { from: if page["more"] == true { oldest } else { 0 }, ..Self::default() };
        }
        messages.iter().for_each(|message| self.puts_message(message));
        for id in page["deleted"].as_array().into_iter().flatten() {
            self.things.remove(&("message".to_owned(), id.as_u64().expect("an id")));
        }
        page["states"].as_array().into_iter().flatten().for_each(|state| self.puts_state(state));
        let seq = number(page, "seq");
        assert!(seq >= self.seq, "a page leads back from {} to {seq}", self.seq);
        self.seq = seq;
    }

    fn puts_message(&mut self, message: &Value) {
        let thing = Thing { at: number(message, "seq"), print: print(message["text"].as_str().expect("a text")) };
        if thing.at > self.from {
            self.things.insert(("message".to_owned(), number(message, "id")), thing);
        }
    }

    fn puts_state(&mut self, entry: &Value) {
        let key = (entry["kind"].as_str().expect("a kind").to_owned(), number(entry, "id"));
        let thing = Thing { at: number(entry, "seq"), print: print(&entry["state"].to_string()) };
        self.things.insert(key, thing);
    }

    /// What is held otherwise than by somebody who has missed nothing.
    pub(crate) fn differs_from(&self, whole: &Self) -> Option<String> {
        if self.seq != whole.seq {
            return Some(format!("it goes up to {} instead of {}", self.seq, whole.seq));
        }
        let seen = |things: &Things| things.clone().into_iter().filter(|(_, thing)| thing.at > self.from).collect();
        let (own, all): (Things, Things) = (seen(&self.things), seen(&whole.things));
        let other = own.iter().chain(&all).find(|(key, _)| own.get(*key) != all.get(*key));
        other.map(|(key, _)| format!("{key:?} is {:?} instead of {:?}", own.get(key), all.get(key)))
    }
}
