//! Many at once: more than there are file descriptors, a restart with hundreds of clients, and what an idle one costs.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::checker::number;
use crate::harness::raw::Wire;
use crate::harness::{Plan, Server, Socket, User, within};

#[tokio::test]
async fn a3_without_descriptors_those_who_are_there_go_on_and_the_others_wait() {
    let server = Plan::new().with_descriptors(256).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut says, mut hears) = (ada.arrives().await, grace.arrives().await);
    let mut flood = Vec::new();
    for _ in 0..400 {
        flood.push(within("a connection", TcpStream::connect(server.address)).await.unwrap());
    }
    let before = server.processor_time();
    for number in 0..20 {
        says.does(json!({"type": "send", "text": format!("{number}")})).await;
        hears.hears_message(&number.to_string()).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Accepting in a loop that fails would take all of a core: a hundred hundredths.
    let spent = server.processor_time() - before;
    assert!(spent < 50, "{spent} hundredths of a second of processor for waiting");
    drop(flood);
    grace.connects().await.hears_users(&["ada", "grace"]).await;
}

/// How much of the process's memory is its own, in KiB.
pub(crate) fn memory(server: &Server) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", server.id())).unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Private_Dirty:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn crowd(user: &User, count: usize) -> Vec<Wire> {
    let mut wires = Vec::new();
    for _ in 0..count {
        wires.push(user.wire().await);
    }
    wires
}

#[tokio::test]
async fn a5_an_idle_socket_costs_no_more_than_eight_kib() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    ada.arrives().await.says("Something to be shown.").await;
    // What logging in has needed is given back, and what grows in steps has grown.
    let _first = crowd(&grace, 600).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = memory(&server);
    let _more = crowd(&grace, 1_200).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let each = memory(&server).saturating_sub(before) as f64 / 1_200.0;
    println!("{each:.2} KiB for each idle socket");
    assert!(each <= 8.0, "{each:.2} KiB for each idle socket");
}

/// Comes back after a restart, and ends where it would be if it had never left.
async fn resumes(user: User, known: u64) -> (u64, Socket) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "rooms": {"1": known}})).await;
    socket.hears("hello").await;
    let history = socket.hears("history").await;
    assert_eq!((&history["reset"], &history["live"]), (&json!(false), &json!(true)));
    let missed = history["messages"].as_array().unwrap().iter().map(|message| number(message, "seq"));
    assert!(missed.eq(known + 1..=number(&history, "seq")), "{history}");
    (number(&history, "seq"), socket)
}

#[tokio::test]
async fn a4_after_a_restart_hundreds_come_back_at_once_and_miss_nothing() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.connects_for_more().await;
    for number in 0..40 {
        says.does(json!({"type": "send", "text": format!("{number}")})).await;
    }
    let server = server.again().await;
    let mut returning = JoinSet::new();
    for known in 0..400 {
        returning.spawn(resumes(grace.at(&server), 1 + known % 39));
    }
    let (seqs, mut sockets): (Vec<u64>, Vec<Socket>) = returning.join_all().await.into_iter().unzip();
    assert!(seqs.iter().all(|seq| *seq == 40), "{seqs:?}");
    ada.at(&server).arrives().await.says("And on.").await;
    for socket in &mut sockets {
        assert_eq!(number(&socket.hears_message("And on.").await, "seq"), 41);
    }
}
