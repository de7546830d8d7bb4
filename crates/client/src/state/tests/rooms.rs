//! Rooms that are followed, each by itself.

use chatterbox_protocol::events::Edited;
use chatterbox_protocol::limits::FOLLOWED_MAX;
use chatterbox_protocol::logs::{Entry, Mark};

use super::*;

fn unfollow(room: RoomId) -> (Option<Ref>, Command) {
    (Some(Ref::Text(format!("unfollow {room}"))), Command::Unfollow(Unfollow { room }))
}

#[test]
fn a_gap_in_one_room_is_mended_in_that_room_alone() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    let heard = state.heard(Event::Message(message(5)));
    assert_eq!(heard, Heard { say: vec![follow(2, &[followed(LOBBY, 2)])], ..Heard::default() });
    // Nothing of it is shown until it is mended, and nothing is asked for twice. The other room goes on.
    assert_eq!(state.heard(Event::Message(message(6))), Heard::default());
    let elsewhere = message_in(WORKSHOP, 3);
    assert_eq!(state.heard(Event::Message(elsewhere.clone())).updates, [Update::Message(elsewhere)]);
    assert!(!state.is_live());
    assert_eq!(state.heard(ok("follow 2")), Heard::default());
    let updates = state.heard(history(false, &[3, 4, 5, 6], 6)).updates;
    assert_eq!(updates, [3, 4, 5, 6].map(|seq| Update::Present(message(seq))));
    assert!(state.is_live());
    assert_eq!(state.heard(Event::Message(message(7))).updates, [Update::Message(message(7))]);
}

#[test]
fn two_gaps_are_mended_each_by_its_own_answer() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    assert_eq!(state.heard(Event::Message(message(4))).say, [follow(2, &[followed(LOBBY, 2)])]);
    let elsewhere = Event::Message(message_in(WORKSHOP, 4));
    assert_eq!(state.heard(elsewhere).say, [follow(3, &[followed(WORKSHOP, 2)])]);
    state.heard(ok("follow 2"));
    assert_eq!(state.heard(history(false, &[3, 4], 4)).updates.len(), 2);
    state.heard(ok("follow 3"));
    assert_eq!(state.heard(page(WORKSHOP, false, &[3, 4], 4)).updates.len(), 2);
    assert!(state.is_live());
}

#[test]
fn e2_what_happens_in_a_live_room_while_another_one_catches_up_is_not_missed() {
    let mut state = State::default();
    state.opened();
    state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner));
    for event in [nothing_new(false), nothing_new(true), ok("follow 1"), history(true, &[1, 2], 2)] {
        state.heard(event);
    }
    assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
    // Something is lost: the client asks at once, and is not live before it has both.
    assert_eq!(state.heard(Event::Message(message(5))).say, [follow(2, &[followed(LOBBY, 3)])]);
    state.heard(page(WORKSHOP, true, &[], 0));
    state.heard(ok("follow 2"));
    let updates = state.heard(history(false, &[4, 5], 5)).updates;
    assert!(matches!(updates[..], [Update::Present(_), Update::Present(_), Update::Live(_)]), "{updates:?}");
}

#[test]
fn the_rooms_that_are_chosen_are_followed_in_their_order_and_no_others() {
    let mut state = State::following([WORKSHOP, RoomId(9), LOBBY]);
    let new = [WORKSHOP, RoomId(9), LOBBY].map(|room| followed(room, None));
    assert_eq!(state.opened(), hello(&new, None, None));
    let rooms = [LOBBY, WORKSHOP, RoomId(3)];
    assert_eq!(state.heard(welcome_to(&rooms, "one", Role::Owner)), Heard::default());
    // One that is not there is told of, and not waited for.
    let gone = RoomId(9);
    assert_eq!(state.heard(Event::Unfollowed { room: gone }).updates, [Update::Unfollowed { room: gone }]);
    for event in [page(WORKSHOP, true, &[1], 1), nothing_new(false), nothing_new(true)] {
        state.heard(event);
    }
    // Nor is anything shown of what was not asked for.
    assert_eq!(state.heard(page(RoomId(3), true, &[1], 1)), Heard::default());
    let updates = state.heard(history(true, &[], 0)).updates;
    assert!(matches!(updates[..], [Update::Reset { .. }, Update::Live(_)]), "{updates:?}");
    state.closed();
    assert_eq!(state.opened(), hello(&[followed(WORKSHOP, 1), followed(LOBBY, 0)], Some(0), Some("one")));
}

#[test]
fn a_room_that_is_lost_is_told_of_no_more_and_followed_again_once_it_may_be_seen_again() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    let loss = Entry::member(Seq(3), WORKSHOP, UserId(1), member(MemberChange::Removed));
    assert_eq!(state.heard(Event::State(loss.clone())).updates, [Update::State(loss)]);
    // Its user may be in again already, so it is asked for once.
    let unfollowed = Event::Unfollowed { room: WORKSHOP };
    let heard = state.heard(unfollowed.clone());
    assert_eq!((heard.updates, heard.say), (vec![], vec![follow(2, &[followed(WORKSHOP, Some(3))])]));
    state.heard(ok("follow 2"));
    assert_eq!(state.heard(unfollowed.clone()).updates, [Update::Unfollowed { room: WORKSHOP }]);
    assert_eq!(state.heard(unfollowed), Heard::default());
    assert_eq!(state.heard(Event::Message(message_in(WORKSHOP, 4))), Heard::default());
    assert_eq!(state.seq(WORKSHOP), Seq(0));
    state.closed();
    assert_eq!(state.opened(), hello(&[followed(LOBBY, 2)], Some(0), Some("one")));
    let heard = state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner));
    assert_eq!(heard.say, [follow(3, &[followed(WORKSHOP, None)])]);
}

#[test]
fn a_room_that_was_closed_goes_on_for_whoever_belongs_to_it() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    for (number, seq) in [(2, 2), (3, 3)] {
        let heard = state.heard(Event::Unfollowed { room: WORKSHOP });
        assert_eq!((heard.updates, heard.say), (vec![], vec![follow(number, &[followed(WORKSHOP, Some(seq))])]));
        state.heard(ok(format!("follow {number}")));
        let Event::History(page) = history(false, &[seq + 1], seq + 1) else { panic!("it is a page") };
        state.heard(Event::History(History { room: WORKSHOP, ..page }));
    }
}

#[test]
fn the_rooms_that_its_user_has_are_followed_as_they_come_and_go() {
    let mut state = live_in(&[LOBBY]);
    let own = |seq, listed| Event::State(Entry::mark(Seq(seq), WORKSHOP, Mark { up_to: Seq(0), listed }));
    let heard = state.heard(own(1, true));
    assert_eq!(heard.say, [follow(2, &[followed(WORKSHOP, None)])]);
    state.heard(ok("follow 2"));
    let heard = state.heard(own(2, false));
    assert!(heard.updates.contains(&Update::Unfollowed { room: WORKSHOP }), "{heard:?}");
    assert_eq!(heard.say, [unfollow(WORKSHOP)]);
    // What it has no more when it comes back, it hears no more of.
    state.heard(own(3, true));
    state.closed();
    state.opened();
    let heard = state.heard(welcome_to(&[LOBBY], "one", Role::Owner));
    assert_eq!(heard.updates, [Update::Unfollowed { room: WORKSHOP }]);
    assert_eq!(heard.say, [unfollow(WORKSHOP)]);
    // Whoever has chosen rooms hears of these alone.
    let mut chosen = State::following([LOBBY]);
    chosen.opened();
    chosen.heard(welcome_to(&[LOBBY], "one", Role::Owner));
    chosen.heard(nothing_new(false));
    assert_eq!(chosen.heard(own(1, true)).say, []);
}

#[test]
fn a_room_that_is_unfollowed_is_forgotten_and_stays_so() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    assert_eq!(state.unfollow(WORKSHOP).say, [unfollow(WORKSHOP)]);
    assert_eq!(state.unfollow(WORKSHOP), Heard::default());
    // What is on its way is not shown.
    assert_eq!(state.heard(Event::Message(message_in(WORKSHOP, 3))), Heard::default());
    assert_eq!(state.heard(ok("unfollow 2")), Heard::default());
    state.closed();
    assert_eq!(state.opened(), hello(&[followed(LOBBY, 2)], Some(0), Some("one")));
    assert_eq!(state.heard(welcome_to(&[LOBBY, WORKSHOP], "one", Role::Owner)), Heard::default());
}

#[test]
fn nothing_of_an_older_follow_is_taken_for_the_newer_ones() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    state.unfollow(WORKSHOP);
    assert_eq!(state.follow(WORKSHOP).say, [follow(2, &[followed(WORKSHOP, None)])]);
    for late in [Event::Message(message_in(WORKSHOP, 3)), page(WORKSHOP, false, &[4], 4)] {
        assert_eq!(state.heard(late), Heard::default());
    }
    assert_eq!(state.heard(Event::Unfollowed { room: WORKSHOP }), Heard::default());
    // To be refused to leave what is followed again is as well.
    let refusal = Refusal::new(ErrorCode::RateLimited, "Later.");
    assert_eq!(state.heard(Event::Error(Failed::new(unfollow(WORKSHOP).0, refusal))), Heard::default());
    state.heard(ok("follow 2"));
    let updates = state.heard(page(WORKSHOP, true, &[3, 4], 4)).updates;
    assert!(matches!(&updates[..], [Update::Reset { messages, .. }] if messages.len() == 2), "{updates:?}");
    // What is followed already is not asked for again.
    assert_eq!(state.follow(WORKSHOP), Heard::default());
}

#[test]
fn a_follow_or_unfollow_that_is_refused_is_said_again() {
    let mut state = live_in(&[LOBBY, WORKSHOP]);
    let pause = Duration::from_secs(3);
    let refused = |said: &(Option<Ref>, Command)| {
        let refusal = Refusal::new(ErrorCode::RateLimited, "Later.").retry_after(3);
        Event::Error(Failed::new(said.0.clone(), refusal))
    };
    let asked = state.heard(Event::Message(message(5))).say;
    let heard = state.heard(refused(&asked[0]));
    let why = Trouble::Unwelcome("Later.".to_owned());
    assert_eq!(heard.updates, [Update::Lost { why, again_in: pause }]);
    assert_eq!((heard.say.len(), heard.pause), (0, Some(pause)));
    // Meanwhile nothing is asked for, and then all at once.
    assert_eq!(state.unfollow(WORKSHOP), Heard::default());
    assert_eq!(state.follow(RoomId(3)), Heard::default());
    let again = follow(3, &[followed(LOBBY, 2), followed(RoomId(3), None)]);
    assert_eq!(state.go_on(), [unfollow(WORKSHOP), again]);
    assert_eq!(state.heard(refused(&unfollow(WORKSHOP))), Heard { pause: Some(pause), ..Heard::default() });
    assert_eq!(state.go_on(), [unfollow(WORKSHOP)]);
    assert_eq!(state.go_on(), []);
}

#[test]
fn one_room_too_many_is_not_followed_and_told() {
    let last = RoomId(FOLLOWED_MAX as u64);
    let mut state = State::following((1..=last.0).map(RoomId));
    let (more, none) = (RoomId(last.0 + 1), Heard::default());
    assert_eq!(state.follow(more), Heard { updates: vec![Update::Unfollowed { room: more }], ..none.clone() });
    assert_eq!(state.follow(last), none);
    assert_eq!(state.unfollow(last), none);
    assert_eq!(state.follow(more), none);
}

#[test]
fn an_edit_brings_the_whole_message_to_who_does_not_hold_it() {
    let mut state = live();
    let whole = Message { text: "Better.".into(), changed: Some(Seq(4)), ..message(3) };
    let (id, text, time) = (whole.id, whole.text.clone(), Timestamp(1));
    let state_of = Some(Box::new(whole.clone()));
    let edit = Edited { id, text: text.clone(), time, room: LOBBY, seq: Seq(4), since: Some(Seq(2)), state: state_of };
    let whole = Some(Box::new(whole));
    let told = Update::Edited { id, room: LOBBY, text, time, changed: Seq(4), whole };
    assert_eq!(state.heard(Event::Edit(edit)).updates, [told]);
    assert_eq!(state.seq(LOBBY), Seq(4));
}
