//! What the file holds, looked at behind the store's back.

use std::fs;

use chatterbox_store::Refused;
use rusqlite::Connection;

use crate::world::{START, World, new_user, token};

#[tokio::test]
async fn p3_the_text_of_a_deleted_message_is_nowhere_in_the_data_directory() {
    let (world, [ada, ..]) = World::with_cast().await;
    let canary = "Y2FuYXJ5LW9mLXRoZS1kZWxldGVk";
    // The longer ones have pages of their own, which are free afterwards.
    for repeats in [1, 10, 280] {
        let text = canary.repeat(repeats);
        let sent = world.send(ada, &text).await.message;
        world.send(ada, "another one").await;
        let edited = world.send(ada, &text).await.message;
        world.delete(ada, sent.id).await.unwrap();
        world.edit(ada, edited.id, "nothing to see").await.unwrap();
    }
    world.store.clone().close().await;
    for entry in fs::read_dir(world.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test]
async fn a_closed_store_leaves_one_file_of_data() {
    let (world, _) = World::with_cast().await;
    world.store.clone().close().await;
    let mut names: Vec<_> =
        fs::read_dir(world.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["chatterbox.db", "chatterbox.lock", "chatterbox.mark"]);
}

#[tokio::test]
async fn a_user_who_is_not_active_does_nothing_from_that_moment_on() {
    let world = World::new();
    let ada = world.join("ada").await;
    let token = token();
    world.store.open_session(ada.user, token, START).await.unwrap().unwrap();
    let sent = world.send(ada, "before").await.message;
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    file.execute("UPDATE users SET active = 0", []).unwrap();

    assert_eq!(world.store.session(token, START).await.unwrap(), None);
    assert_eq!(world.try_send(ada, "after", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.edit(ada, sent.id, "after").await, Err(Refused::Unauthorized));
    assert_eq!(world.delete(ada, sent.id).await, Err(Refused::Unauthorized));
    assert_eq!(world.store.open_session(ada.user, [9; 32], START).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.store.rooms(ada.user).await.unwrap(), []);
    assert!(!world.store.credentials("ada").await.unwrap().unwrap().active);
    assert_eq!(world.store.register(new_user("Ada")).await.unwrap(), Err(Refused::UsernameTaken));
}
