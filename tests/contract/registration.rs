//! `POST /register`: who gets in, under which name, with which password.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::harness::{Answer, Asks, PASSWORD, Server, database};

fn body(username: &str, email: &str, password: &str) -> Value {
    json!({"username": username, "email": email, "password": password})
}

async fn registers(server: &Server, username: &str, password: &str) -> Answer {
    let number = fastrand::u32(..);
    server.posts("/register", body(username, &format!("n{number}@example.org"), password)).await
}

#[tokio::test]
async fn registering_answers_with_id_username_and_address_and_nothing_else() {
    let server = Server::start().await;
    let answer = server.posts("/register", body("ada", "ada@example.org", PASSWORD)).await.ok();
    assert_eq!(answer, json!({"id": 1, "username": "ada", "email": "ada@example.org"}));
    let answer = server.posts("/register", body("grace", "grace@example.org", PASSWORD)).await.ok();
    assert_eq!(answer["id"], 2);
}

#[tokio::test]
async fn a_name_or_an_address_that_somebody_has_is_taken() {
    let server = Server::start().await;
    server.register("ada").await;
    let answer = server.posts("/register", body("ada", "other@example.org", PASSWORD)).await;
    answer.refused_field(400, "username_taken", "username");
    for same in ["ada@example.org", "Ada@Example.ORG"] {
        let answer = server.posts("/register", body("grace", same, PASSWORD)).await;
        answer.refused_field(400, "email_taken", "email");
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM users"), 1);
}

#[tokio::test]
async fn x26_a_body_that_is_not_the_three_texts_is_refused() {
    let server = Server::start().await;
    let whole = r#"{"username":"ada","email":"ada@example.org","password":"seven lazy herons"}"#;
    let malformed = [
        "",
        "null",
        "[]",
        "\"ada\"",
        "{",
        "{}x",
        "\u{feff}{}",
        &format!("{whole}{whole}"),
        r#"{"username":"ada","username":"eve","email":"ada@example.org","password":"seven lazy herons"}"#,
    ];
    for body in malformed {
        server.posts_bytes("/register", body).await.refused(422, "malformed_json");
    }
    server.posts_bytes("/register", b"{\"username\":\"\xff\"}".to_vec()).await.refused(422, "malformed_json");
    for field in ["username", "email", "password"] {
        for wrong in [Value::Null, json!(1), json!(true), json!(["ada"]), json!({"$ne": ""})] {
            let mut body = body("ada", "ada@example.org", PASSWORD);
            body[field] = wrong;
            server.posts("/register", body).await.refused_field(422, "invalid_field", field);
        }
        let mut body = body("ada", "ada@example.org", PASSWORD);
        body.as_object_mut().unwrap().remove(field);
        server.posts("/register", body).await.refused_field(422, "invalid_field", field);
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM users"), 0);
}

#[tokio::test]
async fn an_address_must_be_one() {
    let server = Server::start().await;
    for address in ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example..org", "ada@exa mple.org"] {
        server.posts("/register", body("ada", address, PASSWORD)).await.refused_field(422, "invalid_field", "email");
    }
    let long = format!("{}@example.org", "a".repeat(250));
    server.posts("/register", body("ada", &long, PASSWORD)).await.refused_field(422, "invalid_field", "email");
    server.posts("/register", body("ada", "ada+chat@mail.example.org", PASSWORD)).await.ok();
}

#[tokio::test]
async fn x23_what_nobody_asked_for_is_ignored_as_it_always_was_and_gives_nobody_anything() {
    let server = Server::start().await;
    server.register("ada").await;
    let plain = body("grace", "grace@example.org", PASSWORD);
    let mut with_more = plain.clone();
    for (field, value) in [
        ("role", json!("owner")),
        ("is_admin", json!(true)),
        ("id", json!(1)),
        ("user_id", json!(1)),
        ("active", json!(false)),
        ("verified", json!(true)),
        ("created_at", json!(0)),
        ("password_hash", json!("x")),
        ("Username", json!("eve")),
        ("confirm_password", json!([null, {"deep": "down"}])),
    ] {
        with_more[field] = value;
    }
    let answer = server.posts("/register", with_more.clone()).await.ok();
    assert_eq!(answer, json!({"id": 2, "username": "grace", "email": "grace@example.org"}));
    server.register("linus").await;
    let row = |name: &str| {
        let fields =
            "role || ' ' || active || ' ' || (created_at > 1000000000000) || ' ' || substr(password_hash, 1, 9)";
        database::text(&server.database(), &format!("SELECT {fields} FROM users WHERE username = '{name}'"))
    };
    assert_eq!(row("grace"), row("linus"));
    assert_eq!(row("grace"), "member 1 1 $argon2id");
    let login = server.posts("/login", with_more).await.ok();
    assert_eq!(login["username"], "grace");
    // Twice the same is still two things at once, and too many are no registration.
    let mut endless = plain;
    (0..40).for_each(|number| endless[format!("field {number}")] = json!(number));
    server.posts("/register", endless.clone()).await.refused(422, "malformed_json");
    server.posts("/login", endless).await.refused(422, "malformed_json");
}

#[tokio::test]
async fn z9_a_short_or_common_password_is_refused_with_the_reason() {
    let server = Server::start().await;
    for (password, reason) in [
        ("", "8"),
        ("seven c", "8"),
        ("äöüäöüä", "8"),
        ("password", "guessed"),
        ("12345678", "guessed"),
        ("iloveyou", "guessed"),
        ("PASSWORD", "guessed"),
        ("aaaaaaaaaaaa", "guessed"),
        ("grace@example.org", "guessed"),
    ] {
        let problem = server.posts("/register", body("grace", "grace@example.org", password)).await;
        let problem = problem.refused(422, "password_refused");
        assert_eq!(problem["field"], "password");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{password}: {problem}");
    }
    let endless = "é".repeat(513);
    server.posts("/register", body("grace", "g@example.org", &endless)).await.refused(422, "password_refused");
}

#[tokio::test]
async fn z9_any_long_password_is_taken_whole() {
    let server = Server::start().await;
    // Two emoji that nobody could guess, then 126 that anybody can: longer than any hash's own limit.
    let emoji = format!("🐙🪁{}", "🦀".repeat(126));
    let longest = format!("{PASSWORD}{}", "x".repeat(1024 - PASSWORD.len()));
    for (name, password) in [("ada", longest), ("grace", emoji), ("linus", "8 chars?".to_owned())] {
        registers(&server, name, &password).await.ok();
        server.posts("/login", json!({"username": name, "password": password})).await.ok();
        let mut cut = password.clone();
        cut.pop();
        let answer = server.posts("/login", json!({"username": name, "password": cut})).await;
        answer.refused(401, "wrong_credentials");
    }
}

#[tokio::test]
async fn z9_passwords_are_stored_as_argon2id_with_a_salt_of_their_own() {
    let server = Server::start().await;
    server.ada_and_grace().await;
    let hash = |name: &str| {
        database::text(&server.database(), &format!("SELECT password_hash FROM users WHERE username = '{name}'"))
    };
    for name in ["ada", "grace"] {
        assert!(hash(name).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash(name));
    }
    assert_ne!(hash("ada"), hash("grace"));
    assert!(!database::holds(server.data(), PASSWORD.as_bytes()));
}

#[tokio::test]
async fn names_of_any_script_are_welcome_and_are_kept_in_one_form() {
    let server = Server::start().await;
    for (typed, stored) in [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoë", "Zoë"),
        ("Jose\u{301}", "José"),
        ("王小明", "王小明"),
        ("Ольга", "Ольга"),
        ("משה", "משה"),
        ("さくら 桜", "さくら 桜"),
        ("x", "x"),
        ("o'neil-99_z.", "o'neil-99_z."),
    ] {
        assert_eq!(registers(&server, typed, PASSWORD).await.ok()["username"], stored);
    }
    assert_eq!(registers(&server, &"w".repeat(32), PASSWORD).await.ok()["username"], "w".repeat(32));
}

#[tokio::test]
async fn x31_x32_a_name_with_something_hidden_in_it_is_refused() {
    let server = Server::start().await;
    let too_long = "w".repeat(33);
    for name in [
        "",
        " ",
        " ada",
        "ada ",
        "a  b",
        "ada\n",
        "a\tb",
        "a\0b",
        "ada\u{202e}",
        "a\u{200b}da",
        "\u{200d}",
        "a\u{ad}b",
        "ad\u{e0061}a",
        "\u{3164}",
        "\u{2800}",
        "a\u{feff}",
        "a\u{a0}b",
        "...",
        "a\u{301}\u{301}\u{301}",
        &too_long,
    ] {
        registers(&server, name, PASSWORD).await.refused_field(422, "invalid_field", "username");
    }
    registers(&server, "аda", PASSWORD).await.refused_field(422, "invalid_field", "username");
}

#[tokio::test]
async fn no_new_name_can_be_taken_for_an_address() {
    let server = Server::start().await;
    for name in ["grace@example.org", "@grace", "grace＠example.org", "grace﹫example.org"] {
        let answer = registers(&server, name, PASSWORD).await;
        answer.refused_field(422, "invalid_field", "username");
        assert!(answer.text().contains("an @"), "{name}: {}", answer.text());
    }
}

#[tokio::test]
async fn x09_x33_names_that_look_the_same_are_one_name() {
    let server = Server::start().await;
    server.register("ada").await;
    registers(&server, "Paul Lee", PASSWORD).await.ok();
    for name in ["ADA", "Ada", "ａｄａ", "аԁа", "PaulLee", "Pau1 Lee", "PAUL LEE", "PauI Lee"] {
        registers(&server, name, PASSWORD).await.refused_field(400, "username_taken", "username");
    }
}

#[tokio::test]
async fn x09_of_many_who_want_one_name_at_once_exactly_one_gets_it() {
    let server = Server::start().await;
    let names = ["ada", "Ada", "ADA", "aDa", "ada", "adA", "ada", "ada", "Ada", "ada"];
    let mut ways = tokio::task::JoinSet::new();
    for (number, name) in names.iter().enumerate() {
        let request = server.request(reqwest::Method::POST, "/register");
        ways.spawn(Answer::to(request.json(&body(name, &format!("{number}@example.org"), PASSWORD))));
    }
    let answers = ways.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(400, "username_taken");
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM users"), 1);
}

#[tokio::test]
async fn z6_of_fifty_who_register_first_at_once_exactly_one_is_the_owner() {
    let server = Server::start().await;
    let mut ways = tokio::task::JoinSet::new();
    for number in 0..50 {
        let request = server.request(reqwest::Method::POST, "/register");
        let body = body(&format!("person {number}"), &format!("{number}@example.org"), PASSWORD);
        ways.spawn(Answer::to(request.json(&body)));
    }
    let ids: HashSet<u64> = ways.join_all().await.iter().map(|answer| answer.ok()["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=50).collect());
    let file = server.database();
    assert_eq!(database::number(&file, "SELECT sum(id) FROM users WHERE role = 'owner'"), 1);
    assert_eq!(database::number(&file, "SELECT count(*) FROM users WHERE role = 'member'"), 49);
}
