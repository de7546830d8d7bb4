//! Sessions: how they end, and that nothing is done by one that has.

use chatterbox_core::changes::{
    Author, By, ChangeAccount, DeleteMessage, EditMessage, EndSession, LogIn, MarkRead, Refused, SendMessage, Thing,
    Told, UseSession,
};
use chatterbox_core::logs::LogId;
use chatterbox_core::sessions::{SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, SESSION_SLIDE_MS, SESSIONS_PER_USER_MAX};
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::{Entry, Mark};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::{Role, UserPatch};
use chatterbox_store::{Bearer, FurthestMarks, House, NewestPage, Outcome, OwnSessions, WhoAmI};

use crate::world::{LOBBY, START, World, asks, log_in, register, rooms_of, token, who_holds};

fn later(ms: i64) -> Timestamp {
    Timestamp(START.0 + ms)
}

/// Ada alone, with the hash of her token.
async fn ada() -> (World, Author, [u8; 32]) {
    let world = World::new();
    let token = token();
    let user = world.store.change(register("ada")).await.unwrap().unwrap().user;
    let session = world.store.change(LogIn { user, token_hash: token, ..log_in("ada") }).await.unwrap().unwrap();
    (world, Author { user, session }, token)
}

/// The sessions that have ended since this was asked last.
async fn ended(world: &World) -> Vec<SessionId> {
    let session = |told| match told {
        Told::SessionEnded(session) => Some(session),
        _ => None,
    };
    world.heard().await.into_iter().filter_map(session).collect()
}

async fn is_live(world: &World, token: [u8; 32], now: Timestamp) -> bool {
    let live = who_holds(&world.store, token, now).await.is_some();
    // Use is written down by the writer; whatever comes after the probe comes after that.
    world.store.probe().await.unwrap();
    live
}

async fn mark_read(world: &World, by: Author, room: RoomId, up_to: u64) -> Outcome<Seq> {
    world.store.change(MarkRead { by, room, up_to: Seq(up_to) }).await
}

async fn send_at(world: &World, by: Author, now: Timestamp) -> Result<Seq, Refused> {
    let message = SendMessage { now, ..world.message(by, "x", Some("n")) };
    world.store.change(message).await.unwrap().map(|sent| sent.seq)
}

#[tokio::test]
async fn a_token_tells_whose_session_it_is_even_after_a_restart() {
    let (world, ada, token) = ada().await;
    let world = world.reopen().await;
    let actor = who_holds(&world.store, token, START).await.unwrap();
    assert_eq!((actor.author(), actor.username.as_str(), actor.role), (ada, "ada", Role::Owner));
    assert_eq!(who_holds(&world.store, [0; 32], START).await, None);
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
    assert_eq!(asks(&world.store, OwnSessions { now: later(SESSION_ABSOLUTE_MS) }).await, []);
}

#[tokio::test]
async fn use_is_written_down_at_most_once_in_five_minutes() {
    let (world, _, token) = ada().await;
    for (now, used) in [
        (SESSION_SLIDE_MS - 1, 0),
        (SESSION_SLIDE_MS, SESSION_SLIDE_MS),
        (2 * SESSION_SLIDE_MS - 1, SESSION_SLIDE_MS),
        (2 * SESSION_SLIDE_MS, 2 * SESSION_SLIDE_MS),
        // A clock that jumps back does not shorten anything.
        (-SESSION_SLIDE_MS, 2 * SESSION_SLIDE_MS),
    ] {
        assert!(is_live(&world, token, later(now)).await);
        let row = &asks(&world.store, OwnSessions { now: START }).await[0];
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
async fn editing_and_deleting_count_as_use_though_they_change_nothing() {
    let (world, ada, token) = ada().await;
    let id = world.send(ada, "x").await.id;
    let edit = |now| EditMessage { by: ada, id, text: "x".into(), now };
    world.store.change(edit(later(SESSION_IDLE_MS - 1))).await.unwrap().unwrap();
    for times in [2, 3] {
        let now = later(times * SESSION_IDLE_MS - times);
        world.store.change(DeleteMessage { by: ada, id, now }).await.unwrap().unwrap();
    }
    assert!(is_live(&world, token, later(4 * SESSION_IDLE_MS - 4)).await);
}

#[tokio::test]
async fn z3_use_of_a_session_that_has_expired_does_not_bring_it_back() {
    let (world, ada, token) = ada().await;
    let late = UseSession { session: ada.session, now: later(SESSION_IDLE_MS) };
    world.store.change(late).await.unwrap().unwrap();
    assert!(!is_live(&world, token, later(SESSION_IDLE_MS)).await);
}

#[tokio::test]
async fn whatever_is_asked_by_a_token_counts_as_use() {
    let (world, _, token_hash) = ada().await;
    let bearer = |now| Bearer { token_hash, now: later(now) };
    world.store.ask(bearer(SESSION_IDLE_MS - 1), NewestPage { room: LOBBY, limit: 1 }).await.unwrap().unwrap();
    // What waits for the writer is written down before the probe.
    world.store.probe().await.unwrap();
    assert!(world.store.ask_now(bearer(2 * SESSION_IDLE_MS - 2), WhoAmI).unwrap().is_ok());
    world.store.probe().await.unwrap();
    assert!(is_live(&world, token_hash, later(3 * SESSION_IDLE_MS - 3)).await);
}

#[tokio::test]
async fn z3_a_revoked_or_expired_session_changes_nothing_any_more() {
    let (world, ada, token) = ada().await;
    let phone = world.store.change(log_in("ada")).await.unwrap().unwrap();
    let sent = world.send(ada, "before").await;
    world.store.change(EndSession { user: ada.user, session: ada.session }).await.unwrap().unwrap();
    assert!(!is_live(&world, token, START).await);
    assert_eq!(world.try_send(ada, "after", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.edit(ada, sent.id, "after").await, Err(Refused::Unauthorized));
    assert_eq!(world.delete(ada, sent.id).await, Err(Refused::Unauthorized));
    assert_eq!(mark_read(&world, ada, LOBBY, 1).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.texts().await, ["before"]);

    let ada = Author { session: phone, ..ada };
    assert_eq!(send_at(&world, ada, later(SESSION_IDLE_MS)).await, Err(Refused::Unauthorized));
    let by = By::User(ada, later(SESSION_IDLE_MS));
    let change = AccountChange::Standing(UserPatch { role: None, active: None });
    let changed = world.store.change(ChangeAccount { by, user: ada.user, change }).await.unwrap();
    assert_eq!(changed, Err(Refused::Unauthorized));
    assert_eq!(send_at(&world, ada, later(SESSION_IDLE_MS - 1)).await, Ok(Seq(2)));
}

#[tokio::test]
async fn nobody_acts_by_a_session_that_is_not_theirs() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let mixed = Author { user: ada.user, session: grace.session };
    assert_eq!(world.try_send(mixed, "I am Ada", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(
        world.store.change(EndSession { user: ada.user, session: grace.session }).await.unwrap(),
        Err(Refused::NotFound(Thing::Session))
    );
    assert_eq!(world.store.change(EndSession { user: ada.user, session: ada.session }).await.unwrap(), Ok(()));
    assert_eq!(
        world.store.change(EndSession { user: ada.user, session: ada.session }).await.unwrap(),
        Err(Refused::NotFound(Thing::Session))
    );
}

#[tokio::test]
async fn the_id_of_a_session_is_never_used_again() {
    let (world, ada, _) = ada().await;
    world.store.change(EndSession { user: ada.user, session: ada.session }).await.unwrap().unwrap();
    let world = world.reopen().await;
    let next = world.store.change(log_in("ada")).await.unwrap().unwrap();
    assert!(next > ada.session);
    assert_eq!(world.try_send(ada, "by the old one", None).await.unwrap(), Err(Refused::Unauthorized));
}

#[tokio::test]
async fn sessions_are_listed_for_their_owner_and_only_while_they_live() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let phone = world.store.change(LogIn { now: later(5), ..log_in("ada") }).await.unwrap().unwrap();
    let ids = |now| {
        let store = world.store.clone();
        async move { asks(&store, OwnSessions { now }).await.iter().map(|row| row.id).collect::<Vec<SessionId>>() }
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
        world.store.change(LogIn { token_hash: token, ..log_in("ada") }).await.unwrap().unwrap();
        let pushed_out = if number == SESSIONS_PER_USER_MAX { vec![ada.session] } else { vec![] };
        assert_eq!(ended(&world).await, pushed_out);
    }
    assert!(!is_live(&world, first, START).await);
    assert!(is_live(&world, second, START).await);
    assert_eq!(asks(&world.store, OwnSessions { now: START }).await.len(), SESSIONS_PER_USER_MAX);
}

#[tokio::test]
async fn a_login_sweeps_ones_expired_sessions_away_and_tells_which() {
    let (world, ada, _) = ada().await;
    world.store.change(LogIn { now: later(SESSION_IDLE_MS), ..log_in("ada") }).await.unwrap().unwrap();
    assert_eq!(ended(&world).await, [ada.session]);
}

#[tokio::test]
async fn x84_a_login_by_a_password_that_is_another_one_by_then_comes_to_nothing() {
    let (world, ada, old) = ada().await;
    let change = AccountChange::Password { hash: "another hash".to_owned() };
    world.store.change(ChangeAccount { by: By::Holder(START), user: ada.user, change }).await.unwrap().unwrap();
    assert_eq!(ended(&world).await, [ada.session]);
    assert!(!is_live(&world, old, later(1)).await);
    assert_eq!(world.try_send(ada, "by the old one", None).await.unwrap(), Err(Refused::Unauthorized));
    let open = |hash: &str| world.store.change(LogIn { password_hash: hash.to_owned(), ..log_in("ada") });
    assert_eq!(open("hash of ada").await.unwrap(), Err(Refused::Unauthorized));
    assert!(open("another hash").await.unwrap().is_ok());
}

#[tokio::test]
async fn nobody_has_no_session() {
    let world = World::new();
    assert_eq!(world.store.change(log_in("ada")).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(rooms_of(&world.store, UserId(1)).await, []);
}

#[tokio::test]
async fn a_read_mark_goes_forwards_and_no_further_than_the_room() {
    let (world, [ada, grace, linus]) = World::with_cast().await;
    for text in ["one", "two", "three"] {
        world.send(ada, text).await;
    }
    world.heard().await;
    for (up_to, marked) in [(2, 2), (1, 2), (2, 2), (99, 3), (0, 3)] {
        assert_eq!(mark_read(&world, grace, LOBBY, up_to).await.unwrap(), Ok(Seq(marked)));
    }
    // Her account is the first entry of her own log.
    let told = [(2, 2), (3, 3)].map(|(seq, up_to)| {
        let event = Event::State(Entry::mark(Seq(seq), LOBBY, Mark { up_to: Seq(up_to), listed: true }));
        let entry = Told::Entry { log: LogId::Own(grace.user), seq: Seq(seq), event };
        [entry, Told::Read { room: LOBBY, user: grace.user, up_to: Seq(up_to) }]
    });
    assert_eq!(world.heard().await, told.concat(), "where they stood already, they are not put again");
    mark_read(&world, linus, LOBBY, 1).await.unwrap().unwrap();
    mark_read(&world, ada, LOBBY, 2).await.unwrap().unwrap();
    assert_eq!(mark_read(&world, ada, RoomId(2), 1).await.unwrap(), Err(Refused::NotFound(Thing::Room)));
    let world = world.reopen().await;
    let marks = world.store.ask(House, FurthestMarks { room: LOBBY }).await.unwrap().unwrap();
    assert_eq!(marks, [(grace.user, Seq(3)), (ada.user, Seq(2))]);
    let rooms = rooms_of(&world.store, linus.user).await;
    assert_eq!(
        (rooms[0].id, rooms[0].state.name.as_str(), rooms[0].seq, rooms[0].read_up_to),
        (LOBBY, "Lobby", Seq(3), Seq(1))
    );
}
