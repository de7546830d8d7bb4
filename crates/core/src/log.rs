//! The newest entries of a log, encoded once and back to back. Who listens holds a place in it, a byte offset, and not a
//! queue of its own: what waits for any number of listeners is stored once, and is written to each in one piece.

mod quiet;

use std::collections::VecDeque;

use chatterbox_protocol::ids::{Seq, UserId};

pub use quiet::Hears;
use quiet::Quiet;

/// Bytes in one piece of the log, unless one event alone is longer.
const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes that the first piece of a log begins with: most logs are quiet, and there are many.
const FIRST_CHUNK_BYTES: usize = 512;

/// Bytes of the past that are kept although nobody waits for them: whoever reads the history now will join here.
pub const KEPT_BYTES: u64 = 128 * 1024;

/// Bytes that are kept for listeners who lag. Whoever is further behind has to resume.
pub const LOG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Events of a room's log, from some change on. Offsets count all bytes that were ever appended.
#[derive(Debug, Default)]
pub struct Log {
    chunks: VecDeque<Chunk>,
    events: VecDeque<Kept>,
    /// The last change before the events that are kept, and the last one of them. None until the first is known.
    known: Option<KnownRange>,
    /// Who has lost the right to hear of it, with the change that says so and the offset behind that.
    losses: VecDeque<EndOfHearing>,
    quiet: Quiet,
    end: u64,
}

/// Somebody hears no more of a log from this change on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EndOfHearing {
    /// Who; everybody without it.
    user: Option<UserId>,
    seq: Seq,
    end: u64,
}

#[derive(Debug, Clone, Copy)]
struct KnownRange {
    base: Seq,
    last: Seq,
}

/// An event that is kept.
#[derive(Debug, Clone, Copy)]
struct Kept {
    seq: Seq,
    /// Where it begins.
    start: u64,
    /// When it was appended, by the counting of whoever appends.
    stamp: u64,
}

#[derive(Debug)]
struct Chunk {
    start: u64,
    bytes: Vec<u8>,
}

impl Chunk {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

/// What came of an event that was to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is the log's last now.
    Yes,
    /// The log has got this far before: it is a repetition.
    Old,
    /// Something between the log's last change and this one is missing. Nothing was appended.
    Gap {
        /// The last change before the gap.
        since: Seq,
    },
}

/// Where to go on for someone who knows everything up to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// At this offset.
    At(u64),
    /// The log has not got there yet: at its end, and what comes up to that change is known already.
    Ahead,
    /// What comes next is not kept any more.
    TooOld,
}

impl Log {
    /// Appends the entry that goes on from `since`, the number before its own unless it covers more. `stamp` counts what
    /// happens; it never falls.
    pub fn append(&mut self, seq: Seq, since: Seq, frame: &[u8], stamp: u64) -> Appended {
        let known = self.known.get_or_insert(KnownRange { base: since, last: since });
        if seq <= known.last {
            return Appended::Old;
        }
        if since > known.last {
            return Appended::Gap { since: known.last };
        }
        known.last = seq;
        self.push(seq, frame, stamp);
        Appended::Yes
    }

    /// The log has got up to here: what is missing has been overtaken.
    pub fn reaches(&mut self, last: Seq) {
        if let Some(known) = &mut self.known {
            known.last = known.last.max(last);
        }
    }

    /// A change takes from somebody, or from everybody who has heard of it before, the right to hear more than is here by now.
    /// Answers the offset at which they have heard all that is theirs.
    pub fn ends_for(&mut self, user: Option<UserId>, seq: Seq) -> u64 {
        self.losses.push_back(EndOfHearing { user, seq, end: self.end });
        self.end
    }

    /// Where the log ends for somebody who may hear of it up to `seq` and perhaps not for ever.
    pub fn end_for(&self, user: UserId, seq: Seq) -> Option<u64> {
        self.losses.iter().find(|loss| loss.user.is_none_or(|lost| lost == user) && loss.seq > seq).map(|loss| loss.end)
    }

    fn push(&mut self, seq: Seq, frame: &[u8], stamp: u64) {
        let fits = |chunk: &Chunk| chunk.bytes.len() + frame.len() <= CHUNK_BYTES;
        if !self.chunks.back().is_some_and(fits) {
            let first = if self.chunks.is_empty() { FIRST_CHUNK_BYTES } else { CHUNK_BYTES };
            let bytes = Vec::with_capacity(first.max(frame.len()));
            self.chunks.push_back(Chunk { start: self.end, bytes });
        }
        self.events.push_back(Kept { seq, start: self.end, stamp });
        if let Some(Chunk { bytes, .. }) = self.chunks.back_mut() {
            if bytes.capacity() - bytes.len() < frame.len() {
                let wanted = (bytes.len() + frame.len()).max((bytes.capacity() * 2).min(CHUNK_BYTES));
                bytes.reserve_exact(wanted - bytes.len());
            }
            bytes.extend_from_slice(frame);
        }
        self.end += frame.len() as u64;
        while self.bytes() > LOG_BYTES_MAX && self.chunks.len() > 1 {
            self.drop_first();
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> u64 {
        self.end - self.start()
    }

    /// Where someone goes on who knows everything up to `seq`.
    pub fn join(&mut self, seq: Seq) -> Joined {
        let known = *self.known.get_or_insert(KnownRange { base: seq, last: seq });
        if seq > known.last {
            Joined::Ahead
        } else if seq < known.base {
            Joined::TooOld
        } else {
            let next = self.events.partition_point(|event| event.seq <= seq);
            Joined::At(self.start_of(next))
        }
    }

    /// The last change that the log tells of.
    pub fn last(&self) -> Option<Seq> {
        self.known.map(|known| known.last)
    }

    /// The offset behind the last event.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The offset of the first byte that is kept.
    pub fn start(&self) -> u64 {
        self.chunks.front().map_or(self.end, |chunk| chunk.start)
    }

    /// Where the newest piece begins, if there is any.
    pub fn newest_piece(&self) -> Option<u64> {
        self.chunks.back().map(|chunk| chunk.start)
    }

    /// The bytes from one offset to another, in as few pieces as they lie in. Nothing for an offset that is not kept.
    pub fn between(&self, place: u64, end: u64) -> impl Iterator<Item = &[u8]> {
        let pieces = self.from(place);
        pieces.scan(end.saturating_sub(place), |left, piece| {
            let taken = usize::try_from(*left).map_or(piece.len(), |left| left.min(piece.len()));
            *left -= taken as u64;
            (taken > 0).then_some(&piece[..taken])
        })
    }

    /// The bytes from an offset on, in as few pieces as they lie in. Nothing for an offset that is not kept.
    pub fn from(&self, place: u64) -> impl Iterator<Item = &[u8]> {
        // Nearly always the last chunk: who keeps up is never further behind.
        let is_last = self.chunks.back().is_some_and(|chunk| chunk.start <= place);
        let first = if is_last {
            self.chunks.len() - 1
        } else if place < self.start() {
            self.chunks.len()
        } else {
            self.chunks.partition_point(|chunk| chunk.end() <= place)
        };
        self.chunks.range(first..).filter_map(move |chunk| {
            let skipped = usize::try_from(place.saturating_sub(chunk.start)).unwrap_or(usize::MAX);
            chunk.bytes.get(skipped..).filter(|bytes| !bytes.is_empty())
        })
    }

    /// The bytes from an offset on, if they are kept and lie in one piece.
    pub fn piece_from(&self, place: u64) -> Option<&[u8]> {
        if place == self.end {
            return Some(&[]);
        }
        let last = self.chunks.back()?;
        let skipped = usize::try_from(place.checked_sub(last.start)?).ok()?;
        last.bytes.get(skipped..)
    }

    /// Where the event ends that an offset lies in; the offset itself if an event begins there.
    pub fn event_end(&self, place: u64) -> u64 {
        self.start_of(self.events.partition_point(|event| event.start < place))
    }

    /// Where the events begin that were appended at or after a stamp.
    pub fn since(&self, stamp: u64) -> u64 {
        self.start_of(self.events.partition_point(|event| event.stamp < stamp))
    }

    fn start_of(&self, index: usize) -> u64 {
        self.events.get(index).map_or(self.end, |event| event.start)
    }

    /// Lets go of what nobody needs: everything before `needed`, but for [`KEPT_BYTES`].
    pub fn trim(&mut self, needed: u64) {
        let kept_from = needed.min(self.end.saturating_sub(KEPT_BYTES));
        while self.chunks.front().is_some_and(|chunk| chunk.end() <= kept_from) {
            self.drop_first();
        }
    }

    /// Lets go of everything. Whoever joins has to know the last change.
    pub fn forget(&mut self) {
        while !self.chunks.is_empty() {
            self.drop_first();
        }
        self.events = VecDeque::new();
        self.losses = VecDeque::new();
        self.quiet = Quiet::default();
    }

    /// Lets go of the oldest piece. Whoever has a place in it has fallen out of the log.
    pub fn drop_first(&mut self) {
        self.chunks.pop_front();
        let start = self.start();
        self.losses.retain(|loss| loss.end > start);
        self.quiet.forget_before(start);
        let gone = self.events.partition_point(|event| event.start < start);
        if let (Some(Kept { seq, .. }), Some(known)) = (self.events.drain(..gone).next_back(), &mut self.known) {
            known.base = seq;
        }
        if let (true, Some(known)) = (self.events.is_empty(), &mut self.known) {
            known.base = known.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An event whose bytes tell its number, of any length.
    fn frame(seq: u64, length: usize) -> Vec<u8> {
        vec![(seq % 251) as u8; length]
    }

    fn read(log: &Log, place: u64) -> Vec<u8> {
        log.from(place).flatten().copied().collect()
    }

    #[test]
    fn o1_a_repetition_is_ignored_and_a_gap_is_noticed() {
        let mut log = Log::default();
        assert_eq!(log.append(Seq(5), Seq(4), b"five", 5), Appended::Yes);
        assert_eq!(log.append(Seq(5), Seq(4), b"five", 5), Appended::Old);
        assert_eq!(log.append(Seq(7), Seq(6), b"seven", 7), Appended::Gap { since: Seq(5) });
        assert_eq!(log.append(Seq(4), Seq(2), b"four", 9), Appended::Old);
        assert_eq!(log.append(Seq(6), Seq(4), b"six", 9), Appended::Yes);
        assert_eq!(log.append(Seq(8), Seq(6), b"eight", 9), Appended::Yes);
        log.reaches(Seq(9));
        assert_eq!(log.append(Seq(9), Seq(8), b"nine", 9), Appended::Old);
        assert_eq!(log.append(Seq(10), Seq(9), b"ten", 10), Appended::Yes);
        assert_eq!(read(&log, 0), b"fivesixeightten");
    }

    #[test]
    fn whoever_knows_more_than_the_log_waits_for_it_and_who_knows_too_little_is_told() {
        let mut log = Log::default();
        assert_eq!(log.join(Seq(5)), Joined::At(0));
        assert_eq!((log.join(Seq(6)), log.join(Seq(4))), (Joined::Ahead, Joined::TooOld));
        log.append(Seq(6), Seq(5), b"six", 6);
        assert_eq!((log.join(Seq(5)), log.join(Seq(6))), (Joined::At(0), Joined::At(3)));
        log.forget();
        assert_eq!((log.join(Seq(5)), log.join(Seq(6))), (Joined::TooOld, Joined::At(3)));
    }

    #[test]
    fn i1_the_log_is_bounded_however_much_is_said() {
        let mut log = Log::default();
        for seq in 1..=2_000 {
            log.append(Seq(seq), Seq(seq - 1), &frame(seq, 10_000), seq);
            assert!(log.end() - log.start() <= LOG_BYTES_MAX);
        }
        log.trim(log.end());
        assert!(log.end() - log.start() <= KEPT_BYTES + CHUNK_BYTES as u64);
        assert_eq!(log.from(0).count(), 0, "what is not kept cannot be read");
    }

    #[test]
    fn a_log_ends_for_who_has_lost_it_and_for_nobody_else() {
        let (mut log, ada, grace) = (Log::default(), UserId(1), UserId(2));
        log.append(Seq(1), Seq(0), b"one", 1);
        log.append(Seq(2), Seq(1), b"gone", 2);
        assert_eq!(log.ends_for(Some(ada), Seq(2)), 7);
        log.append(Seq(3), Seq(2), b"three", 3);
        assert_eq!((log.end_for(ada, Seq(1)), log.end_for(ada, Seq(2))), (Some(7), None));
        assert_eq!(log.end_for(grace, Seq(0)), None);
        log.forget();
        assert_eq!(log.end_for(ada, Seq(1)), None, "who asks from there is told that it is too long ago");
        assert_eq!(log.join(Seq(1)), Joined::TooOld);
    }

    proptest! {
        #[test]
        fn from_any_place_one_reads_what_was_appended_since(
            lengths in proptest::collection::vec(1usize..90_000, 1..60), needed in 0.0f64..1.0, asked in 0.0f64..1.0,
        ) {
            let (mut log, mut all, mut ends) = (Log::default(), Vec::new(), vec![0]);
            for (seq, length) in (1..).zip(&lengths) {
                log.append(Seq(seq), Seq(seq - 1), &frame(seq, *length), seq);
                all.extend(frame(seq, *length));
                ends.push(all.len() as u64);
            }
            log.trim((needed * all.len() as f64) as u64);
            let place = (asked * all.len() as f64) as u64;
            if place >= log.start() {
                prop_assert_eq!(&read(&log, place)[..], &all[place as usize..]);
                let pieces: Vec<&[u8]> = log.from(place).collect();
                let is_one = pieces.len() <= 1;
                let only = is_one.then(|| pieces.first().copied().unwrap_or_default());
                prop_assert_eq!(log.piece_from(place), only);
                let end = *ends.iter().find(|end| **end >= place).unwrap();
                prop_assert_eq!(log.event_end(place), end);
                let next = ends.iter().position(|end| *end >= place).unwrap() as u64 + 1;
                prop_assert_eq!(log.since(next), end);
                prop_assert_eq!(log.between(place, end).flatten().copied().count() as u64, end - place);
            }
            for (seq, end) in (0..).zip(&ends) {
                match log.join(Seq(seq)) {
                    Joined::At(joined) => prop_assert_eq!(joined, *end),
                    Joined::TooOld => prop_assert!(*end < log.start()),
                    Joined::Ahead => prop_assert!(false, "the log has got there"),
                }
            }
        }
    }
}
