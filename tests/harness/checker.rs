//! The history check: what clients attempted, what they were told is done, and what they were shown must agree with
//! what is stored. acked ⊆ stored ⊆ attempted; no message twice; each room's log without a gap; and whoever follows
//! the events holds at every moment what a newcomer would be shown.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// A whole number of an event.
pub(crate) fn number(event: &Value, field: &str) -> u64 {
    event[field].as_u64().unwrap_or_else(|| panic!("{field} is no whole number in {event}"))
}

fn text(event: &Value, field: &str) -> String {
    event[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {event}")).to_owned()
}

/// What a client holds of a room that follows the protocol: the state after each event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Replica {
    /// The last change that was applied.
    pub(crate) seq: u64,
    /// The room's messages: place, author and text by id.
    messages: BTreeMap<u64, (u64, String, String)>,
    /// Whether messages older than the oldest held one may be there.
    is_partial: bool,
}

impl Replica {
    /// Applies an event of the room's log. It must be the very next change.
    pub(crate) fn apply(&mut self, event: &Value) {
        let seq = number(event, "seq");
        assert_eq!(seq, self.seq + 1, "a gap or a repetition in the log: {event}");
        self.seq = seq;
        let id = number(event, "id");
        match event["type"].as_str() {
            Some("message") => self.put(event),
            Some("edit") => {
                if let Some((_, _, held)) = self.messages.get_mut(&id) {
                    *held = text(event, "text");
                } else {
                    assert!(self.is_partial, "an edit of something that was never there: {event}");
                }
            }
            Some("delete") => {
                let removed = self.messages.remove(&id);
                assert!(removed.is_some() || self.is_partial, "a deletion of something that was not there: {event}");
            }
            _ => panic!("{event} is no change"),
        }
    }

    /// Applies whatever of these events is a change of the room.
    pub(crate) fn apply_changes(&mut self, events: &[Value]) {
        for event in events.iter().filter(|event| is_change(event)) {
            self.apply(event);
        }
    }

    /// Applies what the answer to `hello` says of the room.
    pub(crate) fn resume(&mut self, history: &Value) {
        assert_eq!(history["type"], "history", "{history}");
        if history["reset"] == true {
            *self = Self { is_partial: history["more"] == true, ..Self::default() };
        }
        for message in history["messages"].as_array().expect("a history has messages") {
            self.put(message);
        }
        for id in history["deleted"].as_array().expect("a history has deletions") {
            self.messages.remove(&id.as_u64().expect("an id is a number"));
        }
        assert!(number(history, "seq") >= self.seq, "the log went backwards: {history}");
        self.seq = number(history, "seq");
    }

    /// A replica of what `GET /api/rooms/1/messages` shows, page by page.
    pub(crate) fn of_pages(seq: u64, messages: &[Value]) -> Self {
        let mut replica = Self { seq, ..Self::default() };
        messages.iter().for_each(|message| replica.put(message));
        replica
    }

    fn put(&mut self, message: &Value) {
        let (seq, user, text) = (number(message, "seq"), text(message, "user"), text(message, "text"));
        self.messages.insert(number(message, "id"), (seq, user, text));
    }
}

/// Whether an event is a change in a room's log.
pub(crate) fn is_change(event: &Value) -> bool {
    matches!(event["type"].as_str(), Some("message" | "edit" | "delete"))
}

/// Fails if these messages are not in the order of the log, or one of them is there twice.
pub(crate) fn in_order_and_once(messages: &[Value]) {
    let seqs: Vec<u64> = messages.iter().map(|message| number(message, "seq")).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "not in order, or twice: {seqs:?}");
    let ids: HashSet<u64> = messages.iter().map(|message| number(message, "id")).collect();
    assert_eq!(ids.len(), messages.len(), "an id is there twice");
}

/// What the clients of one or more people attempted, and what they were told. Each message belongs to one client, which
/// says what becomes of it in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By nonce.
    entries: HashMap<String, Entry>,
    acked: usize,
}

#[derive(Debug, Default)]
struct Entry {
    /// The texts that were attempted, in order: the first one sent, the others edits.
    texts: Vec<String>,
    /// Id and place, once known.
    stored: Option<(u64, u64)>,
    /// How many of the texts are known to be stored.
    texts_acked: usize,
    delete_attempted: bool,
    delete_acked: bool,
    /// Places in the log that its acknowledged changes took.
    places: Vec<u64>,
}

impl Ledger {
    /// Somebody is about to send, or to send again.
    pub(crate) fn attempts_send(&mut self, nonce: &str, text: &str) {
        let entry = self.entries.entry(nonce.to_owned()).or_default();
        if entry.texts.is_empty() {
            entry.texts.push(text.to_owned());
        }
    }

    /// Somebody is about to edit.
    pub(crate) fn attempts_edit(&mut self, nonce: &str, text: &str) {
        self.entry(nonce).texts.push(text.to_owned());
    }

    /// Somebody is about to delete.
    pub(crate) fn attempts_delete(&mut self, nonce: &str) {
        self.entry(nonce).delete_attempted = true;
    }

    /// A `send` was answered by `ok`.
    pub(crate) fn acks_send(&mut self, nonce: &str, ok: &Value) {
        let (id, seq) = (number(ok, "id"), number(ok, "seq"));
        self.acked += 1;
        let entry = self.entry(nonce);
        assert!(entry.stored.is_none_or(|known| known == (id, seq)), "a retry made another message: {ok}");
        if entry.stored.is_none() {
            entry.places.push(seq);
        }
        entry.stored = Some((id, seq));
        entry.texts_acked = entry.texts_acked.max(1);
    }

    /// The `edit` with this text was answered by `ok`.
    pub(crate) fn acks_edit(&mut self, nonce: &str, text: &str, ok: &Value) {
        self.acked += 1;
        let entry = self.entry(nonce);
        entry.places.push(number(ok, "seq"));
        let at = entry.texts.iter().position(|attempted| attempted == text).expect("it was attempted");
        entry.texts_acked = entry.texts_acked.max(at + 1);
    }

    /// A `delete` was answered by `ok`.
    pub(crate) fn acks_delete(&mut self, nonce: &str, ok: &Value) {
        self.acked += 1;
        let entry = self.entry(nonce);
        entry.places.push(number(ok, "seq"));
        entry.delete_acked = true;
    }

    fn entry(&mut self, nonce: &str) -> &mut Entry {
        self.entries.get_mut(nonce).unwrap_or_else(|| panic!("nobody attempted {nonce}"))
    }

    /// How many changes were acknowledged.
    pub(crate) fn acked(&self) -> usize {
        self.acked
    }

    /// The id of a message, once it is known.
    pub(crate) fn id(&self, nonce: &str) -> Option<u64> {
        self.entries.get(nonce).and_then(|entry| entry.stored).map(|(id, _)| id)
    }

    /// The check itself, against the whole history and the number of the room's last change.
    pub(crate) fn check(&self, stored: &[Value], room_seq: u64) {
        in_order_and_once(stored);
        let mut by_nonce: HashMap<&str, &Value> = HashMap::new();
        for message in stored {
            let nonce = message["nonce"].as_str().unwrap_or_else(|| panic!("nobody attempted {message}"));
            assert!(self.entries.contains_key(nonce), "nobody attempted {message}");
            assert!(by_nonce.insert(nonce, message).is_none(), "{nonce} is there twice");
        }
        let mut places = HashSet::new();
        for (nonce, entry) in &self.entries {
            entry.check(nonce, by_nonce.get(nonce.as_str()).copied());
            for place in &entry.places {
                assert!((1..=room_seq).contains(place), "{nonce}: place {place} of {room_seq}");
                assert!(places.insert(*place), "two changes were acknowledged with place {place}");
            }
        }
    }
}

impl Entry {
    fn check(&self, nonce: &str, stored: Option<&Value>) {
        let Some(stored) = stored else {
            assert!(self.stored.is_none() || self.delete_attempted, "{nonce} was acknowledged and is gone");
            return;
        };
        assert!(!self.delete_acked, "{nonce} was deleted and is there again");
        if let Some(known) = self.stored {
            assert_eq!((number(stored, "id"), number(stored, "seq")), known, "{nonce} is another message now");
        }
        let possible = &self.texts[self.texts_acked.saturating_sub(1)..];
        let text = text(stored, "text");
        assert!(possible.contains(&text), "{nonce} reads {text:?}, not one of {possible:?}");
    }
}
