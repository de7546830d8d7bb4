//! A server of before `follow`: it is spoken to as it was then.

use super::*;

/// The `hello` of before.
fn plain_hello(known: &[(RoomId, u64)], epoch: Option<&str>) -> (Option<Ref>, Command) {
    let rooms = known.iter().map(|(room, seq)| (*room, Seq(*seq))).collect();
    (Some(HELLO), Command::Hello(Box::new(Hello { rooms, epoch: epoch.map(str::to_owned), ..Hello::default() })))
}

/// What such a server answers to a `hello` that follows.
fn does_not_know() -> Event {
    let refusal = Refusal::field(ErrorCode::UnknownField, "follow", "`follow` is not known here.");
    Event::Error(Failed::new(Some(HELLO), refusal))
}

/// A client that knows two messages of each of two rooms, from a server of before.
fn live_there() -> State {
    let mut state = State::default();
    state.opened();
    assert_eq!(state.heard(does_not_know()), Heard { say: vec![plain_hello(&[], None)], ..Heard::default() });
    assert_eq!(state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner)), Heard::default());
    state.heard(history(true, &[1, 2], 2));
    let updates = state.heard(page(WORKSHOP, true, &[1, 2], 2)).updates;
    assert!(matches!(updates[..], [Update::Reset { .. }, Update::Live(_)]), "{updates:?}");
    state
}

#[test]
fn a_server_that_knows_no_follow_is_greeted_plainly_and_the_next_one_asked_anew() {
    let mut state = live_there();
    assert!(state.is_live());
    assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
    state.closed();
    let both = [followed(LOBBY, 3), followed(WORKSHOP, 2)];
    assert_eq!(state.opened(), hello(&both, None, Some("one")));
    let known = [(LOBBY, 3), (WORKSHOP, 2)];
    assert_eq!(state.heard(does_not_know()).say, [plain_hello(&known, Some("one"))]);
    // It is tired of that: what is said again is the plain one.
    let refusal = Refusal::new(ErrorCode::UnknownField, "Nor this.");
    assert_eq!(state.heard(Event::Error(Failed::new(Some(HELLO), refusal))).pause, Some(PAUSE));
    assert_eq!(state.go_on(), [plain_hello(&known, Some("one"))]);
}

#[test]
fn after_a_gap_everything_is_asked_for_and_shown_once_it_is_answered() {
    let mut state = live_there();
    let known = [(LOBBY, 2), (WORKSHOP, 2)];
    assert_eq!(state.heard(Event::Message(message(5))).say, [plain_hello(&known, Some("one"))]);
    for late in [message(6), message_in(WORKSHOP, 3)] {
        assert_eq!(state.heard(Event::Message(late)), Heard::default());
    }
    state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner));
    let updates = state.heard(history(false, &[3, 4, 5, 6], 6)).updates;
    assert_eq!(updates, [3, 4, 5, 6].map(|seq| Update::Present(message(seq))));
    // A gap while another room catches up waits for that room.
    assert_eq!(state.heard(Event::Message(message(8))), Heard::default());
    let again = [(LOBBY, 6), (WORKSHOP, 3)];
    assert_eq!(state.heard(page(WORKSHOP, false, &[3], 3)).say, [plain_hello(&again, Some("one"))]);
}

#[test]
fn rooms_are_chosen_there_too_but_by_leaving_out_what_comes() {
    let mut state = State::following([WORKSHOP, RoomId(9)]);
    state.opened();
    state.heard(does_not_know());
    let updates = state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner)).updates;
    assert_eq!(updates, [Update::Unfollowed { room: RoomId(9) }]);
    assert_eq!(state.heard(history(true, &[1], 1)), Heard::default());
    assert_eq!(state.heard(page(WORKSHOP, true, &[1], 1)).updates.len(), 2);
    assert_eq!(state.heard(Event::Message(message(2))), Heard::default());
    assert_eq!(state.unfollow(WORKSHOP), Heard::default());
    assert_eq!(state.heard(Event::Message(message_in(WORKSHOP, 2))), Heard::default());
    assert_eq!(state.follow(LOBBY).say, [plain_hello(&[], Some("one"))]);
}

#[test]
fn who_always_speaks_plainly_does_not_try() {
    let mut state = State::plain();
    assert_eq!(state.opened(), plain_hello(&[], None));
    state.heard(welcome("one"));
    assert_eq!(state.heard(history(true, &[1], 1)).updates.len(), 2);
    state.closed();
    assert_eq!(state.opened(), plain_hello(&[(LOBBY, 1)], Some("one")));
}
