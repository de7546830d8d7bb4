//! What is heard, and what a client makes of it.

mod line;
mod plain;
mod rooms;
mod rule;
mod saying;
mod things;

use std::time::Duration;

use chatterbox_protocol::commands::{Follow, Hello, Unfollow};
use chatterbox_protocol::events::{History, Me, Welcome};
use chatterbox_protocol::ids::{MessageId, UserId};
use chatterbox_protocol::logs::{Followed, States};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::rooms::{Member, MemberChange, Room};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::*;
use crate::line::HELLO;
use crate::outbox::PAUSE;

const LOBBY: RoomId = RoomId::FIRST;
const WORKSHOP: RoomId = RoomId(2);

/// What somebody is to a room since this change.
fn member(change: MemberChange) -> Member {
    Member { change, by: None, time: Timestamp(0), moderator: false }
}

fn message_in(room: RoomId, seq: u64) -> Message {
    Message {
        id: MessageId(seq * 10),
        user: "ada".into(),
        by: None,
        text: format!("message {seq}"),
        time: Timestamp(0),
        seen: false,
        room,
        seq: Seq(seq),
        edited: None,
        nonce: None,
        changed: None,
        since: None,
    }
}

fn message(seq: u64) -> Message {
    message_in(LOBBY, seq)
}

fn welcome_to(rooms: &[RoomId], epoch: &str, role: Role) -> Event {
    let room = |id: &RoomId| Room { id: *id, name: "A room".into(), seq: Seq(2), ..Room::default() };
    let rooms = rooms.iter().map(room).collect();
    let user = Me { id: UserId(1), username: "ada".into(), role };
    Event::Hello(Welcome { user, epoch: epoch.into(), rooms, public_url: None, reference: Some(HELLO) })
}

fn welcome(epoch: &str) -> Event {
    welcome_to(&[LOBBY], epoch, Role::Owner)
}

fn page(room: RoomId, reset: bool, seqs: &[u64], seq: u64) -> Event {
    let messages = seqs.iter().map(|seq| message_in(room, *seq)).collect();
    let (deleted, states) = (vec![], vec![]);
    Event::History(History { room, reset, more: false, messages, deleted, states, seq: Seq(seq), live: true })
}

fn history(reset: bool, seqs: &[u64], seq: u64) -> Event {
    page(LOBBY, reset, seqs, seq)
}

/// A page of one's own log, or of the house's, without anything new.
fn nothing_new(house: bool) -> Event {
    Event::States(States { house, reset: false, states: vec![], seq: Seq(0), live: true })
}

fn ok(name: impl Into<String>) -> Event {
    Event::Ok(Done { reference: Ref::Text(name.into()), id: None, seq: None, time: None })
}

fn followed(room: RoomId, seq: impl Into<Option<u64>>) -> Followed {
    Followed { room, seq: seq.into().map(Seq) }
}

/// A `hello` that follows these rooms.
fn hello(follow: &[Followed], own_and_house: Option<u64>, epoch: Option<&str>) -> (Option<Ref>, Command) {
    let (follow, epoch) = (Some(follow.to_vec()), epoch.map(str::to_owned));
    let (own, house) = (own_and_house.map(Seq), own_and_house.map(Seq));
    (Some(HELLO), Command::Hello(Box::new(Hello { follow, own, house, epoch, ..Hello::default() })))
}

/// The `follow` with this number, of these rooms.
fn follow(number: u64, rooms: &[Followed]) -> (Option<Ref>, Command) {
    let reference = Ref::Text(format!("follow {number}"));
    (Some(reference), Command::Follow(Follow { rooms: rooms.to_vec(), ..Follow::default() }))
}

/// A client that knows two messages of each of these rooms.
fn live_in(rooms: &[RoomId]) -> State {
    let mut state = State::default();
    assert_eq!(state.opened(), hello(&[], None, None));
    let new: Vec<_> = rooms.iter().map(|room| followed(*room, None)).collect();
    assert_eq!(state.heard(welcome_to(rooms, "one", Role::Owner)).say, [follow(1, &new)]);
    for event in [nothing_new(false), nothing_new(true), ok("follow 1")] {
        assert_eq!(state.heard(event), Heard::default());
    }
    for room in rooms {
        assert!(!state.is_live());
        state.heard(page(*room, true, &[1, 2], 2));
    }
    assert!(state.is_live());
    state
}

fn live() -> State {
    live_in(&[LOBBY])
}

/// There is another connection, and everything on it is as it was. Answers the last of what is said on it.
fn greet_again(state: &mut State) -> Heard {
    state.opened();
    for event in [welcome("one"), nothing_new(false), nothing_new(true)] {
        state.heard(event);
    }
    state.heard(history(false, &[], 2))
}

#[test]
fn a_repetition_is_not_shown_twice() {
    let mut state = live();
    assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
    assert_eq!(state.heard(Event::Message(message(3))), Heard::default());
    assert_eq!(state.heard(Event::Message(message(2))), Heard::default());
}

#[test]
fn an_event_that_is_not_known_counts_if_it_has_a_number_and_shows_nothing() {
    let mut state = live();
    let pin = |seq: u64, room: u64| format!(r#"{{"type":"pin","id":20,"room":{room},"seq":{seq},"by":["ada"]}}"#);
    let nothing = || Ok(Heard::default());
    assert_eq!(state.heard_text(&pin(3, 1)), nothing());
    assert_eq!(state.seq(LOBBY), Seq(3));
    assert_eq!(state.heard(Event::Message(message(4))).updates, [Update::Message(message(4))]);
    // So does one of a known type that says it in a way that is not known.
    assert_eq!(state.heard_text(r#"{"type":"edit","id":20,"room":1,"seq":5,"text":{"html":""}}"#), nothing());
    assert_eq!(state.heard_text(&pin(5, 1)), nothing());
    assert_eq!(state.seq(LOBBY), Seq(5));
    for elsewhere in [r#"{"type":"typing","room":1}"#, r#"{"type":"draft","seq":9}"#] {
        assert_eq!(state.heard_text(elsewhere), nothing(), "{elsewhere}");
    }
    assert!(matches!(state.heard_text("[]"), Err(Trouble::Foreign(_))));
    assert_eq!(state.seq(LOBBY), Seq(5));
    // What is missing before it is missing all the same.
    assert_eq!(state.heard_text(&pin(7, 1)).unwrap().say, [follow(2, &[followed(LOBBY, 5)])]);
}
