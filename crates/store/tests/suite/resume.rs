//! Pages, and coming back: who applies what has changed is exactly where one that never left is.

use std::collections::BTreeMap;

use chatterbox_core::changes::Author;
use chatterbox_protocol::events::{Deleted, Edited, Event};
use chatterbox_protocol::ids::{MessageId, Seq};
use chatterbox_protocol::limits::PAGE_BYTES;
use chatterbox_protocol::logs::LogName;
use chatterbox_protocol::messages::Message;
use chatterbox_store::{Changes, Filling, Missed, Page, PageAfter, PageBefore, ResumeRoom, Store};
use proptest::prelude::*;

use crate::world::{LOBBY, World, asks, changes_since, newest, run};

/// What a client that has seen everything up to `seq` holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Held {
    seq: Seq,
    messages: BTreeMap<Seq, Message>,
}

impl Held {
    /// A fresh look at everything.
    async fn fresh(store: &Store) -> Self {
        let page = newest(store, 1_000).await;
        Self { seq: page.seq, messages: page.messages.into_iter().map(|row| (row.seq, row.shown(false))).collect() }
    }

    fn apply(&mut self, changes: Changes) {
        assert!(changes.messages.is_sorted_by_key(|row| row.seq));
        self.messages.extend(changes.messages.into_iter().map(|row| (row.seq, row.shown(false))));
        self.messages.retain(|_, row| !changes.deleted.contains(&row.id));
        self.seq = changes.seq;
    }

    /// As who listens is told it: nothing may be between what is held and what comes.
    fn hear(&mut self, filling: Filling) {
        for (seq, mut event) in filling.changes {
            let place = event.place().unwrap();
            assert_eq!((place.log, place.since, place.seq), (LogName::Room(LOBBY), self.seq, seq));
            event.goes_on_from(Seq(seq.0 - 1));
            match event {
                Event::Message(message) => drop(self.messages.insert(message.seq, message)),
                Event::Edit(Edited { state: Some(message), .. }) => drop(self.messages.insert(message.seq, *message)),
                Event::Delete(Deleted { id, .. }) => self.messages.retain(|_, row| row.id != id),
                _ => panic!("{event:?}"),
            }
            self.seq = seq;
        }
        self.seq = filling.seq;
    }
}

/// Something that happens in the room; the number chooses the message.
#[derive(Debug, Clone)]
enum Step {
    Send,
    Edit(usize),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Send),
        2 => any::<usize>().prop_map(Step::Edit),
        2 => any::<usize>().prop_map(Step::Delete),
    ]
}

/// Does it, and remembers the state after each change.
async fn live_through(world: &World, who: Author, steps: Vec<Step>) -> Vec<Held> {
    let mut ids: Vec<MessageId> = Vec::new();
    let mut states = vec![Held::fresh(&world.store).await];
    for (n, step) in steps.into_iter().enumerate() {
        match step {
            Step::Send => ids.push(world.send(who, "first text").await.id),
            Step::Edit(which) if !ids.is_empty() => {
                let _ = world.edit(who, ids[which % ids.len()], &format!("text {}", n % 3)).await;
            }
            Step::Delete(which) if !ids.is_empty() => {
                let _ = world.delete(who, ids[which % ids.len()]).await;
            }
            _ => {}
        }
        let state = Held::fresh(&world.store).await;
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    states
}

async fn check_every_return(steps: Vec<Step>) {
    let (world, [ada, ..]) = World::with_cast().await;
    let states = live_through(&world, ada, steps).await;
    let present = states.last().unwrap().clone();
    // One state for each number: each change took exactly one.
    assert!(states.iter().zip(0..).all(|(state, seq)| state.seq == Seq(seq)));
    for (returning, mut state) in states.into_iter().enumerate() {
        let since = state.seq;
        if since > Seq(0) {
            let missed = asks(&world.store, ResumeRoom { room: LOBBY, since, reset_after: None }).await;
            let Missed::Changes(changes) = missed else { panic!("{missed:?}") };
            let mut resumed = state.clone();
            resumed.apply(changes);
            assert_eq!(resumed, present);
        }
        // Pages of one, of two, and of everything.
        let max = [1, 2, 1_000][returning % 3];
        loop {
            let page = changes_since(&world.store, state.seq, max).await.unwrap();
            assert!(page.changes.len() <= max);
            assert!(page.seq > state.seq || !page.more, "a page that leads nowhere");
            let more = page.more;
            state.hear(page);
            if !more {
                break;
            }
        }
        assert_eq!(state, present);
    }
    let future = Seq(present.seq.0 + 1);
    assert_eq!(changes_since(&world.store, future, 1_000).await, None);
}

/// Pages through the whole room both ways.
async fn check_paging(sizes: Vec<usize>, steps: Vec<Step>) {
    let (world, [ada, ..]) = World::with_cast().await;
    let states = live_through(&world, ada, steps).await;
    let all: Vec<MessageId> = states.last().unwrap().messages.values().map(|message| message.id).collect();

    let (mut forwards, mut place) = (Vec::new(), Seq(0));
    for limit in sizes.iter().cycle() {
        let page = asks(&world.store, PageAfter { room: LOBBY, after: place, limit: *limit }).await;
        place = page.messages.last().map_or(place, |row| row.seq);
        forwards.extend(page.messages.iter().map(|row| row.id));
        assert!(forwards.len() <= all.len());
        if !page.more {
            break;
        }
    }
    assert_eq!(forwards, all);

    let mut page = newest(&world.store, sizes[0]).await;
    let mut backwards = Vec::new();
    let take = |backwards: &mut Vec<MessageId>, page: &Page| {
        backwards.splice(0..0, page.messages.iter().map(|row| row.id));
    };
    take(&mut backwards, &page);
    for limit in sizes.iter().cycle() {
        if !page.more {
            break;
        }
        let before = PageBefore { room: LOBBY, before: page.messages[0].seq, limit: *limit };
        page = asks(&world.store, before).await;
        take(&mut backwards, &page);
        assert!(backwards.len() <= all.len());
    }
    assert_eq!(backwards, all);
}

#[test]
fn e5_a_page_of_what_was_missed_has_a_bounded_amount_of_text() {
    run(async {
        let (world, [ada, ..]) = World::with_cast().await;
        let mut place = world.send(ada, "first text").await.seq;
        let text = "x".repeat(8_000);
        for _ in 0..100 {
            world.send(ada, &text).await;
        }
        let full = PAGE_BYTES / text.len();
        for page_number in 1..=100_usize.div_ceil(full) {
            let page = changes_since(&world.store, place, 1_000).await.unwrap();
            let left = 100 - (page_number - 1) * full;
            assert_eq!((page.changes.len(), page.more), (left.min(full), left > full));
            place = page.seq;
        }
    });
}

#[test]
fn who_would_rather_start_again_than_catch_up_does() {
    run(async {
        let (world, [ada, ..]) = World::with_cast().await;
        for number in 0..5 {
            world.send(ada, &format!("text {number}")).await;
        }
        let missed = async |since, reset_after| {
            asks(&world.store, ResumeRoom { room: LOBBY, since: Seq(since), reset_after }).await
        };
        let page = newest(&world.store, 100).await;
        let changes = Changes { messages: page.messages[1..].to_vec(), seq: page.seq, ..Changes::default() };
        assert_eq!(missed(1, None).await, Missed::Changes(changes.clone()));
        assert_eq!(missed(1, Some(4)).await, Missed::Changes(changes));
        assert_eq!(missed(1, Some(3)).await, Missed::Everything(page.clone()));
        // Nor is there anything to catch up with for whoever knows nothing, or of another past.
        assert_eq!(missed(0, None).await, Missed::Everything(page.clone()));
        assert_eq!(missed(6, None).await, Missed::Everything(page));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn o4_who_returns_and_applies_what_changed_is_where_one_that_never_left_is(
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        run(check_every_return(steps));
    }

    #[test]
    fn pages_lose_nothing_and_repeat_nothing(
        sizes in proptest::collection::vec(1usize..8, 1..5),
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        run(check_paging(sizes, steps));
    }
}
