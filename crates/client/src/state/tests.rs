//! What is heard, and what a client makes of it.

mod saying;

use chatterbox_protocol::events::Me;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::rooms::Room;
use chatterbox_protocol::users::Role;

use super::*;
use crate::outbox::PAUSE;

const LOBBY: RoomId = RoomId::FIRST;

fn message(seq: u64) -> Message {
    Message {
        id: MessageId(seq * 10),
        user: "ada".into(),
        text: format!("message {seq}"),
        time: Timestamp(0),
        seen: false,
        room: LOBBY,
        seq: Seq(seq),
        edited: None,
        nonce: None,
        changed: None,
        since: None,
    }
}

fn welcome(epoch: &str) -> Event {
    let room = Room { id: LOBBY, name: "Lobby".into(), seq: Seq(2), read_up_to: Seq(0), seen_up_to: Seq(0) };
    let user = Me { id: UserId(1), username: "ada".into(), role: Role::Owner };
    Event::Hello(Welcome { user, epoch: epoch.into(), rooms: vec![room], public_url: None, reference: None })
}

fn history(reset: bool, seqs: &[u64], seq: u64) -> Event {
    let messages = seqs.iter().copied().map(message).collect();
    Event::History(History {
        room: LOBBY,
        reset,
        more: false,
        messages,
        deleted: vec![],
        states: vec![],
        seq: Seq(seq),
        live: true,
    })
}

fn live() -> State {
    let mut state = State::default();
    state.opened();
    state.heard(welcome("one"));
    state.heard(history(true, &[1, 2], 2));
    state
}

#[test]
fn a_repetition_is_not_shown_twice() {
    let mut state = live();
    assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
    assert_eq!(state.heard(Event::Message(message(3))), Heard::default());
    assert_eq!(state.heard(Event::Message(message(2))), Heard::default());
}

#[test]
fn after_a_gap_the_client_asks_and_shows_nothing_until_it_is_answered() {
    let mut state = live();
    let heard = state.heard(Event::Message(message(5)));
    let [(Some(HELLO), Command::Hello(hello))] = &heard.say[..] else { panic!("{heard:?}") };
    assert_eq!(hello.rooms[&LOBBY], Seq(2));
    assert_eq!(state.heard(Event::Message(message(6))), Heard::default());
    state.heard(welcome("one"));
    let updates = state.heard(history(false, &[3, 4, 5, 6], 6)).updates;
    assert_eq!(updates[..4], [3, 4, 5, 6].map(|seq| Update::Present(message(seq))));
    assert_eq!(state.heard(Event::Message(message(7))).updates, [Update::Message(message(7))]);
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
    let heard = state.heard_text(&pin(7, 1)).unwrap();
    assert!(matches!(&heard.say[..], [(_, Command::Hello(hello))] if hello.rooms[&LOBBY] == Seq(5)), "{heard:?}");
}

#[test]
fn e2_what_happens_in_a_live_room_while_another_one_catches_up_is_not_missed() {
    let mut state = State::default();
    state.opened();
    let Event::Hello(mut greeting) = welcome("one") else { unreachable!() };
    let workshop = Room { id: RoomId(2), ..greeting.rooms[0].clone() };
    greeting.rooms.push(workshop);
    state.heard(Event::Hello(greeting));
    state.heard(history(true, &[1, 2], 2));
    assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
    // Something is lost: once the other room is there, the client asks.
    assert_eq!(state.heard(Event::Message(message(5))), Heard::default());
    let Event::History(last) = history(true, &[], 0) else { unreachable!() };
    let heard = state.heard(Event::History(History { room: RoomId(2), ..last }));
    assert!(matches!(&heard.say[..], [(_, Command::Hello(hello))] if hello.rooms[&LOBBY] == Seq(3)));
}

#[test]
fn a_hello_that_is_refused_is_said_again_and_the_program_told() {
    let mut state = live();
    state.closed();
    let hello = state.opened();
    let refusal = Refusal::new(ErrorCode::RateLimited, "Later.").retry_after(3);
    let heard = state.heard(Event::Error(Failed::new(hello.0.clone(), refusal)));
    let told = |why: &str, again_in| Update::Lost { why: Trouble::Unwelcome(why.to_owned()), again_in };
    let pause = Duration::from_secs(3);
    assert_eq!(heard, Heard { updates: vec![told("Later.", pause)], pause: Some(pause), ..Heard::default() });
    assert_eq!(state.go_on(), std::slice::from_ref(&hello));
    // What does not pass by itself is not kept quiet either.
    let refusal = Refusal::field(ErrorCode::InvalidField, "rooms", "Too many rooms.");
    let heard = state.heard(Event::Error(Failed::new(hello.0.clone(), refusal)));
    assert_eq!(heard.updates, [told("Too many rooms.", PAUSE)]);
    assert_eq!(state.go_on(), [hello]);
    assert_eq!(state.go_on(), []);
}

#[test]
fn numbers_of_another_epoch_are_forgotten() {
    let mut state = live();
    state.closed();
    state.opened();
    state.heard(welcome("two"));
    assert_eq!(state.seq(LOBBY), Seq(0));
}
