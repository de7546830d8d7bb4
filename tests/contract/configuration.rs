//! The command line, the environment and the TOML file: what goes before what, and what is said of mistakes.

use serde_json::json;

use crate::harness::server::bare_command;
use crate::harness::{Asks, Plan, Server};

/// How many messages a server shows on connecting, of ten.
async fn shown(server: &Server) -> usize {
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    for number in 0..10 {
        socket.says(&format!("{number}")).await;
    }
    ada.connects().await.history().await.len()
}

/// Starts the program with these and nothing else.
async fn start_bare(plan: &Plan, arguments: &[&str], variables: &[(&str, &str)]) -> Server {
    let mut command = bare_command(&[]);
    command.args(arguments).envs(variables.iter().copied()).current_dir(plan.command().get_current_dir().unwrap());
    Server::spawn(command, plan.clone())
}

#[tokio::test]
async fn everything_can_be_said_in_the_environment() {
    let plan = Plan::new();
    let variables = [
        ("CHATTERBOX_LISTEN", "127.0.0.1:0"),
        ("CHATTERBOX_DATA", "chat"),
        ("CHATTERBOX_REPLAY", "3"),
        ("CHATTERBOX_RATE_LIMITS", "off"),
        ("CHATTERBOX_PUBLIC_URL", "https://chat.example.org"),
    ];
    let server = start_bare(&plan, &["serve"], &variables).await;
    assert_eq!(shown(&server).await, 3);
    assert!(server.data().join("chat/chatterbox.db").exists());
    assert!(server.gets("/healthz").await.maybe_header("strict-transport-security").is_some());
    for _ in 0..8 {
        server.posts("/login", json!({"username": "x", "password": "y"})).await.refused(401, "wrong_credentials");
    }
}

#[tokio::test]
async fn everything_can_be_said_in_a_file() {
    let plan = Plan::new();
    let directory = plan.command().get_current_dir().unwrap().to_owned();
    let text = "listen = \"127.0.0.1:0\"\ndata = \"by-file\"\nreplay = 4\nrate-limits = \"off\"\n";
    std::fs::write(directory.join("chatterbox.toml"), text).unwrap();
    let server = start_bare(&plan, &[], &[]).await;
    assert_eq!(shown(&server).await, 4);
    assert!(directory.join("by-file/chatterbox.db").exists());
    drop(server);
    std::fs::rename(directory.join("chatterbox.toml"), directory.join("other.toml")).unwrap();
    std::fs::remove_dir_all(directory.join("by-file")).unwrap();
    let server = start_bare(&plan, &["serve", "--config", "other.toml"], &[]).await;
    assert_eq!(shown(&server).await, 4);
}

#[tokio::test]
async fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let plan = Plan::new();
    let directory = plan.command().get_current_dir().unwrap().to_owned();
    let text = "listen = \"127.0.0.1:0\"\nreplay = 4\nrate-limits = \"off\"\n";
    std::fs::write(directory.join("chatterbox.toml"), text).unwrap();
    let server = start_bare(&plan, &["--replay", "2"], &[("CHATTERBOX_REPLAY", "3")]).await;
    assert_eq!(shown(&server).await, 2);
    drop(server);
    std::fs::remove_dir_all(directory.join("data")).expect("the data is in ./data by default");
    let server = start_bare(&plan, &[], &[("CHATTERBOX_REPLAY", "3")]).await;
    assert_eq!(shown(&server).await, 3);
}

#[tokio::test]
async fn a_mistake_is_told_in_a_sentence_and_nothing_starts() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bad.toml"), "listen = \"127.0.0.1:0\"\nreply = 4\n").unwrap();
    let bad = directory.path().join("bad.toml").display().to_string();
    for (arguments, told) in [
        (["--replay", "some"], "all"),
        (["--replay", "-1"], "-1"),
        (["--listen", "nowhere"], "--listen"),
        (["--rate-limits", "maybe"], "off"),
        (["--public-url", "chat.example.org"], "https://"),
        (["--public-url", "https://example.org/?x"], "https://example.org/chat/"),
        (["--public-url", "https://example.org/ui/"], "/ui is one of this server's own"),
        (["--allowed-origins", "example.org"], "https://"),
        (["--allowed-origins", "https://*.example.org"], "https://chat.example.org"),
        (["--allowed-origins", "https://b\u{fc}cher.example"], "xn--bcher-kva.example"),
        (["--allowed-origins", "https://chat.example.org,null"], "https://chat.example.org"),
        (["--allowed-hosts", "https://chat.example.org"], "chat.example.org"),
        (["--allowed-hosts", "*"], "chat.example.org"),
        (["--trusted-proxies", "localhost"], "172.16.0.0/12"),
        (["--trusted-proxies", "127.0.0.1,10.0.0.0/40"], "172.16.0.0/12"),
        (["--trusted-proxies", "0.0.0.0/0"], "everybody"),
        (["--config", "missing.toml"], "missing.toml"),
        (["--config", &*bad], "reply"),
        (["--colour", "red"], "--colour"),
    ] {
        let mut command = bare_command(&[]);
        command.args(arguments).args(["--data", "d"]).current_dir(directory.path());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(told), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        assert!(!directory.path().join("d").exists(), "{arguments:?} has touched the data");
    }
}

/// Starts the program, which refuses to; answers the sentence.
fn refuses(variables: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut command = bare_command(&[]);
    command.args(["--listen", "127.0.0.1:0"]).envs(variables.iter().copied()).current_dir(directory.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "{variables:?} has touched the data");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn variables_that_are_empty_are_as_good_as_none() {
    let plan = Plan::new();
    let names = ["DATA", "REPLAY", "RATE_LIMITS", "PUBLIC_URL", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "CONFIG", "LOG"];
    let names = names.map(|name| format!("CHATTERBOX_{name}"));
    let mut variables: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    variables.push(("CHATTERBOX_LISTEN", "127.0.0.1:0"));
    let mut server = start_bare(&plan, &[], &variables).await;
    assert!(server.data().join("data/chatterbox.db").exists());
    let log = server.stop().await;
    assert!(log.contains("listening") && !log.contains("no options"), "{log}");
}

#[tokio::test]
async fn a_mistake_in_a_variable_is_told_by_the_name_of_the_variable() {
    for (name, value, right) in [
        ("CHATTERBOX_PUBLIC_URL", "chat.example.org", "https://chat.example.org"),
        ("CHATTERBOX_REPLAY", "some", "`all`"),
        ("CHATTERBOX_CONFIG", "missing.toml", "cannot read missing.toml"),
        ("CHATTERBOX_LOG", "warning", "warn"),
        ("CHATTERBOX_LOG", "chatterbox_store=loud", "debug"),
        ("CHATTERBOX_RATE_LIMIT", "off", "CHATTERBOX_RATE_LIMITS"),
        ("chatterbox_replay", "3", "CHATTERBOX_REPLAY"),
    ] {
        let said = refuses(&[(name, value)]);
        assert!(said.starts_with(&format!("chatterbox: {name}: ")) && said.contains(right), "{said}");
        assert!(said.lines().count() == 1 && !said.contains("--"), "{said}");
    }
}

#[tokio::test]
async fn variables_of_others_are_told_and_end_nothing() {
    let plan = Plan::new();
    let variables = [
        ("CHATTERBOX_LISTEN", "127.0.0.1:0"),
        ("CHATTERBOX_BOT_TOKEN", "a secret"),
        ("CHATTERBOX_URL", "http://127.0.0.1:8000"),
        // What Kubernetes sets beside a service of this name.
        ("CHATTERBOX_SERVICE_HOST", "192.0.2.1"),
        ("CHATTERBOX_PORT", "tcp://192.0.2.1:8000"),
        ("CHATTERBOX_DATA_PORT_8000_TCP_ADDR", "192.0.2.1"),
    ];
    let log = start_bare(&plan, &[], &variables).await.stop().await;
    let told = log.lines().find(|line| line.contains("no options")).expect(&log);
    assert!(told.contains("CHATTERBOX_BOT_TOKEN, CHATTERBOX_URL (meant to be CHATTERBOX_PUBLIC_URL?)"), "{told}");
    assert!(!log.contains("SERVICE") && !log.contains("8000") && !log.contains("a secret"), "{log}");
}

#[tokio::test]
async fn what_is_logged_can_be_said_and_a_part_alone_silences_no_other() {
    for (filter, listens, answers) in
        [("error", false, false), ("chatterbox_server=debug", true, true), ("chatterbox_store=debug", true, false)]
    {
        let plan = Plan::new();
        let arguments = ["--listen", "127.0.0.1:0", "--log", filter];
        let mut server = start_bare(&plan, &arguments, &[("CHATTERBOX_LOG", "off")]).await;
        server.gets("/healthz").await;
        let log = server.stop().await;
        assert_eq!((log.contains("listening"), log.contains("answered")), (listens, answers), "{filter}: {log}");
    }
}

#[tokio::test]
async fn import_reads_the_same_options_in_the_same_ways() {
    let directory = tempfile::tempdir().unwrap();
    let import = |variables: &[(&str, &str)]| {
        let mut command = bare_command(&[]);
        command.args(["import", "chatterbox", "old.db"]).envs(variables.iter().copied()).current_dir(directory.path());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let old = rusqlite::Connection::open(directory.path().join("old.db")).unwrap();
    old.execute_batch("CREATE TABLE users (id, username, email, password_hash)").unwrap();
    old.execute_batch("CREATE TABLE messages (id, username, message, timestamp, seen)").unwrap();
    std::fs::write(directory.path().join("chatterbox.toml"), "replay = 4\ndata = \"file\"\n").unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    std::fs::write(directory.path().join("variable"), "").unwrap();
    assert!(import(&[]).contains("file is not a directory"), "{}", import(&[]));
    assert!(import(&[("CHATTERBOX_DATA", "variable")]).contains("variable is not a directory"));
    assert!(import(&[("CHATTERBOX_DATE", "variable")]).contains("CHATTERBOX_DATA is meant"));
}

#[tokio::test]
async fn an_address_that_is_in_use_is_told() {
    let server = Server::start().await;
    let said = Plan::new().with("--trusted-proxies", "192.0.2.1").listening_at(server.address).fails();
    assert!(said.contains(&format!("cannot listen on {}", server.address)), "{said}");
    server.gets("/healthz").await;
}

#[tokio::test]
async fn help_and_version_are_the_reference() {
    for arguments in [&["serve", "--help"][..], &["--help"]] {
        let output = bare_command(&[]).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        for option in [
            "--listen",
            "--data",
            "--replay",
            "--rate-limits",
            "--public-url",
            "--allowed-hosts",
            "--allowed-origins",
            "--config",
            "--log",
        ] {
            assert!(text.contains(option), "{arguments:?} does not tell of {option}: {text}");
        }
        assert!(text.contains("127.0.0.1:8000") && text.contains("CHATTERBOX_LISTEN"), "{text}");
    }
    let output = bare_command(&[]).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("chatterbox "));
}
