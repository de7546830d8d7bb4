//! Everything that members can do among themselves, with a canary in all that they type; and everybody who must not hear it,
//! recording every byte. Whoever adds a feature adds a line to [`FEATURES`]: it is done beside outsiders, guests, people who were
//! there before and people who are gone, and behind every way to lose a room (`losing.rs`).

use std::pin::Pin;

use reqwest::Method;
use serde_json::{Value, json};

use super::guests::becomes_guest;
use super::losing::record;
use super::making_rooms::{changes, follows, invites, leaves, makes, removes};
use super::pictures::{hears_version, png, shows};
use crate::harness::checker::number;
use crate::harness::doors::doors;
use crate::harness::{Answer, Asks, PASSWORD, Server, Socket, User};

/// In everything that members type, and in nothing else.
pub(crate) const CANARY: &str = "canary-7f3a";

/// In what people say of themselves whom a guest shares no room with.
const STRANGER: &str = "stranger-9b21";

fn text(what: &str) -> String {
    format!("{CANARY} {what}")
}

/// Two people and a room of theirs, which the first of them moderates unless it is direct.
pub(crate) struct Members<'a> {
    pub(crate) one: &'a User,
    pub(crate) other: &'a User,
    pub(crate) room: u64,
    /// A socket of the first one, that follows the room.
    pub(crate) says: Socket,
    /// What else is theirs: codes that the server has made for them.
    pub(crate) secrets: Vec<String>,
}

impl Members<'_> {
    async fn sends(&mut self, what: &str) -> Value {
        self.says.does(json!({"type": "send", "room": self.room, "text": text(what)})).await
    }
}

pub(crate) type Doing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What members do: its name, whether it is done in direct rooms, too, and doing it.
type Feature = (&'static str, bool, for<'a> fn(&'a mut Members<'_>) -> Doing<'a>);

/// All that members can do in a room.
pub(crate) const FEATURES: &[Feature] = &[
    ("says something", true, |members| Box::pin(async move { drop(members.sends("is said").await) })),
    ("edits it", true, |members| {
        Box::pin(async move {
            let said = members.sends("is said to be edited").await;
            members.says.does(json!({"type": "edit", "id": said["id"], "text": text("is said otherwise")})).await;
        })
    }),
    ("takes it back", true, |members| {
        Box::pin(async move {
            let said = members.sends("is taken back").await;
            members.says.does(json!({"type": "delete", "id": said["id"]})).await;
        })
    }),
    ("says it under a nonce", true, |members| {
        Box::pin(async move {
            let nonce = text(&members.room.to_string());
            let command = json!({"type": "send", "room": members.room, "text": text("is named"), "nonce": nonce});
            members.says.does(command).await;
        })
    }),
    ("reads it, and sees that it was read", true, |members| {
        Box::pin(async move {
            let last = number(&members.sends("is last").await, "seq");
            let mut reads = follows(members.other, &[members.room]).await;
            reads.does(json!({"type": "read", "room": members.room, "up_to": last})).await;
            let seen = |event: &Value| event["type"] == "seen" && event["up_to"] == last;
            members.says.hears_where("that it was seen", seen).await;
        })
    }),
    ("is writing", true, |members| {
        Box::pin(async move { drop(members.says.does(json!({"type": "typing", "room": members.room})).await) })
    }),
    ("renames the room", false, |members| {
        Box::pin(async move { changes(members.one, members.room, json!({"name": text("is the name")})).await.done() })
    }),
    ("says what it is about", false, |members| {
        Box::pin(async move { changes(members.one, members.room, json!({"topic": text("is the topic")})).await.done() })
    }),
    ("lets somebody moderate", false, |members| {
        Box::pin(async move {
            let path = format!("/api/rooms/{}/members/{}", members.room, members.other.id);
            Answer::to(members.one.request(Method::PATCH, &path).json(&json!({"moderator": true}))).await.done();
        })
    }),
    ("removes somebody and lets them in again", false, |members| {
        Box::pin(async move {
            removes(members.one, members.room, members.other.id).await.done();
            invites(members.one, members.room, &[members.other.id]).await.done();
        })
    }),
    ("leaves and is let in", false, |members| {
        Box::pin(async move {
            leaves(members.other, members.room).await.done();
            invites(members.one, members.room, &[members.other.id]).await.done();
        })
    }),
    ("puts the room away and brings it back", false, |members| {
        Box::pin(async move {
            for archived in [true, false] {
                changes(members.one, members.room, json!({"archived": archived})).await.done();
            }
        })
    }),
    ("leads others there by a link", false, |members| {
        Box::pin(async move {
            let made = members.one.posts("/api/invitations", json!({"rooms": [members.room]})).await.json();
            let code = made["code"].as_str().expect("there is a link").to_owned();
            members.secrets.push(code.clone());
            leaves(members.other, members.room).await.done();
            let looked = members.other.posts("/api/join/look", json!({"code": code})).await.ok();
            assert!(looked["rooms"].to_string().contains(CANARY), "whoever has the link is told the name: {looked}");
            members.other.posts("/api/join", json!({"code": code})).await.ok();
        })
    }),
    ("signs in on another device by a link, and ends that again", true, |members| {
        Box::pin(async move {
            let made = members.one.posts("/api/me/device-link", json!({"password": PASSWORD})).await.json();
            let by =
                members.one.request(Method::POST, "/login/device").header("user-agent", text("Firefox/1 on Linux"));
            members.secrets.push(made["code"].as_str().expect("there is a link").to_owned());
            let begun = Answer::to(by.json(&json!({"code": made["code"]}))).await.ok();
            members.secrets.push(begun["token"].as_str().expect("there is a session").to_owned());
            let listed = members.one.gets("/api/sessions").await.ok();
            let new = listed.as_array().and_then(|all| all.last()).expect("it is listed");
            assert_eq!(new["agent"], "Firefox on Linux");
            members.one.deletes_at(&format!("/api/sessions/{}", new["id"])).await.done();
        })
    }),
    ("puts it away for oneself until something is said", true, |members| {
        Box::pin(async move {
            let away = members.one.request(Method::DELETE, &format!("/api/direct/{}", members.room));
            let status = Answer::to(away).await.status;
            assert!(matches!(status, 204 | 403), "{status}");
            members.sends("brings it back").await;
        })
    }),
];

/// Somebody who must not hear it, with a socket of each spelling.
pub(crate) struct Outsider {
    pub(crate) who: &'static str,
    user: User,
    sockets: Vec<Socket>,
    /// What their sockets were told until they were up to date.
    begin: String,
}

impl Outsider {
    pub(crate) async fn new(who: &'static str, user: &User, hidden: &[u64]) -> Self {
        let hidden: Vec<Value> = hidden.iter().map(|room| json!({"room": room, "seq": 1})).collect();
        let hellos = [
            json!({"type": "hello", "rooms": {}}),
            json!({"type": "hello", "follow": [{"room": 1}], "own": 0, "house": 0}),
            json!({"type": "hello", "follow": hidden}),
        ];
        let mut sockets = vec![user.connects().await];
        for hello in hellos {
            let mut socket = user.connects_for_more().await;
            socket.say(hello).await;
            sockets.push(socket);
        }
        let mut begin = String::new();
        for socket in &mut sockets {
            // Who is online comes last.
            loop {
                let event = socket.next().await.expect("it is told who is online");
                begin.push_str(&event.to_string());
                if event["type"] == "users" || event["type"] == "people" {
                    break;
                }
            }
        }
        Self { who, user: user.clone(), sockets, begin }
    }

    /// Everything that their sockets have been told since the last time.
    pub(crate) async fn hears(&mut self) -> String {
        let mut heard = std::mem::take(&mut self.begin);
        for socket in &mut self.sockets {
            record(socket).await.iter().for_each(|event| heard.push_str(&event.to_string()));
        }
        heard
    }

    /// All bodies and headers that they are answered with, by every door that is there for looking.
    pub(crate) async fn looks(&self, hidden: &[u64]) -> String {
        let mut seen = String::new();
        let mut paths: Vec<String> = vec![format!("/api/rooms?search={CANARY}"), format!("/users?search={CANARY}")];
        for door in doors().iter().filter(|door| door.method == "GET" && !door.path.contains('*') && door.path != "/ws")
        {
            paths.extend(hidden.iter().map(|room| door.path_of(&room.to_string())));
        }
        for path in paths {
            let answer = self.user.gets(&path).await;
            seen.push_str(&format!("{:?} {}", answer.headers, answer.text()));
        }
        seen
    }
}

/// What was heard holds nothing of this.
pub(crate) fn is_clean(heard: &str, canary: &str, context: &str) {
    let at = heard.find(canary);
    assert!(at.is_none(), "{context}: {}", &heard[at.unwrap_or(0).saturating_sub(300)..]);
}

#[tokio::test]
async fn p2_x93_x94_no_byte_of_what_members_do_among_themselves_reaches_anybody_else() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut people = Vec::new();
    for name in ["barbara", "linus", "former", "guest", "gone"] {
        people.push(server.register(name).await);
    }
    let [barbara, linus, former, guest, gone] = &people[..] else { unreachable!("five came") };
    let attic = makes(
        &grace,
        json!({"name": text("room"), "kind": "closed", "topic": text("topic"), "people":
        [barbara.id, former.id, gone.id]}),
    )
    .await;
    let direct = Answer::to(grace.request(Method::POST, "/api/direct").json(&json!({"people": [barbara.id]}))).await;
    let (direct, den) = (number(&direct.ok(), "id"), makes(&ada, json!({"name": "Den", "people": [guest.id]})).await);
    removes(&grace, attic, former.id).await.done();
    let guest = becomes_guest(&server, &ada, guest).await;
    let hidden = [attic, direct];
    let mut outsiders = Vec::new();
    for (who, user) in [("the owner", &ada), ("a member", linus), ("who was there", former), ("a guest", &guest)] {
        outsiders.push(Outsider::new(who, user, &hidden).await);
    }
    // Whoever is gone was there to the end, and hears nothing of what comes.
    let mut left_behind = Outsider::new("who is gone", gone, &hidden).await;
    left_behind.hears().await;
    let deactivated = ada.request(Method::PATCH, &format!("/api/users/{}", gone.id)).json(&json!({"active": false}));
    Answer::to(deactivated).await.done();
    outsiders.push(left_behind);
    for outsider in &mut outsiders {
        is_clean(&outsider.hears().await, CANARY, outsider.who);
    }
    let directory = linus.gets("/api/rooms").await.text();
    let mut secrets = Vec::new();
    for room in hidden {
        let says = follows(&grace, &[room]).await;
        let mut members = Members { one: &grace, other: barbara, room, says, secrets: Vec::new() };
        for (name, _, does) in FEATURES.iter().filter(|(_, is_for_direct, _)| room != direct || *is_for_direct) {
            does(&mut members).await;
            for outsider in &mut outsiders {
                let (heard, context) = (outsider.hears().await, format!("{}: {name}", outsider.who));
                is_clean(&heard, CANARY, &context);
                members.secrets.iter().for_each(|secret| is_clean(&heard, secret, &context));
                // That it is not there may be said of it, to whoever asks.
                let is_not_there = format!(r#"{{"room":{room},"type":"unfollowed"}}"#);
                is_clean(&heard.replace(&is_not_there, ""), &room.to_string(), &context);
            }
        }
        secrets.append(&mut members.secrets);
    }
    for outsider in &mut outsiders {
        let seen = outsider.looks(&hidden).await;
        let ids = hidden.map(|room| room.to_string());
        for canary in secrets.iter().chain(&ids).map(String::as_str).chain([CANARY]) {
            is_clean(&seen, canary, outsider.who);
        }
    }
    for outsider in outsiders.iter_mut().filter(|outsider| outsider.who != "who is gone") {
        let mut comes_back = Outsider::new(outsider.who, &outsider.user, &hidden).await;
        is_clean(&comes_back.hears().await, CANARY, outsider.who);
    }
    // Counts, and what was active when, are as they were.
    assert_eq!(linus.gets("/api/rooms").await.text(), directory);
    people_say_who_they_are(barbara, &mut outsiders[3], den).await;
}

/// What somebody shows and says of themselves, and how they are there.
type Showing = (&'static str, for<'a> fn(&'a User, &'a mut Vec<String>) -> Doing<'a>);

/// All that members can do before everybody, and that is no business of a guest who shares no room with them.
const SHOWN: &[Showing] = &[
    ("says who they are", |stranger, _| {
        Box::pin(async move {
            let says = json!({"name": STRANGER, "bio": STRANGER, "pronouns": STRANGER, "status": {"text": STRANGER}});
            Answer::to(stranger.request(Method::PATCH, "/api/me").json(&says)).await.done();
        })
    }),
    ("shows a picture", |stranger, secrets| {
        Box::pin(async move {
            let mut house = follows(stranger, &[]).await;
            shows(stranger, png(7)).await.done();
            secrets.push(hears_version(&mut house, stranger).await.expect("they show one"));
        })
    }),
    ("says something in the Lobby", |stranger, _| {
        Box::pin(async move {
            let mut everywhere = follows(stranger, &[1]).await;
            everywhere.does(json!({"type": "send", "text": STRANGER})).await;
        })
    }),
    ("is not to be disturbed, is at the keyboard, and goes", |stranger, _| {
        Box::pin(async move {
            let busy = json!({"busy_until": "2200-01-01T00:00:00.000Z"});
            Answer::to(stranger.request(Method::PUT, "/api/me/availability").json(&busy)).await.done();
            let mut desk = follows(stranger, &[]).await;
            desk.does(json!({"type": "active"})).await;
            desk.does(json!({"type": "typing", "room": 1})).await;
            desk.leaves().await;
        })
    }),
];

/// What strangers say and show of themselves is no guest's business, and neither is how they are there, not even for a guest
/// who watches them.
async fn people_say_who_they_are(stranger: &User, guest: &mut Outsider, den: u64) {
    let mut watches = guest.user.connects_for_more().await;
    watches.say(json!({"type": "hello", "follow": [{"room": den}], "people": [stranger.id, 1]})).await;
    watches.hears_where("how people are there", |event| event["type"] == "people").await;
    guest.sockets.push(watches);
    let (person, mut secrets) = (format!(r#""id":{},"#, stranger.id), vec![STRANGER.to_owned()]);
    for (name, does) in SHOWN {
        does(stranger, &mut secrets).await;
        // Who is there is told once a second at the most.
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        let (heard, context) = (guest.hears().await, format!("{}: {name}", guest.who));
        for canary in secrets.iter().chain([&stranger.name, &person]) {
            is_clean(&heard, canary, &context);
        }
    }
    let seen = guest.looks(&[den, 1]).await;
    secrets.iter().for_each(|canary| is_clean(&seen, canary, guest.who));
    let picture = guest.user.gets(&format!("/api/users/{}/picture/{}", stranger.id, secrets[1])).await;
    picture.refused(404, "not_found");
}
