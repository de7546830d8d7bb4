//! Presence, held against what is true of each moment.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const ADA: UserId = UserId(1);
const GRACE: UserId = UserId(2);
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A moment; the wall's clock stood at noon of some day when the other one began.
fn at(ms: i64) -> Moment {
    Moment { ms, wall: Timestamp(DAY_MS * 20_000 + DAY_MS / 2 + ms) }
}

fn person(id: UserId, state: PresenceState) -> PersonPresence {
    PersonPresence { state, ..PersonPresence::offline(id) }
}

fn hidden(hidden: bool) -> Availability {
    Availability { hidden, busy_until: None }
}

/// How people are there otherwise than at the telling before.
fn states(presence: &mut Presence, ms: i64) -> Vec<(UserId, PresenceState)> {
    presence.tell(at(ms)).map_or(Vec::new(), |told| told.states.iter().map(|told| (told.id, told.state)).collect())
}

#[test]
fn two_tabs_are_online_once_until_the_last_one_closes_by_name_soon_and_by_id_later() {
    let mut presence = Presence::default();
    let first = presence.connect(ADA, "ada", None, at(0));
    assert_eq!(first.number, 1);
    let second = presence.connect(ADA, "ada", None, at(0));
    let told = presence.tell(at(0)).unwrap();
    assert!(told.names().iter().eq(&["ada"]) && told.everybody().eq([person(ADA, PresenceState::Online)]));
    presence.disconnect(ADA, first.id, at(0));
    assert_eq!(presence.due_ms(), None);
    presence.disconnect(ADA, second.id, at(500));
    presence.disconnect(ADA, second.id, at(500));
    assert_eq!(presence.users(), 0);
    assert!(presence.tell(at(500 + GRACE_MS - 1)).is_none());
    let told = presence.tell(at(500 + GRACE_MS)).unwrap();
    assert_eq!((told.names().len(), &told.offline[..], told.people.len()), (0, &["ada".to_owned()][..], 0));
    assert!(presence.tell(at(500 + GRACE_BY_ID_MS - 1)).is_none());
    let told = presence.tell(at(500 + GRACE_BY_ID_MS)).unwrap();
    assert_eq!((told.states.clone(), told.offline.len()), (vec![PersonPresence::offline(ADA)], 0));
    assert_eq!(told.everybody().count(), 0);
}

#[test]
fn a_reload_does_not_flicker() {
    let mut presence = Presence::default();
    let tab = presence.connect(ADA, "ada", None, at(0));
    presence.tell(at(0));
    presence.disconnect(ADA, tab.id, at(1_000));
    presence.connect(ADA, "ada", None, at(1_000));
    let told = presence.tell(at(1_000)).unwrap();
    assert_eq!((told.online.len(), told.offline.len(), told.people.len(), told.number), (0, 0, 0, 2));
    assert_eq!(presence.due_ms(), None);
}

#[test]
fn whoever_gets_another_name_is_told_by_it_on_connections_that_know_the_old_one_and_neither_comes_nor_goes() {
    let mut presence = Presence::default();
    let tab = presence.connect(ADA, "ada", None, at(0));
    presence.connect(GRACE, "grace", None, at(0));
    presence.tell(at(0));
    presence.is_called(GRACE, "grace");
    presence.is_called(UserId(3), "nobody");
    assert_eq!(presence.due_ms(), None);
    presence.is_called(ADA, "lovelace");
    let other = presence.connect(ADA, "ada", None, at(0));
    let told = presence.tell(at(1_000)).unwrap();
    assert!(told.names().iter().eq(&["grace", "lovelace"]));
    assert_eq!((&told.online[..], &told.offline[..]), (&["lovelace".to_owned()][..], &["ada".to_owned()][..]));
    assert_eq!(told.people, []);
    presence.disconnect(ADA, tab.id, at(1_000));
    presence.disconnect(ADA, other.id, at(1_000));
    assert_eq!(presence.tell(at(1_000 + GRACE_MS)).unwrap().offline, ["lovelace"]);
}

#[test]
fn of_two_devices_one_idle_is_online_both_idle_is_away_and_both_gone_is_offline() {
    let mut presence = Presence::default();
    let phone = presence.connect(ADA, "ada", Some(0), at(0));
    let desk = presence.connect(ADA, "ada", Some(10 * MINUTE_MS), at(0));
    assert_eq!(states(&mut presence, 0), [(ADA, PresenceState::Online)]);
    presence.had_input(ADA, desk.id, 0, at(4 * MINUTE_MS));
    assert_eq!(states(&mut presence, IDLE_MS), [], "the other one was used since");
    assert_eq!(presence.due_ms(), Some(4 * MINUTE_MS + IDLE_MS));
    let told = presence.tell(at(9 * MINUTE_MS)).unwrap();
    assert_eq!((told.states.clone(), told.names().len()), (vec![person(ADA, PresenceState::Away)], 1), "away is here");
    presence.had_input(ADA, phone.id, 0, at(10 * MINUTE_MS));
    assert_eq!(states(&mut presence, 10 * MINUTE_MS), [(ADA, PresenceState::Online)]);
    assert_eq!(states(&mut presence, 15 * MINUTE_MS), [(ADA, PresenceState::Away)]);
    presence.disconnect(ADA, phone.id, at(15 * MINUTE_MS));
    presence.disconnect(ADA, desk.id, at(15 * MINUTE_MS));
    states(&mut presence, 15 * MINUTE_MS + GRACE_MS);
    assert_eq!(states(&mut presence, 15 * MINUTE_MS + GRACE_BY_ID_MS), [(ADA, PresenceState::Offline)]);
}

#[test]
fn who_never_says_when_there_was_input_is_online_as_long_as_they_are_there() {
    let mut presence = Presence::default();
    let bot = presence.connect(ADA, "ada", None, at(0));
    states(&mut presence, 0);
    assert_eq!((states(&mut presence, DAY_MS), presence.due_ms()), (Vec::new(), None));
    // From when it says so, that counts.
    presence.had_input(ADA, bot.id, 0, at(DAY_MS));
    assert_eq!(states(&mut presence, DAY_MS + IDLE_MS), [(ADA, PresenceState::Away)]);
}

#[test]
fn who_hides_is_gone_for_all_others_in_every_spelling_and_moves_no_last_time() {
    let mut presence = Presence::default();
    let tab = presence.connect(ADA, "ada", Some(0), at(0));
    presence.connect(GRACE, "grace", None, at(0));
    presence.tell(at(0));
    presence.wants_to_be_seen(ADA, Availability { hidden: true, busy_until: Some(at(DAY_MS).wall) });
    let told = presence.tell(at(1_000)).unwrap();
    assert_eq!((told.offline.clone(), told.people.clone()), (vec!["ada".into()], vec![PersonPresence::offline(ADA)]));
    assert!(told.hiding.iter().eq([&ADA]) && told.names().iter().eq(&["grace"]));
    assert!(presence.names_for(ADA).iter().eq(&["ada", "grace"]) && presence.names_for(GRACE).iter().eq(&["grace"]));
    presence.take_to_store();
    presence.had_input(ADA, tab.id, 0, at(3 * 60 * MINUTE_MS));
    presence.disconnect(ADA, tab.id, at(4 * 60 * MINUTE_MS));
    presence.tell(at(5 * 60 * MINUTE_MS));
    assert!(!presence.take_to_store().contains_key(&ADA));
    presence.wants_to_be_seen(ADA, hidden(false));
    let told = presence.tell(at(6 * 60 * MINUTE_MS)).unwrap();
    assert_eq!(told.people, [PersonPresence { last: Some(at(0).wall), ..PersonPresence::offline(ADA) }]);
}

#[test]
fn the_last_time_is_coarse_and_coarser_after_a_day_and_stored_seldom() {
    let mut presence = Presence::default();
    let said = 7 * MINUTE_MS;
    let tab = presence.connect(ADA, "ada", Some(0), at(0));
    assert_eq!(presence.take_to_store(), BTreeMap::from([(ADA, at(0).wall)]));
    for minute in 0..=67 {
        presence.had_input(ADA, tab.id, 0, at(minute * MINUTE_MS));
    }
    let stored = presence.take_to_store();
    assert_eq!(stored, BTreeMap::from([(ADA, at(60 * MINUTE_MS).wall)]), "once an hour");
    presence.tell(at(67 * MINUTE_MS));
    let left = 67 * MINUTE_MS;
    presence.disconnect(ADA, tab.id, at(left));
    presence.tell(at(left + GRACE_MS));
    let told = presence.tell(at(left + GRACE_BY_ID_MS)).unwrap();
    let last = at(65 * MINUTE_MS).wall;
    assert_eq!(told.people, [PersonPresence { last: Some(last), ..PersonPresence::offline(ADA) }]);
    assert_eq!(presence.take_to_store(), BTreeMap::from([(ADA, last)]), "and at the end");
    let due_ms = presence.due_ms().unwrap();
    assert_eq!(due_ms, left + DAY_MS);
    let told = presence.tell(at(due_ms)).unwrap();
    let day = Timestamp(DAY_MS * 20_000);
    assert_eq!(told.people, [PersonPresence { last: Some(day), ..PersonPresence::offline(ADA) }]);
    assert_eq!((told.states.len(), presence.due_ms()), (0, None));
    // Another process knows of it what was stored.
    let mut other = Presence::default();
    other.know(ADA, Some(last), Availability::default());
    other.know(GRACE, None, hidden(true));
    let told = other.tell(at(said)).unwrap();
    assert_eq!((told.people.len(), told.hiding.len(), told.everybody().count()), (1, 1, 0));
}

#[test]
fn who_does_not_want_to_be_disturbed_is_told_beside_how_they_are_there() {
    let mut presence = Presence::default();
    presence.connect(ADA, "ada", None, at(0));
    presence.tell(at(0));
    let until = at(DAY_MS).wall;
    presence.wants_to_be_seen(ADA, Availability { hidden: false, busy_until: Some(until) });
    let told = presence.tell(at(1_000)).unwrap();
    let busy = PersonPresence { busy: Some(until), ..person(ADA, PresenceState::Online) };
    assert_eq!((told.states.clone(), told.offline.len()), (vec![busy], 0));
    assert!(told.everybody().eq([busy]));
}

#[test]
fn after_a_telling_was_missed_the_next_one_has_everything() {
    let mut presence = Presence::default();
    presence.connect(ADA, "ada", None, at(0));
    presence.connect(GRACE, "grace", Some(IDLE_MS), at(0));
    presence.tell(at(0));
    presence.tell_anew();
    let told = presence.tell(at(1_000)).unwrap();
    let all = [person(ADA, PresenceState::Online), person(GRACE, PresenceState::Away)];
    assert!(told.is_anew && told.people == all && told.online.is_empty());
}

/// What is true of one person.
#[derive(Debug, Default)]
struct True {
    connections: Vec<(ConnectionId, bool)>,
    input_ms: Option<i64>,
    left: Option<(i64, bool)>,
    hides: bool,
}

impl True {
    fn is_active(&self, now_ms: i64) -> bool {
        self.input_ms.is_some_and(|input_ms| now_ms - input_ms < IDLE_MS)
            || self.connections.iter().any(|(_, says)| !says)
    }

    fn state(&self, now_ms: i64) -> PresenceState {
        let is_active = match self.left {
            _ if self.hides => return PresenceState::Offline,
            _ if !self.connections.is_empty() => self.is_active(now_ms),
            Some((left_ms, was_active)) if now_ms - left_ms < GRACE_BY_ID_MS => was_active,
            _ => return PresenceState::Offline,
        };
        if is_active { PresenceState::Online } else { PresenceState::Away }
    }

    fn is_named(&self, now_ms: i64) -> bool {
        let is_here = !self.connections.is_empty() || self.left.is_some_and(|(left_ms, _)| now_ms - left_ms < GRACE_MS);
        is_here && !self.hides
    }
}

/// A client that is told of everything, and takes each change as one.
#[derive(Debug, Default)]
struct Hears {
    states: BTreeMap<UserId, PresenceState>,
    names: BTreeSet<String>,
    told_at: Option<i64>,
}

impl Hears {
    fn hear(&mut self, presence: &mut Presence, now: i64) -> Result<(), TestCaseError> {
        let Some(telling) = presence.tell(at(now)) else { return Ok(()) };
        prop_assert!(self.told_at.is_none_or(|told_at| now - told_at >= INTERVAL_MS));
        self.told_at = Some(now);
        for PersonPresence { id, state, .. } in &telling.states {
            let before = self.states.insert(*id, *state).unwrap_or(PresenceState::Offline);
            prop_assert!(before != *state, "nothing new is told of {id}");
        }
        self.names.retain(|name| !telling.offline.contains(name));
        self.names.extend(telling.online.iter().cloned());
        let there = self.states.iter().filter(|(_, state)| **state != PresenceState::Offline);
        prop_assert!(there.map(|(id, state)| (*id, *state)).eq(telling.everybody().map(|told| (told.id, told.state))));
        prop_assert!(self.names.iter().eq(telling.names()));
        Ok(())
    }
}

proptest! {
    #[test]
    fn changes_lead_from_one_telling_to_the_next_and_to_what_is_true_by_then(
        steps in proptest::collection::vec((0u8..6, 0usize..4, 0i64..2_000, 0i64..40), 1..80),
    ) {
        let (mut presence, mut now, mut hears) = (Presence::default(), 0, Hears::default());
        let mut people: BTreeMap<usize, True> = BTreeMap::new();
        for (kind, who, wait, stretch) in steps {
            // Most steps follow quickly; some wait for what only time changes.
            now += if stretch == 0 { IDLE_MS } else if stretch < 8 { wait * 20 } else { wait };
            let (user, person) = (UserId(who as u64), people.entry(who).or_default());
            match kind {
                0 | 1 => {
                    let idle_ms = (kind == 1).then_some(wait * 300);
                    let connected = presence.connect(user, &format!("user {who}"), idle_ms, at(now));
                    person.connections.push((connected.id, kind == 1));
                    person.input_ms = person.input_ms.max(idle_ms.map(|idle_ms| now - idle_ms));
                    person.left = None;
                }
                2 | 3 if !person.connections.is_empty() => {
                    let was_active = person.is_active(now);
                    let (id, _) = person.connections.remove(wait as usize % person.connections.len());
                    if person.connections.is_empty() {
                        person.left = Some((now, was_active));
                    }
                    presence.disconnect(user, id, at(now));
                }
                4 if !person.connections.is_empty() => {
                    let at_index = wait as usize % person.connections.len();
                    person.connections[at_index].1 = true;
                    person.input_ms = person.input_ms.max(Some(now));
                    presence.had_input(user, person.connections[at_index].0, 0, at(now));
                }
                5 => {
                    person.hides = !person.hides;
                    presence.wants_to_be_seen(user, hidden(person.hides));
                }
                _ => {}
            }
            hears.hear(&mut presence, now)?;
        }
        for _ in 0..2 {
            while let Some(due) = presence.due_ms().filter(|due| *due <= now) {
                now = now.max(due);
                hears.hear(&mut presence, now)?;
            }
            now += INTERVAL_MS;
            hears.hear(&mut presence, now)?;
            for (who, person) in &people {
                let told = hears.states.get(&UserId(*who as u64)).copied().unwrap_or(PresenceState::Offline);
                prop_assert_eq!(told, person.state(now), "{:?}", person);
                prop_assert_eq!(hears.names.contains(&format!("user {who}")), person.is_named(now));
            }
            now += GRACE_BY_ID_MS + IDLE_MS;
        }
    }
}
