//! One person: by which connections they are there, when they last had input, and how all that is told.

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::{PersonPresence, PresenceState};
use chatterbox_protocol::time::Timestamp;
use smallvec::SmallVec;

use super::{ConnectionId, GRACE_BY_ID_MS, GRACE_MS, IDLE_MS, Moment, STORED_EVERY_MS};

/// How exactly it is told when somebody was last there: to five minutes, and to the day once that is a day ago.
const COARSE_MS: i64 = 5 * 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a connection tells of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing, ever: its user counts as active as long as it is there.
    Nothing,
    /// When there was some.
    Input,
}

/// Somebody who is there, was there, or has said how they want to be seen.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// How they are called: the one place where that is looked up.
    pub(super) name: String,
    connections: SmallVec<[(ConnectionId, Says); 1]>,
    /// Since when they have no connection, and how they were told of before.
    left: Option<(i64, bool)>,
    /// The last input that any connection has told of.
    input_ms: Option<i64>,
    pub(super) availability: Availability,
    /// When they were last there, hiding aside.
    seen: Option<Timestamp>,
    /// What is stored of that.
    pub(super) stored: Option<Timestamp>,
    /// The name by which they were told to be online.
    pub(super) told_name: Option<String>,
    /// How they were told of by id.
    pub(super) told: Option<PersonPresence>,
    /// When they are to be looked at although nothing happens.
    pub(super) due_ms: Option<i64>,
}

impl Person {
    pub(super) fn connect(&mut self, connection: ConnectionId, idle_ms: Option<i64>, now: Moment) {
        self.left = None;
        match idle_ms {
            None => {
                self.connections.push((connection, Says::Nothing));
                self.is_seen(now.wall);
            }
            Some(idle_ms) => {
                self.connections.push((connection, Says::Input));
                self.has_input(now.before(idle_ms));
            }
        }
    }

    pub(super) fn had_input(&mut self, connection: ConnectionId, at: Moment) {
        if let Some((_, says)) = self.connections.iter_mut().find(|(id, _)| *id == connection) {
            *says = Says::Input;
            self.has_input(at);
        }
    }

    fn has_input(&mut self, at: Moment) {
        self.input_ms = self.input_ms.max(Some(at.ms));
        self.is_seen(at.wall);
    }

    /// What one does while one hides is nobody's business, later neither.
    fn is_seen(&mut self, at: Timestamp) {
        if !self.availability.hidden {
            self.seen = self.seen.max(Some(at));
        }
    }

    /// What is stored of when they were last there.
    pub(super) fn was_seen(&mut self, at: Timestamp) {
        (self.seen, self.stored) = (self.seen.max(Some(at)), Some(at));
    }

    /// A connection is gone.
    pub(super) fn disconnect(&mut self, connection: ConnectionId, now: Moment) {
        let Some(at) = self.connections.iter().position(|(id, _)| *id == connection) else { return };
        let was_active = self.is_active_at(now.ms);
        let (_, says) = self.connections.swap_remove(at);
        if says == Says::Nothing {
            self.is_seen(now.wall);
        }
        if self.connections.is_empty() {
            self.left = Some((now.ms, was_active));
        }
    }

    /// Whether any connection has had input for a while, as far as they tell.
    fn is_active_at(&self, now_ms: i64) -> bool {
        let is_recent = self.input_ms.is_some_and(|input_ms| input_ms + IDLE_MS > now_ms);
        is_recent || self.connections.iter().any(|(_, says)| *says == Says::Nothing)
    }

    fn state_at(&self, now_ms: i64) -> PresenceState {
        let is_active = match self.left {
            _ if !self.connections.is_empty() => self.is_active_at(now_ms),
            Some((left_ms, was_active)) if left_ms + GRACE_BY_ID_MS > now_ms => was_active,
            _ => return PresenceState::Offline,
        };
        if is_active { PresenceState::Online } else { PresenceState::Away }
    }

    /// Whether they are connected, or were a moment ago, as those see it who know people by name.
    pub(super) fn is_here(&self, now_ms: i64) -> bool {
        !self.connections.is_empty() || self.left.is_some_and(|(left_ms, _)| left_ms + GRACE_MS > now_ms)
    }

    /// How others are told of them.
    pub(super) fn shown(&self, id: UserId, now: Moment) -> PersonPresence {
        if self.availability.hidden {
            return PersonPresence::offline(id);
        }
        let state = self.state_at(now.ms);
        let last = self.seen.filter(|_| state == PresenceState::Offline).map(|seen| coarse(seen, now.wall));
        let busy = self.availability.busy_until.filter(|until| *until > now.wall);
        PersonPresence { id, state, busy, last }
    }

    /// What is to be stored of when they were last there: once an hour at the most, and once they are gone.
    pub(super) fn take_to_store(&mut self, now_ms: i64) -> Option<Timestamp> {
        let seen = Timestamp(rounded(self.seen?.0, COARSE_MS));
        let is_gone = self.state_at(now_ms) == PresenceState::Offline;
        let is_due = self.stored.is_none_or(|stored| is_gone || stored.0 + STORED_EVERY_MS <= seen.0);
        if !is_due || self.stored.is_some_and(|stored| stored >= seen) {
            return None;
        }
        self.stored = Some(seen);
        Some(seen)
    }

    /// When they are told of otherwise than now if nothing happens.
    pub(super) fn next_ms(&self, now: Moment) -> Option<i64> {
        let after_input = self.input_ms.filter(|_| !self.connections.is_empty()).map(|input_ms| input_ms + IDLE_MS);
        let after_leaving = self.left.map(|(left_ms, _)| [left_ms + GRACE_MS, left_ms + GRACE_BY_ID_MS]);
        let is_offline = self.state_at(now.ms) == PresenceState::Offline;
        let after_a_day = self.seen.filter(|_| is_offline).map(|seen| now.ms + seen.0 + DAY_MS - now.wall.0);
        let moments = after_input.into_iter().chain(after_leaving.into_iter().flatten()).chain(after_a_day);
        moments.filter(|moment_ms| *moment_ms > now.ms).min()
    }

    /// Whether they are known by no connection.
    pub(super) fn is_unconnected(&self) -> bool {
        self.connections.is_empty()
    }
}

fn coarse(seen: Timestamp, now: Timestamp) -> Timestamp {
    let is_long_ago = seen.0 + DAY_MS <= now.0;
    Timestamp(rounded(seen.0, if is_long_ago { DAY_MS } else { COARSE_MS }))
}

fn rounded(ms: i64, to_ms: i64) -> i64 {
    ms - ms.rem_euclid(to_ms)
}
