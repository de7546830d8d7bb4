//! The line: `hello`, one's own log and the house's.

use chatterbox_protocol::logs::{Card, Entry, Mark, OwnAccount};

use super::*;

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
    let refusal = Refusal::field(ErrorCode::InvalidField, "follow", "Too many rooms.");
    let heard = state.heard(Event::Error(Failed::new(hello.0.clone(), refusal)));
    assert_eq!(heard.updates, [told("Too many rooms.", PAUSE)]);
    assert_eq!(state.go_on(), [hello]);
    assert_eq!(state.go_on(), []);
}

#[test]
fn numbers_of_another_epoch_are_forgotten_in_every_log() {
    let mut state = live();
    state.closed();
    state.opened();
    state.heard(welcome("two"));
    assert_eq!(state.seq(LOBBY), Seq(0));
    state.closed();
    assert_eq!(state.opened(), hello(&[followed(LOBBY, None)], None, Some("two")));
}

#[test]
fn the_client_is_live_once_all_that_it_follows_is_and_says_so_once_a_connection() {
    let mut state = live();
    state.closed();
    assert!(!state.is_live());
    let heard = greet_again(&mut state);
    assert!(matches!(heard.updates[..], [Update::Live(_)]), "{heard:?}");
    state.heard(Event::Message(message(5)));
    state.heard(ok("follow 2"));
    let heard = state.heard(history(false, &[5], 5));
    assert_eq!(heard.updates, [Update::Present(message(5))]);
}

#[test]
fn ones_own_log_and_the_houses_are_told_by_the_same_rule_as_a_room() {
    let mut state = State::default();
    state.opened();
    state.heard(welcome_to(&[], "one", Role::Owner));
    let in_a_page = |entry: Entry| Entry { room: None, house: false, ..entry };
    let mark = |seq: u64, up_to: u64| Entry::mark(Seq(seq), LOBBY, Mark { up_to: Seq(up_to), listed: false });
    let account = Entry::account(
        Seq(2),
        UserId(1),
        OwnAccount { username: "ada".into(), role: Role::Owner, profile: Box::default() },
    );
    let states = vec![account.clone(), mark(4, 1)];
    let own = States { house: false, reset: true, states, seq: Seq(4), live: true };
    let told = [Update::Forget(LogName::Own), Update::State(account), Update::State(mark(4, 1))];
    assert_eq!(state.heard(Event::States(own)).updates, told);
    let card = |seq| {
        Entry::card(
            Seq(seq),
            UserId(1),
            Card { username: "ada".into(), role: Role::Owner, active: true, gone: false, profile: Box::default() },
        )
    };
    let house = States { house: true, reset: true, states: vec![in_a_page(card(7))], seq: Seq(7), live: true };
    let updates = state.heard(Event::States(house)).updates;
    assert_eq!(updates[..2], [Update::Forget(LogName::House), Update::State(card(7))]);
    assert!(matches!(updates[2..], [Update::Live(_)]), "{updates:?}");
    // An entry that covers those before it leaves no gap, and a kind that is not known counts.
    let covers = Entry { since: Some(Seq(4)), ..mark(9, 5) };
    assert_eq!(state.heard(Event::State(covers)).updates, [Update::State(mark(9, 5))]);
    let draft = r#"{"type":"state","seq":10,"kind":"draft","id":1,"state":"Dear Grace"}"#;
    assert_eq!(state.heard_text(draft), Ok(Heard::default()));
    assert_eq!(state.heard(Event::State(mark(9, 5))), Heard::default());
    // A gap is mended in the one log that it is in.
    let heard = state.heard(Event::State(mark(12, 6)));
    let from = Follow { own: Some(Seq(10)), ..Follow::default() };
    assert_eq!(heard.say, [(Some(Ref::Text("follow 1".into())), Command::Follow(from))]);
    let gone = Entry { state: None, gone: true, ..card(8) };
    assert_eq!(state.heard(Event::State(gone.clone())).updates, [Update::State(gone)]);
    let heard = state.heard(Event::State(card(10)));
    let from = Follow { house: Some(Seq(8)), ..Follow::default() };
    assert_eq!(heard.say, [(Some(Ref::Text("follow 2".into())), Command::Follow(from))]);
}

#[test]
fn a_page_with_something_of_a_newer_server_in_it_is_taken_without_that() {
    let mut state = State::default();
    state.opened();
    state.heard(welcome_to(&[], "one", Role::Owner));
    let page = r#"{"type":"states","reset":false,"states":[{"seq":1,"kind":"draft","id":1,"state":"Dear Grace"},
        {"seq":2,"kind":"mark","id":1,"state":{"up_to":3}}],"seq":2,"live":true}"#;
    let mark = Entry::mark(Seq(2), LOBBY, Mark { up_to: Seq(3), listed: false });
    assert_eq!(state.heard_text(page).map(|heard| heard.updates), Ok(vec![Update::State(mark)]));
}

#[test]
fn a_guest_waits_for_nothing_of_the_house() {
    let mut state = State::default();
    state.opened();
    state.heard(welcome_to(&[], "one", Role::Guest));
    let updates = state.heard(nothing_new(false)).updates;
    assert!(matches!(updates[..], [Update::Live(_)]), "{updates:?}");
}
