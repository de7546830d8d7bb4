//! Every option of every command, said in each of the three ways: rightly, wrongly, misspelt, empty.

use std::fs;

use clap::CommandFactory;
use tempfile::TempDir;

use super::*;
use crate::command_line::CommandLine;

/// The words that lead to each command.
const COMMANDS: [&[&str]; 5] = [
    &["chatterbox"],
    &["chatterbox", "serve"],
    &["chatterbox", "import", "chatterbox", "old.db"],
    &["chatterbox", "backup", "copy.chat"],
    &["chatterbox", "restore", "copy.chat", "--replace"],
];

/// What may be said of an option, and what looks as if it might. A new option needs a row.
fn samples(option: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match option {
        "listen" => (
            &["127.0.0.1:9", "localhost:0", "[::1]:8000", "0.0.0.0:80"],
            &["nowhere", "8000", "127.0.0.1", "http://127.0.0.1:8000", "127.0.0.1:70000", "::1:8000:", "*:8000"],
        ),
        "replay" => (&["0", "50", "all"], &["some", "-1", "ALL", "1e3", "5.0", "99999999999999999999", "50 messages"]),
        "rate-limits" => (&["on", "off"], &["true", "false", "1", "OFF", "none", "on,off"]),
        "public-url" => (
            &["https://chat.example.org", "http://192.0.2.1:8000/", "https://example.org/chat/"],
            &[
                "chat.example.org",
                "https://",
                "ftp://chat.example.org",
                "https://a b",
                "//chat.example.org",
                "https://example.org/?x",
                "https://example.org/ui/",
            ],
        ),
        "allowed-hosts" => {
            (&["chat.local", "chat.local, 192.0.2.1"], &["https://chat", "chat.local/", "a b", "*.local"])
        }
        "allowed-origins" => (
            &["https://a.example", "https://a.example,https://b.example:8443", "https://a.example, http://b.example,"],
            &[
                "a.example",
                "https://a.example,b.example",
                "null",
                "https://a.example;https://b.example",
                "https://*.example",
            ],
        ),
        "trusted-proxies" => (
            &["192.0.2.1", "192.0.2.1, ::1", "172.16.0.0/12,fd00::/8", "::ffff:127.0.0.1"],
            &["proxy", "192.0.2.1:80", "192.0.2", "*", "0.0.0.0/0"],
        ),
        "data" => (&["./data", "/srv/chat box", "data"], &[]),
        "log" => (
            &[
                "info",
                "WARN",
                "off",
                "debug,chatterbox_store=trace",
                "chatterbox_server",
                "hyper=debug",
                "[span]=debug",
            ],
            &[
                "warning",
                "err",
                "verbose",
                "1",
                "true",
                "info;debug",
                "info debug",
                "chatterbox_store=warning",
                "chatterbox_sever=debug",
                "chatterbox_stores",
                "hyper",
                "[span=debug",
                "=debug",
            ],
        ),
        other => panic!("the option {other} needs samples of what is right and what is wrong"),
    }
}

/// Where an option is said.
#[derive(Debug, Clone, Copy)]
enum Way {
    Flag,
    Variable,
    File,
}

const WAYS: [Way; 3] = [Way::Flag, Way::Variable, Way::File];

/// Says an option in one way. Answers all options, or what is wrong with them; and how a mistake should begin.
fn say(command: &[&str], way: Way, option: &str, value: &str) -> (Result<String, String>, String) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("chat.toml");
    let mut words: Vec<OsString> = command.iter().map(Into::into).collect();
    let mut variables = Vec::new();
    let place = match way {
        Way::Flag => {
            words.push(format!("--{option}={value}").into());
            format!("--{option}: ")
        }
        Way::Variable => {
            variables.push((variables::of(option), value.into()));
            format!("{}: ", variables::of(option))
        }
        Way::File => {
            fs::write(&path, format!("# A comment.\n\n{option} = {value:?}\n")).unwrap();
            variables.push((variables::of(FILE_OPTION), path.clone().into()));
            format!("{}, line 3: {option}: ", path.display())
        }
    };
    (read_with(&words, variables), place)
}

fn read_with(words: &[OsString], variables: Vec<(String, OsString)>) -> Result<String, String> {
    match read::<CommandLine>(words, &variables.into_iter().collect()) {
        // Which file it was is no matter.
        Ok(told) => {
            let told = format!("{:?} {:?}", told.options, told.strange_variables);
            let (before, rest) = told.split_once("config: ").unwrap();
            Ok(format!("{before}{}", rest.split_once('}').unwrap().1))
        }
        Err(error) => Err(format!("{error:#}")),
    }
}

/// Each command with each of its options, but for the one that names the file.
fn each(mut look: impl FnMut(&[&str], &str)) {
    let mut all = CommandLine::command();
    all.build();
    for words in COMMANDS {
        let path = words[1..].iter().take_while(|word| !word.contains('.'));
        let command = path.fold(&all, |command, word| command.find_subcommand(word).unwrap());
        let options: Vec<_> = options(command).map(name).filter(|option| *option != FILE_OPTION).collect();
        assert!(options.contains(&"data") && options.contains(&"log"), "{words:?} does not take what all take");
        options.iter().for_each(|option| look(words, option));
    }
}

fn nothing_said(command: &[&str]) -> String {
    let words: Vec<OsString> = command.iter().map(Into::into).collect();
    read_with(&words, Vec::new()).unwrap()
}

#[test]
fn an_option_means_the_same_however_it_is_said() {
    each(|command, option| {
        for value in samples(option).0 {
            let by_flag = say(command, Way::Flag, option, value).0.unwrap();
            assert_ne!(by_flag, nothing_said(command), "{option} {value}");
            for way in WAYS {
                for value in [(*value).to_owned(), format!(" {value}\r\n")] {
                    assert_eq!(say(command, way, option, &value).0.unwrap(), by_flag, "{way:?} {option} {value:?}");
                }
            }
        }
    });
}

#[test]
fn what_is_wrong_is_told_where_it_was_said_with_what_would_be_right() {
    each(|command, option| {
        let quoted = samples(option).0.iter().flat_map(|value| [format!("\"{value}\""), format!("'{value}'")]);
        for value in samples(option).1.iter().map(ToString::to_string).chain(quoted) {
            for way in WAYS {
                let (told, place) = say(command, way, option, &value);
                let told = told.expect_err(&value);
                assert!(told.starts_with(&place), "{way:?} {option} {value}: {told}");
                assert!(told.contains("expected") || told.contains("leave them out"), "{told}");
                assert!(!told.contains('\n') && told.len() < 400, "{told}");
            }
        }
    });
}

#[test]
fn an_empty_variable_is_none_and_anything_else_that_is_empty_is_told() {
    each(|command, option| {
        for empty in ["", " ", "\t\n"] {
            assert_eq!(say(command, Way::Variable, option, empty).0.unwrap(), nothing_said(command), "{option}");
            for way in [Way::Flag, Way::File] {
                let (told, place) = say(command, way, option, empty);
                assert_eq!(told.unwrap_err(), format!("{place}it is empty; leave it out to have the default"));
            }
        }
    });
}

#[test]
fn a_misspelt_option_is_told_with_the_right_name() {
    each(|command, option| {
        let words: Vec<OsString> = command.iter().map(Into::into).collect();
        let right = variables::of(option);
        for at in variables::PREFIX.len()..right.len() {
            let mut wrong = right.clone();
            wrong.remove(at);
            for wrong in [wrong, right.to_lowercase(), format!("{right}S")] {
                for value in ["x", ""] {
                    let told = read_with(&words, vec![(wrong.clone(), value.into())]).expect_err(&wrong);
                    assert_eq!(told, format!("{wrong}: there is no such variable; {right} is meant, it seems"));
                }
            }
        }
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("chat.toml");
        for wrong in [option.to_uppercase(), format!("{option}s"), option[1..].to_owned(), format!("{option}_x")] {
            fs::write(&path, format!("\n{wrong} = \"x\"\n")).unwrap();
            let told = read_with(&words, vec![(variables::of(FILE_OPTION), path.clone().into())]).unwrap_err();
            let place = format!("{}, line 2: ", path.display());
            assert_eq!(told, format!("{place}there is no option `{wrong}`; `{option}` is meant, it seems"));
        }
    });
}
