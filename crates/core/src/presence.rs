//! Who is online, over all connections of each user, and which connections are to be told so now.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// The least time between two `users` events to one connection, in milliseconds (contract: one a second).
pub const INTERVAL_MS: i64 = 1_000;

/// Who is online. `C` names a connection. Times are milliseconds of any clock that never goes back.
#[derive(Debug)]
pub struct Presence<C> {
    connections: HashMap<C, Connection>,
    /// Connections of each user that has any.
    online: BTreeMap<String, usize>,
    /// Counts the changes of the set.
    version: u64,
}

#[derive(Debug)]
struct Connection {
    username: String,
    told: Option<Told>,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    version: u64,
    at_ms: i64,
}

impl<C> Default for Presence<C> {
    fn default() -> Self {
        Self { connections: HashMap::new(), online: BTreeMap::new(), version: 0 }
    }
}

impl<C: Copy + Eq + Hash> Presence<C> {
    /// A connection of this user has begun. It is to be told at once. One that is known already is ignored: it would
    /// be counted twice, and leave only once.
    pub fn connect(&mut self, connection: C, username: &str) {
        if self.connections.contains_key(&connection) {
            return;
        }
        self.connections.insert(connection, Connection { username: username.to_owned(), told: None });
        let count = self.online.entry(username.to_owned()).or_default();
        *count += 1;
        if *count == 1 {
            self.version += 1;
        }
    }

    /// A connection has ended. Unknown ones are ignored.
    pub fn disconnect(&mut self, connection: C) {
        let Some(Connection { username, .. }) = self.connections.remove(&connection) else { return };
        if let Some(count) = self.online.get_mut(&username) {
            *count -= 1;
            if *count == 0 {
                self.online.remove(&username);
                self.version += 1;
            }
        }
    }

    /// The usernames online, sorted.
    pub fn users(&self) -> Vec<String> {
        self.online.keys().cloned().collect()
    }

    /// The connections that are to be told the present set now. They count as told.
    pub fn due(&mut self, now_ms: i64) -> Vec<C> {
        let version = self.version;
        let mut due = Vec::new();
        for (id, connection) in &mut self.connections {
            let is_due =
                connection.told.is_none_or(|told| told.version != version && told.at_ms + INTERVAL_MS <= now_ms);
            if is_due {
                connection.told = Some(Told { version, at_ms: now_ms });
                due.push(*id);
            }
        }
        due
    }

    /// When [`Self::due`] will have something to say next, if nothing changes until then.
    pub fn next_due_ms(&self) -> Option<i64> {
        let outdated = |connection: &Connection| match connection.told {
            None => Some(i64::MIN),
            Some(told) => (told.version != self.version).then_some(told.at_ms + INTERVAL_MS),
        };
        self.connections.values().filter_map(outdated).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_tabs_are_online_once_until_the_last_one_closes() {
        let mut presence = Presence::default();
        presence.connect(1, "ada");
        presence.connect(2, "ada");
        presence.disconnect(1);
        assert_eq!(presence.users(), ["ada"]);
        presence.disconnect(2);
        presence.disconnect(2);
        assert!(presence.users().is_empty());
    }

    #[test]
    fn a_connection_that_appears_twice_leaves_nobody_behind() {
        let mut presence = Presence::default();
        presence.connect(1, "ada");
        presence.connect(1, "ada");
        presence.disconnect(1);
        assert!(presence.users().is_empty());
    }

    proptest! {
        #[test]
        fn at_most_one_a_second_to_a_connection_and_always_ending_in_the_true_set(
            steps in proptest::collection::vec((0u8..3, 0usize..6, 0i64..700), 1..80),
        ) {
            let mut presence = Presence::default();
            let mut now = 0;
            let mut told: HashMap<usize, (i64, Vec<String>)> = HashMap::new();
            let mut alive: Vec<usize> = Vec::new();
            let mut next_id = 0;
            let mut tell = |presence: &mut Presence<usize>, now: i64| -> Result<(), TestCaseError> {
                for id in presence.due(now) {
                    if let Some((before, _)) = told.get(&id) {
                        prop_assert!(now - before >= INTERVAL_MS);
                    }
                    told.insert(id, (now, presence.users()));
                }
                Ok(())
            };
            for (kind, who, wait) in steps {
                now += wait;
                match kind {
                    0 | 1 => {
                        presence.connect(next_id, ["ada", "grace", "linus"][who % 3]);
                        alive.push(next_id);
                        next_id += 1;
                    }
                    _ if !alive.is_empty() => presence.disconnect(alive.swap_remove(who % alive.len())),
                    _ => {}
                }
                tell(&mut presence, now)?;
            }
            while let Some(due) = presence.next_due_ms() {
                now = now.max(due);
                tell(&mut presence, now)?;
            }
            for id in alive {
                prop_assert_eq!(&told[&id].1, &presence.users());
            }
        }
    }
}
