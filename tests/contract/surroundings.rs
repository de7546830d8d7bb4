//! The program among programs: what others do, or do not do, with its output and its signals stops nothing.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, PipeReader, Write, pipe};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::raw::Wire;
use crate::harness::{Asks, Plan, Server};

/// More lines than a pipe and the queue before it take, each of more than a hundred bytes.
const TOO_MANY_LINES: usize = 6_000;

/// What a pipe takes before its writer waits.
const PIPE_BYTES: usize = 64 * 1024;

/// `O_NOCTTY`: the terminal does not become that of the tests.
const NO_CONTROLLING_TERMINAL: i32 = 0o400;

/// A server that logs each request into this.
fn logging_to(log: impl Into<Stdio>) -> (Command, Plan) {
    let plan = Plan::new();
    let mut command = plan.command();
    command.env("CHATTERBOX_LOG", "debug").stderr(log);
    (command, plan)
}

/// A server whose log is a pipe, and the end of it that nobody reads.
fn unread() -> (Server, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    let (command, plan) = logging_to(writer);
    (Server::spawn(command, plan), reader)
}

/// Makes so many lines of log, and waits for the answers to what made them.
async fn makes_lines(server: &Server, lines: usize) {
    let mut wire = Wire::connect(server.address).await;
    for _ in 0..lines.div_ceil(100) {
        wire.send("HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(100).as_bytes()).await;
        for _ in 0..100 {
            assert!(wire.head().await.starts_with("HTTP/1.1 200 "));
        }
    }
}

async fn lines_lost(server: &Server, token: &str) -> u64 {
    let answer = server.request(reqwest::Method::GET, "/metrics").bearer_auth(token).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("chatterbox_log_lines_lost_total ")).expect(&text);
    line.parse().expect(line)
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A terminal: what is on its screen, and the device that programs write to.
fn terminal() -> (OwnedFd, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let device = OpenOptions::new().read(true).write(true).custom_flags(NO_CONTROLLING_TERMINAL).open(name).unwrap();
    (screen, device)
}

async fn ends_well(mut server: Server) {
    let begin = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?}", begin.elapsed());
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing_and_tells_later_how_many_lines_it_lost() {
    let (server, log) = unread();
    let ada = server.register("ada").await;
    assert_eq!(lines_lost(&server, &ada.token).await, 0);
    makes_lines(&server, TOO_MANY_LINES).await;
    let mut socket = ada.arrives().await;
    socket.says("Still here.").await;
    assert_eq!(server.readiness().await.status, 200);
    let lost = lines_lost(&server, &ada.token).await;
    assert!(lost > 500, "{lost} lines lost");

    let mut told = 0;
    for line in BufReader::new(log).lines() {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).expect("each line is whole");
        if line["message"] == "lines of this log were lost: nobody read them in time" {
            told += line["lines"].as_u64().unwrap();
            if told >= lost {
                break;
            }
        }
    }
    ends_well(server).await;
}

#[tokio::test]
async fn d10_a_server_whose_log_nobody_reads_ends_as_well() {
    let (server, _log) = unread();
    makes_lines(&server, TOO_MANY_LINES).await;
    ends_well(server).await;
}

#[tokio::test]
async fn a_log_whose_reader_has_gone_stops_nothing() {
    let (server, log) = unread();
    let ada = server.register("ada").await;
    drop(log);
    makes_lines(&server, 200).await;
    assert!(lines_lost(&server, &ada.token).await >= 199);
    ends_well(server).await;
}

#[tokio::test]
async fn a_terminal_that_is_stopped_stops_nothing() {
    let (screen, device) = terminal();
    let (command, plan) = logging_to(device);
    let server = Server::spawn(command, plan);
    // Ctrl-S.
    rustix::io::write(&screen, b"\x13").unwrap();
    makes_lines(&server, TOO_MANY_LINES).await;
    server.register("ada").await;
    ends_well(server).await;
}

#[tokio::test]
async fn a_greeting_that_nobody_reads_is_no_reason_to_wait() {
    let (_reader, mut writer) = pipe().unwrap();
    writer.write_all(&[b'x'; PIPE_BYTES]).unwrap();
    let plan = Plan::new().listening_at(free_address());
    let mut command = plan.command();
    command.stdout(writer);
    let server = Server::spawn_unheard(command, plan).await;
    server.register("ada").await;
    ends_well(server).await;
}

#[tokio::test]
async fn a_greeting_whose_reader_has_gone_is_no_reason_to_end() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let plan = Plan::new().listening_at(free_address());
    let mut command = plan.command();
    command.stdout(writer);
    let server = Server::spawn_unheard(command, plan).await;
    server.register("ada").await;
    ends_well(server).await;
}

#[tokio::test]
async fn a_start_that_fails_ends_even_if_nobody_reads_why() {
    let (_reader, mut writer) = pipe().unwrap();
    writer.write_all(&[b'x'; PIPE_BYTES]).unwrap();
    let taken = Server::start().await;
    let plan = Plan::new().listening_at(taken.address);
    let mut command = plan.command();
    command.stderr(writer);
    let mut child = command.spawn().unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() && begin.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _ = child.kill();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[tokio::test]
async fn a_hangup_ends_nothing() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    server.signal(Signal::HUP);
    socket.says("Still here.").await;
    assert!(server.stop().await.contains("hangup"));
}

#[tokio::test]
async fn a_hangup_of_a_terminal_that_is_there_ends_nothing_and_of_one_that_is_gone_is_a_good_end() {
    let (screen, device) = terminal();
    let (command, plan) = logging_to(device);
    let mut server = Server::spawn(command, plan);
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    server.signal(Signal::HUP);
    socket.says("Still here.").await;
    drop(screen);
    server.signal(Signal::HUP);
    assert_eq!(socket.is_closed().await.0, 1012);
    assert_eq!(server.ended().await.code(), Some(0));
}
