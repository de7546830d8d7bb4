//! A part of the server dies: then the program ends, for whoever looks after it to start it again.

use std::path::Path;
use std::process::Command;

use crate::harness::{Plan, Server};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/crash/without_randomness.c");

#[tokio::test]
async fn i2_a_thread_that_dies_ends_the_program_which_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let library = directory.path().join("without_randomness.so");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([library.as_path(), Path::new(SOURCE)]).status();
    assert!(compiled.unwrap().success(), "the library does not compile");
    // The standard library takes randomness for the first hash map of a thread, and panics if there is none.
    let plan = Plan::new()
        .with_variable("LD_PRELOAD", library.to_str().unwrap())
        .with_variable("WITHOUT_RANDOMNESS", "reactor-0");
    let mut server: Server = plan.start().await;
    let status = server.ended().await;
    let log = server.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert_eq!(log.lines().last(), Some("chatterbox: a part of the server has died: reactor-0"), "{log}");
}
