//! Who is answered what: the table of rights says it, and whatever is not for somebody's eyes is not there for them.

use chatterbox_core::changes::{EndSession, LogIn, Refused, Thing};
use chatterbox_core::permissions::{Action, NotPermitted, RoomAction, Whose, may, may_in_room};
use chatterbox_core::rooms::{InRoom, Standing};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::LogName;
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::users::Role;
use chatterbox_store::{
    Actor, AllUsers, Asker, Bearer, FirstOfNewest, Greet, Greeting, Missed, NewestPage, OwnSessions, PageAfter,
    PageBefore, Question, ResumeRoom, ResumeStates, Store, WhoAmI,
};
use rusqlite::{Connection, params};

use crate::world::{START, World, actor, log_in, token};

const ATTIC: RoomId = RoomId(2);

/// Another program's way into the database: no call makes guests.
struct Hand(Connection);

impl Hand {
    /// With a message in a room beside the Lobby.
    fn in_attic(world: &World) -> Self {
        let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
        let room = "INSERT INTO rooms (id, kind, name, created_at) VALUES (2, 'open', 'Attic', 0)";
        let message = "INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at)
            VALUES (9, 2, 1, 1, 'x', 'Up here.', 1)";
        assert_eq!((file.execute(room, []), file.execute(message, [])), (Ok(1), Ok(1)));
        Self(file)
    }

    fn sets_up(&self, user: UserId, role: Role, to_attic: InRoom, is_active: bool) {
        let id = user.to_i64();
        let one = "UPDATE users SET role = ?2, active = ?3 WHERE id = ?1";
        assert_eq!(self.0.execute(one, params![id, role.as_str(), is_active]), Ok(1));
        assert_eq!(self.0.execute("UPDATE rooms SET kind = ?1 WHERE id = 2", [to_attic.kind.as_str()]), Ok(1));
        self.0.execute("DELETE FROM memberships", []).unwrap();
        self.0.execute("DELETE FROM marks", []).unwrap();
        // Who has left keeps a row, and no right.
        let (is_in, moderates) = (to_attic.standing != Standing::Outsider, to_attic.standing == Standing::Moderator);
        let member = "INSERT INTO memberships (room_id, user_id, is_in, moderator) VALUES (2, ?1, ?2, ?3)";
        self.0.execute(member, params![id, is_in, moderates]).unwrap();
        let mark = "INSERT INTO marks (room_id, user_id, up_to, listed, changed_seq) VALUES (2, ?1, 0, 1, 2)";
        self.0.execute(mark, [id]).unwrap();
    }
}

/// What comes of asking: nothing else is looked at.
async fn asks<A, Q>(store: &Store, asker: A, question: Q) -> Result<(), Refused>
where
    A: Asker<Standing = Actor>,
    Q: Question<Actor>,
{
    store.ask(asker, question).await.unwrap().map(|_| ())
}

/// What comes of every question about one room.
async fn asks_everything<A: Asker<Standing = Actor> + Clone>(store: &Store, asker: &A) -> [Result<(), Refused>; 5] {
    let room = ATTIC;
    [
        asks(store, asker.clone(), NewestPage { room, limit: 9 }).await,
        asks(store, asker.clone(), PageBefore { room, before: Seq(9), limit: 9 }).await,
        asks(store, asker.clone(), PageAfter { room, after: Seq(0), limit: 9 }).await,
        asks(store, asker.clone(), FirstOfNewest { room, newest: 9, limit: 9 }).await,
        asks(store, asker.clone(), ResumeRoom { room, since: Seq(0), reset_after: None }).await,
    ]
}

/// Every role, in every kind of room, as a member or not, active or not.
fn everybody() -> Vec<(Role, InRoom, bool)> {
    let mut all = Vec::new();
    for role in Role::ALL {
        for kind in RoomKind::ALL {
            for standing in Standing::ALL {
                let to_attic = InRoom { kind, is_first: false, is_archived: false, standing };
                all.extend([true, false].map(|is_active| (role, to_attic, is_active)));
            }
        }
    }
    all
}

#[tokio::test]
async fn p1_x20_a_room_answers_as_the_table_says_and_is_not_there_for_whom_it_is_not_for() {
    let (world, [_, grace, _]) = World::with_cast().await;
    let hand = Hand::in_attic(&world);
    let token_hash = token();
    world.store.change(LogIn { user: grace.user, token_hash, ..log_in("grace") }).await.unwrap().unwrap();
    let bearer = Bearer { token_hash, now: START };
    for (role, to_attic, is_active) in everybody() {
        hand.sets_up(grace.user, role, to_attic, is_active);
        let decided = if is_active {
            may_in_room(role, RoomAction::Read, Whose::Foreign, to_attic)
        } else {
            Err(NotPermitted::Unseen)
        };
        let expected = decided.map_err(|why| Refused::not_permitted(why, Thing::Room));
        let case = format!("{role:?} {to_attic:?} {is_active}");
        let by = actor(grace.user, role);
        assert_eq!(asks_everything(&world.store, &by).await, [expected; 5], "{case}");
        // The list is SQL's to filter: whoever belongs to it has it, and nobody else.
        let first = Some(ResumeRoom { room: ATTIC, since: Seq(0), reset_after: None });
        let greeting = world.store.ask(by, Greet { epoch: None, first }).await.unwrap().unwrap();
        let has_it = is_active && to_attic.standing != Standing::Outsider;
        assert_eq!(greeting.rooms.iter().any(|room| room.id == ATTIC), has_it, "{case}");
        assert_eq!(greeting.first.is_some(), expected.is_ok(), "{case}");
        // Who shows a token is looked up first.
        let by_token = if is_active { expected } else { Err(Refused::Unauthorized) };
        assert_eq!(asks_everything(&world.store, &bearer).await, [by_token; 5], "{case}");
    }
}

#[tokio::test]
async fn p1_who_is_registered_is_for_members_and_addresses_are_for_administrators() {
    let (world, [_, grace, _]) = World::with_cast().await;
    for role in Role::ALL {
        let users = world.store.ask(actor(grace.user, role), AllUsers).await.unwrap();
        let expected = if may(role, Action::ListUsers, Whose::Foreign) { Ok(3) } else { Err(Refused::Forbidden) };
        assert_eq!(users.as_ref().map(Vec::len).map_err(|refused| *refused), expected, "{role:?}");
        let sees_addresses = may(role, Action::SeeAddresses, Whose::Foreign);
        assert!(users.unwrap_or_default().iter().all(|user| user.email.is_some() == sees_addresses), "{role:?}");
    }
}

#[tokio::test]
async fn p1_everybody_but_guests_follows_the_house_and_nobody_who_is_not_active_any_log() {
    let (world, [_, grace, _]) = World::with_cast().await;
    let hand = Hand::in_attic(&world);
    let unseen = Err(Refused::NotFound(Thing::Log));
    for role in Role::ALL {
        for is_active in [true, false] {
            hand.sets_up(grace.user, role, InRoom::new(ATTIC, RoomKind::Open, false, role, None), is_active);
            let logs = [LogName::Own, LogName::House, LogName::Room(ATTIC)];
            let by = actor(grace.user, role);
            let mut answers = Vec::new();
            for log in logs {
                answers.push(asks(&world.store, by.clone(), ResumeStates { log, since: Seq(0) }).await);
            }
            let follows = may(role, Action::FollowHouse, Whose::Foreign);
            let expected =
                [is_active, is_active && follows, false].map(|is_seen| if is_seen { Ok(()) } else { unseen });
            assert_eq!(answers, expected, "{role:?} {is_active}");
        }
    }
}

#[tokio::test]
async fn z3_whoever_shows_a_session_that_is_over_is_told_nothing_but_that() {
    let (world, [ada, ..]) = World::with_cast().await;
    Hand::in_attic(&world);
    let token_hash = token();
    let log_in = LogIn { user: ada.user, token_hash, ..log_in("ada") };
    let session = world.store.change(log_in).await.unwrap().unwrap();
    let bearer = Bearer { token_hash, now: START };
    assert_eq!(asks_everything(&world.store, &bearer).await, [Ok(()); 5]);
    world.store.change(EndSession { user: ada.user, session }).await.unwrap().unwrap();
    assert_eq!(asks_everything(&world.store, &bearer).await, [Err(Refused::Unauthorized); 5]);
    let others = [
        asks(&world.store, bearer, WhoAmI).await,
        asks(&world.store, bearer, OwnSessions { now: START }).await,
        asks(&world.store, bearer, AllUsers).await,
        asks(&world.store, bearer, Greet::default()).await,
        asks(&world.store, bearer, ResumeStates { log: LogName::Own, since: Seq(0) }).await,
    ];
    assert_eq!(others, [Err(Refused::Unauthorized); 5]);
    assert_eq!(world.store.ask_now(bearer, WhoAmI), Some(Err(Refused::Unauthorized)));
}

#[tokio::test(flavor = "multi_thread")]
async fn o4_what_a_hello_asks_is_answered_as_it_was_at_one_moment() {
    let (world, [ada, ..]) = World::with_cast().await;
    world.send(ada, "first").await;
    let talking = async {
        for number in 0..300 {
            world.send(ada, &number.to_string()).await;
        }
    };
    let resuming = async {
        loop {
            let first = Some(ResumeRoom { room: RoomId::FIRST, since: Seq(0), reset_after: None });
            let Greeting { rooms, first, .. } = crate::world::asks(&world.store, Greet { epoch: None, first }).await;
            let (room, Some(Missed::Everything(page))) = (&rooms[0], &first) else { panic!("{first:?}") };
            assert_eq!((page.seq, page.messages.last().unwrap().seq), (room.seq, room.seq));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = talking => {}
        () = resuming => {}
    }
}
