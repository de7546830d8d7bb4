//! Registering, logging in, and who owns the server.

use std::collections::HashSet;

use chatterbox_core::changes::{Author, By, ChangeAccount, DeleteAccount, LogIn, Refused, ReplacePasswordHash, Told};
use chatterbox_core::emails::Email;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::users::{Role, UserPatch};
use chatterbox_store::{AllUsers, IsAnybodyHere, Store, Stranger};

use crate::world::{START, World, asks, credentials, log_in, register};

#[tokio::test]
async fn the_first_to_register_is_the_owner_and_the_others_are_members() {
    let (world, _) = World::with_cast().await;
    let users = asks(&world.store, AllUsers).await;
    let roles: Vec<_> = users.iter().map(|user| (user.username.as_str(), user.role, user.active)).collect();
    assert_eq!(roles, [("ada", Role::Owner, true), ("grace", Role::Member, true), ("linus", Role::Member, true)]);
    assert_eq!(users[0].email.as_deref(), Some("ada@example.org"));
}

#[tokio::test]
async fn a_new_server_knows_nobody() {
    let world = World::new();
    assert!(!world.store.ask(Stranger, IsAnybodyHere).await.unwrap().unwrap());
    world.join("ada").await;
    assert!(world.store.ask(Stranger, IsAnybodyHere).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn x09_of_fifty_who_want_one_name_exactly_one_gets_it() {
    let world = World::new();
    let registrations: Vec<_> = (0..50)
        .map(|n| {
            let mut new = register(["grace", "Grace", "GRACE", "ｇｒａｃｅ"][n % 4]);
            new.email = Email::parse(&format!("grace{n}@example.org")).unwrap();
            let store = world.store.clone();
            tokio::spawn(async move { store.change(new).await.unwrap() })
        })
        .collect();
    let mut winners = 0;
    for registration in registrations {
        match registration.await.unwrap() {
            Ok(_) => winners += 1,
            Err(refused) => assert_eq!(refused, Refused::UsernameTaken),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(asks(&world.store, AllUsers).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn z6_of_fifty_who_come_first_at_once_exactly_one_is_the_owner() {
    let world = World::new();
    let registrations: Vec<_> = (0..50)
        .map(|n| {
            let store = world.store.clone();
            tokio::spawn(async move { store.change(register(&format!("user {n} of 50"))).await.unwrap().unwrap() })
        })
        .collect();
    let mut ids = HashSet::new();
    for registration in registrations {
        ids.insert(registration.await.unwrap().user);
    }
    let users = asks(&world.store, AllUsers).await;
    assert_eq!(ids.len(), 50);
    assert_eq!(users.iter().filter(|user| user.role == Role::Owner).count(), 1);
}

#[tokio::test]
async fn names_and_addresses_that_are_the_same_to_people_are_taken() {
    let world = World::new();
    world.join("pay").await;
    for name in ["Pay", "рау"] {
        let mut new = register("someone");
        new.username = register(name).username;
        assert_eq!(world.store.change(new).await.unwrap(), Err(Refused::UsernameTaken), "{name}");
    }
    let mut new = register("somebody else");
    new.email = Email::parse("Pay@Example.org").unwrap();
    assert_eq!(world.store.change(new).await.unwrap(), Err(Refused::EmailTaken));
}

#[tokio::test]
async fn one_logs_in_whatever_the_case() {
    let (world, [ada, ..]) = World::with_cast().await;
    for typed in ["ada", "Ada", "ＡＤＡ"] {
        let credentials = credentials(&world.store, typed).await.unwrap();
        assert_eq!((credentials.user, credentials.username.as_str()), (ada.user, "ada"));
        assert_eq!(credentials.password_hash, "hash of ada");
        assert!(credentials.active);
    }
    assert!(credentials(&world.store, "adam").await.is_none());
    assert!(credentials(&world.store, "").await.is_none());
    assert!(credentials(&world.store, "' OR 1=1 --").await.is_none());
}

#[tokio::test]
async fn a_password_hash_is_replaced_only_if_it_is_still_the_one_that_was_verified() {
    let (world, [ada, ..]) = World::with_cast().await;
    let replace = |old: &str, new: &str| {
        let store = world.store.clone();
        let (old, new) = (old.to_owned(), new.to_owned());
        async move { store.change(ReplacePasswordHash { user: ada.user, old, new }).await.unwrap().unwrap() }
    };
    assert!(replace("hash of ada", "newer hash").await);
    assert!(!replace("hash of ada", "hash by a login that came too late").await);
    let credentials = credentials(&world.store, "ada").await.unwrap();
    assert_eq!(credentials.password_hash, "newer hash");
}

#[tokio::test]
async fn z6_somebody_who_can_log_in_always_owns_the_server() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let turn = async |who: Author, role, active| {
        let change = AccountChange::Standing(UserPatch { role, active });
        world.store.change(ChangeAccount { by: By::Holder(START), user: who.user, change }).await.unwrap()
    };
    let (owner, member) = (Some(Role::Owner), Some(Role::Member));
    assert_eq!(turn(ada, member, None).await, Err(Refused::LastOwner));
    assert_eq!(turn(ada, None, Some(false)).await, Err(Refused::LastOwner));
    assert_eq!(turn(grace, owner, Some(false)).await, Ok(()));
    assert_eq!(turn(ada, member, None).await, Err(Refused::LastOwner), "nobody can log in as the other one");
    assert_eq!(turn(grace, None, Some(true)).await, Ok(()));
    assert_eq!(turn(ada, member, None).await, Ok(()));
    assert_eq!(turn(grace, None, Some(false)).await, Err(Refused::LastOwner));
}

#[tokio::test]
async fn z8_an_account_that_is_so_already_keeps_its_sessions_but_a_password_that_is_given_again_ends_them() {
    let (world, [ada, ..]) = World::with_cast().await;
    world.heard().await;
    let change = async |change| {
        world.store.change(ChangeAccount { by: By::Holder(START), user: ada.user, change }).await.unwrap().unwrap();
        world.heard().await
    };
    let same = UserPatch { role: Some(Role::Owner), active: Some(true) };
    assert_eq!(change(AccountChange::Standing(same)).await, []);
    let hash = log_in("ada").password_hash;
    assert_eq!(change(AccountChange::Password { hash }).await, [Told::SessionEnded(ada.session)]);
}

/// Turns another owner out.
async fn turns_out(store: &Store, round: u32, by: Author, other: UserId) -> Result<(), Refused> {
    let standing = match round % 3 {
        0 => UserPatch { role: None, active: Some(false) },
        1 => UserPatch { role: Some(Role::Admin), active: None },
        _ => {
            let delete = DeleteAccount { by, user: other, verified: None, now: START };
            return store.change(delete).await.unwrap().map(|is_done| assert!(is_done));
        }
    };
    let change = AccountChange::Standing(standing);
    store.change(ChangeAccount { by: By::User(by, START), user: other, change }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn z6_two_owners_turn_out_demote_or_delete_one_another_a_thousand_times_and_one_stays() {
    let world = World::new();
    let mut owner = world.join("ada").await;
    for round in 0..1_000 {
        let name = format!("heir {round}");
        let heir = world.store.change(register(&name)).await.unwrap().unwrap().user;
        let change = AccountChange::Standing(UserPatch { role: Some(Role::Owner), active: None });
        let by = By::User(owner, START);
        world.store.change(ChangeAccount { by, user: heir, change }).await.unwrap().unwrap();
        let session = world.store.change(LogIn { user: heir, ..log_in(&name) }).await.unwrap().unwrap();
        let heir = Author { user: heir, session };
        let acts = [(owner, heir), (heir, owner)].map(|(by, other)| {
            let store = world.store.clone();
            tokio::spawn(async move { (by, turns_out(&store, round, by, other.user).await) })
        });
        let [one, other] = acts;
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        let outcomes = [one.1, other.1];
        assert!(outcomes.contains(&Ok(())) && outcomes.contains(&Err(Refused::Unauthorized)), "{round}: {outcomes:?}");
        owner = if outcomes[0].is_ok() { one.0 } else { other.0 };
    }
}
