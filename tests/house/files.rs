//! What holds for every file: a head, a length, a name that says something, and nothing half done.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

/// Lines that no file has more of.
const LINES_MAX: usize = 600;

/// Words that name nothing, and what is meant by them is always something else.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"];

/// What files git knows of, and what is new and not ignored.
fn files() -> Vec<PathBuf> {
    let git = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    let listed = String::from_utf8(git.stdout).unwrap();
    let files: Vec<PathBuf> = listed.lines().map(PathBuf::from).filter(|path| root().join(path).is_file()).collect();
    assert!(files.len() > 100, "where have the files gone?");
    files
}

pub(crate) fn with_ending(endings: &[&str]) -> impl Iterator<Item = (PathBuf, String)> {
    let endings: Vec<String> = endings.iter().map(|&ending| ending.to_owned()).collect();
    files().into_iter().filter_map(move |path| {
        let ending = path.extension()?.to_str()?;
        let fits = endings.iter().any(|wanted| wanted == ending);
        fits.then(|| std::fs::read_to_string(root().join(&path)).unwrap()).map(|text| (path, text))
    })
}

#[test]
fn every_module_says_at_its_head_what_it_is() {
    for (path, text) in with_ending(&["rs"]) {
        // An entry for a fuzzer has to begin with its attribute.
        let head = text.lines().find(|line| !line.starts_with("#![")).unwrap_or_default();
        assert!(head.starts_with("//! "), "{} does not say what it is", path.display());
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    // Nobody reads what is generated; what it is generated from is read.
    let written = |(path, _): &(PathBuf, String)| !path.starts_with("web/src/gen");
    for (path, text) in with_ending(&["rs", "ts", "svelte", "css", "mjs", "js", "sql"]).filter(written) {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_name_is_empty_of_meaning() {
    for path in files() {
        for part in path.iter().map(|part| part.to_str().unwrap()) {
            let name = part.split('.').next().unwrap().to_ascii_lowercase();
            let word = name.split(['-', '_']).find(|word| EMPTY_NAMES.contains(word));
            assert!(word.is_none(), "{}: what is a {}?", path.display(), word.unwrap_or_default());
        }
    }
    for (path, text) in with_ending(&["rs"]) {
        for line in text.lines() {
            let declared = line.trim_start().trim_start_matches("pub").trim_start_matches("(crate)").trim_start();
            let Some((kind, rest)) = declared.split_once(' ') else { continue };
            if ["struct", "enum", "trait"].contains(&kind) {
                let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                for empty in ["Manager", "Helper", "Processor", "Util", "Utils"] {
                    assert!(!name.ends_with(empty), "{}: {name} says nothing", path.display());
                }
            }
        }
    }
}

#[test]
fn nothing_is_half_done() {
    // In two parts, so that this file is not found by its own search.
    let words = ["todo", "unimplemented", "dbg"].map(|word| format!("{word}!("));
    for (path, text) in with_ending(&["rs", "ts", "svelte"]) {
        for word in words.iter().map(String::as_str).chain(["console.log(", "debugger;", ".only("]) {
            let is_own = path == Path::new("tests/house/files.rs");
            assert!(is_own || !text.contains(word), "{} has a {word}", path.display());
        }
    }
}

#[test]
fn the_lock_files_are_there_and_name_no_place_of_download() {
    for lock in ["Cargo.lock", "web/package-lock.json"] {
        assert!(files().contains(&PathBuf::from(lock)), "{lock} is not committed");
    }
    for (path, text) in with_ending(&["json"]) {
        if path.ends_with("package-lock.json") {
            assert!(!text.contains("\"resolved\""), "{} names places of download", path.display());
        }
        if path.ends_with("package.json") {
            let lock = path.with_file_name("package-lock.json");
            assert!(files().contains(&lock), "{} has no lock file", path.display());
        }
    }
}

#[test]
fn the_generated_types_are_those_of_the_protocol() {
    let generated = std::fs::read_to_string(root().join("web/src/gen/protocol.ts")).unwrap();
    assert!(generated == chatterbox_protocol::typescript::declarations(), "it is stale: run `make types`");
}

#[test]
fn no_file_has_stray_blanks_or_tabs_or_ends_without_a_line_end() {
    for (path, text) in with_ending(&["rs", "md", "toml", "ts", "svelte", "css", "sql"]) {
        assert!(text.is_empty() || text.ends_with('\n'), "{} ends in mid-line", path.display());
        if path.starts_with("web/src/gen") {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!line.ends_with([' ', '\t', '\r']), "{}:{number} ends with a blank", path.display());
        }
    }
}

#[test]
fn nothing_that_a_build_makes_is_committed() {
    for path in files() {
        let first = path.iter().next().unwrap().to_str().unwrap();
        assert!(!first.starts_with("target"), "{} comes from a build", path.display());
        let is_made = path.iter().any(|part| part == "node_modules" || part == "dist");
        assert!(!is_made, "{} comes from a build", path.display());
        let bytes = std::fs::metadata(root().join(&path)).unwrap().len();
        assert!(bytes < 2 * 1024 * 1024, "{} has {bytes} bytes", path.display());
    }
}

#[test]
fn what_is_run_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for path in files() {
        let full = root().join(&path);
        let is_script = std::fs::read(&full).is_ok_and(|bytes| bytes.starts_with(b"#!/"));
        let mode = std::fs::metadata(&full).unwrap().permissions().mode();
        assert_eq!(is_script, mode & 0o111 != 0, "{}: mode {mode:o}", path.display());
    }
}
