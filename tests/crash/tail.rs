//! A log that is torn, cut off or altered (threats.md D2): the server goes on from the last commit before the damage, never
//! from half of one; and a database file that was cut off is refused.

use std::path::Path;

use rusqlite::Connection;

use crate::LAST_SEQ;
use crate::harness::{Plan, Server, User, seed};

/// The log's header, and the one of each frame.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;

const SAID: usize = 40;

/// Where in the log each commit ends, by the format's description (https://www.sqlite.org/walformat.html).
fn commits(log: &[u8]) -> Vec<usize> {
    let salts = &log[16..24];
    let frames = log[HEADER..].chunks_exact(FRAME_HEADER + PAGE).zip(1..);
    let valid = frames.take_while(|(frame, _)| &frame[8..16] == salts);
    // Only the last frame of a commit tells the size of the database.
    let ends = valid.filter(|(frame, _)| frame[4..8] != [0; 4]);
    ends.map(|(_, number)| HEADER + number * (FRAME_HEADER + PAGE)).collect()
}

/// A directory with this database and this log.
fn directory(database: &[u8], log: &[u8]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("chatterbox.db"), database).unwrap();
    std::fs::write(directory.path().join("chatterbox.db-wal"), log).unwrap();
    directory
}

/// How many of the messages are there. They must be the first ones.
fn prefix(data: &Path) -> usize {
    let connection = Connection::open(data.join("chatterbox.db")).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    let mut query = connection.prepare("SELECT text FROM messages ORDER BY seq").unwrap();
    let texts: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(texts, said(texts.len()));
    let seq: i64 = connection.query_row(LAST_SEQ, [], |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(seq), Ok(texts.len()));
    texts.len()
}

fn said(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number} {}", "x".repeat(number * 97 % 3_000))).collect()
}

/// A server that was killed right after the last answer: its database and its log, and who has talked.
async fn killed() -> (Vec<u8>, Vec<u8>, User) {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    // What was before is in the database file.
    server.stop().await;
    let mut server = server.again().await;
    let mut socket = ada.at(&server).arrives().await;
    for text in said(SAID) {
        socket.says(&text).await;
    }
    server.kill();
    let read = |name: &str| std::fs::read(server.data().join(name)).unwrap();
    (read("chatterbox.db"), read("chatterbox.db-wal"), ada)
}

#[tokio::test]
async fn d2_a_log_that_is_cut_off_or_altered_ends_before_the_damage() {
    let mut random = fastrand::Rng::with_seed(seed());
    let (database, log, ada) = killed().await;
    let ends = [&[0], &commits(&log)[..]].concat();
    let whole: Vec<usize> = ends.iter().map(|end| prefix(directory(&database, &log[..*end]).path())).collect();
    assert!(whole.is_sorted() && whole[0] == 0 && whole.last() == Some(&SAID), "{whole:?}");
    assert!(whole.windows(2).all(|two| two[1] - two[0] <= 1), "one commit for each, since each was waited for");
    let last = *ends.last().unwrap();
    for round in 0..120 {
        let place = random.usize(..last);
        let mut damaged = log.clone();
        let what = match round % 3 {
            0 => {
                damaged.truncate(place);
                "cut off"
            }
            1 => {
                damaged[place] ^= 1 << random.u8(..8);
                "altered"
            }
            _ => {
                // A sector that never arrived.
                let sector = place - place % 512;
                damaged[sector..(sector + 512).min(log.len())].fill(0);
                "without a sector"
            }
        };
        // Zeros in the place of zeros are no damage.
        let place = damaged.iter().zip(&log).position(|(now, before)| now != before).unwrap_or(damaged.len());
        let expected = whole[ends.iter().rposition(|end| *end <= undamaged(place)).unwrap()];
        let data = directory(&database, &damaged);
        if round % 12 < 3 {
            let server = Plan::new().on(data.path()).start().await;
            assert_eq!(ada.at(&server).reads_texts().await, said(expected), "{what} at {place}");
        }
        assert_eq!(prefix(data.path()), expected, "{what} at {place}");
    }
}

/// Up to where a log is good whose first wrong byte is at this place: up to a whole frame, or nothing if it is in the
/// header.
fn undamaged(place: usize) -> usize {
    place.checked_sub(HEADER).map_or(0, |in_frames| place - in_frames % (FRAME_HEADER + PAGE))
}

#[tokio::test]
async fn d2_a_database_that_was_cut_off_is_refused() {
    let mut random = fastrand::Rng::with_seed(seed());
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    for text in said(SAID) {
        socket.says(&text).await;
    }
    server.stop().await;
    let database = std::fs::read(server.database()).unwrap();
    for round in 0..8 {
        let place = if round == 0 { 60 } else { random.usize(100..database.len()) };
        let data = directory(&database[..place], &[]);
        let refused = Plan::new().on(data.path()).fails();
        assert!(refused.contains("amaged") && refused.contains("estore a backup"), "cut at {place}: {refused}");
        assert_eq!(std::fs::read(data.path().join("chatterbox.db")).unwrap(), &database[..place], "it was changed");
    }
}
