//! Scenes of a shard, one for each defect that the simulation has found in it.

use bytes::Bytes;
use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{
    ANSWERS_BYTES_MAX, Ending, Input, LogPage, OWED_BYTES_MAX, Output, PATIENCE_MS, Past, View, Wanted,
};
use chatterbox_protocol::commands::{Called, Command, Delete};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{History, Me};
use chatterbox_protocol::ids::{MessageId, Seq, SessionId, UserId};
use chatterbox_protocol::rooms::Room;
use chatterbox_protocol::users::Role;

use crate::scene::{LOBBY, Scene, message, page};

#[test]
fn e3_a_page_that_the_log_has_left_behind_is_not_shown_beside_the_next_one() {
    let mut scene = Scene::new();
    let grace = scene.grace();
    // So much that the log lets go of its beginning.
    for seq in 2..=80 {
        scene.publish(seq, vec![b'.'; 60 * 1024]);
    }
    scene.read(grace, page(&[1], 1));
    let read = |count| Output::Read { peer: grace, wanted: Wanted::Newest(count) };
    assert_eq!(scene.out, [Output::Follow(LogId::Room(LOBBY)), read(3), read(3)]);
    scene.read(grace, page(&[79, 80], 80));
    scene.publish(81, "81;");
    assert_eq!(scene.unsent(grace), "79;80;81;");
}

#[test]
fn z3_what_is_published_after_the_end_of_a_session_is_not_among_its_last_bytes() {
    let mut scene = Scene::new();
    let grace = scene.grace_listens(0);
    scene.publish(1, "1;");
    scene.handle(Input::SessionOver(SessionId(2)));
    // Whoever drives the shard has not come to carry out the end yet.
    scene.publish(2, "2;");
    assert_eq!(scene.shard.leave(grace), b"1;");
}

#[test]
fn i1_whoever_falls_out_of_a_log_while_blocked_does_not_go_on_at_a_later_place() {
    let mut scene = Scene::new();
    let grace = scene.grace_listens(0);
    scene.publish(1, "1;");
    scene.shard.block(grace);
    for seq in 2..200 {
        scene.publish(seq, vec![b'x'; 64 * 1024]);
    }
    scene.shard.unblock(grace);
    // The kernel takes no more than what was half written.
    scene.shard.block(grace);
    scene.handle(Input::Tick);
    assert!(scene.out.contains(&Output::Close(grace, Ending::TooSlow)));
    assert_eq!(scene.unsent(grace), "");
}

#[test]
fn what_one_newcomer_was_shown_is_shown_to_the_next_until_something_changes() {
    let mut scene = Scene::new();
    let (first, newest) = (scene.grace(), Wanted::Newest(3));
    scene.read(first, page(&[1, 2], 2));
    scene.out.clear();
    let next = scene.grace();
    assert_eq!(scene.unsent(next), "1;2;");
    assert_eq!(scene.out, [Output::Appear { peer: next, shown: Some(Seq(2)), idle_ms: None, of_everybody: true }]);
    scene.publish(3, "3;");
    assert_eq!(scene.unsent(next), "1;2;3;");
    let last = scene.grace();
    assert_eq!(scene.out.last(), Some(&Output::Read { peer: last, wanted: newest }));
}

#[test]
fn z3_a_session_that_ends_while_its_connection_is_handed_over_shows_nothing() {
    let mut scene = Scene::new();
    scene.handle(Input::SessionOver(SessionId(2)));
    let grace = scene.grace();
    assert_eq!(scene.out, [Output::Close(grace, Ending::SessionOver)]);
}

#[test]
fn the_answer_to_a_handshake_comes_first_whatever_becomes_of_the_connection() {
    let answered = |scene: &mut Scene| {
        scene.shard.open(UserId(2), SessionId(2), Role::Member, View::Contract, "101;".into(), &mut scene.out)
    };
    let mut scene = Scene::new();
    let first = answered(&mut scene);
    assert_eq!(scene.shard.take_dirty(), [first]);
    scene.read(first, page(&[1], 1));
    assert_eq!(scene.unsent(first), "101;1;");
    let next = answered(&mut scene);
    assert_eq!(scene.unsent(next), "101;1;");
    scene.handle(Input::Frame { peer: next, frame: vec![b'x'; OWED_BYTES_MAX].into() });
    assert_eq!(scene.shard.leave(next), b"101;");
    scene.handle(Input::Drain);
    let late = answered(&mut scene);
    assert_eq!(scene.shard.leave(late), b"101;");
}

#[test]
fn e3_a_client_listens_once_and_behind_the_last_page() {
    let mut scene = Scene::new();
    let grace = scene.shard.open(UserId(2), SessionId(2), Role::Member, View::Full, Bytes::new(), &mut scene.out);
    let called = Called { reference: None, command: Ok(Command::Hello(Box::default())), turn: None };
    scene.handle(Input::Said { peer: grace, called, budget: Ok(()) });
    let page = |seq, live| {
        let (messages, deleted) = (vec![], vec![]);
        History { room: LOBBY, reset: false, more: false, messages, deleted, states: Vec::new(), seq: Seq(seq), live }
    };
    let room = Room { id: LOBBY, name: "Lobby".into(), seq: Seq(2), ..Room::default() };
    let user = Me { id: UserId(2), username: "grace".into(), role: Role::Member };
    let first = Some(LogPage::Room(page(1, false)));
    let past = Past::Welcome { user, epoch: "one".into(), rooms: vec![room], page: first, public_url: None };
    scene.read(grace, past);
    scene.publish(3, "3;");
    assert_eq!(scene.unsent(grace), "other;up to 1;");
    scene.shard.wrote_all(grace, &mut scene.out);
    scene.read(grace, Past::Page(Some(LogPage::Room(page(2, true)))));
    assert_eq!(scene.unsent(grace), "up to 2;3;");
}

#[test]
fn e3_what_a_newcomer_was_answered_while_the_past_was_read_does_not_put_the_present_before_it() {
    let mut scene = Scene::new();
    let (ada, grace) = (scene.grace(), scene.grace());
    scene.read(ada, page(&[1, 2], 2));
    scene.publish(3, "3;");
    scene.handle(Input::Frame { peer: grace, frame: "pong;".into() });
    scene.read(grace, page(&[1, 2], 2));
    assert_eq!(scene.unsent(grace), "pong;1;2;3;");
}

#[test]
fn i1_who_takes_a_page_slowly_may_and_who_takes_nothing_may_not() {
    let mut scene = Scene::new();
    let grace = scene.grace();
    scene.handle(Input::Frame { peer: grace, frame: vec![b'x'; ANSWERS_BYTES_MAX + 100].into() });
    for second in 0..60 {
        scene.shard.handle(second * 1_000, Input::Tick, &mut scene.out);
        scene.shard.wrote_some(grace, 1, &mut scene.out);
    }
    let closed = Output::Close(grace, Ending::TooSlow);
    assert!(!scene.out.contains(&closed), "it reads");
    for second in 60..=60 + PATIENCE_MS / 1_000 {
        assert!(!scene.out.contains(&closed), "it has not had its time");
        scene.shard.handle(second * 1_000, Input::Tick, &mut scene.out);
    }
    assert!(scene.out.contains(&closed), "it does not read");
}

#[test]
fn e3_a_replay_of_several_pages_holds_its_place_while_the_room_goes_on() {
    let mut scene = Scene::new();
    let grace = scene.grace();
    let first = Past::Replayed { messages: vec![message(1)], more: true, seq: Seq(2) };
    scene.read(grace, first);
    scene.publish(3, "3;");
    assert_eq!(scene.unsent(grace), "1;", "what happens comes behind the past");
    scene.shard.wrote_all(grace, &mut scene.out);
    assert_eq!(scene.unsent(grace), "");
    // Nobody else listens: nothing but the replay keeps what has been said.
    scene.handle(Input::Tick);
    scene.read(grace, page(&[2, 3], 3));
    assert_eq!(scene.unsent(grace), "2;3;");
    assert!(!scene.out.iter().any(|output| matches!(output, Output::Close(..))), "{:?}", scene.out);
}

#[test]
fn e3_what_is_answered_between_two_pages_does_not_put_the_present_before_the_second() {
    let mut scene = Scene::new();
    let grace = scene.grace();
    scene.read(grace, Past::Replayed { messages: vec![message(1)], more: true, seq: Seq(2) });
    scene.shard.wrote_all(grace, &mut scene.out);
    scene.publish(3, "3;");
    scene.handle(Input::Frame { peer: grace, frame: "pong;".into() });
    scene.read(grace, page(&[2, 3], 3));
    assert_eq!(scene.unsent(grace), "pong;2;3;");
}

#[test]
fn i1_whoever_is_told_whenever_much_is_untold_never_falls_out_of_a_burst() {
    const MUCH: u64 = 1024 * 1024;
    let mut scene = Scene::new();
    let grace = scene.grace_listens(0);
    for seq in 1..=1_000 {
        scene.publish(seq, vec![b'.'; 10_000]);
        if scene.shard.untold_bytes() > MUCH {
            assert_eq!(scene.shard.tell_listeners(|_, _| 0), [grace], "it does not lie in one piece");
            let unsent: usize = scene.shard.unsent(grace).map(<[u8]>::len).sum();
            assert!(unsent as u64 > MUCH);
            scene.shard.wrote_all(grace, &mut scene.out);
        }
    }
    scene.handle(Input::Tick);
    let closed = Output::Close(grace, Ending::TooSlow);
    assert!(!scene.out.contains(&closed), "{:?}", scene.out);
}

#[test]
fn i1_who_takes_no_pongs_is_not_heard_any_more_however_small_they_are() {
    let mut scene = Scene::new();
    let grace = scene.grace_listens(0);
    for _ in 0..1_000 {
        assert!(scene.shard.hears(grace));
        scene.handle(Input::Frame { peer: grace, frame: Bytes::from_static(b"\x8a\x00") });
    }
    assert!(!scene.shard.hears(grace));
    scene.shard.wrote_some(grace, 2, &mut scene.out);
    assert!(scene.shard.hears(grace));
}

#[test]
fn o4_who_was_not_told_what_has_been_seen_is_told_later() {
    let mut scene = Scene::new();
    let told = |scene: &mut Scene, grace| {
        scene.out.clear();
        scene.handle(Input::Tick);
        scene.out.contains(&Output::TellSeen { peer: grace, room: LOBBY })
    };
    let seen = || Input::Seen { room: LOBBY, everybody: Some(Bytes::from_static(b"seen;")), furthest: None };
    // While the past is read, which may be older.
    let ada = scene.grace_listens(1);
    scene.publish(2, "2;");
    let grace = scene.grace();
    scene.handle(seen());
    assert!(!told(&mut scene, grace), "it is shown nothing of the room yet");
    scene.read(grace, page(&[1, 2], 2));
    assert!(told(&mut scene, grace));
    assert!(!told(&mut scene, grace) && !told(&mut scene, ada), "once is enough");
    // What it was shown is not for others.
    let linus = scene.grace();
    assert!(scene.out.contains(&Output::Read { peer: linus, wanted: Wanted::Newest(3) }));
    // While it takes too little.
    scene.handle(Input::Frame { peer: ada, frame: vec![b'.'; ANSWERS_BYTES_MAX].into() });
    scene.handle(seen());
    assert!(!told(&mut scene, ada));
    scene.shard.wrote_some(ada, 10, &mut scene.out);
    assert!(told(&mut scene, ada));
}

#[test]
fn x75_who_is_refused_far_more_often_than_not_is_cut_off_and_who_is_now_and_then_is_not() {
    let refusal = || Refusal::new(ErrorCode::RateLimited, "That was too often.");
    let is_cut_off_with = |refused_for_each: u32| {
        let mut scene = Scene::new();
        let grace = scene.grace_listens(0);
        for _ in 0..100 {
            for number in 0..=refused_for_each {
                let delete = Command::Delete(Delete { id: MessageId(1) });
                let called = Called { reference: None, command: Ok(delete), turn: None };
                let budget = if number == 0 { Ok(()) } else { Err(refusal()) };
                scene.handle(Input::Said { peer: grace, called, budget });
            }
        }
        scene.out.contains(&Output::Close(grace, Ending::TooManyCommands))
    };
    assert!(!is_cut_off_with(1) && !is_cut_off_with(10));
    assert!(is_cut_off_with(20));
}
