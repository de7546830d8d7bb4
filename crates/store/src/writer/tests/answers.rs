//! A group answers as if its changes had been made one after the other by somebody who knows all.

use chatterbox_core::changes::{Change, Facts, Told, Undecided};
use proptest::prelude::*;

use super::facts::{compare, whole};
use super::house::{House, job};
use super::wishes::{Takes, Wishes, wish};
use crate::writer::job::Job;

/// Decides by all there is what a group has answered, which must come to the same, and says what others are told.
type Repeated = Box<dyn FnOnce(&mut Facts) -> Vec<Told>>;

/// A writer, all there ever was, and what has gathered.
struct Gathering {
    house: House,
    whole: Facts,
    jobs: Vec<Box<dyn Job>>,
    repeated: Vec<Repeated>,
}

impl Takes for Gathering {
    fn whole(&self) -> &Facts {
        &self.whole
    }

    fn take<C>(&mut self, change: C, random: fn(&C::Answer) -> u64)
    where
        C: Change<Answer: PartialEq + Send> + Clone + Send + 'static,
    {
        let (job, answer) = job(change.clone());
        self.jobs.push(job);
        self.repeated.push(Box::new(move |whole| {
            let answered = answer.try_recv().unwrap().unwrap();
            let random = answered.as_ref().map_or(0, random);
            match change.decide(whole, random) {
                Ok(decided) => {
                    assert!(answered.is_ok_and(|answer| answer == decided.answer), "another answer");
                    whole.apply(decided.rows);
                    decided.told.into_vec()
                }
                Err(Undecided::Refused(refused)) => {
                    assert_eq!(answered.err(), Some(refused));
                    Vec::new()
                }
                Err(Undecided::Missing(_)) => panic!("whoever knows all asks for more"),
            }
        }));
    }
}

impl Gathering {
    fn new() -> Self {
        let mut house = House::new();
        let whole = whole(&mut house);
        Self { house, whole, jobs: Vec::new(), repeated: Vec::new() }
    }

    fn commit(&mut self) {
        self.house.ear.0.lock().unwrap().clear();
        self.house.commit(self.jobs.drain(..));
        let told: Vec<_> = self.repeated.drain(..).flat_map(|repeated| repeated(&mut self.whole)).map(Some).collect();
        self.whole.is_written();
        assert_eq!(*self.house.ear.0.lock().unwrap(), [told, vec![None]].concat());
        compare(&mut self.house.groups.engine, &self.whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_group_answers_and_tells_as_if_its_changes_had_been_made_one_by_one(
        groups in proptest::collection::vec(proptest::collection::vec(wish(), 1..12), 1..30),
    ) {
        let (mut gathering, mut wishes) = (Gathering::new(), Wishes::new());
        for group in groups {
            for wish in group {
                wishes.fulfil(wish, &mut gathering);
            }
            gathering.commit();
        }
    }
}
