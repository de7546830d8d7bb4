//! What concerns one session, or one person, and no other connection.

use bytes::Bytes;
use chatterbox_core::shard::{Ending, Input, Output, PeerId, View};
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::users::Role;

use crate::scene::{LOBBY, Scene, page};

fn comes(scene: &mut Scene, user: u64, session: u64) -> PeerId {
    let peer =
        scene.shard.open(UserId(user), SessionId(session), Role::Member, View::Contract, Bytes::new(), &mut scene.out);
    // Whoever comes second is shown what the first was.
    scene.read(peer, page(&[], 0));
    peer
}

#[test]
fn z3_the_end_of_a_session_ends_all_its_connections_and_no_other_of_the_same_person() {
    let mut scene = Scene::new();
    let (first, elsewhere) = (comes(&mut scene, 2, 20), comes(&mut scene, 2, 21));
    let (second, gone, other) = (comes(&mut scene, 2, 20), comes(&mut scene, 2, 20), comes(&mut scene, 3, 30));
    scene.shard.leave(gone);
    scene.out.clear();
    scene.handle(Input::SessionOver(SessionId(20)));
    let close = |peer| Output::Close(peer, Ending::SessionOver);
    assert_eq!(scene.out, [close(first), close(second)]);
    for peer in [first, second] {
        scene.shard.leave(peer);
    }
    scene.out.clear();
    scene.handle(Input::SessionOver(SessionId(20)));
    assert_eq!(scene.out, [], "nobody is left there");
    for session in [21, 30] {
        scene.handle(Input::SessionOver(SessionId(session)));
    }
    assert_eq!(scene.out, [close(elsewhere), close(other)]);
}

#[test]
fn a_loss_ends_the_log_for_each_connection_of_whom_it_concerns_and_for_no_other() {
    let mut scene = Scene::new();
    let (here, there, other) = (comes(&mut scene, 2, 20), comes(&mut scene, 2, 21), comes(&mut scene, 3, 30));
    scene.publish(1, "1;");
    scene.loses(LOBBY, 2, 2);
    scene.publish(3, "3;");
    let heard = [here, there, other].map(|peer| scene.unsent(peer));
    // The loss is a quiet line, and these hear of messages alone.
    assert_eq!(heard, ["1;", "1;", "1;3;"]);
}

#[test]
fn what_was_seen_by_all_but_the_furthest_reader_is_told_to_each_connection_of_that_one_alone() {
    let mut scene = Scene::new();
    let (here, there, other) = (comes(&mut scene, 2, 20), comes(&mut scene, 2, 21), comes(&mut scene, 3, 30));
    // It is on its way: what it will be shown may be older.
    let coming = scene.follows(2, &[(LOBBY, 1)]);
    let seen = |everybody, user, frame| Input::Seen { room: LOBBY, everybody, furthest: Some((UserId(user), frame)) };
    let frame = |name: &'static str| Some(Bytes::from_static(name.as_bytes()));
    scene.handle(seen(None, 2, frame("theirs;")));
    scene.is_welcomed(coming, LOBBY, 0);
    scene.out.clear();
    scene.handle(Input::Tick);
    assert_eq!(scene.out, [Output::TellSeen { peer: coming, room: LOBBY }]);
    scene.handle(seen(frame("all;"), 2, None));
    let heard = [here, there, other].map(|peer| scene.unsent(peer));
    assert_eq!(heard, ["theirs;", "theirs;", "all;"]);
}
