//! Logs as a server keeps them, and what it says of them to one client.

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_protocol::events::{Deleted, Edited};
use chatterbox_protocol::logs::{Card, Entry, Kind, Of};

use super::super::*;

/// A log: for each thing its last change's number, and what it has become; none if it is gone.
#[derive(Default)]
pub(super) struct ServedLog {
    pub(super) things: BTreeMap<(Kind, u64), (Seq, Option<Become>)>,
    head: u64,
    /// What was said of each change when it was made, by its number.
    said: Vec<String>,
    /// Up to where the client is told; none before it asks.
    cursor: Option<u64>,
}

/// What a thing has become.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Become {
    Said(Message),
    Known(Entry),
}

/// Three logs, and what the client has said and is not answered.
pub(super) struct Server {
    pub(super) logs: BTreeMap<LogName, ServedLog>,
    asked: Vec<(Option<Ref>, Command)>,
}

impl Server {
    pub(super) fn new() -> Self {
        let logs = [LogName::Room(LOBBY), LogName::Room(WORKSHOP), LogName::House];
        Self { logs: logs.into_iter().map(|log| (log, ServedLog::default())).collect(), asked: Vec::new() }
    }

    /// Something changes. `what` picks the kind and what happens to it, `id` the thing.
    pub(super) fn change(&mut self, name: LogName, what: u8, id: u64) {
        let log = self.logs.get_mut(&name).unwrap();
        log.head += 1;
        let seq = Seq(log.head);
        if what == 0 {
            let room =
                if let LogName::Room(room) = name { format!(r#""room":{room}"#) } else { r#""house":true"#.into() };
            return log
                .said
                .push(format!(r#"{{"type":"state",{room},"seq":{seq},"kind":"weather","id":1,"gone":true}}"#));
        }
        let event = match name {
            LogName::Room(room) if what < 8 => log.change_message(room, seq, what, id),
            _ => log.change_thing(name, seq, what, id),
        };
        log.said.push(serde_json::to_string(&event).unwrap());
    }

    /// The client says something.
    pub(super) fn hear(&mut self, said: Vec<(Option<Ref>, Command)>) {
        self.asked.extend(said);
    }

    /// The connection is lost.
    pub(super) fn cut(&mut self) {
        self.asked.clear();
        self.logs.values_mut().for_each(|log| log.cursor = None);
    }

    /// The next change in a log, as it was said; it goes on to the one after that whether it arrives or not.
    pub(super) fn tell(&mut self, name: LogName) -> Option<String> {
        let log = self.logs.get_mut(&name).unwrap();
        let cursor = log.cursor.as_mut().filter(|cursor| **cursor < log.head)?;
        *cursor += 1;
        Some(log.said[*cursor as usize - 1].clone())
    }

    /// Something that was said before.
    pub(super) fn repeat(&self, name: LogName, back: usize) -> Option<String> {
        let log = &self.logs[&name];
        Some(log.said[(log.cursor? as usize).checked_sub(1 + back)?].clone())
    }

    /// What has changed behind what was told, as it is by now: at most so many entries, each of which covers those before it.
    pub(super) fn fill(&mut self, name: LogName, most: usize) -> Vec<String> {
        let log = self.logs.get_mut(&name).unwrap();
        let Some(cursor) = log.cursor.as_mut() else { return Vec::new() };
        let mut filled = Vec::new();
        for (seq, mut event) in changed(&log.things, name, *cursor).into_iter().take(most) {
            event.goes_on_from(Seq(*cursor));
            *cursor = seq.0;
            filled.push(serde_json::to_string(&event).unwrap());
        }
        filled
    }

    /// Answers what was said first, in pages of so many entries.
    pub(super) fn answer(&mut self, size: usize) -> Vec<String> {
        if self.asked.is_empty() {
            return Vec::new();
        }
        let (reference, command) = self.asked.remove(0);
        let (head, rooms, own, house) = match command {
            Command::Hello(hello) => {
                let Hello { follow, own, house, .. } = *hello;
                (welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner), follow.unwrap(), own.or(Some(Seq(0))), Some(house))
            }
            Command::Follow(Follow { rooms, own, house, .. }) => {
                let Some(Ref::Text(reference)) = reference else { panic!("{reference:?}") };
                (ok(reference), rooms, own, house.map(Some))
            }
            command => panic!("{command:?}"),
        };
        let mut events = vec![head];
        events.extend(own.map(|_| nothing_new(false)));
        events.extend(house.into_iter().flat_map(|from| self.pages(LogName::House, from, size)));
        events.extend(rooms.iter().flat_map(|of| self.pages(LogName::Room(of.room), of.seq, size)));
        events.iter().map(|event| serde_json::to_string(event).unwrap()).collect()
    }

    fn pages(&mut self, name: LogName, from: Option<Seq>, size: usize) -> Vec<Event> {
        let log = self.logs.get_mut(&name).unwrap();
        log.cursor = Some(log.head);
        let changed = changed(&log.things, name, from.unwrap_or_default().0);
        let mut pages = Vec::new();
        let mut rest = &changed[..];
        loop {
            let (entries, further) = rest.split_at(size.min(rest.len()));
            let is_last = further.is_empty();
            let seq = entries.last().filter(|_| !is_last).map_or(Seq(log.head), |(seq, _)| *seq);
            pages.push(page_of(name, from.is_none() && pages.is_empty(), entries, seq, is_last));
            if is_last {
                return pages;
            }
            rest = further;
        }
    }
}

impl ServedLog {
    fn change_message(&mut self, room: RoomId, seq: Seq, what: u8, id: u64) -> Event {
        let known = self.things.get(&(Kind::Message, id)).and_then(|(_, thing)| thing.clone());
        let (thing, event) = match known {
            Some(Become::Said(message)) if what < 5 => {
                let time = Timestamp(seq.0 as i64);
                let text = format!("edited {seq}");
                let message = Message { text: text.clone(), edited: Some(time), changed: Some(seq), ..message };
                let state = Some(Box::new(message.clone()));
                let edited = Edited { id: message.id, text, time, room, seq, since: None, state };
                (Some((id, Become::Said(message))), Event::Edit(edited))
            }
            Some(_) => {
                self.things.insert((Kind::Message, id), (seq, None));
                (None, Event::Delete(Deleted { id: MessageId(id), room, seq, since: None }))
            }
            // Whoever is gone does not come back: it is another message.
            None => {
                let message = message_in(room, seq.0);
                (Some((message.id.0, Become::Said(message.clone()))), Event::Message(message))
            }
        };
        if let Some((id, thing)) = thing {
            self.things.insert((Kind::Message, id), (seq, Some(thing)));
        }
        event
    }

    fn change_thing(&mut self, name: LogName, seq: Seq, what: u8, id: u64) -> Event {
        let user = UserId(id);
        let entry = match name {
            LogName::Room(room) if what == 8 => gone(seq, room, user),
            LogName::Room(room) => Entry::member(seq, room, user, member(MemberChange::Joined)),
            _ => Entry::card(
                seq,
                user,
                Card {
                    username: format!("ada{seq}"),
                    role: Role::Member,
                    active: what < 5,
                    gone: false,
                    profile: Box::default(),
                },
            ),
        };
        let entry = Entry { of: self.base(&entry), ..entry };
        let thing = (!entry.gone).then(|| Become::Known(entry.clone()));
        self.things.insert((entry.kind, id), (seq, thing));
        Event::State(entry)
    }

    /// What a thing hangs on: nothing, or something that sorts before it, so that there is no circle. That may be gone.
    fn base(&self, Entry { kind, id, seq, .. }: &Entry) -> Option<Of> {
        let before: Vec<_> =
            self.things.range(..(*kind, *id)).map(|((kind, id), _)| Of { kind: *kind, id: *id }).collect();
        let picked = seq.0 as usize % (before.len() + 1);
        before.get(picked).copied()
    }

    /// The messages that there are, and all else that there is: what hangs on nothing that is not.
    pub(super) fn there(&self) -> (Vec<&Message>, Vec<&Entry>) {
        let (mut messages, mut things) = (Vec::new(), Vec::new());
        let mut there = BTreeSet::new();
        for (key, (_, thing)) in &self.things {
            match thing {
                Some(Become::Said(message)) => messages.push(message),
                Some(Become::Known(entry)) if entry.of.is_none_or(|of| there.contains(&(of.kind, of.id))) => {
                    things.push(entry)
                }
                _ => continue,
            }
            there.insert(*key);
        }
        (messages, things)
    }
}

/// A thing of a room that is no message is gone.
fn gone(seq: Seq, room: RoomId, user: UserId) -> Entry {
    Entry { state: None, gone: true, ..Entry::member(seq, room, user, member(MemberChange::Joined)) }
}

/// The things that have changed since, in the order of their last changes, each as the event that tells it.
fn changed(things: &BTreeMap<(Kind, u64), (Seq, Option<Become>)>, name: LogName, from: u64) -> Vec<(Seq, Event)> {
    let newer = things.iter().filter(|(_, (seq, _))| seq.0 > from);
    let event = |((kind, id), (seq, thing)): (&(Kind, u64), &(Seq, Option<Become>))| {
        let event = match (name, thing) {
            (_, Some(Become::Said(message))) => Event::Message(message.clone()),
            (_, Some(Become::Known(entry))) => Event::State(entry.clone()),
            (LogName::Room(room), None) if *kind == Kind::Message => {
                Event::Delete(Deleted { id: MessageId(*id), room, seq: *seq, since: None })
            }
            (LogName::Room(room), None) => Event::State(gone(*seq, room, UserId(*id))),
            (_, None) => unreachable!("nothing of the house goes"),
        };
        (*seq, event)
    };
    let mut changed: Vec<_> = newer.map(event).collect();
    changed.sort_by_key(|(seq, _)| *seq);
    changed
}

fn page_of(name: LogName, reset: bool, entries: &[(Seq, Event)], seq: Seq, live: bool) -> Event {
    let (mut messages, mut deleted, mut states) = (vec![], vec![], vec![]);
    for (_, event) in entries {
        match event {
            Event::Message(message) => messages.push(message.clone()),
            Event::Delete(gone) => deleted.push(gone.id),
            Event::State(entry) => states.push(Entry { room: None, house: false, ..entry.clone() }),
            _ => unreachable!("no other event is an entry"),
        }
    }
    match name {
        LogName::Room(room) => {
            Event::History(History { room, reset, more: false, messages, deleted, states, seq, live })
        }
        _ => Event::States(States { house: true, reset, states, seq, live }),
    }
}
