//! How options are said: on the command line, in a variable of the environment, or in a line of the TOML file; whichever
//! of these comes first counts. Nothing here is a list of options: what a command takes is what its type says, and a
//! mistake is told in one sentence, whose beginning is the place where it was made.

mod file;
mod given;
mod meant;
mod variables;

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsString;

use anyhow::bail;
use clap::builder::OsStringValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

use self::file::ConfigFile;
use self::given::Given;
pub(crate) use self::variables::Environment;

/// The option that names the file. What has it reads the file.
const FILE_OPTION: &str = "config";

/// What a command was told.
#[derive(Debug)]
pub(crate) struct Parsed<P> {
    /// Its options, each of its type.
    pub(crate) options: P,
    /// Variables that look like options and are none.
    pub(crate) strange_variables: Vec<String>,
}

/// Reads what the words of the command line say, and what they leave open from the environment and the file. Asked for
/// help, or if the words are no command line, the process ends here. Errors: what was said wrongly, where, and what would
/// be right.
pub(crate) fn read<P: Parser>(words: &[OsString], environment: &Environment) -> anyhow::Result<Parsed<P>> {
    let mut typed = P::command();
    typed.build();
    let matches = as_words(P::command()).try_get_matches_from(words).unwrap_or_else(|error| error.exit());
    let known = names(&typed);
    let strange_variables = environment.check(&known)?;
    let (command, matches, mut path) = chosen(&typed, &matches);
    let file = read_file(command, matches, environment, &known)?;
    let mut all = Vec::new();
    for arg in options(command) {
        let said = said_nearby(arg, matches, environment).or_else(|| file.get(name(arg)));
        all.extend(said.map(|said| said.checked(arg)).transpose()?);
    }
    path.splice(0..0, words.first().cloned());
    path.extend(all.iter().flat_map(Given::words).chain(other_words(command, matches)));
    match P::try_parse_from(path) {
        Ok(options) => Ok(Parsed { options, strange_variables }),
        Err(error) => bail!(problem(&error, &all)),
    }
}

fn read_file(
    command: &Command,
    matches: &ArgMatches,
    environment: &Environment,
    known: &BTreeSet<String>,
) -> anyhow::Result<ConfigFile> {
    let Some(arg) = options(command).find(|arg| name(arg) == FILE_OPTION) else { return Ok(ConfigFile::default()) };
    match said_nearby(arg, matches, environment) {
        Some(said) => ConfigFile::named(&said.checked(arg)?, known),
        None => ConfigFile::by_default(known),
    }
}

/// What was said of an option on the command line or else in the environment.
fn said_nearby(arg: &Arg, matches: &ArgMatches, environment: &Environment) -> Option<Given> {
    let id = arg.get_id().as_str();
    if matches.value_source(id) == Some(ValueSource::CommandLine) {
        let values = matches.get_raw(id).into_iter().flatten().map(ToOwned::to_owned).collect();
        return Some(Given { option: name(arg).to_owned(), place: format!("--{}", name(arg)), values });
    }
    environment.get(name(arg))
}

/// The same command, but for its options, which take any words and whose help names their variables.
fn as_words(command: Command) -> Command {
    let any_words = |arg: Arg| {
        if !is_option(&arg) {
            return arg;
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let help = format!("{help} [env: {}]", variables::of(name(&arg)));
        arg.help(help).value_parser(OsStringValueParser::new()).value_delimiter(None)
    };
    command.mut_args(any_words).mut_subcommands(as_words)
}

/// The command that the words name, what was said to it, and the words that lead to it.
fn chosen<'a>(command: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches, Vec<OsString>) {
    let (mut command, mut matches, mut path) = (command, matches, Vec::new());
    while let Some((name, inner)) = matches.subcommand() {
        let Some(next) = command.find_subcommand(name) else { break };
        path.push(name.into());
        (command, matches) = (next, inner);
    }
    (command, matches, path)
}

/// The words of the command line that are not options with values: switches, and what has no name.
fn other_words(command: &Command, matches: &ArgMatches) -> Vec<OsString> {
    let switches = command.get_arguments().filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
    let on = switches.filter(|arg| matches.get_flag(arg.get_id().as_str()));
    let on = on.filter_map(Arg::get_long).map(|name| OsString::from(format!("--{name}")));
    let nameless = command.get_positionals().filter_map(|arg| matches.get_raw(arg.get_id().as_str()));
    on.chain(["--".into()]).chain(nameless.flatten().map(ToOwned::to_owned)).collect()
}

/// The names of all options of a command and the commands below it.
fn names(command: &Command) -> BTreeSet<String> {
    let below = command.get_subcommands().flat_map(names);
    options(command).map(|arg| name(arg).to_owned()).chain(below).collect()
}

fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| is_option(arg))
}

/// Whether it has a name and takes a value: then a variable and a line of the file may say it, too.
fn is_option(arg: &Arg) -> bool {
    arg.get_long().is_some() && arg.get_action().takes_values()
}

fn name(arg: &Arg) -> &str {
    arg.get_long().unwrap_or_default()
}

/// What is wrong with what was said, and where that was.
fn problem(error: &clap::Error, all: &[Given]) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let arg = context(ContextKind::InvalidArg);
    let option = arg.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let Some(said) = all.iter().find(|said| said.option == option) else { return error.to_string() };
    let reason = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(reason), _) => reason.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("expected `{}`", values.join("` or `")),
        (None, _) => error.kind().to_string(),
    };
    format!("{}: `{}`: {reason}", said.place, context(ContextKind::InvalidValue))
}

#[cfg(test)]
mod tests;
