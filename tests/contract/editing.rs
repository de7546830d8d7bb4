//! Who may edit and delete what, and what a second time does.

use serde_json::{Value, json};

use crate::harness::{Asks, Server, database};

#[tokio::test]
async fn z2_x21_nobody_edits_what_another_wrote_not_even_the_owner() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada_says, mut grace_says) = (ada.arrives().await, grace.arrives().await);
    let message = grace_says.says("Mine.").await;
    ada_says.hears_message("Mine.").await;
    let error = ada_says.is_denied(json!({"type": "edit", "id": message["id"], "text": "Ours."}), "forbidden").await;
    assert!(error["message"].as_str().unwrap().contains("author"), "{error}");
    ada_says.hears_nothing().await;
    grace_says.hears_nothing().await;
    assert_eq!(grace.reads_texts().await, ["Mine."]);
}

#[tokio::test]
async fn z2_the_author_and_moderators_delete_and_nobody_else() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut ada_says = ada.arrives().await;
    let mut grace_says = grace.arrives().await;
    let mut linus_says = linus.arrives().await;
    let of_ada = ada_says.says("By Ada.").await;
    let of_linus = linus_says.says("By Linus.").await;
    grace_says.hears_until_now().await;
    for message in [&of_ada, &of_linus] {
        grace_says.is_denied(json!({"type": "delete", "id": message["id"]}), "forbidden").await;
    }
    grace_says.hears_nothing().await;
    assert_eq!(grace.reads_texts().await, ["By Ada.", "By Linus."]);
    ada_says.deletes(&of_linus).await;
    ada_says.deletes(&of_ada).await;
    assert_eq!(grace_says.hears("delete").await["id"], of_linus["id"]);
    assert_eq!(grace_says.hears("delete").await["id"], of_ada["id"]);
    let of_grace = grace_says.says("By Grace.").await;
    grace_says.deletes(&of_grace).await;
    assert_eq!(grace.reads_texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn z2_every_role_may_exactly_what_its_row_says() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    // Guests are there only if somebody has put them there.
    let belongs = format!("INSERT INTO memberships (room_id, user_id) VALUES (1, {})", grace.id);
    database::meddle(&server.database(), &belongs);
    let (mut ada_says, mut grace_says) = (ada.arrives().await, grace.arrives().await);
    for (role, moderates) in [("owner", true), ("admin", true), ("member", false), ("guest", false), ("bot", false)] {
        let sql = format!("UPDATE users SET role = '{role}' WHERE username = 'grace'");
        database::meddle(&server.database(), &sql);
        let own = grace_says.says("Own.").await;
        grace_says.edits(&own, "Own!").await;
        grace_says.deletes(&own).await;
        let foreign = ada_says.says("Foreign.").await;
        grace_says.is_denied(json!({"type": "edit", "id": foreign["id"], "text": "?"}), "forbidden").await;
        let deletion = json!({"type": "delete", "id": foreign["id"]});
        if moderates {
            grace_says.does(deletion).await;
        } else {
            grace_says.is_denied(deletion, "forbidden").await;
        }
        grace.gets("/api/rooms/1/messages").await.ok();
    }
}

#[tokio::test]
async fn x20_a_message_that_was_never_there_is_not_found() {
    let server = Server::start().await;
    let mut ada = server.register("ada").await.arrives().await;
    for id in [1_u64, 99, 1_795_446_245_000_001, (1 << 53) - 1] {
        let error = ada.is_denied(json!({"type": "edit", "id": id, "text": "What?"}), "not_found").await;
        assert_eq!(error["message"], "There is no such message.");
        ada.is_denied(json!({"type": "delete", "id": id}), "not_found").await;
    }
    ada.hears_nothing().await;
}

#[tokio::test]
async fn editing_or_deleting_twice_is_ok_and_not_announced() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace) = (ada.arrives().await, grace.arrives().await);
    let message = ada.says("One.").await;
    let edit = json!({"type": "edit", "id": message["id"], "text": "Two."});
    let (first, again) = (ada.does(edit.clone()).await, ada.does(edit).await);
    assert_eq!((&first["seq"], &first["time"]), (&again["seq"], &again["time"]));
    let delete = json!({"type": "delete", "id": message["id"]});
    let (first, again) = (ada.does(delete.clone()).await, ada.does(delete).await);
    assert_eq!((&first["seq"], &first["time"]), (&again["seq"], &again["time"]));
    let kinds: Vec<Value> = grace.hears_until_now().await.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["message", "edit", "delete"]);
}

#[tokio::test]
async fn x83_what_is_deleted_stays_deleted() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada_says, mut grace_says) = (ada.arrives().await, grace.arrives().await);
    let message = grace_says.says("Short-lived.").await;
    ada_says.does(json!({"type": "delete", "id": message["id"]})).await;
    grace_says.hears("delete").await;
    grace_says.is_denied(json!({"type": "edit", "id": message["id"], "text": "Back!"}), "not_found").await;
    assert_eq!(ada.reads_texts().await, Vec::<String>::new());
    // To a stranger, a deleted message and one that never was look the same.
    let message = ada_says.says("Ada's.").await;
    ada_says.deletes(&message).await;
    let gone = grace_says.is_denied(json!({"type": "delete", "id": message["id"]}), "not_found").await;
    let never = grace_says.is_denied(json!({"type": "delete", "id": 99}), "not_found").await;
    assert_eq!(gone["message"], never["message"]);
}

#[tokio::test]
async fn x85_of_two_edits_at_once_the_last_one_wins_everywhere() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut tab, mut phone, mut listener) = (ada.arrives().await, ada.arrives().await, grace.arrives().await);
    let message = tab.says("0").await;
    for number in 0..40 {
        let edit = |device: &str| json!({"type": "edit", "id": message["id"], "text": format!("{device} {number}")});
        tokio::join!(tab.does(edit("tab")), phone.does(edit("phone")));
    }
    let heard = listener.hears_until_now().await;
    assert_eq!(heard.len(), 81);
    assert_eq!(ada.reads_texts().await, [heard[80]["text"].as_str().unwrap()]);
}

#[tokio::test]
async fn p3_the_text_of_a_deleted_or_edited_message_is_in_no_file_any_more() {
    let mut server = Server::start().await;
    let mut ada = server.register("ada").await.arrives().await;
    let (first, second) = ("canary-one-6b1f", "canary-two-93ac");
    // Short texts are kept with their rows, long ones on pages of their own, which are freed with them.
    for times in [1, 500] {
        let message = ada.says(&first.repeat(times)).await;
        assert!(database::holds(server.data(), first.as_bytes()), "the search finds what is there");
        ada.edits(&message, &second.repeat(times)).await;
        ada.deletes(&message).await;
    }
    server.stop().await;
    for canary in [first, second] {
        assert!(!database::holds(server.data(), canary.as_bytes()), "{canary} is still there");
    }
}
