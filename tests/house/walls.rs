//! The walls between the crates are lines in `Cargo.toml`, and the map draws the only doors.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::root;

/// Each crate of the house, and whom it knows, as the map draws it.
fn drawn() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    let drawing =
        text.split("Who knows whom:").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("it draws that");
    let edges = drawing.lines().filter_map(|line| line.split_once('→'));
    let known = |to: &str| to.split(',').map(|name| name.trim().to_owned()).filter(|name| name != "nobody").collect();
    edges.map(|(from, to)| (from.trim().to_owned(), known(to))).collect()
}

/// What the lock file and the manifests say. Fails if the lock file is not up to date.
fn metadata() -> Value {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).unwrap()
}

/// Whom each crate knows, by the short names. Tests may know more, but nobody's know the server.
fn edges(with_tests: bool) -> BTreeMap<String, BTreeSet<String>> {
    let short = |name: &Value| name.as_str().unwrap().strip_prefix("chatterbox-").map(str::to_owned);
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap();
        let counts = |dependency: &&Value| with_tests || dependency["kind"] != "dev";
        let known = dependencies.iter().filter(counts).filter_map(|dependency| short(&dependency["name"]));
        (short(&package["name"]).expect("every crate is called chatterbox-…"), known.collect())
    };
    metadata()["packages"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn each_crate_knows_those_whom_the_map_says_and_no_others() {
    let (edges, drawn) = (edges(false), drawn());
    assert!(edges.len() >= 4, "{edges:?}");
    assert_eq!(edges, drawn, "the manifests on the left, ARCHITECTURE.md on the right");
}

#[test]
fn nobody_knows_the_server_not_even_a_test() {
    for (name, known) in edges(true) {
        assert!(!known.contains("server"), "{name} knows the server");
    }
}

#[test]
fn what_has_no_io_has_no_crate_for_it() {
    for name in ["protocol", "core"] {
        let manifest = std::fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for io in ["tokio", "axum", "hyper", "rusqlite", "reqwest", "getrandom", "fastrand", "rand", "tracing"] {
            let has = dependencies.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(io));
            assert!(!has, "{name} depends on {io}");
        }
    }
}
