//! Who wrote a message, by an id that stays when the name becomes another.

use serde_json::Value;

use crate::harness::{Asks, Server, database};

#[tokio::test]
async fn a_message_says_by_id_who_wrote_it_live_changed_and_in_every_page() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada_says, mut grace_says) = (ada.arrives().await, grace.arrives().await);
    let sent = grace_says.says("Mine.").await;
    assert_eq!(ada_says.hears_message("Mine.").await["by"], grace.id);
    grace_says.edits(&sent, "Mine!").await;
    assert_eq!(ada_says.hears("edit").await["state"]["by"], grace.id);
    assert_eq!(ada.gets("/api/rooms/1/messages").await.ok()["messages"][0]["by"], grace.id);
    assert_eq!(ada.connects().await.history().await[0]["by"], grace.id);
    let mut again = ada.connects_with_hello().await;
    again.hears("hello").await;
    assert_eq!(again.hears("history").await["messages"][0]["by"], grace.id);
}

#[tokio::test]
async fn an_imported_message_of_somebody_without_an_account_is_by_nobody() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    grace.arrives().await.says("From before.").await;
    database::meddle(&server.database(), "UPDATE messages SET author_id = NULL, author_name = 'Old Bob'");
    let message = ada.gets("/api/rooms/1/messages").await.ok()["messages"][0].clone();
    assert_eq!((&message["user"], message.get("by")), (&Value::from("Old Bob"), None));
}
