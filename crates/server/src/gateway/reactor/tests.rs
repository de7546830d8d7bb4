//! What a defect in a reactor costs: connections, and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chatterbox_client::{Client, Options, Update};
use chatterbox_protocol::ids::RoomId;
use chatterbox_store::Store;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::config::{Config, Everywhere, ServeOptions, Switch};
use crate::hub::Hub;
use crate::{listener, serve};

/// More than there are reactors, so that each has some.
const CLIENTS: usize = 8;

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(90), what).await.expect("it does not come")
}

async fn token(address: SocketAddr) -> String {
    let http = reqwest::Client::new();
    let account = json!({"username": "ada", "email": "ada@example.org", "password": "countess of lovelace"});
    http.post(format!("http://{address}/register")).json(&account).send().await.unwrap().error_for_status().unwrap();
    let account = json!({"username": "ada", "password": "countess of lovelace"});
    let answer = http.post(format!("http://{address}/login")).json(&account).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

/// The next message, whether it comes live or with the history.
async fn hears(updates: &mut mpsc::Receiver<Update>) -> String {
    loop {
        match within(updates.recv()).await.unwrap() {
            Update::Message(message) | Update::Present(message) => return message.text,
            _ => {}
        }
    }
}

/// A server, and where it listens.
async fn start(data: &tempfile::TempDir) -> (Arc<App>, SocketAddr, JoinHandle<anyhow::Result<()>>) {
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let everywhere = Everywhere { data: Some(data.path().to_owned()), ..Everywhere::default() };
    let options = ServeOptions { listen, rate_limits: Some(Switch::Off), everywhere, ..ServeOptions::default() };
    let config = Config::complete(options);
    let store = Store::open(&chatterbox_store::Options { data: config.data.clone() }).unwrap();
    let listener = listener::bind(config.listen).unwrap();
    let address = listener.local_addr().unwrap();
    let app = serve::start(config, store).await.unwrap();
    let server = tokio::spawn(serve::serve(app.clone(), listener, std::future::pending()));
    (app, address, server)
}

#[tokio::test]
async fn i2_a_reactor_that_panics_starts_anew_and_its_clients_miss_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (app, address, server) = start(&data).await;
    let token = token(address).await;
    let url = format!("ws://{address}/ws");
    let start = |_| Client::start(Options::new(&url, &token).unwrap());
    let (clients, mut updates): (Vec<_>, Vec<_>) = (0..CLIENTS).map(start).unzip();
    for updates in &mut updates {
        while !matches!(within(updates.recv()).await.unwrap(), Update::Live(_)) {}
    }
    // Each is heard by all before the next defect: who is cut off twice before it is back waits for longer and longer.
    let defects: [fn(&Hub); 3] = [|_| (), Hub::break_reactors, Hub::break_reactors_before_their_mail];
    for (number, defect) in defects.iter().enumerate() {
        defect(&app.hub);
        let text = format!("Message {number}.");
        within(clients[0].send(RoomId::FIRST, &text)).await.unwrap().unwrap();
        for updates in &mut updates {
            assert_eq!(hears(updates).await, text);
        }
    }
    server.abort();
}

#[tokio::test]
async fn i2_a_part_that_dies_ends_the_server_in_order_and_its_reactors_with_it() {
    let data = tempfile::tempdir().unwrap();
    let (app, address, server) = start(&data).await;
    let options = Options::new(&format!("ws://{address}/ws"), &token(address).await).unwrap();
    let (_client, mut updates) = Client::start(options);
    while !matches!(within(updates.recv()).await.unwrap(), Update::Live(_)) {}
    app.tasks.spawn_needed("presence", async { panic!("a defect") });
    let end = within(server).await.unwrap();
    assert_eq!(end.unwrap_err().to_string(), "a part of the server has died: presence");
    assert_eq!(app.tasks.running(), 0);
    while !matches!(within(updates.recv()).await.unwrap(), Update::Lost { .. }) {}
    drop(app);
    Store::open(&chatterbox_store::Options { data: data.path().to_owned() }).expect("nobody holds the database");
}

#[tokio::test]
async fn each_reactor_has_as_many_sockets_whatever_else_its_clients_ask_for() {
    let data = tempfile::tempdir().unwrap();
    let (app, address, server) = start(&data).await;
    let token = token(address).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        // Each comes over a connection of its own, as somebody does who logs in first.
        let answer = reqwest::Client::new().get(format!("http://{address}/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let options = Options::new(&format!("ws://{address}/ws"), &token).unwrap();
        let (client, mut updates) = Client::start(options);
        while !matches!(within(updates.recv()).await.unwrap(), Update::Live(_)) {}
        clients.push((client, updates));
    }
    let slots = app.hub.slots();
    assert!(slots.iter().max().unwrap() - slots.iter().min().unwrap() <= 1, "{slots:?}");
    server.abort();
}
