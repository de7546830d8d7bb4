//! Following logs: nothing is lost between what is read and what is heard, a loss ends what is heard, and what is kept has
//! its bounds.

use chatterbox_core::logs::{Epoch, LogId};
use chatterbox_core::shard::{Ending, Input, LOGS_BYTES_MAX, LogPage, Output, Past, Published};
use chatterbox_protocol::commands::{Command, Unfollow};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::rooms::{RoomKind, RoomState};

use crate::scene::{EPOCH, LOBBY, Scene, encode, history, message, removed};

const ATTIC: RoomId = RoomId(2);
const LOG: LogId = LogId::Room(LOBBY);

/// What happens while somebody comes to follow a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Commit,
    /// As `Commit`, but the core learns of it only when all is over.
    LateCommit,
    Follow,
    Snapshot,
    Arrive,
}

/// Every order of following, reading and arriving with up to two commits before, between and behind them.
fn orders() -> Vec<Vec<Step>> {
    let commits: [&[Step]; 5] = [
        &[],
        &[Step::Commit],
        &[Step::LateCommit],
        &[Step::Commit, Step::Commit],
        &[Step::LateCommit, Step::LateCommit],
    ];
    let mut orders = vec![Vec::new()];
    for then in [Some(Step::Follow), Some(Step::Snapshot), Some(Step::Arrive), None] {
        let longer = |order: &Vec<Step>| {
            let order = order.clone();
            commits.map(|commits| order.iter().chain(commits).copied().chain(then).collect::<Vec<_>>())
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

#[test]
fn e3_a_commit_at_any_point_of_coming_is_in_what_is_read_or_in_what_is_heard_and_never_in_both() {
    for order in orders() {
        let mut scene = Scene::new();
        let (mut committed, mut snapshot, mut peer, mut late) = (0, 0, None, Vec::new());
        for step in order.iter().copied() {
            match step {
                Step::Commit | Step::LateCommit => {
                    committed += 1;
                    // The writer looks up who follows behind the commit.
                    if scene.out.contains(&Output::Follow(LOG)) {
                        match step {
                            Step::LateCommit => late.push(committed),
                            _ if late.is_empty() => scene.publish(committed, format!("{committed};")),
                            // Nothing overtakes.
                            _ => late.push(committed),
                        }
                    }
                }
                Step::Follow => peer = Some(scene.follows(9, &[(LOBBY, 1)])),
                Step::Snapshot => snapshot = committed,
                Step::Arrive => scene.is_welcomed(peer.expect("it has come"), LOBBY, snapshot),
            }
        }
        for seq in late {
            scene.publish(seq, format!("{seq};"));
        }
        let heard: String = (snapshot + 1..=committed).map(|seq| format!("{seq};")).collect();
        assert_eq!(scene.unsent(peer.unwrap()), format!("other;up to {snapshot};{heard}"), "{order:?}");
        assert!(!scene.out.iter().any(|output| matches!(output, Output::Fill { .. })), "{order:?}");
    }
}

#[test]
fn z6_for_whom_is_lost_a_log_ends_with_that_also_if_they_lag_and_goes_on_for_the_others() {
    let mut scene = Scene::new();
    let (ada, grace) = (scene.follows(1, &[(LOBBY, 1)]), scene.follows(2, &[(LOBBY, 1)]));
    for peer in [ada, grace] {
        scene.is_welcomed(peer, LOBBY, 0);
    }
    // Grace does not read.
    scene.publish(1, "1;");
    scene.loses(LOBBY, 2, 2);
    scene.publish(3, "3;");
    assert_eq!(scene.unsent(ada), "other;up to 0;1;2 is lost;3;");
    assert_eq!(scene.unsent(grace), "other;up to 0;1;2 is lost;");
    scene.shard.wrote_all(grace, &mut scene.out);
    assert_eq!(scene.unsent(grace), "1 is not there;");
    scene.publish(4, "4;");
    assert_eq!(scene.unsent(grace), "1 is not there;");
    assert_eq!(scene.unsent(ada), "other;up to 0;1;2 is lost;3;4;");
}

#[test]
fn z6_a_page_that_was_read_before_a_loss_does_not_lead_past_it() {
    let mut scene = Scene::new();
    let grace = scene.follows(2, &[(LOBBY, 1)]);
    scene.publish(1, "1;");
    scene.loses(LOBBY, 2, 2);
    scene.publish(3, "3;");
    scene.is_welcomed(grace, LOBBY, 0);
    assert_eq!(scene.unsent(grace), "other;up to 0;1;2 is lost;");
    scene.shard.wrote_all(grace, &mut scene.out);
    assert_eq!(scene.unsent(grace), "1 is not there;");
}

#[test]
fn z6_a_room_that_is_closed_ends_for_everybody_who_heard_of_it_before_and_goes_on_for_who_comes_back() {
    let mut scene = Scene::new();
    let (ada, grace) = (scene.follows(1, &[(LOBBY, 1)]), scene.follows(2, &[(LOBBY, 1)]));
    for peer in [ada, grace] {
        scene.is_welcomed(peer, LOBBY, 0);
    }
    scene.publish(1, "1;");
    scene.is_closed(LOBBY, 2, 1, 2);
    for peer in [ada, grace] {
        assert_eq!(scene.unsent(peer), "other;up to 0;1;the room;");
        scene.shard.wrote_all(peer, &mut scene.out);
        assert_eq!(scene.unsent(peer), "1 is not there;");
        scene.shard.wrote_all(peer, &mut scene.out);
    }
    // Ada belongs to it, and follows it anew; another name is no other end.
    let back = scene.follows(1, &[(LOBBY, 1)]);
    scene.is_welcomed(back, LOBBY, 2);
    scene.is_closed(LOBBY, 3, 2, 2);
    scene.publish(4, "4;");
    assert_eq!(scene.unsent(back), "other;up to 2;the room;4;");
    assert_eq!(scene.unsent(grace), "");
}

#[test]
fn z6_that_a_room_was_closed_is_not_jumped_over_by_a_later_name_of_it() {
    let mut scene = Scene::new();
    let (ada, grace) = (scene.follows(1, &[(LOBBY, 1)]), scene.follows(2, &[(LOBBY, 1)]));
    scene.is_welcomed(grace, LOBBY, 1);
    // It was closed by its third change, and its fourth is the last of what it is.
    scene.is_closed(LOBBY, 4, 1, 3);
    scene.publish(5, "5;");
    assert_eq!(scene.unsent(grace), "other;up to 1;the room;");
    // Nor by a page that was read before.
    scene.is_welcomed(ada, LOBBY, 1);
    assert_eq!(scene.unsent(ada), "other;up to 1;the room;");
}

#[test]
fn z6_what_fills_a_gap_does_not_jump_over_a_loss() {
    let mut scene = Scene::new();
    let grace = scene.follows(2, &[(LOBBY, 1)]);
    scene.is_welcomed(grace, LOBBY, 1);
    scene.publish(6, "6;");
    assert_eq!(scene.out.last(), Some(&Output::Fill { log: LOG, since: Seq(1) }));
    let lost = removed(Seq(3), LOBBY, UserId(2));
    let mut changes =
        vec![(Seq(2), Event::Message(message(2))), (Seq(3), Event::State(lost)), (Seq(6), Event::Message(message(6)))];
    let mut before = Seq(1);
    for (seq, event) in &mut changes {
        event.goes_on_from(before);
        before = *seq;
    }
    scene.handle(Input::Filled { epoch: EPOCH, log: LOG, changes, seq: Seq(6) });
    assert_eq!(scene.unsent(grace), "other;up to 1;2;2 is lost;");
}

#[test]
fn a_page_goes_before_what_is_heard_of_its_own_room_and_holds_up_no_other() {
    let mut scene = Scene::new();
    let ada = scene.follows(1, &[(LOBBY, 1), (ATTIC, 1)]);
    scene.is_welcomed(ada, LOBBY, 0);
    scene.shard.wrote_all(ada, &mut scene.out);
    // The pages of one's own log and the house's are on their way; the Lobby goes on meanwhile.
    scene.publish(1, "1;");
    assert_eq!(scene.unsent(ada), "1;");
    scene.shard.wrote_all(ada, &mut scene.out);
    for _ in 0..2 {
        scene.read(ada, Past::Page(None));
    }
    let entry =
        Published { seq: Seq(4), since: Seq(3), lost: None, came: None, is_quiet: false, frame: "attic 4;".into() };
    scene.handle(Input::Published { epoch: EPOCH, log: LogId::Room(ATTIC), entry });
    scene.publish(2, "2;");
    scene.read(ada, Past::Page(Some(LogPage::Room(history(ATTIC, 3)))));
    let told = scene.unsent(ada);
    let at = |what| told.find(what).unwrap_or_else(|| panic!("no {what} in {told}"));
    assert!(at("up to 3;") < at("attic 4;") && at("2;") < told.len(), "{told}");
}

#[test]
fn a_log_that_nobody_needs_is_let_go_and_whoever_comes_next_follows_it_anew() {
    let mut scene = Scene::new();
    let ada = scene.follows(1, &[(LOBBY, 1)]);
    scene.is_welcomed(ada, LOBBY, 0);
    scene.publish(1, "1;");
    scene.says(ada, Command::Unfollow(Unfollow { room: LOBBY }));
    scene.handle(Input::Tick);
    assert!(scene.out.contains(&Output::Unfollow(LOG)), "{:?}", scene.out);
    assert_eq!(scene.shard.log_bytes(), 0);
    // It was still on its way.
    scene.publish(2, "2;");
    assert_eq!(scene.shard.log_bytes(), 0);
    scene.out.clear();
    scene.follows(2, &[(LOBBY, 1)]);
    assert_eq!(scene.out.first(), Some(&Output::Follow(LOG)));
}

#[test]
fn i1_all_logs_of_a_core_keep_no_more_than_one_budget_and_let_go_of_the_oldest() {
    let mut scene = Scene::new();
    let rooms: Vec<RoomId> = (10..200).map(RoomId).collect();
    let ada = scene.follows(1, &[(rooms[0], 1)]);
    let laggard = scene.follows(2, &[(rooms[0], 1)]);
    for peer in [ada, laggard] {
        scene.is_welcomed(peer, rooms[0], 0);
        scene.shard.block(peer);
    }
    for (number, room) in rooms.iter().enumerate() {
        if number > 0 {
            let peer = scene.follows(10 + number as u64, &[(*room, 1)]);
            scene.is_welcomed(peer, *room, 0);
        }
        for seq in 1..=20 {
            let frame = vec![b'.'; 50 * 1024].into();
            let entry =
                Published { seq: Seq(seq), since: Seq(seq - 1), lost: None, came: None, is_quiet: false, frame };
            scene.handle(Input::Published { epoch: EPOCH, log: LogId::Room(*room), entry });
            assert!(scene.shard.log_bytes() <= LOGS_BYTES_MAX + 128 * 1024);
        }
    }
    assert!(scene.shard.log_bytes() > LOGS_BYTES_MAX / 2, "there is no need to keep less");
    scene.handle(Input::Tick);
    let closed = |peer| Output::Close(peer, Ending::TooSlow);
    assert!(scene.out.contains(&closed(laggard)), "it has fallen out of the oldest log");
}

#[test]
fn a_new_history_ends_all_connections_and_forgets_all_logs_and_what_is_of_the_old_one_says_nothing() {
    let mut scene = Scene::new();
    let ada = scene.follows(1, &[(LOBBY, 1)]);
    scene.is_welcomed(ada, LOBBY, 5);
    scene.publish(6, "6;");
    scene.handle(Input::Stands { epoch: Epoch(2), log: LOG, seq: Seq(1) });
    assert!(scene.out.contains(&Output::Close(ada, Ending::NewEpoch)), "{:?}", scene.out);
    assert!(scene.out.contains(&Output::Unfollow(LOG)));
    assert_eq!(scene.shard.log_bytes(), 0);
    let grace = scene.follows(2, &[(LOBBY, 1)]);
    // What was read of the old history comes late.
    scene.is_welcomed(grace, LOBBY, 5);
    scene.publish(7, "7;");
    assert_eq!(scene.unsent(grace), "");
    let user = chatterbox_protocol::events::Me {
        id: chatterbox_protocol::ids::UserId(2),
        username: "grace".into(),
        role: chatterbox_protocol::users::Role::Member,
    };
    let page = Some(LogPage::Room(history(LOBBY, 1)));
    let past = Past::Welcome { user, epoch: "two".into(), rooms: vec![], page, public_url: None };
    scene.handle(Input::Read { epoch: Epoch(2), peer: grace, past: Box::new(past) });
    assert_eq!(scene.unsent(grace), "other;up to 1;");
    let event = Event::Message(message(2));
    let entry = Published::new(&event, encode(&event)).unwrap();
    scene.handle(Input::Published { epoch: Epoch(2), log: LOG, entry });
    assert_eq!(scene.unsent(grace), "other;up to 1;2;");
}

/// Grace has been removed and lags; what comes behind that is not for her, whatever it is.
#[test]
fn x22_whoever_was_removed_is_not_told_what_was_seen_afterwards_even_while_what_is_theirs_waits() {
    for everybody in [Some("seen;".into()), None] {
        let mut scene = Scene::new();
        let grace = scene.follows(2, &[(LOBBY, 1)]);
        scene.is_welcomed(grace, LOBBY, 0);
        scene.loses(LOBBY, 1, 2);
        let furthest = Some((UserId(2), Some("seen;".into())));
        scene.handle(Input::Seen { room: LOBBY, everybody, furthest });
        assert_eq!(scene.unsent(grace), "other;up to 0;2 is lost;");
        scene.shard.wrote_all(grace, &mut scene.out);
        scene.handle(Input::Tick);
        assert_eq!(scene.unsent(grace), "1 is not there;");
        assert!(!scene.out.iter().any(|output| matches!(output, Output::TellSeen { .. })));
    }
}

#[test]
fn whoever_is_let_in_again_and_was_shown_that_by_the_store_does_not_lose_the_room_by_what_comes_late() {
    let mut scene = Scene::new();
    let (grace, ada) = (scene.follows(2, &[(LOBBY, 1)]), scene.follows(1, &[(LOBBY, 1)]));
    // She was removed by the first change and let in by the second; the core has heard of neither.
    scene.publish(1, "1;");
    scene.is_welcomed(grace, LOBBY, 3);
    scene.is_welcomed(ada, LOBBY, 1);
    scene.loses(LOBBY, 2, 2);
    scene.publish(3, "3;");
    scene.publish(4, "4;");
    assert_eq!(scene.unsent(grace), "other;up to 3;4;");
    assert_eq!(scene.unsent(ada), "other;up to 1;2 is lost;3;4;");
    scene.shard.wrote_all(grace, &mut scene.out);
    assert_eq!(scene.unsent(grace), "");
    // The same of a room that was closed before she was shown it.
    scene.handle(Input::Read { epoch: EPOCH, peer: grace, past: Box::new(Past::Page(None)) });
    let late = scene.follows(3, &[(LOBBY, 1)]);
    scene.is_welcomed(late, LOBBY, 5);
    scene.is_closed(LOBBY, 5, 4, 5);
    scene.publish(6, "6;");
    assert_eq!(scene.unsent(late), "other;up to 5;6;");
    assert_eq!(scene.unsent(grace), "the room;");
}

#[test]
fn z3_what_was_said_behind_the_closing_of_a_room_is_not_told_who_only_looked_on_though_a_gap_hid_the_closing() {
    let mut scene = Scene::new();
    let grace = scene.follows(2, &[(LOBBY, 1)]);
    scene.is_welcomed(grace, LOBBY, 1);
    // The core has missed what closed the room by its third change; there was a second and a fourth one, and then a new name.
    scene.publish(2, "2;");
    scene.publish(6, "6;");
    let said = |seq: u64, since: u64| {
        let mut event = Event::Message(message(seq));
        event.goes_on_from(Seq(since));
        (Seq(seq), event)
    };
    let state = RoomState { kind: RoomKind::Closed, closed_at: Some(Seq(3)), ..RoomState::default() };
    let mut named = Event::State(Entry::room(Seq(5), LOBBY, state));
    named.goes_on_from(Seq(4));
    let changes = vec![said(4, 2), (Seq(5), named), said(6, 5)];
    // A page that was read before the closing leads no further, either.
    let linus = scene.follows(3, &[(LOBBY, 1)]);
    scene.handle(Input::Filled { epoch: EPOCH, log: LOG, changes, seq: Seq(6) });
    assert_eq!(scene.unsent(grace), "other;up to 1;2;");
    scene.is_welcomed(linus, LOBBY, 2);
    assert_eq!(scene.unsent(linus), "other;up to 2;");
    for peer in [grace, linus] {
        scene.shard.wrote_all(peer, &mut scene.out);
        assert_eq!(scene.unsent(peer), "1 is not there;");
    }
}
