//! Options in the environment.

use std::collections::BTreeSet;
use std::ffi::OsString;

use anyhow::bail;

use super::given::Given;
use super::meant::{likely, misspelt};

/// How the name of each variable begins.
pub(super) const PREFIX: &str = "CHATTERBOX_";

/// What the project's own builds and tests read.
const OF_BUILDS_AND_TESTS: [&str; 8] = [
    "CHATTERBOX_WEB",
    "CHATTERBOX_WEB_DIST",
    "CHATTERBOX_BIN",
    "CHATTERBOX_SEED",
    "CHATTERBOX_SEEDS",
    "CHATTERBOX_CUTS",
    "CHATTERBOX_ROUNDS",
    "CHATTERBOX_WRITE_TYPES",
];

/// The variable that says an option.
pub(super) fn of(option: &str) -> String {
    format!("{PREFIX}{}", option.to_uppercase().replace('-', "_"))
}

/// The variables that may be meant for this program.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    variables: Vec<(String, OsString)>,
}

impl Environment {
    /// Those of this process.
    pub(crate) fn of_this_process() -> Self {
        std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value)).collect()
    }

    /// What a variable says of an option. One that is empty says nothing: that is how files for containers leave it open.
    pub(super) fn get(&self, option: &str) -> Option<Given> {
        let place = of(option);
        let (_, value) = self.variables.iter().find(|(name, _)| *name == place)?;
        let is_empty = value.to_str().is_some_and(|text| text.trim().is_empty());
        (!is_empty).then(|| Given { option: option.to_owned(), place, values: vec![value.clone()] })
    }

    /// Answers the variables that are no options. Errors: one that is hardly meant to be anything else.
    pub(super) fn check(&self, known: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
        let mut strange = Vec::new();
        for (name, value) in &self.variables {
            let said = &name[PREFIX.len()..];
            let is_known = known.iter().any(|option| of(option) == *name);
            if is_known || OF_BUILDS_AND_TESTS.contains(&name.as_str()) || is_of_a_service(said, value) {
                continue;
            }
            if let Some(option) = misspelt(said, known) {
                bail!("{name}: there is no such variable; {} is meant, it seems", of(option));
            }
            strange.push(match likely(said, known) {
                Some(option) => format!("{name} (meant to be {}?)", of(option)),
                None => name.clone(),
            });
        }
        Ok(strange)
    }
}

impl FromIterator<(String, OsString)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, OsString)>>(variables: T) -> Self {
        let is_ours = |name: &str| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
        Self { variables: variables.into_iter().filter(|(name, _)| is_ours(name)).collect() }
    }
}

/// What Kubernetes sets in every container beside a service with the name `chatterbox`, or one that begins so.
fn is_of_a_service(said: &str, value: &OsString) -> bool {
    let is_address = value.to_str().is_some_and(|value| value.contains("://"));
    let name = format!("_{said}");
    name.contains("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.contains("_PORT_")
        || (name.ends_with("_PORT") && is_address)
}
