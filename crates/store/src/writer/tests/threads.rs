//! A writer that dies is missed.

use chatterbox_core::changes::{Facts, Key, Probe};

use crate::Error;
use crate::engine::{Engine, Failure};
use crate::threads::Threads;
use crate::writer::Writer;

/// A database with a defect.
struct Defective;

impl Engine for Defective {
    fn begin(&mut self, _: &mut Facts) -> Result<(), Failure> {
        panic!("a defect of the store");
    }
    fn look(&mut self, _: &[Key], _: &mut Facts) -> Result<(), Failure> {
        Ok(())
    }
    fn write(&mut self, _: &Facts) -> Result<(), Failure> {
        Ok(())
    }
    fn commit(&mut self) -> Result<(), Failure> {
        Ok(())
    }
    fn roll_back(&mut self) {}
    fn has_decided(&mut self, _: usize) {}
    fn has_answered(&mut self) {}
    fn close(self) {}
}

#[tokio::test]
async fn a_writer_that_dies_is_missed_by_its_name_and_whoever_comes_later_is_told() {
    let threads = Threads::new();
    let writer = Writer::start(Defective, (), &threads).unwrap();
    writer.submit(Probe, |_| ()).unwrap();
    assert_eq!(threads.death().await, "store-writer");
    writer.stop().unwrap().join().unwrap_err();
    assert_eq!(writer.submit(Probe, |_| ()), Err(Error::Stopped));
}
