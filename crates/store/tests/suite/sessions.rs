//! Sessions: how they end, and that nothing is done by one that has.

use chatterbox_core::accounts::AccountChange;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use chatterbox_store::{
    Author, By, Marked, NewMessage, Outcome, Refused, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, SESSION_SLIDE_MS,
    SESSIONS_PER_USER_MAX, Thing,
};

use crate::world::{LOBBY, START, World, answer, new_user, token};

fn later(ms: i64) -> Timestamp {
    Timestamp(START.0 + ms)
}

/// Ada alone, with the hash of her token.
async fn ada() -> (World, Author, [u8; 32]) {
    let world = World::new();
    let token = token();
    let user = world.store.register(new_user("ada")).await.unwrap().unwrap();
    let session =
        world.store.open_session(user, "hash of ada".to_owned(), token, START, |_| ()).await.unwrap().unwrap();
    (world, Author { user, session }, token)
}

async fn is_live(world: &World, token: [u8; 32], now: Timestamp) -> bool {
    let live = world.store.session(token, now).await.unwrap().is_some();
    // Use is written down by the writer; whatever comes after the probe comes after that.
    world.store.probe().await.unwrap();
    live
}

async fn mark_read(world: &World, by: Author, room: RoomId, up_to: u64) -> Outcome<Marked> {
    let (answer, answered) = answer();
    world.store.mark_read(by, room, Seq(up_to), answer);
    answered.await.unwrap()
}

async fn send_at(world: &World, by: Author, now: Timestamp) -> Result<Seq, Refused> {
    let (answer, answered) = answer();
    let new = NewMessage { room: LOBBY, text: "x".to_owned(), nonce: Some("n".to_owned()), now };
    world.store.send(by, new, answer).unwrap();
    answered.await.unwrap().unwrap().map(|sent| sent.message.seq)
}

#[tokio::test]
async fn a_token_tells_whose_session_it_is_even_after_a_restart() {
    let (world, ada, token) = ada().await;
    let world = world.reopen().await;
    let actor = world.store.session(token, START).await.unwrap().unwrap();
    assert_eq!((actor.author(), actor.username.as_str(), actor.role), (ada, "ada", Role::Owner));
    assert_eq!(world.store.session([0; 32], START).await.unwrap(), None);
}

#[tokio::test]
async fn z8_a_session_ends_thirty_days_after_its_last_use() {
    let (world, _, token) = ada().await;
    assert!(is_live(&world, token, later(SESSION_IDLE_MS - 1)).await);
    assert!(is_live(&world, token, later(2 * SESSION_IDLE_MS - 2)).await);
    assert!(!is_live(&world, token, later(3 * SESSION_IDLE_MS - 2)).await);
}

#[tokio::test]
async fn z8_a_session_ends_half_a_year_after_its_begin_however_much_it_is_used() {
    let (world, ada, token) = ada().await;
    let mut now = 0;
    while now < SESSION_ABSOLUTE_MS {
        assert!(is_live(&world, token, later(now)).await, "{now}");
        now += SESSION_IDLE_MS / 2;
    }
    assert!(!is_live(&world, token, later(SESSION_ABSOLUTE_MS)).await);
    assert_eq!(send_at(&world, ada, later(SESSION_ABSOLUTE_MS)).await, Err(Refused::Unauthorized));
    assert_eq!(world.store.sessions(ada.user, later(SESSION_ABSOLUTE_MS)).await.unwrap(), []);
}

#[tokio::test]
async fn use_is_written_down_at_most_once_in_five_minutes() {
    let (world, ada, token) = ada().await;
    for (now, used) in [
        (SESSION_SLIDE_MS - 1, 0),
        (SESSION_SLIDE_MS, SESSION_SLIDE_MS),
        (2 * SESSION_SLIDE_MS - 1, SESSION_SLIDE_MS),
        (2 * SESSION_SLIDE_MS, 2 * SESSION_SLIDE_MS),
        // A clock that jumps back does not shorten anything.
        (-SESSION_SLIDE_MS, 2 * SESSION_SLIDE_MS),
    ] {
        assert!(is_live(&world, token, later(now)).await);
        let row = world.store.sessions(ada.user, START).await.unwrap()[0];
        assert_eq!((row.created, row.used, row.expires), (START, later(used), later(used + SESSION_IDLE_MS)));
    }
}

#[tokio::test]
async fn sending_counts_as_use() {
    let (world, ada, token) = ada().await;
    send_at(&world, ada, later(SESSION_IDLE_MS - 1)).await.unwrap();
    assert!(is_live(&world, token, later(SESSION_IDLE_MS + 1)).await);
}

#[tokio::test]
async fn z3_a_revoked_or_expired_session_changes_nothing_any_more() {
    let (world, ada, token) = ada().await;
    let phone = world
        .store
        .open_session(ada.user, "hash of ada".to_owned(), crate::world::token(), START, |_| ())
        .await
        .unwrap()
        .unwrap();
    let sent = world.send(ada, "before").await.message;
    world.store.revoke_session(ada.user, ada.session, |_| ()).await.unwrap().unwrap();
    assert!(!is_live(&world, token, START).await);
    assert_eq!(world.try_send(ada, "after", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.edit(ada, sent.id, "after").await, Err(Refused::Unauthorized));
    assert_eq!(world.delete(ada, sent.id).await, Err(Refused::Unauthorized));
    assert_eq!(mark_read(&world, ada, LOBBY, 1).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.texts().await, ["before"]);

    let ada = Author { session: phone, ..ada };
    assert_eq!(send_at(&world, ada, later(SESSION_IDLE_MS)).await, Err(Refused::Unauthorized));
    assert_eq!(send_at(&world, ada, later(SESSION_IDLE_MS - 1)).await, Ok(Seq(2)));
}

#[tokio::test]
async fn nobody_acts_by_a_session_that_is_not_theirs() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let mixed = Author { user: ada.user, session: grace.session };
    assert_eq!(world.try_send(mixed, "I am Ada", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(
        world.store.revoke_session(ada.user, grace.session, |_| ()).await.unwrap(),
        Err(Refused::NotFound(Thing::Session))
    );
    assert_eq!(world.store.revoke_session(ada.user, ada.session, |_| ()).await.unwrap(), Ok(()));
    assert_eq!(
        world.store.revoke_session(ada.user, ada.session, |_| ()).await.unwrap(),
        Err(Refused::NotFound(Thing::Session))
    );
}

#[tokio::test]
async fn the_id_of_a_session_is_never_used_again() {
    let (world, ada, _) = ada().await;
    world.store.revoke_session(ada.user, ada.session, |_| ()).await.unwrap().unwrap();
    let world = world.reopen().await;
    let next =
        world.store.open_session(ada.user, "hash of ada".to_owned(), token(), START, |_| ()).await.unwrap().unwrap();
    assert!(next > ada.session);
    assert_eq!(world.try_send(ada, "by the old one", None).await.unwrap(), Err(Refused::Unauthorized));
}

#[tokio::test]
async fn sessions_are_listed_for_their_owner_and_only_while_they_live() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let phone =
        world.store.open_session(ada.user, "hash of ada".to_owned(), token(), later(5), |_| ()).await.unwrap().unwrap();
    let ids = |now| {
        let store = world.store.clone();
        async move { store.sessions(ada.user, now).await.unwrap().iter().map(|row| row.id).collect::<Vec<SessionId>>() }
    };
    assert_eq!(ids(later(5)).await, [ada.session, phone]);
    assert_eq!(ids(later(SESSION_IDLE_MS)).await, [phone]);
    assert!(!ids(START).await.contains(&grace.session));
}

#[tokio::test]
async fn who_logs_in_without_end_loses_the_sessions_that_began_first() {
    let (world, ada, first) = ada().await;
    let mut second = first;
    for number in 1..=SESSIONS_PER_USER_MAX {
        let token = token();
        if number == 1 {
            second = token;
        }
        let (tell, told) = std::sync::mpsc::channel();
        let ended = move |ended: &[SessionId]| tell.send(ended.to_vec()).unwrap();
        world.store.open_session(ada.user, "hash of ada".to_owned(), token, START, ended).await.unwrap().unwrap();
        // Whoever has opened it knows already whom it has pushed out.
        let pushed_out = if number == SESSIONS_PER_USER_MAX { vec![ada.session] } else { vec![] };
        assert_eq!(told.try_recv(), Ok(pushed_out));
    }
    assert!(!is_live(&world, first, START).await);
    assert!(is_live(&world, second, START).await);
    assert_eq!(world.store.sessions(ada.user, START).await.unwrap().len() as i64, SESSIONS_PER_USER_MAX);
}

#[tokio::test]
async fn a_login_sweeps_ones_expired_sessions_away_and_tells_which() {
    let (world, ada, _) = ada().await;
    let (tell, told) = std::sync::mpsc::channel();
    let ended = move |ended: &[SessionId]| tell.send(ended.to_vec()).unwrap();
    world
        .store
        .open_session(ada.user, "hash of ada".to_owned(), token(), later(SESSION_IDLE_MS), ended)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.try_recv(), Ok(vec![ada.session]));
}

#[tokio::test]
async fn x84_a_login_by_a_password_that_is_another_one_by_then_comes_to_nothing() {
    let (world, ada, old) = ada().await;
    let (tell, told) = std::sync::mpsc::channel();
    let ended = move |ended: &[SessionId]| tell.send(ended.to_vec()).unwrap();
    let change = AccountChange::Password { hash: "another hash".to_owned() };
    world.store.change_account(By::Holder, ada.user, change, ended).await.unwrap().unwrap();
    assert_eq!(told.try_recv(), Ok(vec![ada.session]));
    assert!(!is_live(&world, old, later(1)).await);
    assert_eq!(world.try_send(ada, "by the old one", None).await.unwrap(), Err(Refused::Unauthorized));
    let open = |hash: &str| world.store.open_session(ada.user, hash.to_owned(), token(), START, |_| ());
    assert_eq!(open("hash of ada").await.unwrap(), Err(Refused::Unauthorized));
    assert!(open("another hash").await.unwrap().is_ok());
}

#[tokio::test]
async fn nobody_has_no_session() {
    let world = World::new();
    assert_eq!(
        world.store.open_session(UserId(1), "hash of ada".to_owned(), token(), START, |_| ()).await.unwrap(),
        Err(Refused::Unauthorized)
    );
    assert_eq!(world.store.rooms(UserId(1)).await.unwrap(), []);
}

#[tokio::test]
async fn a_read_mark_goes_forwards_and_no_further_than_the_room() {
    let (world, [ada, grace, linus]) = World::with_cast().await;
    for text in ["one", "two", "three"] {
        world.send(ada, text).await;
    }
    for (up_to, marked) in [(2, 2), (1, 2), (2, 2), (99, 3), (0, 3)] {
        assert_eq!(mark_read(&world, grace, LOBBY, up_to).await.unwrap(), Ok(Marked { up_to: Seq(marked) }));
    }
    mark_read(&world, linus, LOBBY, 1).await.unwrap().unwrap();
    mark_read(&world, ada, LOBBY, 2).await.unwrap().unwrap();
    assert_eq!(mark_read(&world, ada, RoomId(2), 1).await.unwrap(), Err(Refused::NotFound(Thing::Room)));
    let world = world.reopen().await;
    let marks = world.store.read_marks(LOBBY).await.unwrap();
    assert_eq!(marks, [(grace.user, Seq(3)), (ada.user, Seq(2))]);
    let rooms = world.store.rooms(linus.user).await.unwrap();
    assert_eq!(
        (rooms[0].id, rooms[0].name.as_str(), rooms[0].seq, rooms[0].read_up_to),
        (LOBBY, "Lobby", Seq(3), Seq(1))
    );
}
