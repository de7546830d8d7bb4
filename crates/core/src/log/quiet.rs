//! Quiet entries: what the original program has no word for lies in the same log, and is passed over by whoever hears of
//! messages alone.

use std::collections::VecDeque;

use super::Log;

/// What somebody hears of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hears {
    /// Every entry.
    #[default]
    All,
    /// Messages, and what becomes of them.
    Messages,
}

/// Where quiet entries begin and end, by rising offsets.
#[derive(Debug, Default)]
pub(super) struct Quiet(VecDeque<(u64, u64)>);

impl Quiet {
    pub(super) fn forget_before(&mut self, start: u64) {
        while self.0.front().is_some_and(|(_, end)| *end <= start) {
            self.0.pop_front();
        }
    }

    /// Those that end behind a place.
    fn behind(&self, place: u64) -> impl Iterator<Item = (u64, u64)> {
        let first = self.0.partition_point(|(_, end)| *end <= place);
        self.0.range(first..).copied()
    }
}

impl Log {
    /// What was appended last is for those alone who hear all.
    pub fn hush_last(&mut self) {
        if let Some(last) = self.events.back() {
            self.quiet.0.push_back((last.start, self.end));
        }
    }

    /// Whether nothing from here on is kept from anybody.
    pub fn is_for_all(&self, place: u64) -> bool {
        self.quiet.0.back().is_none_or(|(_, end)| *end <= place)
    }

    /// What somebody hears from one offset to another, in as few pieces as it lies in. Nothing for an offset that is not kept.
    pub fn heard(&self, place: u64, end: u64, hears: Hears) -> impl Iterator<Item = &[u8]> {
        let passed = (hears == Hears::Messages).then(|| self.quiet.behind(place)).into_iter().flatten();
        let mut from = place;
        let stretches =
            passed.take_while(move |(start, _)| *start < end).chain([(end, end)]).map(move |(start, next)| {
                let stretch = (from, start);
                from = next;
                stretch
            });
        stretches.flat_map(|(from, to)| self.between(from, to))
    }

    /// Where somebody stands who has taken so many bytes of what they hear from an offset on.
    pub fn behind(&self, place: u64, taken: u64, hears: Hears) -> u64 {
        let mut at = place + taken;
        if hears == Hears::Messages {
            for (start, end) in self.quiet.behind(place) {
                if at < start {
                    break;
                }
                at += end - start.max(place);
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::ids::Seq;

    use super::*;

    /// Two bytes for each entry; capitals are quiet.
    fn log(entries: &str) -> Log {
        let mut log = Log::default();
        for (seq, letter) in (1..).zip(entries.bytes()) {
            log.append(Seq(seq), Seq(seq - 1), &[letter; 2], seq);
            if letter.is_ascii_uppercase() {
                log.hush_last();
            }
        }
        log
    }

    fn read(log: &Log, place: u64, hears: Hears) -> String {
        log.heard(place, log.end(), hears).flatten().map(|byte| char::from(*byte)).collect()
    }

    #[test]
    fn whoever_hears_of_messages_alone_passes_over_everything_else_however_little_is_taken_at_once() {
        for entries in ["", "a", "A", "aB", "Ab", "aBCdE", "ABcDef", "abCCCd"] {
            let log = log(entries);
            assert_eq!(read(&log, 0, Hears::All).len(), 2 * entries.len());
            let spoken = entries.chars().filter(char::is_ascii_lowercase);
            let spoken: String = spoken.flat_map(|letter| [letter; 2]).collect();
            for step in 1..=3 {
                let (mut place, mut heard) = (0, String::new());
                loop {
                    let rest = read(&log, place, Hears::Messages);
                    let taken = rest.len().min(step);
                    heard.push_str(&rest[..taken]);
                    place = log.behind(place, taken as u64, Hears::Messages);
                    if taken == 0 {
                        break;
                    }
                }
                assert_eq!((&heard, place), (&spoken, log.end()), "{entries}, {step} at once");
            }
        }
    }

    #[test]
    fn what_is_let_go_of_is_not_kept_as_quiet_either() {
        let mut log = log("aBc");
        assert!(!log.is_for_all(2) && log.is_for_all(4));
        log.forget();
        assert!(log.is_for_all(0));
    }
}
