//! Which option somebody has meant.

use std::collections::BTreeSet;

/// Whose name is so near that something else can hardly be meant.
pub(super) fn misspelt<'a>(said: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let said = as_option(said);
    let slips = |name: &str| strsim::osa_distance(&said, name);
    // One slip in a short name, and one more for each four letters.
    let near = known.iter().map(String::as_str).filter(|name| slips(name) <= (name.len() + 2) / 4);
    near.min_by_key(|name| slips(name))
}

/// Whose name may be meant: a near one, or one that shares all its words with what was said.
pub(super) fn likely<'a>(said: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let option = as_option(said);
    let words: BTreeSet<_> = option.split('-').collect();
    let shares_words = |name: &&str| {
        let of_name: BTreeSet<_> = name.split('-').collect();
        words.is_subset(&of_name) || words.is_superset(&of_name)
    };
    misspelt(said, known).or_else(|| known.iter().map(String::as_str).find(shares_words))
}

/// As options are written: small letters, words joined by hyphens.
fn as_option(said: &str) -> String {
    said.to_lowercase().replace('_', "-")
}
