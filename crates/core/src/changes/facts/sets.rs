//! Facts that are sets: what is known of all rows that have something in common.

use std::collections::BTreeMap;
use std::hash::Hash;

use super::table::Map;

/// Sets of rows, by what they have in common. Each is looked up as a whole, and kept true from then on by what is decided.
#[derive(Debug, Clone)]
pub struct Sets<K, M, V> {
    of: Map<K, BTreeMap<M, V>>,
    none: BTreeMap<M, V>,
    is_whole: bool,
}

impl<K: Eq + Hash, M: Ord, V> Sets<K, M, V> {
    pub(super) fn new(is_whole: bool) -> Self {
        Self { of: Map::default(), none: BTreeMap::new(), is_whole }
    }

    /// The set, if it is known.
    pub fn get(&self, key: &K) -> Option<&BTreeMap<M, V>> {
        self.of.get(key).or_else(|| self.is_whole.then_some(&self.none))
    }

    /// Takes note of a set that the store has, unless more is known here. `changed` are rows that it does not know as they are:
    /// in the set with a value, or out of it.
    pub(super) fn learn(&mut self, key: K, mut set: BTreeMap<M, V>, changed: impl IntoIterator<Item = (M, Option<V>)>) {
        changed.into_iter().for_each(|(member, value)| put(&mut set, member, value));
        self.of.entry(key).or_insert(set);
    }

    /// The row is in the set with this value from now on, or out of it.
    pub(super) fn put(&mut self, key: K, member: M, value: Option<V>) {
        match self.of.get_mut(&key) {
            Some(set) => put(set, member, value),
            None if self.is_whole => put(self.of.entry(key).or_default(), member, value),
            None => {}
        }
    }

    /// What the value of a row becomes, in every set that it is in.
    pub(super) fn for_each_of(&mut self, member: M, change: impl FnMut(&mut V)) {
        self.of.values_mut().filter_map(|set| set.get_mut(&member)).for_each(change);
    }

    pub(super) fn forget(&mut self) {
        self.of.clear();
    }
}

fn put<M: Ord, V>(set: &mut BTreeMap<M, V>, member: M, value: Option<V>) {
    match value {
        Some(value) => drop(set.insert(member, value)),
        None => drop(set.remove(&member)),
    }
}
