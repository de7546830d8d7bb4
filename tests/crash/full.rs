//! A disk that fills up under load, and a kill (threats.md D3, D2): what is refused is not stored, what is acknowledged is,
//! those who listen hear it, and with space writing goes on without a restart.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::disk::Disk;
use crate::harness::{Asks, PATIENCE, Plan, Server, User, seed, skip, within};
use crate::killed::{follows, is_sound, is_there_from_the_start, is_whole, starts_again};
use crate::talker::Talker;

const ROUNDS: usize = 10;

const TALKERS: usize = 4;

/// What the talkers write in all rounds has to leave space on it.
const DISK_MEBIBYTES: u32 = 160;

/// Waits until the server says that it can store, or that it cannot because the disk is full.
async fn becomes(server: &Server, status: u16) {
    let begin = Instant::now();
    loop {
        let answer = server.readiness().await;
        if answer.status == status {
            return;
        }
        assert!([200, 507].contains(&answer.status), "{}", answer.text());
        assert!(begin.elapsed() < PATIENCE, "it does not become {status}");
    }
}

/// The disk fills up while everybody talks; reading goes on. With `is_freed`, there is space again before the kill.
async fn round(disk: &Disk, server: &mut Server, reader: &User, random: &mut fastrand::Rng, is_freed: bool) {
    // The moments are the test's own choice; nothing is waited for.
    let mut moment = async || tokio::time::sleep(Duration::from_millis(random.u64(20..200))).await;
    moment().await;
    disk.fill();
    becomes(server, 507).await;
    reader.gets("/api/rooms/1/messages?limit=5").await.ok();
    reader.arrives().await;
    moment().await;
    if is_freed {
        disk.free();
        becomes(server, 200).await;
        moment().await;
    }
    server.kill();
    if !is_freed {
        disk.free();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d3_what_was_acknowledged_survives_a_disk_that_fills_up_and_a_kill() {
    let Some(disk) = Disk::new(DISK_MEBIBYTES) else {
        return skip("d3_what_was_acknowledged_survives_a_disk", "this needs root, and the right to mount a tmpfs");
    };
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let data = disk.path().join("data");
    let mut server = Plan::new().on(&data).starting_in(disk.path()).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut talkers: Vec<Talker> = (0..TALKERS).map(|number| Talker::new(ada.clone(), number, seed)).collect();
    let mut replica = is_there_from_the_start(&ada).await;
    for number in 0..ROUNDS {
        let following = tokio::spawn(follows(grace.at(&server), replica));
        let talking: Vec<_> = talkers.into_iter().map(|talker| tokio::spawn(talker.talks(ada.at(&server)))).collect();
        let reader = grace.at(&server);
        round(&disk, &mut server, &reader, &mut random, number % 2 == 0).await;
        talkers = Vec::new();
        for talker in talking {
            talkers.push(within("the talkers to notice", talker).await.unwrap());
        }
        replica = within("the follower to notice", following).await.unwrap();
        (server, _) = starts_again(&server.plan).await;
        is_sound(&server);
        is_whole(&ada.at(&server), &talkers, &replica).await;
        let refused: usize = talkers.iter().map(|talker| talker.refused.len()).sum();
        let acked: usize = talkers.iter().map(|talker| talker.ledger.acked()).sum();
        println!("round {number}: {acked} acknowledged, {refused} messages refused");
        assert!(refused > number, "the disk was never full");
    }
}

async fn epoch(user: &User) -> String {
    user.connects_with_hello().await.hears("hello").await["epoch"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn d3_a_server_stops_and_starts_on_a_full_disk_reads_and_mends_itself_once_there_is_space() {
    let Some(disk) = Disk::new(DISK_MEBIBYTES) else {
        return skip("d3_a_server_starts_on_a_full_disk", "this needs root, and the right to mount a tmpfs");
    };
    let data = disk.path().join("data");
    let mut server = Plan::new().on(&data).starting_in(disk.path()).start().await;
    let ada = server.register("ada").await;
    ada.arrives().await.says("Before.").await;
    let before = epoch(&ada).await;
    server.stop().await;
    disk.fill();
    for round in 0..2 {
        server = server.again().await;
        let ada = ada.at(&server);
        assert_eq!(epoch(&ada).await, before, "round {round}");
        server.readiness().await.refused(507, "storage_full");
        let mut socket = ada.connects_for_more().await;
        for _ in 0..50 {
            socket.is_denied(json!({"type": "send", "text": "Too much."}), "storage_full").await;
        }
        server.readiness().await.refused(507, "storage_full");
        assert_eq!(ada.reads_texts().await, ["Before."]);
        if round == 0 {
            let log = server.stop().await;
            assert!(log.lines().count() < 12, "it repeats itself: {log}");
        }
    }
    let begin = Instant::now();
    disk.free();
    becomes(&server, 200).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "it took {:?}", begin.elapsed());
    ada.at(&server).arrives().await.says("There is room again.").await;
    server.kill();
    let server = server.again().await;
    assert_eq!(epoch(&ada.at(&server)).await, before, "everybody has to start over");
    assert_eq!(ada.at(&server).reads_texts().await, ["Before.", "There is room again."]);
}

#[tokio::test]
async fn d3_a_server_that_refuses_what_people_say_is_not_ready_though_something_smaller_fits() {
    let Some(disk) = Disk::new(16) else {
        return skip("d3_a_server_that_refuses", "this needs root, and the right to mount a tmpfs");
    };
    let data = disk.path().join("data");
    let server = Plan::new().on(&data).starting_in(disk.path()).start().await;
    let ada = server.register("ada").await;
    disk.fill_but(256 * 1024);
    let mut socket = ada.connects_for_more().await;
    loop {
        let reference = socket.reference();
        socket.say(json!({"type": "send", "text": "x".repeat(7_500), "ref": reference})).await;
        let answer = socket.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
        if answer["type"] == "error" {
            assert_eq!(answer["code"], "storage_full");
            break;
        }
    }
    disk.fill_but(40 * 1024);
    // Long enough for a look whether it is over.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(2_500) {
        server.readiness().await.refused(507, "storage_full");
    }
    disk.free();
    becomes(&server, 200).await;
    socket.does(json!({"type": "send", "text": "x".repeat(7_500)})).await;
}
