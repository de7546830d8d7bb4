//! Who is online, over all connections of each user. A user who leaves stays online for a few seconds, so that a reload
//! does not flicker, and changes are told together.

use std::collections::{BTreeMap, BTreeSet};

/// How long a user without connections counts as online, in milliseconds: a reload, a lift, a change of networks.
pub const GRACE_MS: i64 = 3_000;

/// The least time between two tellings, in milliseconds, so that a storm of connects is told in a few rounds.
pub const INTERVAL_MS: i64 = 100;

/// Who is online. Times are milliseconds of any clock that never goes back.
#[derive(Debug, Default)]
pub struct Presence {
    /// Connections of each user that is online.
    online: BTreeMap<String, usize>,
    /// Users without connections, and when their grace ends.
    leaving: BTreeMap<String, i64>,
    /// Users who were told to be online, and whoever may have become different since.
    told: BTreeSet<String>,
    changed: BTreeSet<String>,
    /// Tellings so far.
    number: u64,
    /// Whether a connection waits for the next telling.
    is_asked: bool,
    told_at_ms: Option<i64>,
}

/// Who is online at a moment, and how that differs from the telling before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling<'a> {
    /// Counts the tellings.
    pub number: u64,
    /// The usernames online, sorted.
    pub users: &'a BTreeSet<String>,
    /// Who is online now and was not.
    pub online: Vec<String>,
    /// Who was online and is not now.
    pub offline: Vec<String>,
}

impl Presence {
    /// A connection of this user has begun. Answers the number of the first telling that includes the user.
    pub fn connect(&mut self, username: &str) -> u64 {
        *self.online.entry(username.to_owned()).or_default() += 1;
        self.leaving.remove(username);
        self.changed.insert(username.to_owned());
        self.is_asked = true;
        self.number + 1
    }

    /// Users who are online, those who may only be reloading included.
    pub fn users(&self) -> usize {
        self.online.len() + self.leaving.len()
    }

    /// A connection of this user has ended.
    pub fn disconnect(&mut self, username: &str, now_ms: i64) {
        let Some(connections) = self.online.get_mut(username) else { return };
        *connections -= 1;
        if *connections == 0 {
            self.online.remove(username);
            self.leaving.insert(username.to_owned(), now_ms + GRACE_MS);
        }
    }

    /// Whether somebody new waits for the next telling.
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
        let changed = &mut self.changed;
        self.leaving.retain(|username, until_ms| {
            let stays = *until_ms > now_ms;
            if !stays {
                changed.insert(username.clone());
            }
            stays
        });
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        for username in std::mem::take(&mut self.changed) {
            let is_online = self.online.contains_key(&username) || self.leaving.contains_key(&username);
            if is_online && self.told.insert(username.clone()) {
                online.push(username);
            } else if !is_online && self.told.remove(&username) {
                offline.push(username);
            }
        }
        self.number += 1;
        self.is_asked = false;
        self.told_at_ms = Some(now_ms);
        Some(Telling { number: self.number, users: &self.told, online, offline })
    }

    /// When [`Self::tell`] will have something to say, if nothing changes until then.
    pub fn due_ms(&self) -> Option<i64> {
        let earliest_ms = self.told_at_ms.map_or(i64::MIN, |told_at_ms| told_at_ms + INTERVAL_MS);
        let wanted_ms = if self.is_asked { Some(i64::MIN) } else { self.leaving.values().copied().min() };
        wanted_ms.map(|wanted_ms| wanted_ms.max(earliest_ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_tabs_are_online_once_until_the_last_one_closes() {
        let mut presence = Presence::default();
        assert_eq!(presence.connect("ada"), 1);
        presence.connect("ada");
        assert!(presence.tell(0).unwrap().users.iter().eq(["ada"]));
        presence.disconnect("ada", 0);
        assert_eq!(presence.due_ms(), None);
        presence.disconnect("ada", 500);
        presence.disconnect("ada", 500);
        assert_eq!(presence.tell(500 + GRACE_MS - 1), None);
        let told = presence.tell(500 + GRACE_MS).unwrap();
        assert_eq!((told.users.len(), told.offline), (0, vec!["ada".to_owned()]));
    }

    #[test]
    fn a_reload_does_not_flicker() {
        let mut presence = Presence::default();
        presence.connect("ada");
        presence.tell(0);
        presence.disconnect("ada", 1_000);
        presence.connect("ada");
        let told = presence.tell(1_000).unwrap();
        assert_eq!((told.online.len(), told.offline.len(), told.number), (0, 0, 2));
        assert_eq!(presence.due_ms(), None);
    }

    proptest! {
        #[test]
        fn changes_lead_from_one_telling_to_the_next_and_end_in_the_true_set(
            steps in proptest::collection::vec((0u8..3, 0usize..4, 0i64..2_000), 1..80),
        ) {
            let (mut presence, mut now, mut told_at) = (Presence::default(), 0, i64::MIN / 2);
            let mut known: BTreeSet<String> = BTreeSet::new();
            let mut connections: BTreeMap<&str, usize> = BTreeMap::new();
            let mut hear = |presence: &mut Presence, now: i64| -> Result<(), TestCaseError> {
                if let Some(telling) = presence.tell(now) {
                    prop_assert!(now - told_at >= INTERVAL_MS);
                    told_at = now;
                    known.extend(telling.online);
                    known.retain(|user| !telling.offline.contains(user));
                    prop_assert_eq!(&known, telling.users);
                }
                Ok(())
            };
            for (kind, who, wait) in steps {
                now += wait;
                let user = ["ada", "grace", "linus", "margaret"][who];
                let count = connections.entry(user).or_default();
                if kind < 2 {
                    *count += 1;
                    presence.connect(user);
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
            let online = connections.iter().filter(|(_, count)| **count > 0).map(|(user, _)| *user);
            prop_assert!(known.iter().map(String::as_str).eq(online));
        }
    }
}
