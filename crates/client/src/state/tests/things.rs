//! What hangs on something else.

use chatterbox_protocol::logs::{Card, Entry, Kind, Of};

use super::*;
use crate::things::Things;

fn card(seq: u64, id: u64, of: Option<Of>) -> Entry {
    let card =
        Card { username: format!("user {id}"), role: Role::Member, active: true, gone: false, profile: Box::default() };
    Entry { of, ..Entry::card(Seq(seq), UserId(id), card) }
}

fn of(kind: Kind, id: u64) -> Option<Of> {
    Some(Of { kind, id })
}

/// What is there in a log after these updates, by id.
fn there(log: LogName, updates: &[Update]) -> Vec<u64> {
    let mut things = Things::default();
    updates.iter().for_each(|update| things.take(update));
    for entry in things.all(log) {
        assert_eq!(things.get(log, entry.kind, entry.id), Some(entry));
    }
    things.all(log).map(|entry| entry.id).collect()
}

#[test]
fn what_hangs_on_something_that_is_not_there_is_not_there_whichever_comes_first() {
    let base = Update::State(card(9, 1, None));
    let hanging = [Update::State(card(5, 2, of(Kind::Card, 1))), Update::State(card(6, 3, of(Kind::Card, 2)))];
    let [second, third] = hanging;
    assert_eq!(there(LogName::House, &[second.clone(), third.clone()]), [0; 0]);
    assert_eq!(there(LogName::House, &[second.clone(), third.clone(), base.clone()]), [1, 2, 3]);
    assert_eq!(there(LogName::House, &[third.clone(), base.clone(), second.clone()]), [1, 2, 3]);
    let gone = Update::State(Entry { state: None, gone: true, ..card(10, 1, None) });
    let all = [base.clone(), second, third, gone.clone()];
    assert_eq!(there(LogName::House, &all), [0; 0]);
    // It is in the log still, as it is for whoever has heard of neither.
    assert_eq!(there(LogName::House, &[&all[..], &[base]].concat()), [1, 2, 3]);
}

#[test]
fn what_hangs_on_a_message_comes_and_goes_with_it_and_is_of_no_other_log() {
    let log = LogName::Room(LOBBY);
    let hanging =
        Entry { of: of(Kind::Message, 40), ..Entry::member(Seq(5), LOBBY, UserId(7), member(MemberChange::Joined)) };
    let told = Update::State(hanging.clone());
    let elsewhere = Update::Message(message_in(WORKSHOP, 4));
    let newest = Update::Reset { room: LOBBY, messages: vec![message(8)], more: true };
    assert_eq!(there(log, &[newest.clone(), told.clone(), elsewhere]), [0; 0]);
    let older = Update::Present(message(4));
    assert_eq!(there(log, &[newest.clone(), told.clone(), older.clone()]), [7]);
    let (time, whole) = (Timestamp(0), Some(Box::new(message(4))));
    let (id, text, changed) = (MessageId(40), "message 4".into(), Seq(9));
    let edited = Update::Edited { id, room: LOBBY, text, time, changed, whole };
    assert_eq!(there(log, &[newest.clone(), told.clone(), edited]), [7]);
    assert_eq!(there(log, &[older.clone(), told.clone(), newest]), [0; 0]);
    let deleted = Update::Deleted { id: MessageId(40), room: LOBBY };
    let again = Update::Message(message(4));
    assert_eq!(there(log, &[older.clone(), told.clone(), deleted, again]), [0; 0]);
    assert_eq!(there(log, &[older, told, Update::Unfollowed { room: LOBBY }]), [0; 0]);
}

#[test]
fn a_circle_that_no_server_tells_ends() {
    let circle = [Update::State(card(1, 1, of(Kind::Card, 2))), Update::State(card(2, 2, of(Kind::Card, 1)))];
    assert_eq!(there(LogName::House, &circle), [1, 2]);
}
