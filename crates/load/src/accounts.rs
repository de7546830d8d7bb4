//! Accounts and history to load a server with.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde_json::{Value, json};

/// What the user of this number is called.
pub(crate) fn name(number: usize) -> String {
    format!("load-{number}")
}

/// Registers users and logs them in. Answers their tokens.
pub(crate) fn make(server: SocketAddr, count: usize) -> anyhow::Result<Vec<String>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::new();
        let mut tokens = Vec::new();
        for number in 0..count {
            let (username, password) = (name(number), "a load of messages");
            let body = json!({"username": username, "email": format!("{username}@example.org"), "password": password});
            post(&client, server, "register", &body).await?;
            let body = json!({"username": username, "password": password});
            let answer = post(&client, server, "login", &body).await?;
            tokens.push(answer["token"].as_str().context("no token")?.to_owned());
        }
        Ok(tokens)
    })
}

async fn post(client: &reqwest::Client, server: SocketAddr, path: &str, body: &Value) -> anyhow::Result<Value> {
    let answer = client.post(format!("http://{server}/{path}")).json(body).send().await?.error_for_status()?;
    Ok(answer.json().await?)
}

/// Writes a database of the original program with this many users and messages.
fn write_old_database(path: &Path, users: usize, messages: u32) -> anyhow::Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, password_hash TEXT);
        CREATE TABLE messages (id INTEGER PRIMARY KEY, username TEXT, message TEXT, timestamp TEXT, seen DEFAULT 0);",
    )?;
    {
        let mut insert = transaction.prepare("INSERT INTO users VALUES (?1, ?2, ?3, ?4)")?;
        for (id, number) in (1_i64..).zip(0..users) {
            let (username, nobodys) = (name(number), "0".repeat(64));
            insert.execute((id, &username, format!("{username}@example.org"), nobodys))?;
        }
        let mut insert = transaction.prepare("INSERT INTO messages VALUES (?1, 'old', ?2, ?3, 0)")?;
        for number in 1..=messages {
            insert.execute((number, format!("message {number}"), 1_700_000_000 + number))?;
        }
    }
    Ok(transaction.commit()?)
}

/// Fills a data directory with so many users, who have no sessions, and so many messages in the first room.
pub(crate) fn import(server: &Path, data: &Path, users: usize, messages: u32) -> anyhow::Result<()> {
    let old = data.join("chat.db");
    write_old_database(&old, users, messages)?;
    let status = Command::new(server).args(["import", "chatterbox"]).arg(&old).arg("--data").arg(data).output()?;
    anyhow::ensure!(status.status.success(), "the import failed: {}", String::from_utf8_lossy(&status.stderr));
    Ok(())
}
