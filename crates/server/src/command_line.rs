//! The command line: `serve`, which is what happens if no command is named, and `import`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::ServeOptions;
use crate::{import, logging, serve};

/// Real-time chat that a team runs itself: one program, one data directory, a link to send to the others.
#[derive(Debug, Parser)]
#[command(name = "chatterbox", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
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
        /// The data directory to bring everything into.
        #[arg(long, env = "CHATTERBOX_DATA", value_name = "DIR", default_value = "./data")]
        data: PathBuf,
    },
}

/// Runs the program with the arguments of this process. Failures are told on standard error in one sentence.
pub fn run() -> ExitCode {
    let command_line = CommandLine::parse();
    logging::start();
    let outcome = match command_line.command {
        None => serve::run(command_line.serve),
        Some(Command::Serve(options)) => serve::run(*options),
        Some(Command::Import(ImportOptions { from: ImportFrom::Chatterbox { file, data } })) => {
            import::chatterbox(&file, data)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatterbox: {error:#}");
            ExitCode::FAILURE
        }
    }
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
