//! What is said, and when it is said again.

use chatterbox_protocol::commands::{Edit, Read, Send};

use super::*;

fn send(text: &str) -> Command {
    Command::Send(Send { text: text.into(), room: None, nonce: Some(text.into()), after: None })
}

/// What is said as the ticket with this number, behind what is on its way.
fn said(number: u64, text: &str, after: Option<&str>) -> (Option<Ref>, Command) {
    let after = after.map(str::to_owned);
    let send = Send { text: text.into(), room: None, nonce: Some(text.into()), after };
    (Some(Ref::Number(number)), Command::Send(send))
}

fn done(number: u64) -> Done {
    Done { reference: Ref::Number(number), id: None, seq: None, time: None }
}

fn refused(number: u64, code: ErrorCode) -> Event {
    Event::Error(Failed::new(Some(Ref::Number(number)), Refusal::new(code, "No.").retry_after(3)))
}

/// The connection is lost, and there is another one. Answers what is said on it.
fn back(state: &mut State) -> Vec<(Option<Ref>, Command)> {
    state.closed();
    greet_again(state).say
}

#[test]
fn what_was_not_decided_is_said_again_in_order_with_the_same_nonce() {
    let mut state = State::default();
    let (first, now) = state.say(send("a"));
    assert_eq!(now, []);
    state.say(send("b"));
    state.opened();
    for event in [welcome("one"), nothing_new(false), nothing_new(true), ok("follow 1")] {
        assert!(state.heard(event).say.iter().all(|(_, command)| matches!(command, Command::Follow(_))));
    }
    let both = [said(1, "a", None), said(2, "b", Some("a"))];
    assert_eq!(state.heard(history(true, &[], 2)).say, both);
    assert_eq!(back(&mut state), both);
    let heard = state.heard(Event::Ok(done(1)));
    assert_eq!(heard, Heard { updates: vec![Update::Decided(first, Ok(done(1)))], ..Heard::default() });
    assert_eq!(back(&mut state), [said(2, "b", None)]);
}

#[test]
fn messages_go_out_without_waiting_for_answers_up_to_eight_at_once() {
    let mut state = live();
    let mut out = Vec::new();
    let texts = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for text in texts {
        out.extend(state.say(send(text)).1);
    }
    let before = [None].into_iter().chain(texts.map(Some));
    let chain: Vec<_> =
        (1..).zip(texts).zip(before).map(|((number, text), before)| said(number, text, before)).collect();
    assert_eq!(out, chain[..8]);
    assert_eq!(state.heard(Event::Ok(done(1))).say, chain[8..9]);
    // Their answers need not come in their order.
    assert_eq!(state.heard(refused(3, ErrorCode::InvalidField)).say, chain[9..]);
}

#[test]
fn o2_what_was_refused_for_now_is_said_again_before_what_was_said_later() {
    let mut state = live();
    assert_eq!(state.say(send("a")).1, [said(1, "a", None)]);
    assert_eq!(state.say(send("b")).1, [said(2, "b", Some("a"))]);
    let pause = Heard { pause: Some(Duration::from_secs(3)), ..Heard::default() };
    assert_eq!(state.heard(refused(1, ErrorCode::Overloaded)), pause);
    assert_eq!(state.say(send("c")).1, []);
    assert_eq!(state.heard(refused(2, ErrorCode::Overloaded)), pause);
    // One at first, then two, then four.
    assert_eq!(state.go_on(), [said(1, "a", None)]);
    assert_eq!(state.heard(Event::Ok(done(1))).say, [said(2, "b", None), said(3, "c", Some("b"))]);
    let heard = state.heard(refused(2, ErrorCode::Forbidden));
    assert!(matches!(heard.updates[..], [Update::Decided(Ticket(2), Err(_))]));
    let later: Vec<_> = ["d", "e", "f"].into_iter().flat_map(|text| state.say(send(text)).1).collect();
    assert_eq!(later, [said(4, "d", Some("c"))]);
    assert_eq!(state.heard(Event::Ok(done(3))).say, [said(5, "e", Some("d")), said(6, "f", Some("e"))]);
}

#[test]
fn o2_a_pause_that_ends_before_all_refusals_have_come_lets_nothing_overtake() {
    let mut state = live();
    for text in ["a", "b", "c"] {
        state.say(send(text));
    }
    state.heard(refused(1, ErrorCode::RateLimited));
    // The second and the third wait for the first on the server's side, too. Their refusals are late.
    assert_eq!(state.go_on(), []);
    assert_eq!(state.heard(refused(2, ErrorCode::RateLimited)).say, []);
    assert_eq!(state.go_on(), []);
    assert_eq!(state.heard(refused(3, ErrorCode::RateLimited)).say, []);
    assert_eq!(state.go_on(), [said(1, "a", None)]);
}

#[test]
fn what_has_no_name_waits_for_what_was_said_before_and_is_waited_for() {
    let mut state = live();
    let mark = Command::Read(Read { room: None, up_to: Seq(2) });
    assert_eq!(state.say(send("a")).1.len(), 1);
    for command in [mark.clone(), mark.clone(), send("b"), send("b"), send("c")] {
        assert_eq!(state.say(command).1, []);
    }
    for number in 1..=2 {
        let next = (Some(Ref::Number(number + 1)), mark.clone());
        assert_eq!(state.heard(Event::Ok(done(number))).say, [next]);
    }
    // What has the name of the one before it cannot wait for itself.
    assert_eq!(state.heard(Event::Ok(done(3))).say, [said(4, "b", None)]);
    assert_eq!(state.heard(Event::Ok(done(4))).say, [said(5, "b", None), said(6, "c", Some("b"))]);
}

#[test]
fn whatever_refuses_one_command_those_behind_it_are_decided_too() {
    for code in ErrorCode::ALL {
        for reference in [Some(Ref::Number(1)), None] {
            let mut state = live();
            state.say(send("a"));
            state.say(send("b"));
            let failed = Failed::new(reference.clone(), Refusal::new(code, "No."));
            let heard = state.heard(Event::Error(failed.clone()));
            let decided = reference.as_ref().map(|_| Update::Decided(Ticket(1), Err(failed)));
            let (updates, pause) = match code.verdict() {
                Verdict::Final => (decided.into_iter().collect(), None),
                Verdict::Passing => (vec![], reference.map(|_| PAUSE)),
                Verdict::SessionOver => {
                    (decided.into_iter().chain([Update::Over(Trouble::SessionOver)]).collect(), None)
                }
            };
            assert_eq!(heard, Heard { updates, say: vec![], pause }, "{code:?}");
            let heard = state.heard(Event::Ok(done(2))).updates;
            assert_eq!(heard, [Update::Decided(Ticket(2), Ok(done(2)))], "{code:?}");
        }
    }
}

#[test]
fn what_the_connection_is_lost_over_again_and_again_is_found_and_stops_nothing_behind_it() {
    let mut state = live();
    for text in ["a", "b", "c"] {
        state.say(send(text));
    }
    let all = [said(1, "a", None), said(2, "b", Some("a")), said(3, "c", Some("b"))];
    assert_eq!(state.give_up(), None);
    assert_eq!(back(&mut state), all);
    // Once more, and one is said at a time. The first is not the one that kills.
    assert_eq!(state.give_up(), None);
    assert_eq!(back(&mut state), all[..1]);
    assert_eq!(state.heard(Event::Ok(done(1))).say, [said(2, "b", None), said(3, "c", Some("b"))]);
    for losses in 1..5 {
        assert_eq!(state.give_up(), None);
        state.closed();
        // Losses before it was said again are not its fault.
        assert_eq!(state.give_up(), None);
        let again = [said(2, "b", None), said(3, "c", Some("b"))];
        assert_eq!(back(&mut state), again[..if losses < 2 { 2 } else { 1 }]);
    }
    let Some(Update::Decided(Ticket(2), Err(failed))) = state.give_up() else { panic!("it is given up") };
    assert_eq!(failed.code, ErrorCode::Internal);
    assert_eq!(back(&mut state), [said(3, "c", None)]);
}

#[test]
fn what_is_on_its_way_is_not_taken_back_and_everything_else_is() {
    let mut state = live();
    let tickets = ["a", "b", "c"].map(|text| state.say(send(text)).0);
    state.heard(refused(1, ErrorCode::RateLimited));
    assert_eq!(tickets.map(|ticket| state.take_back(ticket)), [true, false, false]);
    state.heard(refused(2, ErrorCode::RateLimited));
    state.heard(refused(3, ErrorCode::RateLimited));
    assert!(state.take_back(tickets[2]));
    assert_eq!(state.go_on(), [said(2, "b", None)]);
}

#[test]
fn what_waits_in_one_room_holds_up_no_other() {
    let mut state = live();
    let said_in = |number: u64, room: RoomId, text: &str, after: Option<&str>| {
        let (text, nonce, after) = (text.to_owned(), Some(text.to_owned()), after.map(str::to_owned));
        (Some(Ref::Number(number)), Command::Send(Send { text, room: Some(room), nonce, after }))
    };
    let send_in = |room, text| said_in(0, room, text, None).1;
    let mark = Command::Read(Read { room: Some(LOBBY), up_to: Seq(2) });
    assert_eq!(state.say(send("a")).1, [said(1, "a", None)]);
    // The mark waits for the message, and what comes after it there for the mark.
    assert_eq!(state.say(mark.clone()).1, []);
    assert_eq!(state.say(send("b")).1, []);
    assert_eq!(state.say(send_in(WORKSHOP, "c")).1, [said_in(4, WORKSHOP, "c", None)]);
    assert_eq!(state.say(send_in(WORKSHOP, "d")).1, [said_in(5, WORKSHOP, "d", Some("c"))]);
    assert_eq!(state.heard(Event::Ok(done(1))).say, [(Some(Ref::Number(2)), mark)]);
    // Nobody can tell which room a message is in: its change waits for all, and all wait for it.
    let edit = Command::Edit(Edit { id: MessageId(10), text: "e".into() });
    assert_eq!(state.say(edit.clone()).1, []);
    assert_eq!(state.say(send_in(RoomId(3), "f")).1, []);
    assert_eq!(state.heard(Event::Ok(done(2))).say, [said(3, "b", None)]);
    assert_eq!(state.heard(Event::Ok(done(3))).say, []);
    assert_eq!(state.heard(Event::Ok(done(4))).say, []);
    assert_eq!(state.heard(Event::Ok(done(5))).say, [(Some(Ref::Number(6)), edit)]);
    assert_eq!(state.heard(Event::Ok(done(6))).say, [said_in(7, RoomId(3), "f", None)]);
}

#[test]
fn what_is_said_does_not_wait_until_a_gap_is_mended() {
    let mut state = live();
    state.heard(Event::Message(message(5)));
    assert!(!state.is_live());
    assert_eq!(state.say(send("a")).1, [said(1, "a", None)]);
}
