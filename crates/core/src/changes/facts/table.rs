//! Facts of one kind: what is known of the rows of a table, and what is to become of them.

use std::collections::HashMap;
use std::hash::Hash;

/// A map whose keys may be chosen by whoever wants to do harm.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// What is known of rows, by their keys.
#[derive(Debug, Clone)]
pub struct Table<K, R> {
    facts: Map<K, Fact<R>>,
    /// What has changed since it was last stored, the first first.
    changed: Vec<K>,
    /// Whether what is not known is not there.
    is_whole: bool,
}

#[derive(Debug, Clone)]
struct Fact<R> {
    row: Option<R>,
    /// Whether there is a row in the store.
    is_stored: bool,
    is_changed: bool,
}

impl<K: Eq + Hash + Clone, R> Table<K, R> {
    /// A table of which nothing is known, or, if it is `whole`, that is empty and has all there is.
    pub(super) fn new(is_whole: bool) -> Self {
        Self { facts: Map::default(), changed: Vec::new(), is_whole }
    }

    /// The row, as it is after all that was decided. None if that is not known; none in it if there is no row.
    pub fn get(&self, key: &K) -> Option<Option<&R>> {
        match self.facts.get(key) {
            Some(fact) => Some(fact.row.as_ref()),
            None => self.is_whole.then_some(None),
        }
    }

    /// Takes note of what the store says of a row, unless more is known here.
    pub fn learn(&mut self, key: K, row: Option<R>) {
        self.facts.entry(key).or_insert_with(|| Fact { is_stored: row.is_some(), row, is_changed: false });
    }

    /// The row becomes this.
    pub(super) fn set(&mut self, key: K, row: R) {
        self.change(key, Some(row));
    }

    /// The row goes, of which it is known that it is there.
    pub(super) fn remove(&mut self, key: K) {
        self.change(key, None);
    }

    /// The row goes, if it is known to be there.
    pub(super) fn remove_known(&mut self, key: K) {
        if self.get(&key).flatten().is_some() {
            self.remove(key);
        }
    }

    fn change(&mut self, key: K, row: Option<R>) {
        // Whoever changes what nobody has looked up makes it, or takes away what a set of rows has named.
        let is_stored = row.is_none();
        let fact = self.facts.entry(key.clone()).or_insert(Fact { row: None, is_stored, is_changed: false });
        fact.row = row;
        if !std::mem::replace(&mut fact.is_changed, true) {
            self.changed.push(key);
        }
    }

    /// Rows that are to be written, and whether each is to be made: one time each, however often it has changed.
    pub fn to_write(&self) -> impl Iterator<Item = (&K, &R, bool)> {
        self.facts_changed().filter_map(|(key, fact)| Some((key, fact.row.as_ref()?, !fact.is_stored)))
    }

    /// Rows that are to go.
    pub fn to_remove(&self) -> impl Iterator<Item = &K> {
        self.facts_changed().filter(|(_, fact)| fact.row.is_none() && fact.is_stored).map(|(key, _)| key)
    }

    /// Rows that came and went without having been stored.
    pub fn passed(&self) -> impl Iterator<Item = &K> {
        self.facts_changed().filter(|(_, fact)| fact.row.is_none() && !fact.is_stored).map(|(key, _)| key)
    }

    fn facts_changed(&self) -> impl Iterator<Item = (&K, &Fact<R>)> {
        self.changed.iter().filter_map(|key| Some((key, self.facts.get(key)?)))
    }

    /// Rows that have changed and not been stored, as they are now.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&K, Option<&R>)> {
        self.facts_changed().map(|(key, fact)| (key, fact.row.as_ref()))
    }

    /// The difference has been written.
    pub(super) fn is_written(&mut self) {
        for key in self.changed.drain(..) {
            if let Some(fact) = self.facts.get_mut(&key) {
                fact.is_stored = fact.row.is_some();
                fact.is_changed = false;
            }
        }
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        self.facts.clear();
        self.changed.clear();
    }

    /// How many facts there are.
    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// Every key of which something is known.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.facts.keys()
    }
}
