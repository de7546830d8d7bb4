//! Changes of one group see one another, and one that cannot be stored takes nothing of the others with it.

use std::sync::mpsc;

use chatterbox_core::changes::{
    Author, By, Change, ChangeAccount, Decided, DeleteMessage, EditMessage, EndSession, Facts, Key, LogIn, MarkRead,
    MessageAuthor, MessageFact, Missing, Placed, Probe, Refused, Row, SendMessage, Told, Undecided,
};
use chatterbox_core::logs::LogId;
use chatterbox_core::sessions::SESSION_IDLE_MS;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId};
use chatterbox_protocol::time::Timestamp;

use rusqlite::ffi;

use super::house::{At, House, NOW, job, log_in, register, says};
use crate::writer::job::{Job, Task};
use crate::writer::listener::Listen;
use crate::{Error, Outcome};

/// A rule with a defect.
#[derive(Clone, Copy)]
enum Broken {
    Refuses,
    Panics,
    /// It decides what no store can store.
    Contradicts,
    /// It always asks for one thing more.
    Asks,
}

impl Change for Broken {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, _: &Facts, random: u64) -> Result<Decided<()>, Undecided> {
        match self {
            Self::Refuses => Err(Refused::Forbidden.into()),
            Self::Panics => panic!("a defect of a rule"),
            Self::Asks => Err(Missing::from(Key::Message(MessageId(random >> 16))).into()),
            Self::Contradicts => {
                let message = MessageFact {
                    room: RoomId::FIRST,
                    seq: Seq(1),
                    changed_seq: Seq(1),
                    author: MessageAuthor::Name("x".to_owned()),
                    text: "".into(),
                    sent: NOW,
                    edited: None,
                    deleted: None,
                    nonce: None,
                    sent_print: None,
                };
                // Somebody has this number.
                Ok(Decided {
                    answer: (),
                    rows: [Row::Message(MessageId(7), message)].into_iter().collect(),
                    told: Default::default(),
                })
            }
        }
    }
}

fn seqs(answers: impl IntoIterator<Item = Outcome<Placed>>) -> Vec<u64> {
    answers.into_iter().map(|answer| answer.unwrap().unwrap().seq.0).collect()
}

/// How far the room's log goes, and how many messages there are.
fn counts(house: &House) -> (i64, i64) {
    let seq = "SELECT max(seq_floor, (SELECT coalesce(max(seq), 0) FROM messages)) FROM rooms";
    (house.number(seq), house.number("SELECT count(*) FROM messages"))
}

#[test]
fn o1_numbers_have_no_gap_around_a_change_that_cannot_be_stored() {
    let (mut house, ada) = House::with_ada();
    house.change(says(ada, "The first.")).unwrap().unwrap();
    for broken in [Broken::Refuses, Broken::Panics, Broken::Contradicts, Broken::Asks] {
        let (stored, _) = counts(&house);
        let ((before, said), (broken, failed), (after, answered)) =
            (job(says(ada, "Before.")), job(broken), job(says(ada, "After.")));
        house.commit([before, broken, after]);
        let numbers = seqs([said.try_recv().unwrap(), answered.try_recv().unwrap()]);
        assert_eq!(numbers, [stored as u64 + 1, stored as u64 + 2]);
        assert!(matches!(failed.try_recv().unwrap(), Ok(Err(Refused::Forbidden)) | Err(Error::Failed(_))));
        assert_eq!(counts(&house), (stored + 2, stored + 2));
    }
}

#[test]
fn o3_ids_rise_within_a_group_and_from_one_to_the_next_though_the_clock_stands_or_goes_back() {
    let (mut house, ada) = House::with_ada();
    let mut ids = Vec::new();
    for back in [0, 0, 86_400_000] {
        let says = || SendMessage { now: Timestamp(NOW.0 - back), ..says(ada, "x") };
        let (jobs, answers): (Vec<_>, Vec<_>) = (0..20).map(|_| job(says())).unzip();
        house.commit(jobs);
        ids.extend(answers.iter().map(|answer| answer.try_recv().unwrap().unwrap().unwrap().id));
    }
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
}

#[test]
fn what_one_change_gets_wrong_is_told_to_it_alone_however_many_there_are() {
    let (mut house, ada) = House::with_ada();
    house.change(says(ada, "The first.")).unwrap().unwrap();
    let (mut jobs, mut answers) = (Vec::new(), Vec::new());
    for number in 0..20 {
        if number % 5 == 2 {
            jobs.push(job(Broken::Contradicts).0);
        }
        let (probe, answer) = job(Probe);
        jobs.push(probe);
        answers.push(answer);
    }
    house.commit(jobs);
    let counted: Vec<_> = answers.into_iter().map(|answer| answer.try_recv().unwrap()).collect();
    assert_eq!(counted, (1..=20).map(|count| Ok(Ok(count))).collect::<Vec<_>>());
    assert_eq!(house.number("SELECT count FROM probe"), 20);
}

#[test]
fn z3_who_is_logged_out_in_the_same_group_says_nothing_more() {
    let (mut house, ada) = House::with_ada();
    let (said, first) = job(says(ada, "Still here."));
    let (ended, _out) = job(EndSession { user: ada.user, session: ada.session });
    let (more, second) = job(says(ada, "Still?"));
    let (read, third) = job(MarkRead { by: ada, room: RoomId::FIRST, up_to: Seq(1) });
    house.commit([said, ended, more, read]);
    assert_eq!(seqs([first.try_recv().unwrap()]), [1]);
    assert_eq!(second.try_recv().unwrap(), Ok(Err(Refused::Unauthorized)));
    assert_eq!(third.try_recv().unwrap(), Ok(Err(Refused::Unauthorized)));
    let heard = house.ear.0.lock().unwrap().clone();
    let ended = Some(Told::SessionEnded(ada.session));
    assert!(matches!(&heard[heard.len() - 3..], [Some(Told::Entry { .. }), over, None] if *over == ended), "{heard:?}");
}

#[test]
fn z8_a_session_that_ends_within_a_group_is_over_for_what_comes_later() {
    let (mut house, ada) = House::with_ada();
    let (early, first) = job(SendMessage { now: Timestamp(NOW.0 + 60_000), ..says(ada, "Just in time.") });
    let (late, second) = job(SendMessage { now: Timestamp(NOW.0 + SESSION_IDLE_MS), ..says(ada, "Too late.") });
    house.commit([early, late]);
    assert_eq!(seqs([first.try_recv().unwrap()]), [1]);
    assert_eq!(second.try_recv().unwrap(), Ok(Err(Refused::Unauthorized)));
}

/// A change of the message that was sent last.
struct OfTheLast(fn(Author, MessageId) -> Box<dyn Change<Answer = Placed> + Send>, Author);

impl Change for OfTheLast {
    type Answer = Placed;

    fn keys(&self) -> Vec<Key> {
        vec![Key::LastMessage]
    }

    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<Placed>, Undecided> {
        let newest = facts.messages.rows.keys().max().copied().unwrap_or_default();
        self.0(self.1, newest).decide(facts, random)
    }
}

#[test]
fn what_is_said_read_edited_and_deleted_in_one_group_counts_on() {
    let (mut house, ada) = House::with_ada();
    let edits = |by, id| Box::new(EditMessage { by, id, text: "Won.".into(), now: NOW }) as Box<_>;
    let deletes = |by, id| Box::new(DeleteMessage { by, id, now: NOW }) as Box<_>;
    let (one, said) = job(says(ada, "One."));
    let (read, mark) = job(MarkRead { by: ada, room: RoomId::FIRST, up_to: Seq(9) });
    let (edit, edited) = job(OfTheLast(edits, ada));
    let (delete, deleted) = job(OfTheLast(deletes, ada));
    let (two, said_too) = job(says(ada, "Two."));
    house.commit([one, read, edit, delete, two]);
    assert_eq!(mark.try_recv().unwrap(), Ok(Ok(Seq(1))));
    let answers = [said, edited, deleted, said_too].map(|answer| answer.try_recv().unwrap());
    assert_eq!(seqs(answers), [1, 2, 3, 4]);
    assert_eq!(counts(&house), (4, 2));
    assert_eq!(house.number("SELECT count(*) FROM messages WHERE text = '' AND deleted_at = edited_at"), 1);
    // One row for all that became of it.
    assert_eq!(house.number("SELECT changed_seq FROM messages WHERE seq = 1"), 3);
}

#[test]
fn e1_a_nonce_that_comes_twice_in_one_group_and_once_more_later_names_one_message() {
    let (mut house, ada) = House::with_ada();
    let under = |nonce: &str, text| SendMessage { nonce: Some(nonce.into()), ..says(ada, text) };
    let [(first, a), (again, b), (other, c)] =
        [under("n-1", "Once."), under("n-1", "Once."), under("n-1", "Twice?")].map(job);
    house.commit([first, again, other]);
    let placed = a.try_recv().unwrap();
    assert_eq!(b.try_recv().unwrap(), placed);
    let id = placed.clone().unwrap().unwrap().id;
    assert_eq!(c.try_recv().unwrap(), Ok(Err(Refused::NonceReused(id))));

    // What was presumed to be new is not, and those who come with it are stored all the same.
    let [(next, d), (again, e), (other, f)] =
        [under("n-2", "Next."), under("n-1", "Once."), under("n-3", "Last.")].map(job);
    house.commit([next, again, other]);
    assert_eq!(e.try_recv().unwrap(), placed);
    assert_eq!(seqs([d.try_recv().unwrap(), f.try_recv().unwrap()]), [2, 3]);
    assert_eq!(counts(&house), (3, 3));
    let is_of_room = |told: &&Option<Told>| matches!(told, Some(Told::Entry { log: LogId::Room(_), .. }));
    let entries = |heard: &[Option<Told>]| heard.iter().filter(is_of_room).count();
    assert_eq!(entries(&house.ear.0.lock().unwrap()), 3);
}

#[test]
fn what_is_known_of_who_speaks_where_is_not_looked_up_again() {
    let (mut house, ada) = House::with_ada();
    let under = |nonce: &str| SendMessage { nonce: Some(nonce.into()), ..says(ada, "x") };
    house.change(under("n-0")).unwrap().unwrap();
    let before = house.groups.engine.looked_up;
    for nonce in ["n-1", "n-2", "n-3"] {
        house.change(under(nonce)).unwrap().unwrap();
    }
    assert_eq!(house.groups.engine.looked_up, before);
}

#[test]
fn what_a_group_needs_is_looked_up_at_once() {
    let (mut house, ada) = House::with_ada();
    let ids: Vec<_> = (0..5).map(|_| house.change(says(ada, "x")).unwrap().unwrap().id).collect();
    let before = house.groups.engine.looks;
    let (jobs, answers): (Vec<_>, Vec<_>) =
        ids.into_iter().map(|id| job(DeleteMessage { by: ada, id, now: NOW })).unzip();
    house.commit(jobs);
    assert_eq!(seqs(answers.iter().map(|answer| answer.try_recv().unwrap())), [6, 7, 8, 9, 10]);
    assert_eq!(house.groups.engine.looks, before + 1);
}

/// A change on its way, and how much had been heard when it was answered.
fn heard_before<C>(house: &House, change: C) -> (Box<dyn Job>, mpsc::Receiver<usize>)
where
    C: Change<Answer: Send> + Send + 'static,
{
    let (tell, heard) = mpsc::channel();
    let ear = house.ear.clone();
    // A callback that panics is caught: what it asserts, nobody would hear of.
    let done = move |_: Outcome<C::Answer>| tell.send(ear.0.lock().unwrap().len()).unwrap();
    (Box::new(Task::new(change, done)), heard)
}

#[test]
fn z3_whoever_is_told_that_a_session_is_over_finds_that_its_sockets_have_been_told() {
    let (mut house, ada) = House::with_ada();
    house.ear.0.lock().unwrap().clear();
    let (ends, heard) = heard_before(&house, EndSession { user: ada.user, session: ada.session });
    house.commit([ends]);
    assert_eq!(heard.try_recv(), Ok(1));
    assert_eq!(*house.ear.0.lock().unwrap(), [Some(Told::SessionEnded(ada.session)), None]);
}

#[test]
fn z8_a_session_that_ends_in_the_group_that_began_it_leaves_its_id_to_nobody() {
    let mut house = House::new();
    let (registers, registered) = job(register());
    house.commit([registers]);
    let user = registered.try_recv().unwrap().unwrap().unwrap().user;
    // The first of all, and one after others.
    for last in [1, 3] {
        let (logs_in, begun) = job(LogIn { token_hash: [9; 32], ..log_in(user) });
        let password =
            ChangeAccount { by: By::Holder(NOW), user, change: AccountChange::Password { hash: String::new() } };
        let (ends, ended) = job(password);
        house.commit([logs_in, ends]);
        assert_eq!((begun.try_recv().unwrap(), ended.try_recv().unwrap()), (Ok(Ok(SessionId(last))), Ok(Ok(()))));
        // Nothing of it is known any more.
        house.groups.engine.trips.push_back((At::Write, ffi::SQLITE_FULL));
        assert_eq!(house.change(Probe), Err(Error::Full));
        assert_eq!(house.change(LogIn { token_hash: [last as u8; 32], ..log_in(user) }), Ok(Ok(SessionId(last + 1))));
    }
}

#[test]
fn a_listener_is_told_behind_each_answer_and_once_at_the_end_and_may_have_defects() {
    struct Deaf;
    impl Listen for Deaf {
        fn told(&self, _: Told) {
            panic!("a defect of the listener");
        }
        fn committed(&self, _: usize) {
            panic!("a defect of the listener");
        }
    }
    let (mut house, ada) = House::with_ada();
    house.ear.0.lock().unwrap().clear();
    let (jobs, heard): (Vec<_>, Vec<_>) = (0..3).map(|_| heard_before(&house, says(ada, "x"))).unzip();
    house.commit(jobs);
    // Those before were told of, the one that is answered was not.
    assert_eq!(heard.iter().map(|heard| heard.try_recv().unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
    let heard = house.ear.0.lock().unwrap().len();
    assert_eq!(heard, 4);

    let listener = crate::writer::listener::Listener::default();
    listener.set(Box::new(Deaf));
    listener.set(Box::new(house.ear.clone()));
    listener.tell(Told::SessionEnded(ada.session));
    listener.committed(0);
    assert_eq!(house.ear.0.lock().unwrap().len(), heard, "only the first listener is taken");
}
