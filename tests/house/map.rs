//! The map shows what is there.

use std::collections::BTreeSet;

use crate::files::with_ending;
use crate::root;

/// What stands in backticks and looks like a path of this repository.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |quoted: &&str| {
        let begins = quoted.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '.');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        begins && quoted.contains('/') && !quoted.contains("//") && quoted.chars().all(is_plain)
    };
    quoted.filter(is_path).collect()
}

#[test]
fn every_path_on_the_map_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    let paths = paths(&text);
    assert!(paths.len() > 10, "what became of the map? {paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which is not there");
    }
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    let mut documents: Vec<_> = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.extend(std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    assert!(documents.len() > 5, "{documents:?}");
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            let exists = document.parent().unwrap().join(path).exists();
            assert!(exists, "{} links to {target}", document.display());
        }
    }
}

#[test]
fn every_room_of_the_house_is_on_the_map() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = format!("crates/{}/", entry.unwrap().file_name().display());
        assert!(text.contains(&name), "{name} is not on the map");
    }
}

/// The words that the names in this code are made of, in lower case: of `Timeline.atOldest` those are three.
fn words_of_names(code: &str, words: &mut BTreeSet<String>) {
    let code = code.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    for name in code.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric())) {
        let mut rest = name;
        while !rest.is_empty() {
            let end = rest[1..].find(|c: char| c.is_ascii_uppercase()).map_or(rest.len(), |at| at + 1);
            words.insert(rest[..end].to_ascii_lowercase());
            rest = &rest[end..];
        }
    }
}

#[test]
fn every_word_of_the_glossary_is_one_that_names_are_made_of() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    let glossary = text.split("## Glossary").nth(1).expect("it explains its words");
    let explained = glossary.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).skip(1);
    let explained: Vec<&str> = explained.flat_map(str::split_whitespace).collect();
    assert!(explained.len() > 20, "what became of the glossary? {explained:?}");
    let mut words = BTreeSet::new();
    for (path, code) in with_ending(&["rs", "ts"]) {
        if path.starts_with("crates") || path.starts_with("web") {
            words_of_names(&code, &mut words);
        }
    }
    for word in explained {
        let is_used = words.contains(word) || words.contains(&format!("{word}s"));
        assert!(is_used, "the glossary explains `{word}`, and nothing is named so");
    }
}
