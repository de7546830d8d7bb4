//! The command line: `serve`, which is what happens if no command is named, `import`, `backup` and `restore`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Everywhere, ServeOptions};
use crate::options::{self, Environment};
use crate::{backup, console, import, logging, serve};

/// Real-time chat that a team runs itself: one program, one data directory, a link to send to the others.
#[derive(Debug, Parser)]
#[command(name = "chatterbox", version, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server. This is what happens if no command is named.
    Serve(Box<ServeOptions>),
    /// Bring in the data of another program. Stop the server first.
    Import(ImportOptions),
    /// Copy everything into one file, as it is at this moment. The server may be running.
    Backup(CopyOptions),
    /// Put a backup into the data directory. Stop the server first.
    Restore(CopyOptions),
}

#[derive(Debug, Args)]
struct CopyOptions {
    /// The file that `backup` writes and `restore` reads. It is whole or not there.
    file: PathBuf,
    /// What every command may be told.
    #[command(flatten)]
    everywhere: Everywhere,
    /// Replace what is there already: the file by `backup`, all data by `restore`, for good.
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
struct ImportOptions {
    #[command(subcommand)]
    from: ImportFrom,
}

#[derive(Debug, Subcommand)]
enum ImportFrom {
    /// The database of the original ChatterBox, written in Python: users, messages, ids and times.
    Chatterbox {
        /// The old database file. It is only read.
        file: PathBuf,
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
}

impl CommandLine {
    fn everywhere(&self) -> &Everywhere {
        match &self.command {
            None => &self.serve.everywhere,
            Some(Command::Serve(options)) => &options.everywhere,
            Some(Command::Import(ImportOptions { from: ImportFrom::Chatterbox { everywhere, .. } })) => everywhere,
            Some(Command::Backup(copy) | Command::Restore(copy)) => &copy.everywhere,
        }
    }
}

/// Runs the program with the arguments of this process. Failures are told on standard error in one sentence.
pub fn run() -> ExitCode {
    match told() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::say(io::stderr(), format!("chatterbox: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn told() -> anyhow::Result<()> {
    let words: Vec<_> = std::env::args_os().collect();
    let told = options::read::<CommandLine>(&words, &Environment::of_this_process())?;
    let log = logging::start(told.options.everywhere().log.clone().unwrap_or_default())?;
    if !told.strange_variables.is_empty() {
        tracing::warn!(variables = told.strange_variables.join(", "), "variables that are no options");
    }
    let outcome = match told.options.command {
        None => serve::run(told.options.serve),
        Some(Command::Serve(options)) => serve::run(*options),
        Some(Command::Import(ImportOptions { from: ImportFrom::Chatterbox { file, everywhere } })) => {
            import::chatterbox(&file, everywhere.data())
        }
        Some(Command::Backup(copy)) => backup::back_up(&copy.file, copy.everywhere.data(), copy.replace),
        Some(Command::Restore(copy)) => backup::restore(&copy.file, copy.everywhere.data(), copy.replace),
    };
    log.end();
    outcome
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default_command() {
        let line = CommandLine::parse_from(["chatterbox", "--listen", "127.0.0.1:1"]);
        assert!(line.command.is_none());
        assert!(line.serve.listen.is_some());
    }
}
