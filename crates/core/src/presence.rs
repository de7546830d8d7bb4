//! How people are there, over all connections of each. Online is who had input at any client within some minutes, away whoever
//! is connected and had none, offline who has no connection. Who leaves stays for a while, so that a reload does not
//! flicker, and changes are told together. Users are known by their ids; how they are called is looked up when somebody is
//! told who knows them by name. Who hides is told to nobody, by whatever name.

mod person;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::{PersonPresence, PresenceState};
use chatterbox_protocol::time::Timestamp;

use person::Person;

/// How long a user without connections counts as online to those who know people by name, in milliseconds: a reload, a lift,
/// a change of networks.
pub const GRACE_MS: i64 = 3_000;

/// The same for those who know people by id.
pub const GRACE_BY_ID_MS: i64 = 30_000;

/// How long after the last input a user is away, in milliseconds.
pub const IDLE_MS: i64 = 5 * 60 * 1_000;

/// The least time between two tellings, in milliseconds, so that a storm of connects is told in a few rounds.
pub const INTERVAL_MS: i64 = 100;

/// The least time between two times that it is stored of somebody who stays when they were there, in milliseconds.
pub const STORED_EVERY_MS: i64 = 60 * 60 * 1_000;

/// A moment, by two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds of any clock that never goes back.
    pub ms: i64,
    /// What the clock on the wall shows.
    pub wall: Timestamp,
}

impl Moment {
    /// So many milliseconds before.
    fn before(self, ms: i64) -> Self {
        Self { ms: self.ms.saturating_sub(ms), wall: Timestamp(self.wall.0.saturating_sub(ms)) }
    }
}

/// Names a connection, and never another one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionId(u64);

/// A connection that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connected {
    /// Its name.
    pub id: ConnectionId,
    /// The number of the first telling that includes its user.
    pub number: u64,
}

/// How people are there.
#[derive(Debug, Default)]
pub struct Presence {
    people: BTreeMap<UserId, Person>,
    /// Who is to be looked at although nothing happens, the soonest first.
    due: BTreeSet<(i64, UserId)>,
    /// Whoever may be told of otherwise than at the last telling.
    changed: BTreeSet<UserId>,
    hiding: Arc<BTreeSet<UserId>>,
    /// Users who are connected.
    here: usize,
    connections: u64,
    /// Tellings so far.
    number: u64,
    /// Whether there is something to tell, whoever leaves.
    is_asked: bool,
    /// Whether people have come into rooms, or have gone, since the last telling.
    is_company_other: bool,
    /// Whether the next telling is to have everything.
    is_anew: bool,
    told_at_ms: Option<i64>,
    /// When people were last there, to be stored.
    to_store: BTreeMap<UserId, Timestamp>,
}

/// How people are there at a moment, and how that differs from the telling before.
#[derive(Debug)]
pub struct Telling<'a> {
    /// Counts the tellings.
    pub number: u64,
    /// Who is there otherwise, or was last there at another time, by rising ids.
    pub people: Vec<PersonPresence>,
    /// Those of them who are there otherwise, without that time.
    pub states: Vec<PersonPresence>,
    /// Whether somebody may have missed a telling: this one has everything.
    pub is_anew: bool,
    /// The names that are online and were not, sorted.
    pub online: Vec<String>,
    /// The names that were online and are not, sorted.
    pub offline: Vec<String>,
    /// Whether people have come into rooms since the telling before, or have gone: guests know nobody else.
    pub is_company_other: bool,
    /// Who hides.
    pub hiding: Arc<BTreeSet<UserId>>,
    everybody: &'a BTreeMap<UserId, Person>,
}

impl Telling<'_> {
    /// The names of all who are online, sorted.
    pub fn names(&self) -> BTreeSet<&str> {
        self.everybody.values().filter_map(|person| person.told_name.as_deref()).collect()
    }

    /// All who are there, by rising ids, and until when they do not want to be disturbed.
    pub fn everybody(&self) -> impl Iterator<Item = PersonPresence> {
        self.everybody.values().filter_map(|person| person.told.filter(|told| told.state != PresenceState::Offline))
    }
}

impl Presence {
    /// What the store knows of somebody, before anybody is there.
    pub fn know(&mut self, user: UserId, seen: Option<Timestamp>, availability: Availability) {
        let person = self.people.entry(user).or_default();
        if let Some(seen) = seen {
            person.was_seen(seen);
        }
        self.wants_to_be_seen(user, availability);
    }

    /// A connection of this user has begun, who is called so as far as the connection knows. `idle_ms` is how long ago the
    /// user had input there; without it, the connection may never say so.
    pub fn connect(&mut self, user: UserId, username: &str, idle_ms: Option<i64>, now: Moment) -> Connected {
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let person = self.people.entry(user).or_default();
        if person.name.is_empty() {
            username.clone_into(&mut person.name);
        }
        self.here += usize::from(person.is_unconnected());
        person.connect(id, idle_ms, now);
        self.asks_to_tell(user);
        self.looks_after(user, now);
        Connected { id, number: self.number + 1 }
    }

    /// The user had input at this connection so many milliseconds ago.
    pub fn had_input(&mut self, user: UserId, connection: ConnectionId, idle_ms: i64, now: Moment) {
        if let Some(person) = self.people.get_mut(&user) {
            person.had_input(connection, now.before(idle_ms));
            self.may_be_otherwise(user, now);
        }
    }

    /// A connection of this user has ended.
    pub fn disconnect(&mut self, user: UserId, connection: ConnectionId, now: Moment) {
        if let Some(person) = self.people.get_mut(&user).filter(|person| !person.is_unconnected()) {
            person.disconnect(connection, now);
            self.here -= usize::from(person.is_unconnected());
            self.may_be_otherwise(user, now);
        }
    }

    fn may_be_otherwise(&mut self, user: UserId, now: Moment) {
        let told = self.people.get(&user).map(|person| (person.told, person.shown(user, now)));
        if told.is_some_and(|(told, shown)| told != Some(shown)) {
            self.asks_to_tell(user);
        }
        self.looks_after(user, now);
    }

    /// The user wants to be seen so.
    pub fn wants_to_be_seen(&mut self, user: UserId, availability: Availability) {
        let person = self.people.entry(user).or_default();
        if std::mem::replace(&mut person.availability, availability) != availability {
            let hiding = Arc::make_mut(&mut self.hiding);
            if availability.hidden {
                hiding.insert(user)
            } else {
                hiding.remove(&user)
            };
        }
        self.asks_to_tell(user);
    }

    /// The user is called so from now on, on whatever connection.
    pub fn is_called(&mut self, user: UserId, username: &str) {
        if let Some(person) = self.people.get_mut(&user).filter(|person| person.name != username) {
            username.clone_into(&mut person.name);
            self.asks_to_tell(user);
        }
    }

    /// Somebody has come into a room, or has gone.
    pub fn company_changes(&mut self) {
        self.is_company_other = true;
        self.is_asked = true;
    }

    /// Somebody may have missed a telling: the next one has all people.
    pub fn tell_anew(&mut self) {
        for (id, person) in &mut self.people {
            person.told = None;
            self.changed.insert(*id);
        }
        self.is_anew = true;
        self.is_asked = true;
    }

    fn asks_to_tell(&mut self, user: UserId) {
        self.changed.insert(user);
        self.is_asked = true;
    }

    /// Notes when somebody is to be looked at next, and what is to be stored of them.
    fn looks_after(&mut self, user: UserId, now: Moment) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let next_ms = person.next_ms(now);
        if let Some(due_ms) = std::mem::replace(&mut person.due_ms, next_ms) {
            self.due.remove(&(due_ms, user));
        }
        self.due.extend(next_ms.map(|due_ms| (due_ms, user)));
        self.to_store.extend(person.take_to_store(now.ms).map(|seen| (user, seen)));
    }

    /// When these people were last there, which is to be stored.
    pub fn take_to_store(&mut self) -> BTreeMap<UserId, Timestamp> {
        std::mem::take(&mut self.to_store)
    }

    /// The names of those among these people who were told to be online at the last telling, sorted, and of whoever asks.
    pub fn names_of<'a>(&'a self, people: &'a BTreeSet<UserId>, own: UserId) -> BTreeSet<&'a str> {
        let names = people.iter().filter_map(|id| self.people.get(id)?.told_name.as_deref());
        names.chain(self.own_name(own)).collect()
    }

    /// The names of all who were told to be online at the last telling, sorted, and of whoever asks.
    pub fn names_for(&self, own: UserId) -> BTreeSet<&str> {
        let names = self.people.values().filter_map(|person| person.told_name.as_deref());
        names.chain(self.own_name(own)).collect()
    }

    /// Whoever asks is there, whether or not they hide.
    fn own_name(&self, own: UserId) -> Option<&str> {
        self.people.get(&own).filter(|person| !person.is_unconnected()).map(|person| &*person.name)
    }

    /// Users who are connected.
    pub fn users(&self) -> usize {
        self.here
    }

    /// Whether there is something to tell at the next telling, whoever leaves.
    pub fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// The next telling, if one is due.
    pub fn tell(&mut self, now: Moment) -> Option<Telling<'_>> {
        if self.due_ms().is_none_or(|due_ms| due_ms > now.ms) {
            return None;
        }
        while let Some((_, user)) = self.due.first().copied().filter(|(due_ms, _)| *due_ms <= now.ms) {
            self.due.pop_first();
            self.changed.insert(user);
        }
        let (mut people, mut states, mut online, mut offline) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for id in std::mem::take(&mut self.changed) {
            self.looks_after(id, now);
            let Some(person) = self.people.get_mut(&id) else { continue };
            let shown = person.shown(id, now);
            let before = person.told.replace(shown).unwrap_or(PersonPresence::offline(id));
            people.extend((before != shown).then_some(shown));
            let is_otherwise = before.without_last() != shown.without_last();
            states.extend(is_otherwise.then_some(shown.without_last()));
            let is_named = person.is_here(now.ms) && !person.availability.hidden;
            let named = is_named.then(|| person.name.clone());
            let told = std::mem::replace(&mut person.told_name, named.clone());
            if named != told {
                online.extend(named);
                offline.extend(told);
            }
        }
        online.sort_unstable();
        offline.sort_unstable();
        self.number += 1;
        self.is_asked = false;
        self.told_at_ms = Some(now.ms);
        Some(Telling {
            number: self.number,
            people,
            states,
            is_anew: std::mem::take(&mut self.is_anew),
            online,
            offline,
            is_company_other: std::mem::take(&mut self.is_company_other),
            hiding: self.hiding.clone(),
            everybody: &self.people,
        })
    }

    /// When [`Self::tell`] will have something to say, if nothing changes until then.
    pub fn due_ms(&self) -> Option<i64> {
        let earliest_ms = self.told_at_ms.map_or(i64::MIN, |told_at_ms| told_at_ms + INTERVAL_MS);
        let wanted_ms = if self.is_asked { Some(i64::MIN) } else { self.due.first().map(|(due_ms, _)| *due_ms) };
        wanted_ms.map(|wanted_ms| wanted_ms.max(earliest_ms))
    }
}
