//! Guests: they see the rooms that they were put in and the people there, and learn of nobody else by any door.

use reqwest::Method;
use serde_json::{Value, json};

use super::making_rooms::{invites, makes, removes};
use crate::harness::checker::number;
use crate::harness::database::meddle;
use crate::harness::{Answer, Asks, Server, Socket, User};

/// Somebody becomes a guest, and logs in again.
pub(crate) async fn becomes_guest(server: &Server, owner: &User, user: &User) -> User {
    let role = json!({"role": "guest"});
    Answer::to(owner.request(Method::PATCH, &format!("/api/users/{}", user.id)).json(&role)).await.done();
    let mut guest = server.logs_in(&user.name).await;
    guest.id = user.id;
    guest
}

/// A connection of a guest, and everything that it was told.
struct Ear {
    socket: Socket,
    heard: Vec<Value>,
}

impl Ear {
    fn new(socket: Socket) -> Self {
        Self { socket, heard: Vec::new() }
    }

    /// Hears all that comes, until these are those who are online.
    async fn hears_users(&mut self, users: &[&str]) {
        loop {
            let event = self.socket.next().await.expect("it goes on");
            self.heard.push(event.clone());
            assert!(event["type"] != "people" && event["type"] != "presence", "a guest is told by `users`: {event}");
            if event["type"] == "users" && event["users"] == json!(users) {
                return;
            }
        }
    }
}

#[tokio::test]
async fn p2_a_guest_with_three_of_a_hundred_people_is_told_of_these_and_of_nobody_else_by_any_door() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (linus, stranger) = (server.register("linus").await, server.register("stranger").await);
    let guest = server.register("guest").await;
    for number in 0..95 {
        let name = format!("stranger-{number}");
        let columns = "username, username_fold, username_look, email, email_fold, password_hash, role, created_at";
        let values = format!("'{name}', '{name}', '{name}', '{name}', '{name}', '', 'member', 0");
        meddle(&server.database(), &format!("INSERT INTO users ({columns}) VALUES ({values})"));
    }
    let people = json!([grace.id, linus.id, guest.id]);
    let den = makes(&ada, json!({"name": "Den", "kind": "closed", "people": people})).await;
    makes(&stranger, json!({"name": "stranger room"})).await;
    let guest = becomes_guest(&server, &ada, &guest).await;
    let mut online = vec![ada.connects_with_hello().await, grace.connects().await, stranger.arrives().await];
    online[2].says("A stranger says something, with stranger in it.").await;
    let mut follower = guest.connects_for_more().await;
    follower.say(json!({"type": "hello", "follow": [{"room": den}, {"room": 1}], "own": 0, "house": 0})).await;
    let mut ears = [guest.connects().await, guest.connects_with_hello().await, follower].map(Ear::new);
    for ear in &mut ears {
        ear.hears_users(&["ada", "grace", "guest"]).await;
    }
    // Whoever comes and goes of those that they know nothing of changes nothing for them.
    let other = server.register("stranger-too").await.connects().await;
    online.push(linus.connects().await);
    for ear in &mut ears {
        ear.hears_users(&["ada", "grace", "guest", "linus"]).await;
    }
    other.leaves().await;
    removes(&ada, den, grace.id).await.done();
    for ear in &mut ears {
        ear.hears_users(&["ada", "guest", "linus"]).await;
    }
    for path in ["/users", "/api/rooms", "/api/me", "/api/sessions", "/metrics", "/api/rooms/1/members"] {
        ears[0].heard.push(json!(guest.gets(path).await.text()));
    }
    for path in [format!("/api/rooms/{den}/members"), format!("/api/rooms/{den}/messages")] {
        ears[0].heard.push(guest.gets(&path).await.ok());
    }
    let asked = |what: &str, body: Value| guest.request(Method::POST, what).json(&body);
    for answer in [
        Answer::to(asked("/api/rooms", json!({"name": "Mine"}))).await,
        Answer::to(asked("/api/direct", json!({"people": [stranger.id]}))).await,
        Answer::to(asked("/api/direct", json!({"people": [ada.id]}))).await,
        Answer::to(asked(&format!("/api/rooms/{den}/members"), json!({"people": [stranger.id]}))).await,
    ] {
        answer.refused(403, "forbidden");
        ears[0].heard.push(json!(answer.text()));
    }
    let heard: Vec<String> = ears.iter().flat_map(|ear| &ear.heard).map(Value::to_string).collect();
    let strangers: Vec<&String> = heard.iter().filter(|heard| heard.contains("stranger")).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    for ear in &ears {
        let told: Vec<&Value> = ear.heard.iter().filter(|event| event["type"] == "users").collect();
        assert!(told.windows(2).all(|two| two[0] != two[1]), "that others come and go is told, too: {told:?}");
    }
    // Let into it, somebody is no stranger any more.
    invites(&ada, den, &[stranger.id]).await.done();
    for ear in &mut ears {
        ear.hears_users(&["ada", "guest", "linus", "stranger"]).await;
    }
    removes(&ada, den, guest.id).await.done();
    for ear in &mut ears {
        ear.hears_users(&["guest"]).await;
    }
}

#[tokio::test]
async fn somebody_who_writes_to_a_guest_is_known_to_them_from_the_first_word_on() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let grace = becomes_guest(&server, &ada, &grace).await;
    let mut says = ada.connects_with_hello().await;
    let mut hears = Ear::new(grace.connects_with_hello().await);
    hears.hears_users(&["grace"]).await;
    let opened = Answer::to(ada.request(Method::POST, "/api/direct").json(&json!({"people": [grace.id]}))).await;
    let room = opened.ok()["id"].clone();
    says.does(json!({"type": "send", "room": room, "text": "Welcome."})).await;
    hears.hears_users(&["ada", "grace"]).await;
}

#[tokio::test]
async fn to_a_guest_the_originals_view_is_empty_unless_they_were_let_into_the_lobby() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    let said = says.says("Among members.").await;
    // It is at hand for whoever comes next.
    let linus = server.register("linus").await;
    assert_eq!(linus.connects().await.history().await.len(), 1);
    let grace = becomes_guest(&server, &ada, &grace).await;
    let mut guest = grace.connects().await;
    assert_eq!(guest.history().await, [Value::Null; 0]);
    for command in [
        json!({"type": "send", "text": "Hello?"}),
        json!({"type": "edit", "id": said["id"], "text": "Mine."}),
        json!({"type": "delete", "id": said["id"]}),
        json!({"type": "read", "up_to": 1}),
    ] {
        guest.is_denied(command, "not_found").await;
    }
    says.says("Still among members.").await;
    guest.hears_nothing().await;
    invites(&ada, 1, &[grace.id]).await.done();
    let mut says = ada.connects_with_hello().await;
    says.hears("hello").await;
    says.hears("history").await;
    let mut guest = grace.connects().await;
    assert_eq!(guest.history().await.len(), 2);
    guest.says("Thanks.").await;
    says.hears_message("Thanks.").await;
    guest.hears_users(&["ada", "grace"]).await;
    removes(&ada, 1, grace.id).await.done();
    says.says("Gone.").await;
    let heard = guest.hears_until_now().await;
    assert!(!heard.iter().any(|event| event["type"] == "message"), "{heard:?}");
    guest.is_denied(json!({"type": "send", "text": "Hello?"}), "not_found").await;
    assert_eq!(grace.connects().await.history().await, [Value::Null; 0]);
}

#[tokio::test]
async fn quiet_lines_never_reach_the_originals_pages() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = becomes_guest(&server, &ada, &server.register("linus").await).await;
    let mut plain = grace.arrives().await;
    let mut says = ada.connects_with_hello().await;
    says.hears("hello").await;
    says.hears("history").await;
    invites(&ada, 1, &[linus.id]).await.done();
    let topic = Answer::to(ada.request(Method::PATCH, "/api/rooms/1").json(&json!({"topic": "Everything"}))).await;
    topic.done();
    let said = says.says("Between them.").await;
    removes(&ada, 1, linus.id).await.done();
    says.says("Behind them.").await;
    for text in ["Between them.", "Behind them."] {
        plain.hears_message(text).await;
    }
    plain.hears_nothing().await;
    // What is read silently counts over them as well.
    says.hears_seen(number(&said, "seq") + 2).await;
}

#[tokio::test]
async fn a_guest_who_is_let_into_the_lobby_sees_it_at_once_on_the_originals_pages_as_often_as_that_happens() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let guest = becomes_guest(&server, &ada, &grace).await;
    let mut says = ada.connects_with_hello().await;
    says.hears("hello").await;
    says.hears("history").await;
    let mut plain = guest.connects().await;
    assert_eq!(plain.history().await, [Value::Null; 0]);
    let mut texts = Vec::new();
    for round in 0..3 {
        says.says(&format!("Without her {round}.")).await;
        plain.hears_nothing().await;
        invites(&ada, 1, &[guest.id]).await.done();
        texts.push(format!("Without her {round}."));
        for text in &texts {
            plain.hears_message(text).await;
        }
        let together = says.says(&format!("With her {round}.")).await;
        texts.push(format!("With her {round}."));
        plain.hears_message(&texts[texts.len() - 1]).await;
        // She reads what she is shown, and says something that is hers.
        says.hears_seen(number(&together, "seq")).await;
        plain.says(&format!("Hers {round}.")).await;
        texts.push(format!("Hers {round}."));
        assert_eq!(silent_readers(&ada).await, 1);
        removes(&ada, 1, guest.id).await.done();
        says.says(&format!("Without her again {round}.")).await;
        texts.push(format!("Without her again {round}."));
        plain.hears_nothing().await;
        // Nothing is tried in her name that would be refused.
        assert_eq!(silent_readers(&ada).await, 0);
    }
}

/// How many people read by what they are shown.
async fn silent_readers(owner: &User) -> u64 {
    let metrics = owner.gets("/metrics").await.text();
    let line = metrics.lines().find(|line| line.starts_with(r#"chatterbox_held{what="users_reading_silently"}"#));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn whoever_is_no_guest_any_more_has_the_lobby_among_their_rooms_and_whoever_becomes_one_has_not() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let lobby_of = async |user: &User| {
        let mut socket = user.connects_for_more().await;
        socket.say(json!({"type": "hello", "follow": [], "own": 0})).await;
        let rooms = socket.hears("hello").await["rooms"].as_array().unwrap().len();
        let page = socket.hears_where("her own log", |event| event["type"] == "states").await;
        let mark = page["states"].as_array().unwrap().iter().find(|entry| entry["kind"] == "mark").cloned();
        (rooms, mark.map(|mark| mark["state"]["listed"] == true))
    };
    let mut reads = ada.connects_with_hello().await;
    reads.says("Something to read.").await;
    grace.connects_with_hello().await.does(json!({"type": "read", "room": 1, "up_to": 1})).await;
    assert_eq!(lobby_of(&grace).await, (1, Some(true)));
    let grace = becomes_guest(&server, &ada, &grace).await;
    assert_eq!(lobby_of(&grace).await, (0, Some(false)));
    invites(&ada, 1, &[grace.id]).await.done();
    assert_eq!(lobby_of(&grace).await, (1, Some(true)));
    removes(&ada, 1, grace.id).await.done();
    assert_eq!(lobby_of(&grace).await, (0, Some(false)));
    let standing = json!({"role": "member"});
    Answer::to(ada.request(Method::PATCH, &format!("/api/users/{}", grace.id)).json(&standing)).await.done();
    assert_eq!(lobby_of(&server.logs_in("grace").await).await, (1, Some(true)));
}
