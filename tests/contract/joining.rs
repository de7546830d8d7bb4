//! Joining: the place's name, who may register there, and links by which others come.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::guests::becomes_guest;
use super::making_rooms::{changes, follows, invites, leaves, makes, removes, rooms_of};
use crate::harness::checker::number;
use crate::harness::database::{self, meddle, open};
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User};

/// A code that nobody has made.
const INVENTED: &str = "abcdefghijkmnopqrstuvwxyz2";

/// Changes the place.
async fn sets(user: &User, changes: Value) -> Answer {
    Answer::to(user.request(Method::PATCH, "/api/place").json(&changes)).await
}

/// Makes an invitation. Answers its id and its code.
async fn makes_link(user: &User, wanted: Value) -> (u64, String) {
    let made = user.posts("/api/invitations", wanted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    (number(&made, "id"), made["code"].as_str().unwrap().to_owned())
}

async fn looks(server: &Server, code: &str) -> Answer {
    server.posts("/api/join/look", json!({"code": code})).await
}

async fn comes(user: &User, code: &str) -> Answer {
    user.posts("/api/join", json!({"code": code})).await
}

fn registration(name: &str, code: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD, "invitation": code})
}

/// Somebody registers by an invitation, and logs in. Answers the rooms as well that they came into.
async fn registers(server: &Server, name: &str, code: &str) -> (User, Value) {
    let answer = server.posts("/register", registration(name, code)).await.ok();
    let mut user = server.logs_in(name).await;
    user.id = number(&answer, "id");
    (user, answer.get("rooms").cloned().unwrap_or_default())
}

/// How often an invitation was used.
async fn used(user: &User, id: u64) -> u64 {
    let list = user.gets("/api/invitations").await.ok();
    number(list.as_array().unwrap().iter().find(|each| each["id"] == id).expect("it is listed"), "used")
}

#[tokio::test]
async fn x08_by_a_link_with_one_use_one_of_fifty_gets_in_and_to_look_costs_nothing() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let attic = makes(&ada, json!({"name": "Attic", "kind": "closed"})).await;
    let (id, code) = makes_link(&ada, json!({"rooms": [attic], "uses": 1})).await;
    for number in 0..100 {
        let page = server.gets(&format!("/join/{code}")).await;
        assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
        let seen = looks(&server, &code).await.ok();
        let expected =
            json!({"place": "ChatterBox", "registration": "open", "by": {"username": "ada"}, "rooms": ["Attic"]});
        assert_eq!(seen, expected, "look {number}");
    }
    assert_eq!(used(&ada, id).await, 0);
    let mut ways = JoinSet::new();
    for number in 0..50 {
        let request = server.request(Method::POST, "/register");
        ways.spawn(Answer::to(request.json(&registration(&format!("person {number}").replace(' ', "-"), &code))));
    }
    let answers = ways.join_all().await;
    let lucky: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(lucky.len(), 1);
    assert_eq!(lucky[0].json()["rooms"], json!([attic]));
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(404, "invitation_over");
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM users"), 2);
    assert_eq!(used(&ada, id).await, 1);
    assert!(!database::holds(server.data(), code.as_bytes()), "the code is stored");
}

#[tokio::test]
async fn x18_used_up_expired_revoked_never_made_and_made_by_somebody_who_is_gone_is_all_the_same() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let room = makes(&grace, json!({"name": "Kitchen"})).await;
    let (_, used_up) = makes_link(&grace, json!({"rooms": [room], "uses": 1})).await;
    assert_eq!(comes(&linus, &used_up).await.ok(), json!({"rooms": [room]}));
    let (late, expired) = makes_link(&grace, json!({"rooms": [room]})).await;
    meddle(&server.database(), &format!("UPDATE invitations SET expires_at = 1 WHERE id = {late}"));
    let (gone, revoked) = makes_link(&grace, json!({"rooms": [room]})).await;
    grace.deletes_at(&format!("/api/invitations/{gone}")).await.done();
    let (_, by_nobody) = makes_link(&grace, json!({"rooms": [room]})).await;
    let other = server.register("other").await;
    let active = json!({"active": false});
    Answer::to(ada.request(Method::PATCH, &format!("/api/users/{}", grace.id)).json(&active)).await.done();
    let dead = [used_up, expired, revoked, by_nobody, INVENTED.to_owned(), "not a code at all".to_owned()];
    let mut doors: [Vec<Answer>; 3] = Default::default();
    for (at, code) in dead.iter().enumerate() {
        doors[0].push(looks(&server, code).await);
        doors[1].push(comes(&other, code).await);
        doors[2].push(server.posts("/register", registration(&format!("newcomer{at}"), code)).await);
    }
    for answers in doors {
        answers[0].refused(404, "invitation_over");
        let without_date = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("date");
            (answer.status, headers, answer.body.clone())
        };
        for answer in &answers {
            assert_eq!(without_date(answer), without_date(&answers[0]));
        }
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM users"), 4);
    // Whoever comes back has their links back.
    let active = json!({"active": true});
    Answer::to(ada.request(Method::PATCH, &format!("/api/users/{}", grace.id)).json(&active)).await.done();
    looks(&server, &dead[3]).await.ok();
}

#[tokio::test]
async fn whoever_comes_by_a_link_is_in_its_rooms_at_once_and_everybody_there_hears_of_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let attic = makes(&ada, json!({"name": "Attic", "kind": "closed", "people": [grace.id]})).await;
    let kitchen = makes(&ada, json!({"name": "Kitchen"})).await;
    let mut there = follows(&grace, &[attic]).await;
    let mut old = grace.arrives().await;
    let (_, code) = makes_link(&ada, json!({"rooms": [attic, 1, kitchen]})).await;
    let (linus, rooms) = registers(&server, "linus", &code).await;
    assert_eq!(rooms, json!([attic, 1, kitchen]));
    let entry = there.hears_where("a member", |event| event["kind"] == "member").await;
    assert_eq!((&entry["room"], &entry["id"]), (&json!(attic), &json!(linus.id)));
    assert_eq!((&entry["state"]["change"], &entry["state"]["by"]), (&json!("invited"), &json!(ada.id)));
    old.hears_nothing().await;
    let had: Vec<u64> = rooms_of(&linus).await.iter().map(|room| number(room, "id")).collect();
    assert_eq!(had, [1, attic, kitchen]);
    // The account is first in one's own log, and a mark for each room follows.
    let mut own = linus.connects_for_more().await;
    own.say(json!({"type": "hello", "follow": []})).await;
    own.hears("hello").await;
    let states = own.hears("states").await["states"].as_array().unwrap().clone();
    let told: Vec<_> = states.iter().map(|entry| (number(entry, "seq"), entry["kind"].as_str().unwrap())).collect();
    assert_eq!(told, [(1, "account"), (2, "mark"), (3, "mark")]);
    linus.gets(&format!("/api/rooms/{attic}/messages")).await.ok();
    let (id, code) = makes_link(&ada, json!({})).await;
    let (_, rooms) = registers(&server, "barbara", &code).await;
    assert_eq!((rooms, used(&ada, id).await), (Value::Null, 1));
}

#[tokio::test]
async fn whoever_is_here_already_uses_a_link_only_if_it_changes_something() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let [attic, kitchen] = [json!({"name": "Attic", "kind": "closed"}), json!({"name": "Kitchen"})];
    let (attic, kitchen) = (makes(&ada, attic).await, makes(&ada, kitchen).await);
    let (id, code) = makes_link(&ada, json!({"rooms": [kitchen, attic], "uses": 2})).await;
    comes(&ada, &code).await.ok();
    assert_eq!(used(&ada, id).await, 0, "she is there");
    let mut own = follows(&grace, &[]).await;
    assert_eq!(comes(&grace, &code).await.ok(), json!({"rooms": [kitchen, attic]}));
    for room in [kitchen, attic] {
        let mark = own.hears_where("a mark", |event| event["kind"] == "mark").await;
        assert_eq!((&mark["id"], &mark["state"]["listed"]), (&json!(room), &json!(true)));
    }
    for _ in 0..3 {
        assert_eq!(comes(&grace, &code).await.ok(), json!({"rooms": [kitchen, attic]}));
    }
    assert_eq!(used(&ada, id).await, 1);
    leaves(&grace, attic).await.done();
    comes(&grace, &code).await.ok();
    assert_eq!(used(&ada, id).await, 2);
    comes(&grace, &code).await.refused(404, "invitation_over");
    server.posts("/api/join", json!({"code": code})).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn x82_a_link_leads_into_no_room_that_its_maker_may_let_nobody_into_any_more() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let attic = makes(&ada, json!({"name": "Attic", "kind": "closed", "people": [grace.id]})).await;
    let [kitchen, cellar] =
        [makes(&ada, json!({"name": "Kitchen"})).await, makes(&ada, json!({"name": "Cellar"})).await];
    let (_, code) = makes_link(&grace, json!({"rooms": [attic, cellar, kitchen]})).await;
    removes(&ada, attic, grace.id).await.done();
    changes(&ada, cellar, json!({"archived": true})).await.done();
    assert_eq!(looks(&server, &code).await.ok()["rooms"], json!(["Kitchen"]));
    let (linus, rooms) = registers(&server, "linus", &code).await;
    assert_eq!(rooms, json!([kitchen]));
    linus.gets(&format!("/api/rooms/{attic}/messages")).await.refused(404, "not_found");
    invites(&ada, attic, &[grace.id]).await.done();
    assert_eq!(comes(&linus, &code).await.ok()["rooms"], json!([attic, kitchen]));
    // Somebody who has become a guest invites nobody, and by the link of another they get in where a member does.
    becomes_guest(&server, &ada, &grace).await;
    looks(&server, &code).await.refused(404, "invitation_over");
    let (_, code) = makes_link(&linus, json!({"rooms": [kitchen, 1]})).await;
    let guest = server.logs_in("grace").await;
    assert_eq!(comes(&guest, &code).await.ok()["rooms"], json!([kitchen, 1]));
}

#[tokio::test]
async fn links_are_made_by_members_into_rooms_where_they_lead_and_within_limits() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let attic = makes(&ada, json!({"name": "Attic", "kind": "closed"})).await;
    let kitchen = makes(&ada, json!({"name": "Kitchen"})).await;
    let direct = number(&grace.posts("/api/direct", json!({"people": [ada.id]})).await.ok(), "id");
    let refused = async |wanted: Value| grace.posts("/api/invitations", wanted).await;
    refused(json!({"rooms": [attic]})).await.refused(404, "not_found");
    refused(json!({"rooms": [9999]})).await.refused(404, "not_found");
    refused(json!({"rooms": [direct]})).await.refused(403, "forbidden");
    let many: Vec<u64> = (1..=21).collect();
    refused(json!({"rooms": many})).await.refused_field(422, "invalid_field", "rooms");
    refused(json!({"uses": 0})).await.refused_field(422, "invalid_field", "uses");
    refused(json!({"uses": 1001})).await.refused_field(422, "invalid_field", "uses");
    for expires in ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "soon"] {
        refused(json!({"expires": expires})).await.refused_field(422, "invalid_field", "expires");
    }
    refused(json!({"code": "x"})).await.refused(422, "unknown_field");
    makes_link(&grace, json!({"rooms": [kitchen], "uses": 1000})).await;
    changes(&ada, kitchen, json!({"archived": true})).await.done();
    refused(json!({"rooms": [kitchen]})).await.refused(409, "room_archived");
    let guest = becomes_guest(&server, &ada, &linus).await;
    guest.posts("/api/invitations", json!({})).await.refused(403, "forbidden");
    // A hundred at once; those that are over make room.
    let rows = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
        INSERT INTO invitations (code_hash, by_id, rooms, created_at, expires_at)
        SELECT randomblob(32), {}, '', 0, 4000000000000 FROM n",
        grace.id
    );
    open(&server.database()).execute_batch(&rows).unwrap();
    refused(json!({})).await.refused(409, "too_many");
    meddle(&server.database(), "UPDATE invitations SET expires_at = 1 WHERE id = 7");
    makes_link(&grace, json!({})).await;
    assert_eq!(grace.gets("/api/invitations").await.ok().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn p1_one_sees_and_revokes_ones_own_links_and_administrators_all_but_no_room_that_is_not_theirs_to_see() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let attic = makes(&grace, json!({"name": "Attic", "kind": "closed"})).await;
    let (id, _) = makes_link(&grace, json!({"rooms": [attic, 1], "uses": 3, "expires": null})).await;
    let own = grace.gets("/api/invitations").await;
    let listed = own.ok();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let link = &listed[0];
    assert_eq!((number(link, "id"), number(link, "by"), number(link, "uses")), (id, grace.id, 3));
    assert_eq!(link["rooms"], json!([attic, 1]));
    assert!(!own.text().contains("code"), "{}", own.text());
    assert_eq!(ada.gets("/api/invitations").await.ok()[0]["rooms"], json!([1]));
    assert_eq!(linus.gets("/api/invitations").await.ok(), json!([]));
    let at = format!("/api/invitations/{id}");
    linus.deletes_at(&at).await.refused(404, "not_found");
    linus.deletes_at("/api/invitations/99").await.refused(404, "not_found");
    ada.deletes_at(&at).await.done();
    grace.deletes_at(&at).await.refused(404, "not_found");
    assert_eq!(grace.gets("/api/invitations").await.ok(), json!([]));
}

#[tokio::test]
async fn registration_is_open_by_invitation_or_closed_and_the_very_first_gets_in_in_any_case() {
    let server = Server::start().await;
    open(&server.database()).execute_batch("UPDATE house SET registration = 'closed'").unwrap();
    let (ada, plain) = (server.register("ada").await, |name: &str| {
        let mut body = registration(name, "");
        body.as_object_mut().unwrap().remove("invitation");
        body
    });
    server.posts("/register", plain("grace")).await.refused(403, "registration_closed");
    ada.posts("/api/invitations", json!({})).await.refused(403, "registration_closed");
    sets(&ada, json!({"registration": "invite"})).await.done();
    assert_eq!(server.gets("/api/place").await.ok(), json!({"name": "ChatterBox", "registration": "invite"}));
    let (_, code) = makes_link(&ada, json!({})).await;
    // Whoever is not let in does not learn either who is there.
    server.posts("/register", plain("ada")).await.refused(403, "registration_closed");
    server.posts("/register", registration("ada", INVENTED)).await.refused(404, "invitation_over");
    let (grace, _) = registers(&server, "grace", &code).await;
    makes_link(&grace, json!({})).await;
    sets(&ada, json!({"registration": "closed"})).await.done();
    server.posts("/register", registration("linus", &code)).await.refused(403, "registration_closed");
    assert_eq!(looks(&server, &code).await.ok()["registration"], "closed");
    sets(&ada, json!({"registration": "open"})).await.done();
    server.register("linus").await;
}

#[tokio::test]
async fn the_first_names_the_place_and_nobody_after_them_but_administrators_of_which_everybody_hears() {
    let server = Server::start().await;
    let mut first = registration("ada", "");
    first.as_object_mut().unwrap().remove("invitation");
    let unclaimed = json!({"name": "ChatterBox", "registration": "open", "unclaimed": true});
    assert_eq!(server.gets("/api/place").await.ok(), unclaimed);
    let mut nameless = first.clone();
    nameless["place"] = json!(" \u{200b} ");
    server.posts("/register", nameless).await.refused_field(422, "invalid_field", "place");
    first["place"] = json!(" The  Old Mill ");
    server.posts("/register", first).await.ok();
    let mut second = registration("grace", "");
    second.as_object_mut().unwrap().remove("invitation");
    second["place"] = json!("Grace's\u{7}");
    server.posts("/register", second).await.ok();
    assert_eq!(server.gets("/api/place").await.ok(), json!({"name": "The Old Mill", "registration": "open"}));
    let manifest = server.gets("/ui/manifest.webmanifest").await;
    assert_eq!((manifest.status, &manifest.json()["name"]), (200, &json!("The Old Mill")));
    let (ada, grace) = (server.logs_in("ada").await, server.logs_in("grace").await);
    let mut socket = grace.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [], "house": 0})).await;
    let house = socket.hears_where("the house", |event| event["house"] == true).await;
    let place = house["states"].as_array().unwrap().iter().find(|entry| entry["kind"] == "place").cloned().unwrap();
    assert_eq!((&place["id"], &place["seq"], &place["state"]["name"]), (&json!(1), &json!(2), &json!("The Old Mill")));
    let mut old = grace.arrives().await;
    sets(&grace, json!({"name": "Grace's"})).await.refused(403, "forbidden");
    sets(&ada, json!({"name": ""})).await.refused_field(422, "invalid_field", "name");
    sets(&ada, json!({"name": "x".repeat(61)})).await.refused_field(422, "invalid_field", "name");
    sets(&ada, json!({"name": "The Old Mill"})).await.done();
    sets(&ada, json!({"name": "Anchor", "registration": "invite"})).await.done();
    let told = socket.hears_where("the place", |event| event["kind"] == "place").await;
    let expected = json!({"type": "state", "house": true, "seq": 4, "kind": "place", "id": 1,
        "state": {"name": "Anchor", "registration": "invite"}});
    assert_eq!(told, expected, "what changes nothing takes no number");
    old.hears_nothing().await;
}

#[tokio::test]
async fn p4_the_code_of_a_link_is_in_no_log_and_looking_has_its_limit() {
    let mut server = Plan::new().with_rate_limits().talkative().start().await;
    let ada = server.register("ada").await;
    let (_, code) = makes_link(&ada, json!({})).await;
    server.gets(&format!("/join/{code}")).await;
    server.gets(&format!("/join/{code}?x={code}")).await;
    looks(&server, &code).await.ok();
    comes(&ada, &code).await.ok();
    let mut count = 0;
    while looks(&server, INVENTED).await.status != 429 {
        count += 1;
        assert!(count < 400, "there is no limit");
    }
    assert!(count >= 100, "{count}");
    let log = server.stop().await;
    assert!(log.contains("/join/") && !log.contains(&code) && !log.contains(INVENTED), "the code is in the log");
}

#[tokio::test]
async fn x08_a_link_is_its_code_alone_of_more_than_128_bits_whatever_host_somebody_asks_by() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut codes = BTreeSet::new();
    for host in ["evil.example", "chat.example"] {
        let request = grace.request(Method::POST, "/api/invitations").header("x-forwarded-host", host);
        let answer = Answer::to(request.json(&json!({}))).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made = answer.json();
        let names: Vec<&String> = made.as_object().unwrap().keys().collect();
        assert_eq!(names, ["code", "id"], "no address is made of what somebody asks by");
        // 26 letters of 32.
        let code = made["code"].as_str().unwrap();
        assert!(code.len() >= 26 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        codes.insert(code.to_owned());
    }
    assert_eq!(codes.len(), 2);
    // Whoever may make none any more has made none that leads anywhere.
    becomes_guest(&server, &ada, &grace).await;
    for code in codes {
        looks(&server, &code).await.refused(404, "invitation_over");
    }
}
