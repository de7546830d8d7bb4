//! Something that was said of an option.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::bail;
use clap::{Arg, ArgAction};

/// Values of an option, and where they were given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) option: String,
    /// As its giver would find it: `--listen`, `CHATTERBOX_LISTEN`, or a line of the file.
    pub(super) place: String,
    pub(super) values: Vec<OsString>,
}

impl Given {
    /// The values, with lists taken apart and without the white space around each. Errors: there is none, there are too
    /// many, or what is around them has slipped in from a shell or a file.
    pub(super) fn checked(mut self, arg: &Arg) -> anyhow::Result<Self> {
        if self.values.len() > 1 && !matches!(arg.get_action(), ArgAction::Append) {
            bail!("{}: expected one value, found {}", self.place, self.values.len());
        }
        let is_list = arg.get_value_delimiter().is_some();
        let is_said = !self.values.is_empty();
        let parts = self.values.iter().flat_map(|value| parts(value, arg.get_value_delimiter()));
        self.values = parts.filter(|part| !(is_list && part.is_empty())).collect();
        if is_said && self.values.iter().all(|value| value.is_empty()) {
            bail!("{}: it is empty; leave it out to have the default", self.place);
        }
        let is_path = arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
        for value in &self.values {
            let Some(text) = value.to_str() else {
                if is_path {
                    continue;
                }
                bail!("{}: {value:?} is not UTF-8", self.place);
            };
            if is_quoted(text) {
                bail!("{}: {text}: the quotes are a part of the value; leave them out", self.place);
            }
        }
        Ok(self)
    }

    /// As words of a command line.
    pub(super) fn words(&self) -> impl Iterator<Item = OsString> {
        self.values.iter().map(|value| {
            let mut word = OsString::from(format!("--{}=", self.option));
            word.push(value);
            word
        })
    }
}

fn parts(value: &OsStr, delimiter: Option<char>) -> Vec<OsString> {
    match (value.to_str(), delimiter) {
        (None, _) => vec![value.to_owned()],
        (Some(text), None) => vec![text.trim().into()],
        (Some(text), Some(delimiter)) => text.split(delimiter).map(|part| part.trim().into()).collect(),
    }
}

/// Files of variables are read by some without looking at quotes.
fn is_quoted(text: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote))
}
