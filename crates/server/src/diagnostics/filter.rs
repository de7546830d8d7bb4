//! What is said.

use std::str::FromStr;

use anyhow::{Context, bail};
use tracing_subscriber::EnvFilter;

const EXPECTED: &str = "expected a level (off, error, warn, info, debug or trace), or one for a part of the program as well: \
     warn,chatterbox_store=debug";

/// In the order of how much they let through.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The parts of this program, as filters call them.
const PARTS: [&str; 4] = ["chatterbox_core", "chatterbox_protocol", "chatterbox_server", "chatterbox_store"];

/// A level for everything, and others for parts of the program.
#[derive(Debug, Clone)]
pub struct Filter(pub(super) String);

impl Default for Filter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for Filter {
    type Err = anyhow::Error;

    /// Understands what [`EnvFilter`] does, but for words that it would take for the name of a part, so that everything
    /// else, errors included, would be silent. What only names parts leaves the others at `info`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut has_level_for_all = false;
        // Filters by span and field are read by nobody else: there, a comma may be part of a field.
        if !text.contains('[') {
            for directive in text.split(',') {
                has_level_for_all |= is_level_for_all(directive.trim())?;
            }
        }
        let filter = if has_level_for_all { text.to_owned() } else { format!("info,{text}") };
        EnvFilter::try_new(&filter).context(EXPECTED)?;
        Ok(Self(filter))
    }
}

fn is_level_for_all(directive: &str) -> anyhow::Result<bool> {
    let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
    let (part, level) = match directive.split_once('=') {
        None if is_level(directive) => return Ok(true),
        None => (directive, None),
        Some((part, level)) => (part, Some(level)),
    };
    let is_ours =
        PARTS.iter().any(|ours| part == "chatterbox" || part == *ours || part.starts_with(&format!("{ours}::")));
    let is_misspelt = part.starts_with("chatterbox") && !is_ours;
    if is_misspelt || level.is_none() && !is_ours || level.is_some_and(|level| !is_level(level)) {
        bail!("{EXPECTED}; `{directive}` is neither");
    }
    Ok(false)
}
