//! What is true: who may hear of which room, by the numbers of its log. It is kept by somebody who belongs to every room and
//! hears everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::held::Held;
use crate::harness::checker::number;

/// Somebody belongs to a room from one number to another, which is the last that they hear.
#[derive(Debug, Clone, Copy)]
struct Stay {
    came: u64,
    lost: Option<u64>,
}

#[derive(Debug, Default)]
struct RoomTruth {
    held: Held,
    /// While it is open nobody is kept from it but guests; by this change it was closed, if it was ever open.
    closed_at: Option<u64>,
    is_open: bool,
    stays: BTreeMap<u64, Vec<Stay>>,
    /// What nobody was told one by one, because the server had been killed, or nobody was there yet: behind the first number,
    /// up to the last.
    gaps: Vec<(u64, u64)>,
}

/// Who may hear what.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    rooms: BTreeMap<u64, RoomTruth>,
    /// How often somebody became something else to a room.
    pub(crate) changes: u64,
}

/// Numbers from one to another, both of them too.
pub(crate) type Range = (u64, u64);

impl Truth {
    pub(crate) fn hears(&mut self, event: &Value) {
        let room = self.rooms.entry(number(event, "room")).or_default();
        let (first, last) = (room.held.hears(event), room.held.seq);
        if first < last {
            room.gaps.push((first - 1, last));
        }
        self.changes += u64::from(room.becomes(event));
    }

    pub(crate) fn is_shown(&mut self, page: &Value) {
        let room = self.rooms.entry(number(page, "room")).or_default();
        if number(page, "seq") > room.held.seq {
            room.gaps.push((room.held.seq, number(page, "seq")));
        }
        room.held.is_shown(page);
        for entry in page["states"].as_array().into_iter().flatten() {
            self.changes += u64::from(room.becomes(entry));
        }
    }

    /// Whether somebody belongs to the room by now.
    pub(crate) fn is_in(&self, user: u64, room: u64) -> bool {
        let stays = self.rooms[&room].stays.get(&user);
        stays.and_then(|stays| stays.last()).is_some_and(|stay| stay.lost.is_none())
    }

    pub(crate) fn is_open(&self, room: u64) -> bool {
        self.rooms[&room].is_open
    }

    /// All of a room.
    pub(crate) fn whole(&self, room: u64) -> &Held {
        &self.rooms[&room].held
    }

    /// Panics unless these numbers of a room were all told to somebody while they might hear of it.
    pub(crate) fn might_hear(&self, (user, is_guest): (u64, bool), room: u64, heard: &[Range]) {
        let found = &self.rooms[&room];
        let allowed = found.might_hear(user, is_guest);
        for (from, to) in heard {
            let range = allowed[..allowed.partition_point(|(first, _)| first <= from)].last();
            let is_allowed = range.is_some_and(|(_, last)| to <= last);
            assert!(
                is_allowed,
                "{user} heard {from} to {to} of {room}: {allowed:?}, {:?}, {:?}",
                found.stays.get(&user),
                (is_guest, found.is_open, found.closed_at)
            );
        }
    }

    /// Panics unless somebody might be shown a room as it stood at these numbers.
    pub(crate) fn might_see(&self, (user, is_guest): (u64, bool), room: u64, shown: &[u64]) {
        let found = &self.rooms[&room];
        let is_open = |seq: u64| !is_guest && (found.is_open || found.closed_at.is_some_and(|closed| seq < closed));
        let stays = found.stays.get(&user).map_or(&[][..], |stays| stays);
        for seq in shown.iter().copied() {
            let is_in = stays[..stays.partition_point(|stay| stay.came <= seq)].last();
            let is_in = is_in.is_some_and(|stay| stay.lost.is_none_or(|lost| seq < lost));
            let is_unknown = found.gaps.iter().any(|(from, to)| *from <= seq && seq <= *to);
            assert!(
                is_in || is_open(seq) || is_unknown,
                "{user} was shown {room} at {seq}: {stays:?} {:?}",
                (is_guest, found.is_open, found.closed_at)
            );
        }
    }

    /// Panics unless somebody may have read so far in a room at some time: they did not lose it for good before.
    pub(crate) fn might_have_read(&self, (user, is_guest): (u64, bool), room: u64, up_to: u64) {
        let found = &self.rooms[&room];
        let allowed = found.might_hear(user, is_guest);
        let is_allowed = allowed.last().is_some_and(|(_, last)| up_to < *last);
        assert!(
            is_allowed,
            "{user} read {room} up to {up_to}: {allowed:?}, {:?}, {:?}",
            found.stays.get(&user),
            found.gaps
        );
    }
}

impl RoomTruth {
    /// Whether the entry makes somebody something else to the room.
    fn becomes(&mut self, entry: &Value) -> bool {
        let (seq, state) = (entry["seq"].as_u64().unwrap_or_default(), &entry["state"]);
        match entry["kind"].as_str() {
            Some("room") => {
                // An open one does not say so.
                self.is_open = state["kind"].is_null();
                self.closed_at = state["closed_at"].as_u64();
                false
            }
            Some("member") => {
                let stays = self.stays.entry(number(entry, "id")).or_default();
                let is_in = !matches!(state["change"].as_str(), Some("left" | "removed"));
                match stays.last_mut().filter(|stay| stay.lost.is_none()) {
                    Some(stay) if !is_in => stay.lost = Some(seq),
                    None if is_in => stays.push(Stay { came: seq, lost: None }),
                    _ => {}
                }
                true
            }
            _ => false,
        }
    }

    /// All numbers that somebody might hear of live, in ranges that do not touch.
    fn might_hear(&self, user: u64, is_guest: bool) -> Vec<Range> {
        let stays = self.stays.get(&user).into_iter().flatten();
        let mut ranges: Vec<Range> = stays.map(|stay| (stay.came, stay.lost.unwrap_or(u64::MAX))).collect();
        ranges.extend(self.gaps.iter().map(|(from, to)| (from + 1, *to)));
        if !is_guest {
            ranges.extend(self.is_open.then_some((0, u64::MAX)).or(self.closed_at.map(|closed| (0, closed))));
        }
        ranges.sort_unstable();
        let mut merged: Vec<Range> = Vec::new();
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }
}
