//! Who is told who is online, in which spelling, and when.

use std::collections::BTreeSet;

use bytes::Bytes;
use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{FoundCompany, Input, LogPage, Output, Past, PeerId, Spelled, ToldOnline, View, Wanted};
use chatterbox_protocol::commands::{Command, Follow};
use chatterbox_protocol::events::Me;
use chatterbox_protocol::ids::{Seq, SessionId, UserId};
use chatterbox_protocol::logs::States;
use chatterbox_protocol::users::Role;

use crate::scene::{LOBBY, Scene, history, page};

/// Everybody is told at this moment who is online: `n3;` or `i3;` if nothing is known of it, `n+3;` or `i+3;` behind the one
/// before.
fn tells(scene: &mut Scene, now_ms: i64, number: u64) {
    let spelled = |plus: &str| Spelled {
        names: Bytes::from(format!("n{plus}{number};")),
        ids: Bytes::from(format!("i{plus}{number};")),
    };
    let Spelled { names, ids } = spelled("+");
    let whole = Some(spelled(""));
    let told = ToldOnline { number, whole, names: Some(names), ids: Some(ids), ..ToldOnline::default() };
    scene.shard.handle(now_ms, Input::Online(told), &mut scene.out);
}

/// The client takes what it is owed, and is given all that it asks for; the page of the house's log if it may have it.
fn is_brought_up_to_date(scene: &mut Scene, peer: PeerId, house: bool) -> String {
    let mut heard = String::new();
    loop {
        heard += &scene.unsent(peer);
        scene.shard.wrote_all(peer, &mut scene.out);
        let wanted = std::mem::take(&mut scene.out).into_iter().find_map(|output| match output {
            Output::Read { wanted: Wanted::Page(page), .. } => Some(page),
            _ => None,
        });
        let Some(page) = wanted else { return heard };
        let states = |house| States { house, reset: true, states: Vec::new(), seq: Seq(1), live: true };
        let page = match page.log {
            LogId::Room(room) => Some(LogPage::Room(history(room, 1))),
            LogId::Own(_) => Some(LogPage::States(states(false))),
            LogId::House => house.then(|| LogPage::States(states(true))),
        };
        scene.read(peer, Past::Page(page));
    }
}

/// A connection that follows, with the house's log or, as a guest, without.
fn follower(scene: &mut Scene, user: u64, house: bool) -> PeerId {
    let peer = scene.follows(user, &[(LOBBY, 1)]);
    scene.is_welcomed(peer, LOBBY, 1);
    is_brought_up_to_date(scene, peer, house);
    scene.handle(Input::Appeared { peer, number: 1 });
    peer
}

/// A connection with the plain `hello`.
fn plain(scene: &mut Scene, user: u64) -> PeerId {
    let peer = scene.shard.open(UserId(user), SessionId(user), Role::Member, View::Full, Bytes::new(), &mut scene.out);
    scene.says(peer, Command::Hello(Box::default()));
    scene.is_welcomed(peer, LOBBY, 1);
    is_brought_up_to_date(scene, peer, false);
    scene.handle(Input::Appeared { peer, number: 1 });
    peer
}

#[test]
fn who_follows_the_house_is_told_by_id_and_guests_and_the_plain_hello_by_name() {
    let mut scene = Scene::new();
    let (ada, guest, old) = (follower(&mut scene, 1, true), follower(&mut scene, 2, false), plain(&mut scene, 3));
    tells(&mut scene, 0, 1);
    tells(&mut scene, 100, 2);
    let heard = [ada, guest, old].map(|peer| scene.unsent(peer));
    assert_eq!(heard, ["i1;i+2;", "n1;n+2;", "n1;n+2;"]);
}

#[test]
fn whoever_missed_a_change_is_told_the_whole_set_once_they_take_it() {
    let mut scene = Scene::new();
    let ada = follower(&mut scene, 1, true);
    tells(&mut scene, 0, 1);
    scene.shard.wrote_all(ada, &mut scene.out);
    scene.shard.block(ada);
    tells(&mut scene, 100, 2);
    tells(&mut scene, 200, 3);
    scene.shard.handle(1_000, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada), "");
    scene.shard.unblock(ada);
    scene.shard.handle(2_000, Input::Tick, &mut scene.out);
    scene.shard.handle(3_000, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada), "i3;");
    tells(&mut scene, 3_100, 4);
    assert_eq!(scene.unsent(ada), "i3;i+4;");
}

#[test]
fn whoever_goes_on_in_the_other_view_is_told_the_whole_set_in_that_spelling_once() {
    let mut scene = Scene::new();
    let ada = plain(&mut scene, 1);
    tells(&mut scene, 0, 1);
    assert_eq!(is_brought_up_to_date(&mut scene, ada, true), "n1;");
    // To mend the log of the house is no other view.
    for _ in 0..2 {
        scene.says(ada, Command::Follow(Follow { rooms: vec![], own: None, house: Some(Seq(1)), reset_after: None }));
        is_brought_up_to_date(&mut scene, ada, true);
    }
    scene.shard.handle(1_000, Input::Tick, &mut scene.out);
    tells(&mut scene, 1_100, 2);
    assert_eq!(scene.unsent(ada), "i1;i+2;");
    scene.shard.wrote_all(ada, &mut scene.out);
    scene.says(ada, Command::Hello(Box::default()));
    scene.is_welcomed(ada, LOBBY, 1);
    is_brought_up_to_date(&mut scene, ada, true);
    scene.shard.handle(2_000, Input::Tick, &mut scene.out);
    scene.shard.handle(3_000, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada), "n2;");
}

#[test]
fn a_contract_client_is_told_a_long_list_less_often_and_a_newcomer_at_once() {
    let mut scene = Scene::new();
    let (ada, grace) = (scene.grace_listens(0), scene.grace());
    scene.handle(Input::Appeared { peer: ada, number: 1 });
    let mut set = 0;
    let mut told = |scene: &mut Scene, now_ms: i64, bytes: usize| {
        set += 1;
        let whole = Some(Spelled { names: vec![b'0' + set; bytes].into(), ids: Bytes::new() });
        let names = Some(Bytes::new());
        let told = ToldOnline { number: u64::from(set), whole, names, ..ToldOnline::default() };
        scene.shard.handle(now_ms, Input::Online(told), &mut scene.out);
        scene.unsent(ada).len()
    };
    let short = told(&mut scene, 0, 10);
    assert_eq!(short, 10);
    assert_eq!(told(&mut scene, 999, 10), short, "not yet a second");
    scene.shard.handle(1_000, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada), "1111111111".to_owned() + "2222222222");
    assert_eq!(told(&mut scene, 2_000, 10_240), 20, "so many bytes take five seconds");
    scene.shard.handle(2_500, Input::Appeared { peer: grace, number: 3 }, &mut scene.out);
    assert_eq!(scene.unsent(grace).len(), 10_240);
    scene.shard.handle(5_999, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada).len(), 20);
    scene.shard.handle(6_000, Input::Tick, &mut scene.out);
    assert_eq!(scene.unsent(ada).len(), 20 + 10_240, "in the end it is told the true set");
}

/// Somebody whose account is a guest's.
fn guest(scene: &mut Scene, view: View) -> PeerId {
    scene.shard.open(UserId(9), SessionId(9), Role::Guest, view, Bytes::new(), &mut scene.out)
}

/// How often the store was asked for a guest's company since this was last asked.
fn asked(scene: &mut Scene) -> usize {
    let out = std::mem::take(&mut scene.out);
    out.iter().filter(|output| matches!(output, Output::TellCompany(_))).count()
}

#[test]
fn a_guest_is_told_of_their_company_alone_when_that_changes_and_once_for_each_change_of_it() {
    for view in [View::Contract, View::Full] {
        let mut scene = Scene::new();
        let guest = guest(&mut scene, view);
        match view {
            View::Contract => scene.read(guest, Past::Page(None)),
            View::Full => {
                scene.says(guest, Command::Hello(Box::default()));
                let me = Me { id: UserId(9), username: "guest".into(), role: Role::Guest };
                let (epoch, rooms) = ("one".into(), vec![]);
                scene.read(guest, Past::Welcome { user: me, epoch, rooms, page: None, public_url: None });
                assert_eq!(scene.unsent(guest), "other;");
                scene.shard.wrote_all(guest, &mut scene.out);
            }
        }
        scene.handle(Input::Appeared { peer: guest, number: 1 });
        assert_eq!(asked(&mut scene), 0);
        tells(&mut scene, 0, 1);
        assert_eq!((asked(&mut scene), scene.unsent(guest).as_str()), (1, ""), "{view:?}");
        // While the store is asked, it is not asked again; what came meanwhile is asked for afterwards.
        tells(&mut scene, 5_000, 2);
        assert_eq!(asked(&mut scene), 0);
        let found = |users: &'static str| Some(FoundCompany { users: users.into(), people: BTreeSet::new() });
        scene.shard.handle(5_000, Input::Company { peer: guest, found: found("ada and me;") }, &mut scene.out);
        assert_eq!(scene.unsent(guest), "ada and me;");
        scene.shard.wrote_all(guest, &mut scene.out);
        scene.shard.handle(6_000, Input::Tick, &mut scene.out);
        assert_eq!(asked(&mut scene), 1);
        // Strangers have come: nothing is said of that.
        scene.shard.handle(6_000, Input::Company { peer: guest, found: found("ada and me;") }, &mut scene.out);
        scene.shard.handle(7_500, Input::Tick, &mut scene.out);
        assert_eq!((asked(&mut scene), scene.unsent(guest).as_str()), (0, ""));
        // Nobody comes online, and somebody into a room. Storage does not answer at once.
        let told = ToldOnline { number: 3, is_company_other: true, ..ToldOnline::default() };
        scene.shard.handle(8_000, Input::Online(told), &mut scene.out);
        assert_eq!(asked(&mut scene), 1);
        scene.shard.handle(8_000, Input::Company { peer: guest, found: None }, &mut scene.out);
        scene.shard.handle(9_000, Input::Tick, &mut scene.out);
        assert_eq!(asked(&mut scene), 1);
        scene.shard.handle(9_000, Input::Company { peer: guest, found: found("ada, grace and me;") }, &mut scene.out);
        assert_eq!(scene.unsent(guest), "ada, grace and me;");
    }
}

#[test]
fn p2_what_the_first_room_has_shown_others_is_not_at_hand_for_a_guest() {
    let mut scene = Scene::new();
    scene.publish(1, "1;");
    let ada = scene.grace();
    scene.read(ada, page(&[1], 1));
    let grace = scene.grace();
    assert_eq!(scene.unsent(grace), "1;", "it is at hand");
    scene.out.clear();
    let guest = guest(&mut scene, View::Contract);
    assert_eq!(scene.unsent(guest), "");
    assert!(scene.out.iter().any(|output| matches!(output, Output::Read { peer, .. } if *peer == guest)));
    scene.read(guest, Past::Page(None));
    scene.publish(2, "2;");
    assert_eq!(scene.unsent(guest), "");
    assert!(!scene.out.iter().any(|output| matches!(output, Output::Close(..))), "the view is empty, and stays open");
}
