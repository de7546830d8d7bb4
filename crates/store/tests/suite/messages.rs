//! Sending, editing, deleting and paging.

use std::collections::HashSet;

use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_store::{NewMessage, Refused};

use crate::world::{LOBBY, START, World, answer};

#[tokio::test]
async fn what_is_sent_is_there_and_still_there_after_a_restart() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let sent = world.send(ada, "Is anyone here? 🙂\r\n  yes").await;
    world.send(grace, "'; DROP TABLE messages; --").await;
    let before = world.store.newest(LOBBY, 50).await.unwrap();
    assert_eq!(before.messages[0], sent.message);
    assert_eq!((sent.message.username.as_str(), sent.message.author), ("ada", Some(ada.user)));
    assert_eq!(before.seq, Seq(2));
    let epoch = world.store.epoch().to_owned();
    let world = world.reopen().await;
    assert_eq!(world.store.newest(LOBBY, 50).await.unwrap(), before);
    assert_eq!(world.store.epoch(), epoch);
    assert!(world.send(ada, "later").await.message.id > before.messages[1].id);
}
