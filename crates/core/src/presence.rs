//! Who is online, over all connections of each user. A user who leaves stays online for a few seconds, so that a reload
//! does not flicker, and changes are told together. Users are known by their ids; how they are called is looked up when
//! somebody is told who knows them by name.

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::{PersonPresence, PresenceState};

/// How long a user without connections counts as online, in milliseconds: a reload, a lift, a change of networks.
pub const GRACE_MS: i64 = 3_000;

/// The least time between two tellings, in milliseconds, so that a storm of connects is told in a few rounds.
pub const INTERVAL_MS: i64 = 100;

/// Who is online. Times are milliseconds of any clock that never goes back.
#[derive(Debug, Default)]
pub struct Presence {
    people: BTreeMap<UserId, PresentPerson>,
    /// When the grace ends of users without connections, the soonest first.
    leaving: BTreeSet<(i64, UserId)>,
    /// Whoever may be told of otherwise than at the last telling.
    changed: BTreeSet<UserId>,
    /// Tellings so far.
    number: u64,
    /// Whether there is something to tell, whoever leaves.
    is_asked: bool,
    /// Whether people have come into rooms, or have gone, since the last telling.
    is_company_other: bool,
    told_at_ms: Option<i64>,
}

/// A user who is online, or left a moment ago.
#[derive(Debug, Default)]
struct PresentPerson {
    /// How they are called: the one place where that is looked up.
    name: String,
    connections: usize,
    /// When they are offline, without connections.
    leaves_ms: Option<i64>,
    /// The name by which they were told to be online.
    told: Option<String>,
}

/// Who is online at a moment, and how that differs from the telling before.
#[derive(Debug)]
pub struct Telling<'a> {
    /// Counts the tellings.
    pub number: u64,
    /// Whose state is another one, by rising ids.
    pub people: Vec<PersonPresence>,
    /// The names that are online and were not, sorted.
    pub online: Vec<String>,
    /// The names that were online and are not, sorted.
    pub offline: Vec<String>,
    /// Whether people have come into rooms since the telling before, or have gone: guests know nobody else.
    pub is_company_other: bool,
    everybody: &'a BTreeMap<UserId, PresentPerson>,
}

impl Telling<'_> {
    /// The names of all who are online, sorted.
    pub fn names(&self) -> BTreeSet<&str> {
        self.everybody.values().map(|person| &*person.name).collect()
    }

    /// All who are online, by rising ids.
    pub fn everybody(&self) -> impl Iterator<Item = PersonPresence> {
        self.everybody.keys().map(|id| PersonPresence { id: *id, state: PresenceState::Online })
    }

    /// Whether whoever knows the telling before has something to learn.
    pub fn is_different(&self) -> bool {
        !self.online.is_empty() || !self.offline.is_empty()
    }
}

impl Presence {
    /// A connection of this user has begun, who is called so as far as the connection knows. Answers the number of the first
    /// telling that includes the user.
    pub fn connect(&mut self, user: UserId, username: &str) -> u64 {
        let new = || PresentPerson { name: username.to_owned(), ..PresentPerson::default() };
        let person = self.people.entry(user).or_insert_with(new);
        person.connections += 1;
        if let Some(leaves_ms) = person.leaves_ms.take() {
            self.leaving.remove(&(leaves_ms, user));
        }
        self.changed.insert(user);
        self.is_asked = true;
        self.number + 1
    }

    /// The user is called so from now on, on whatever connection.
    pub fn is_called(&mut self, user: UserId, username: &str) {
        if let Some(person) = self.people.get_mut(&user).filter(|person| person.name != username) {
            username.clone_into(&mut person.name);
            self.changed.insert(user);
            self.is_asked = true;
        }
    }

    /// Somebody has come into a room, or has gone.
    pub fn company_changes(&mut self) {
        self.is_company_other = true;
        self.is_asked = true;
    }

    /// The names of those among these people who were told to be online at the last telling, sorted.
    pub fn names_of<'a>(&'a self, people: &'a BTreeSet<UserId>) -> BTreeSet<&'a str> {
        people.iter().filter_map(|id| self.people.get(id)?.told.as_deref()).collect()
    }

    /// Users who are online, those who may only be reloading included.
    pub fn users(&self) -> usize {
        self.people.len()
    }

    /// A connection of this user has ended.
    pub fn disconnect(&mut self, user: UserId, now_ms: i64) {
        let Some(person) = self.people.get_mut(&user).filter(|person| person.connections > 0) else { return };
        person.connections -= 1;
        if person.connections == 0 {
            person.leaves_ms = Some(now_ms + GRACE_MS);
            self.leaving.insert((now_ms + GRACE_MS, user));
        }
    }

    /// Whether there is something to tell at the next telling, whoever leaves.
    pub fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Whether there will be something to tell even if nothing changes. One who leaves later is told of later: once this is
    /// so, no one who leaves makes a telling due sooner.
    pub fn is_due_some_time(&self) -> bool {
        self.is_asked || !self.leaving.is_empty()
    }

    /// The next telling, if one is due.
    pub fn tell(&mut self, now_ms: i64) -> Option<Telling<'_>> {
        if self.due_ms().is_none_or(|due_ms| due_ms > now_ms) {
            return None;
        }
        while let Some((_, user)) = self.leaving.first().copied().filter(|(until_ms, _)| *until_ms <= now_ms) {
            self.leaving.pop_first();
            self.changed.insert(user);
        }
        let (mut people, mut online, mut offline) = (Vec::new(), Vec::new(), Vec::new());
        for id in std::mem::take(&mut self.changed) {
            let Some(person) = self.people.get_mut(&id) else { continue };
            let is_online = person.connections > 0 || person.leaves_ms.is_some_and(|until_ms| until_ms > now_ms);
            let now_told = is_online.then(|| person.name.clone());
            let told = std::mem::replace(&mut person.told, now_told.clone());
            if !is_online {
                self.people.remove(&id);
            }
            if is_online != told.is_some() {
                let state = if is_online { PresenceState::Online } else { PresenceState::Offline };
                people.push(PersonPresence { id, state });
            }
            if now_told != told {
                online.extend(now_told);
                offline.extend(told);
            }
        }
        online.sort_unstable();
        offline.sort_unstable();
        self.number += 1;
        self.is_asked = false;
        self.told_at_ms = Some(now_ms);
        let is_company_other = std::mem::take(&mut self.is_company_other);
        Some(Telling { number: self.number, people, online, offline, is_company_other, everybody: &self.people })
    }

    /// When [`Self::tell`] will have something to say, if nothing changes until then.
    pub fn due_ms(&self) -> Option<i64> {
        let earliest_ms = self.told_at_ms.map_or(i64::MIN, |told_at_ms| told_at_ms + INTERVAL_MS);
        let wanted_ms =
            if self.is_asked { Some(i64::MIN) } else { self.leaving.first().map(|(until_ms, _)| *until_ms) };
        wanted_ms.map(|wanted_ms| wanted_ms.max(earliest_ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: UserId = UserId(1);
    const GRACE: UserId = UserId(2);

    fn person(id: UserId, state: PresenceState) -> PersonPresence {
        PersonPresence { id, state }
    }

    #[test]
    fn two_tabs_are_online_once_until_the_last_one_closes() {
        let mut presence = Presence::default();
        assert_eq!(presence.connect(ADA, "ada"), 1);
        presence.connect(ADA, "ada");
        let told = presence.tell(0).unwrap();
        assert!(told.names().iter().eq(&["ada"]) && told.everybody().eq([person(ADA, PresenceState::Online)]));
        presence.disconnect(ADA, 0);
        assert_eq!(presence.due_ms(), None);
        presence.disconnect(ADA, 500);
        presence.disconnect(ADA, 500);
        assert!(presence.tell(500 + GRACE_MS - 1).is_none());
        let told = presence.tell(500 + GRACE_MS).unwrap();
        assert_eq!((told.names().len(), told.people.clone()), (0, vec![person(ADA, PresenceState::Offline)]));
        assert_eq!(told.offline, ["ada"]);
        assert_eq!(presence.users(), 0);
    }

    #[test]
    fn a_reload_does_not_flicker() {
        let mut presence = Presence::default();
        presence.connect(ADA, "ada");
        presence.tell(0);
        presence.disconnect(ADA, 1_000);
        presence.connect(ADA, "ada");
        let told = presence.tell(1_000).unwrap();
        assert_eq!((told.is_different(), told.people.len(), told.number), (false, 0, 2));
        assert_eq!(presence.due_ms(), None);
    }

    #[test]
    fn whoever_gets_another_name_is_told_by_it_on_connections_that_know_the_old_one_and_neither_comes_nor_goes() {
        let mut presence = Presence::default();
        presence.connect(ADA, "ada");
        presence.connect(GRACE, "grace");
        presence.tell(0);
        presence.is_called(GRACE, "grace");
        presence.is_called(UserId(3), "nobody");
        assert_eq!(presence.due_ms(), None);
        presence.is_called(ADA, "lovelace");
        presence.connect(ADA, "ada");
        let told = presence.tell(1_000).unwrap();
        assert!(told.names().iter().eq(&["grace", "lovelace"]));
        assert_eq!((&told.online[..], &told.offline[..]), (&["lovelace".to_owned()][..], &["ada".to_owned()][..]));
        assert_eq!(told.people, []);
        presence.disconnect(ADA, 1_000);
        presence.disconnect(ADA, 1_000);
        assert_eq!(presence.tell(1_000 + GRACE_MS).unwrap().offline, ["lovelace"]);
    }

    proptest! {
        #[test]
        fn changes_lead_from_one_telling_to_the_next_and_end_in_the_true_set(
            steps in proptest::collection::vec((0u8..4, 0usize..4, 0i64..2_000), 1..80),
        ) {
            let (mut presence, mut now, mut told_at) = (Presence::default(), 0, i64::MIN / 2);
            let (mut known, mut known_names) = (BTreeSet::new(), BTreeSet::new());
            let mut connections: BTreeMap<usize, usize> = BTreeMap::new();
            let mut hear = |presence: &mut Presence, now: i64| -> Result<Vec<UserId>, TestCaseError> {
                if let Some(telling) = presence.tell(now) {
                    prop_assert!(now - told_at >= INTERVAL_MS);
                    told_at = now;
                    for PersonPresence { id, state } in &telling.people {
                        let is_other = if *state == PresenceState::Online { known.insert(*id) } else { known.remove(id) };
                        prop_assert!(is_other);
                    }
                    known_names.retain(|name| !telling.offline.contains(name));
                    known_names.extend(telling.online.iter().cloned());
                    prop_assert!(known.iter().copied().eq(telling.everybody().map(|person| person.id)));
                    prop_assert!(known_names.iter().eq(telling.names()));
                }
                Ok(known.iter().copied().collect())
            };
            for (kind, who, wait) in steps {
                now += wait;
                let user = UserId(who as u64);
                let count = connections.entry(who).or_default();
                if kind == 3 {
                    presence.is_called(user, &format!("user {who}, also called {}", wait % 3));
                } else if kind < 2 {
                    *count += 1;
                    presence.connect(user, &format!("user {who}"));
                } else if *count > 0 {
                    *count -= 1;
                    presence.disconnect(user, now);
                }
                hear(&mut presence, now)?;
            }
            while let Some(due) = presence.due_ms() {
                now = now.max(due);
                hear(&mut presence, now)?;
            }
            let online = connections.iter().filter(|(_, count)| **count > 0).map(|(who, _)| UserId(*who as u64));
            prop_assert!(hear(&mut presence, now)?.into_iter().eq(online));
        }
    }
}
