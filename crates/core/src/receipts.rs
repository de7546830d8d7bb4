//! What has been read in a room by someone other than its author, in constant space for any number of readers.

use chatterbox_protocol::ids::{Seq, UserId};

/// The two readers of a room who have read furthest. Two are enough to know, for each author, how far anyone else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipts {
    first: Option<(UserId, Seq)>,
    second: Option<(UserId, Seq)>,
}

impl Receipts {
    /// Takes note that a user has read up to here. Tells whether that changed what any author may be told.
    pub fn read(&mut self, reader: UserId, up_to: Seq) -> bool {
        let before = *self;
        let mut marks = [self.first, self.second, Some((reader, up_to))];
        // The reader's older mark gives way to the newer one, never the other way round.
        for mark in &mut marks[..2] {
            if mark.is_some_and(|(user, _)| user == reader) {
                if mark.is_some_and(|(_, seq)| seq >= up_to) {
                    return false;
                }
                *mark = None;
            }
        }
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.map(|(_, seq)| seq)));
        [self.first, self.second, _] = marks;
        *self != before
    }

    /// Up to where anyone other than this user has read.
    pub fn seen_up_to(&self, author: UserId) -> Seq {
        [self.first, self.second].into_iter().flatten().find(|(user, _)| *user != author).map_or(Seq(0), |(_, seq)| seq)
    }

    /// The reader who is furthest: the only one who may be told something else than everybody.
    pub fn furthest(&self) -> Option<UserId> {
        self.first.map(|(user, _)| user)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_marks_answer_what_all_marks_would(reads in proptest::collection::vec((1u64..6, 1u64..50), 0..60)) {
            let mut receipts = Receipts::default();
            let mut all: HashMap<u64, u64> = HashMap::new();
            for (user, seq) in reads {
                receipts.read(UserId(user), Seq(seq));
                let mark = all.entry(user).or_default();
                *mark = (*mark).max(seq);
                for author in 1..7 {
                    let expected = all.iter().filter(|(user, _)| **user != author).map(|(_, seq)| *seq).max();
                    prop_assert_eq!(receipts.seen_up_to(UserId(author)), Seq(expected.unwrap_or(0)));
                }
            }
        }
    }
}
