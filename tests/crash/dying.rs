//! A part of the server dies: then the program ends, for whoever looks after it to start it again.

use std::path::Path;
use std::process::Command;

use crate::harness::{Plan, within};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/crash/without_events.c");

#[tokio::test]
async fn i2_a_reactor_that_cannot_go_on_ends_the_program_which_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let (library, trigger) = (directory.path().join("without_events.so"), directory.path().join("no_more_events"));
    let mut compiler = Command::new("cc");
    let compiled = compiler.args(["-shared", "-fPIC", "-o"]).args([library.as_path(), Path::new(SOURCE)]).status();
    assert!(compiled.unwrap().success(), "the library does not compile");
    let plan = Plan::new()
        .with_variable("LD_PRELOAD", library.to_str().unwrap())
        .with_variable("WITHOUT_EVENTS", "reactor-0")
        .with_variable("NO_MORE_EVENTS", trigger.to_str().unwrap());
    let mut server = plan.start().await;
    let ada = server.register("ada").await;
    ada.arrives().await.says("All is well.").await;
    std::fs::write(&trigger, "").unwrap();
    // Whoever comes wakes the reactor.
    let _ = std::net::TcpStream::connect(server.address);
    let status = within("the end", server.ended()).await;
    let log = server.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert_eq!(log.lines().last(), Some("chatterbox: a part of the server has died: reactor-0"), "{log}");
    std::fs::remove_file(&trigger).unwrap();
    assert_eq!(ada.at(&server.again().await).reads_texts().await, ["All is well."]);
}
