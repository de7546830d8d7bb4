//! Options in a TOML file, one a line.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, bail};
use toml::de::{DeTable, DeValue};

use super::FILE_OPTION;
use super::given::Given;
use super::meant::likely;

/// The file that is read if none is named and it exists.
const DEFAULT_FILE: &str = "chatterbox.toml";

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    lines: Vec<Given>,
}

impl ConfigFile {
    /// Reads the file that an option names. Errors: it cannot be read, is not TOML, or says something that is no option.
    pub(super) fn named(said: &Given, known: &BTreeSet<String>) -> anyhow::Result<Self> {
        let Some(path) = said.values.first().map(Path::new) else { return Self::by_default(known) };
        let text = read(path).with_context(|| said.place.clone())?;
        Self::parse(path, &text, known)
    }

    /// Reads the file with the usual name, if there is one.
    pub(super) fn by_default(known: &BTreeSet<String>) -> anyhow::Result<Self> {
        let path = Path::new(DEFAULT_FILE);
        if path.exists() { Self::parse(path, &read(path)?, known) } else { Ok(Self::default()) }
    }

    /// What the file says of an option.
    pub(super) fn get(&self, option: &str) -> Option<Given> {
        self.lines.iter().find(|said| said.option == option).cloned()
    }

    fn parse(path: &Path, text: &str, known: &BTreeSet<String>) -> anyhow::Result<Self> {
        let file = path.display();
        let place = |span: Range<usize>| format!("{file}, line {}", 1 + text[..span.start].matches('\n').count());
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let place = error.span().map_or_else(|| file.to_string(), place);
                bail!("{place}: {}", error.message());
            }
        };
        let mut lines = Vec::new();
        for (key, value) in table {
            let (place, option) = (place(key.span()), key.into_inner().into_owned());
            if option == FILE_OPTION || !known.contains(&option) {
                bail!("{place}: there is no option `{option}`; {}", right(&option, known));
            }
            let Some(values) = values(value.get_ref()) else {
                bail!("{place}: {option}: expected text, a number, or a list of them");
            };
            lines.push(Given { place: format!("{place}: {option}"), option, values });
        }
        Ok(Self { lines })
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn values(value: &DeValue<'_>) -> Option<Vec<OsString>> {
    match value {
        DeValue::Array(parts) => parts.iter().map(|part| one(part.get_ref())).collect(),
        value => one(value).map(|value| vec![value]),
    }
}

fn one(value: &DeValue<'_>) -> Option<OsString> {
    match value {
        DeValue::String(text) => Some(text.as_ref().into()),
        DeValue::Integer(number) => Some(number.to_string().into()),
        DeValue::Float(number) => Some(number.as_str().into()),
        DeValue::Boolean(is_true) => Some(is_true.to_string().into()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn right(said: &str, known: &BTreeSet<String>) -> String {
    match likely(said, known).filter(|option| *option != FILE_OPTION) {
        Some(option) => format!("`{option}` is meant, it seems"),
        None => {
            let options: Vec<_> = known.iter().map(String::as_str).filter(|name| *name != FILE_OPTION).collect();
            format!("there are {}", options.join(", "))
        }
    }
}
