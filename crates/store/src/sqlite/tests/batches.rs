//! Changes of one batch see one another, and one that fails takes nothing of the others with it.

use std::sync::mpsc;

use chatterbox_core::emails::Email;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::time::Timestamp;
use rusqlite::Connection;

use super::{failure, hold_up, opened};
use crate::sqlite::writer::{Halt, Writing};
use crate::sqlite::{Sqlite, messages, rooms, rows, sessions, users};
use crate::{Author, Error, NewMessage, NewUser, Outcome, Refused};

const NOW: Timestamp = Timestamp(1_795_446_245_000);

async fn ada(sqlite: &Sqlite) -> Author {
    let new = NewUser {
        username: Username::parse("ada").unwrap(),
        email: Email::parse("ada@example.org").unwrap(),
        password_hash: String::new(),
        now: NOW,
    };
    let user = sqlite.write(move |writing| users::register(writing.connection(), &new)).await.unwrap().unwrap();
    let open = move |writing: &mut Writing<'_>| sessions::open(writing.connection(), (user, ""), &[0; 32], NOW);
    Author { user, session: sqlite.write(open).await.unwrap().unwrap().0 }
}

/// What came of a change: the number it took.
type Took = mpsc::Sender<Outcome<Seq>>;

fn says(sqlite: &Sqlite, by: Author, text: &str, now: Timestamp, took: &Took) {
    let new = NewMessage { room: RoomId::FIRST, text: text.to_owned(), nonce: None, now };
    let (work, took) = (move |writing: &mut Writing<'_>| messages::send(writing, by, &new), took.clone());
    sqlite
        .submit(work, move |outcome| took.send(outcome.map(|sent| sent.map(|sent| sent.message.seq))).unwrap())
        .unwrap();
}

fn does(sqlite: &Sqlite, took: &Took, work: impl FnMut(&mut Writing<'_>) -> Result<Seq, Halt> + Send + 'static) {
    let took = took.clone();
    sqlite.submit(work, move |outcome| took.send(outcome).unwrap()).unwrap();
}

/// How far the room's log goes, and how many messages there are.
async fn room_seq(sqlite: &Sqlite) -> (u64, u64) {
    let count = "SELECT count(*) AS count FROM messages";
    let read = |connection: &Connection| {
        let messages = connection.query_row(count, [], |row| rows::number(row, "count"))?;
        Ok((rooms::seq(connection, RoomId::FIRST)?.0, messages))
    };
    sqlite.read(read).await.unwrap()
}

#[tokio::test]
async fn o1_numbers_have_no_gap_around_a_change_that_fails_after_it_has_written() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    for broken in ["refuses", "fails", "panics"] {
        let (stored, _) = room_seq(&sqlite).await;
        let (took, tells) = mpsc::channel();
        let go_on = hold_up(&sqlite);
        says(&sqlite, by, "Before.", NOW, &took);
        does(&sqlite, &took, move |writing| {
            let new = NewMessage { room: RoomId::FIRST, text: "Undone.".to_owned(), nonce: None, now: NOW };
            messages::send(writing, by, &new)?;
            match broken {
                "refuses" => Err(Refused::Forbidden.into()),
                "fails" => Err(Halt::Failed(failure(rusqlite::ffi::SQLITE_CONSTRAINT))),
                _ => panic!("a defect of the store"),
            }
        });
        says(&sqlite, by, "After.", NOW, &took);
        drop((go_on, took));
        let heard: Vec<_> = tells.iter().collect();
        assert_eq!((&heard[0], &heard[2]), (&Ok(Ok(Seq(stored + 1))), &Ok(Ok(Seq(stored + 2)))), "{broken}");
        assert!(matches!(heard[1], Ok(Err(Refused::Forbidden)) | Err(Error::Failed(_))), "{broken}: {:?}", heard[1]);
        assert_eq!(room_seq(&sqlite).await, (stored + 2, stored + 2), "{broken}");
    }
}

#[tokio::test]
async fn d4_numbers_of_a_transaction_that_was_lost_are_given_again() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    let (took, tells) = mpsc::channel();
    let go_on = hold_up(&sqlite);
    says(&sqlite, by, "Lost.", NOW, &took);
    // The transaction goes, as it does when the disk is full.
    does(&sqlite, &took, |writing| {
        writing.parts().0.execute_batch("ROLLBACK")?;
        Err(Halt::Failed(failure(rusqlite::ffi::SQLITE_FULL)))
    });
    drop(go_on);
    assert_eq!(tells.iter().take(2).collect::<Vec<_>>(), [Err(Error::Full), Err(Error::Full)]);
    says(&sqlite, by, "Kept.", NOW, &took);
    assert_eq!(tells.recv(), Ok(Ok(Ok(Seq(1)))));
    assert_eq!(room_seq(&sqlite).await, (1, 1));
}

#[tokio::test]
async fn z3_who_is_logged_out_in_the_same_batch_says_nothing_more() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    let (took, tells) = mpsc::channel();
    let go_on = hold_up(&sqlite);
    says(&sqlite, by, "Still here.", NOW, &took);
    does(&sqlite, &took, move |writing| sessions::revoke(writing.connection(), by.user, by.session).map(|()| Seq(0)));
    says(&sqlite, by, "Still?", NOW, &took);
    does(&sqlite, &took, move |writing| Ok(rooms::mark_read(writing, by, RoomId::FIRST, Seq(1))?.up_to));
    drop((go_on, took));
    let refused = Ok(Err(Refused::Unauthorized));
    assert_eq!(tells.iter().collect::<Vec<_>>(), [Ok(Ok(Seq(1))), Ok(Ok(Seq(0))), refused.clone(), refused]);
}

#[tokio::test]
async fn z8_a_session_that_ends_within_a_batch_is_over_for_what_comes_later() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    let (took, tells) = mpsc::channel();
    let go_on = hold_up(&sqlite);
    says(&sqlite, by, "Just in time.", Timestamp(NOW.0 + 60_000), &took);
    says(&sqlite, by, "Too late.", Timestamp(NOW.0 + crate::SESSION_IDLE_MS), &took);
    drop((go_on, took));
    assert_eq!(tells.iter().collect::<Vec<_>>(), [Ok(Ok(Seq(1))), Ok(Err(Refused::Unauthorized))]);
}

#[tokio::test]
async fn what_is_said_read_edited_and_deleted_in_one_batch_counts_on() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    let (took, tells) = mpsc::channel();
    let go_on = hold_up(&sqlite);
    says(&sqlite, by, "One.", NOW, &took);
    does(&sqlite, &took, move |writing| Ok(rooms::mark_read(writing, by, RoomId::FIRST, Seq(9))?.up_to));
    let newest = "SELECT max(id) FROM messages";
    let id = move |writing: &mut Writing<'_>| -> Result<MessageId, Halt> {
        let id: i64 = writing.connection().query_row(newest, [], |row| row.get(0))?;
        Ok(MessageId(id.cast_unsigned()))
    };
    does(&sqlite, &took, move |writing| {
        let id = id(writing)?;
        Ok(messages::edit(writing, by, id, "Won.", NOW)?.seq)
    });
    does(&sqlite, &took, move |writing| {
        let id = id(writing)?;
        Ok(messages::delete(writing, by, id, NOW)?.seq)
    });
    says(&sqlite, by, "Two.", NOW, &took);
    drop((go_on, took));
    assert_eq!(tells.iter().map(|took| took.unwrap().unwrap().0).collect::<Vec<_>>(), [1, 1, 2, 3, 4]);
    assert_eq!(room_seq(&sqlite).await, (4, 2));
}

#[tokio::test]
async fn o1_numbers_count_on_where_messages_are_sent_around_changes_and_one_that_is_undone() {
    let (sqlite, _directory) = opened();
    let by = ada(&sqlite).await;
    let (took, tells) = mpsc::channel();
    says(&sqlite, by, "One.", NOW, &took);
    assert_eq!(tells.recv(), Ok(Ok(Ok(Seq(1)))));
    let find =
        |connection: &Connection| connection.query_row("SELECT id FROM messages", [], |row| rows::number(row, "id"));
    let id = MessageId(sqlite.read(find).await.unwrap());
    let edits = move |text: &'static str| {
        move |writing: &mut Writing<'_>| messages::edit(writing, by, id, text, NOW).map(|edited| edited.seq)
    };
    let go_on = hold_up(&sqlite);
    says(&sqlite, by, "Two.", NOW, &took);
    does(&sqlite, &took, edits("Won."));
    says(&sqlite, by, "Three.", NOW, &took);
    does(&sqlite, &took, move |writing| edits("Undone.")(writing).and(Err(Refused::Forbidden.into())));
    says(&sqlite, by, "Four.", NOW, &took);
    drop(go_on);
    let numbers = [Ok(Seq(2)), Ok(Seq(3)), Ok(Seq(4)), Err(Refused::Forbidden), Ok(Seq(5))];
    assert_eq!(tells.iter().take(5).collect::<Vec<_>>(), numbers.map(Ok));
    assert_eq!(room_seq(&sqlite).await, (5, 4));
    for (text, number) in [("Once.", 6), ("One.", 7)] {
        does(&sqlite, &took, edits(text));
        assert_eq!(tells.recv(), Ok(Ok(Ok(Seq(number)))));
        assert_eq!(room_seq(&sqlite).await, (number, 4));
    }
    says(&sqlite, by, "Five.", NOW, &took);
    assert_eq!(tells.recv(), Ok(Ok(Ok(Seq(8)))));
}
