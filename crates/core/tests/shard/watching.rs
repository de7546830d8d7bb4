//! Who watches whom, what hiding changes for a connection, and who is told that somebody is writing.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Input, LogPage, Output, Past, PeerId, Spelled, ToldOnline, Wanted};
use chatterbox_protocol::commands::{Command, Hello, Typing, Watch};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, SessionId, UserId};
use chatterbox_protocol::logs::Followed;
use chatterbox_protocol::presence::{PersonPresence, PresenceState, PresentPeople};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use crate::scene::{LOBBY, Scene, history};

/// A shard whose `people` events can be read.
fn scene() -> Scene {
    Scene::encoding(|event| match event {
        Event::People(PresentPeople { reset, people }) => {
            let said = |person: &PersonPresence| {
                let last = person.last.map_or_else(String::new, |last| format!("@{}", last.0));
                format!("{}{}{last},", person.id, if person.state == PresenceState::Online { "+" } else { "-" })
            };
            let opening = if *reset { "all:" } else { "" };
            format!("{opening}{};", people.iter().map(said).collect::<String>()).into()
        }
        event => crate::scene::encode(event),
    })
}

fn ids(people: &[u64]) -> BTreeSet<UserId> {
    people.iter().copied().map(UserId).collect()
}

fn online(id: u64) -> PersonPresence {
    PersonPresence { state: PresenceState::Online, ..PersonPresence::offline(UserId(id)) }
}

fn gone(id: u64) -> PersonPresence {
    PersonPresence { last: Some(Timestamp(7)), ..PersonPresence::offline(UserId(id)) }
}

/// Everybody is told that these are there otherwise, and who hides.
fn tells(scene: &mut Scene, now_ms: i64, number: u64, people: &[PersonPresence], hiding: &[u64]) {
    let frame = |name: &str| Bytes::from(format!("{name}{number};"));
    let told = ToldOnline {
        number,
        whole: Some(Spelled { names: frame("n"), ids: frame("i") }),
        names: Some(frame("n+")),
        ids: Some(frame("i+")),
        people: people.into(),
        hiding: Arc::new(ids(hiding)),
        ..ToldOnline::default()
    };
    scene.shard.handle(now_ms, Input::Online(told), &mut scene.out);
}

/// A connection that has said whom it watches, and how long its user has been idle.
fn watcher(scene: &mut Scene, user: u64, people: &[u64]) -> PeerId {
    let view = chatterbox_core::shard::View::Full;
    let peer = scene.shard.open(UserId(user), SessionId(user), Role::Member, view, Bytes::new(), &mut scene.out);
    let follow = Some(vec![Followed { room: LOBBY, seq: None }]);
    let (people, idle) = (Some(ids(people)), Some(9));
    scene.says(peer, Command::Hello(Box::new(Hello { follow, people, idle, ..Hello::default() })));
    scene.is_welcomed(peer, LOBBY, 1);
    is_brought_up_to_date(scene, peer);
    scene.handle(Input::Appeared { peer, number: 1 });
    peer
}

/// The client takes what it is owed, and is refused the two other logs.
fn is_brought_up_to_date(scene: &mut Scene, peer: PeerId) {
    loop {
        scene.shard.wrote_all(peer, &mut scene.out);
        let wants = |output: &Output| matches!(output, Output::Read { wanted: Wanted::Page(_), .. });
        let Some(at) = scene.out.iter().position(wants) else { return };
        let page = match scene.out.remove(at) {
            Output::Read { wanted: Wanted::Page(page), .. } => page,
            _ => unreachable!("it is one"),
        };
        let page = if let LogId::Room(room) = page.log { Some(LogPage::Room(history(room, 1))) } else { None };
        scene.read(peer, Past::Page(page));
    }
}

fn taken(scene: &mut Scene, peer: PeerId) -> String {
    let heard = scene.unsent(peer);
    scene.shard.wrote_all(peer, &mut scene.out);
    heard
}

#[test]
fn who_watches_is_told_of_these_people_and_of_nobody_else() {
    let mut scene = scene();
    let ada = watcher(&mut scene, 1, &[2, 3]);
    let is_appeared = |output: &Output| matches!(output, Output::Appear { peer, idle_ms: Some(9_000), of_everybody: false, .. } if *peer == ada);
    assert!(scene.out.iter().any(is_appeared), "{:?}", scene.out);
    tells(&mut scene, 0, 1, &[online(2), gone(3), online(4)], &[]);
    assert_eq!(taken(&mut scene, ada), "all:2+,3-@7,;");
    tells(&mut scene, 100, 2, &[gone(2), online(4)], &[]);
    tells(&mut scene, 200, 3, &[gone(4)], &[]);
    assert_eq!(taken(&mut scene, ada), "2-@7,;");
    // Others in their place.
    scene.says(ada, Command::Watch(Watch { people: ids(&[3, 4]) }));
    assert_eq!(taken(&mut scene, ada), "all:3-@7,4-@7,;");
    tells(&mut scene, 300, 4, &[online(2), online(4)], &[]);
    assert_eq!(taken(&mut scene, ada), "4+,;");
    scene.says(ada, Command::Watch(Watch::default()));
    assert_eq!(taken(&mut scene, ada), "all:;");
}

#[test]
fn a_watcher_that_takes_nothing_is_told_all_of_its_people_later() {
    let mut scene = scene();
    let ada = watcher(&mut scene, 1, &[2, 3]);
    tells(&mut scene, 0, 1, &[online(2)], &[]);
    taken(&mut scene, ada);
    scene.shard.block(ada);
    tells(&mut scene, 100, 2, &[gone(2)], &[]);
    tells(&mut scene, 200, 3, &[online(3)], &[]);
    scene.shard.unblock(ada);
    scene.shard.handle(1_000, Input::Tick, &mut scene.out);
    assert_eq!(taken(&mut scene, ada), "all:2-@7,3+,;");
    tells(&mut scene, 1_100, 4, &[gone(3)], &[]);
    assert_eq!(taken(&mut scene, ada), "3-@7,;");
}

#[test]
fn who_hides_is_told_of_nobodys_last_time_and_by_name_apart() {
    let mut scene = scene();
    let (ada, old) = (watcher(&mut scene, 1, &[2]), scene.grace_listens(1));
    scene.handle(Input::Appeared { peer: old, number: 1 });
    tells(&mut scene, 0, 1, &[gone(2)], &[]);
    assert_eq!((taken(&mut scene, ada), taken(&mut scene, old)), ("all:2-@7,;".into(), "n1;".into()));
    tells(&mut scene, 2_000, 2, &[], &[1, 2]);
    assert_eq!((taken(&mut scene, ada), taken(&mut scene, old)), ("all:2-,;".into(), String::new()));
    assert!(scene.out.contains(&Output::TellCompany(old)), "Grace hides, and is told for herself");
    tells(&mut scene, 2_100, 3, &[gone(2)], &[1, 2]);
    assert_eq!(taken(&mut scene, ada), "2-,;");
    tells(&mut scene, 2_200, 4, &[], &[]);
    assert_eq!((taken(&mut scene, ada), taken(&mut scene, old)), ("all:2-@7,;".into(), "n4;".into()));
}

#[test]
fn after_a_reactor_has_failed_everything_is_told_anew() {
    let mut scene = scene();
    let ada = watcher(&mut scene, 1, &[2, 3]);
    tells(&mut scene, 0, 1, &[online(2), online(3)], &[]);
    taken(&mut scene, ada);
    let told = ToldOnline { number: 2, people: [online(3)].into(), is_anew: true, ..ToldOnline::default() };
    scene.handle(Input::Online(told));
    assert_eq!(taken(&mut scene, ada), "all:3+,;");
}

fn typing(room: RoomId, user: u64) -> Input {
    Input::Typing { room, user: UserId(user), frame: Bytes::from(format!("{user} writes;")) }
}

#[test]
fn x22_who_is_writing_is_told_to_others_who_follow_the_room_and_not_behind_a_loss() {
    let mut scene = scene();
    let (ada, grace) = (watcher(&mut scene, 1, &[]), watcher(&mut scene, 5, &[]));
    let old = scene.grace_listens(1);
    scene.handle(typing(LOBBY, 1));
    scene.handle(typing(RoomId(7), 1));
    let heard = [ada, grace, old].map(|peer| taken(&mut scene, peer));
    assert_eq!(heard, ["", "1 writes;", ""]);
    scene.loses(LOBBY, 2, 5);
    scene.handle(typing(LOBBY, 1));
    assert_eq!(taken(&mut scene, grace), "5 is lost;");
    assert_eq!(taken(&mut scene, grace), "1 is not there;");
}

#[test]
fn x76_that_somebody_is_writing_is_heeded_once_in_three_seconds() {
    let mut scene = scene();
    let ada = watcher(&mut scene, 1, &[]);
    let mut says = |now_ms: i64| {
        let command = Ok(Command::Typing(Typing { room: LOBBY }));
        let called = chatterbox_protocol::commands::Called { reference: None, command, turn: None };
        scene.shard.handle(now_ms, Input::Said { peer: ada, called, budget: Ok(()) }, &mut scene.out);
        std::mem::take(&mut scene.out).iter().filter(|output| matches!(output, Output::Submit { .. })).count()
    };
    assert_eq!([0, 1, 2_999, 3_000, 5_999, 6_000].map(&mut says), [1, 0, 0, 1, 0, 1]);
}
