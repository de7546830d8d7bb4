//! The command line: `serve`, which is what happens if no command is named, `import`, `backup`, `restore` and `admin`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use chatterbox_protocol::place::Admission;
use chatterbox_protocol::users::Role;
use clap::{Args, Parser, ValueEnum};

use crate::config::{Everywhere, ServeOptions};
use crate::options::{self, Environment};
use crate::{admin, backup, console, diagnostics, import, serve};

/// Real-time chat that a team runs itself: one program, one data directory, a link to send to the others.
#[derive(Debug, Parser)]
#[command(name = "chatterbox", version, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    serve: ServeOptions,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Run the server. This is what happens if no command is named.
    Serve(Box<ServeOptions>),
    /// Bring in the data of another program. Stop the server first.
    Import(ImportOptions),
    /// Copy everything into one file, as it is at this moment. The server may be running.
    Backup(CopyOptions),
    /// Put a backup into the data directory. Stop the server first.
    Restore(CopyOptions),
    /// Change an account, or open a room that everybody has left, for whoever may touch the data. The server may be running.
    Admin(AdminOptions),
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

#[derive(Debug, clap::Subcommand)]
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

#[derive(Debug, Args)]
struct AdminOptions {
    #[command(subcommand)]
    task: AdminTask,
}

#[derive(Debug, clap::Subcommand)]
enum AdminTask {
    /// Give somebody another password, and tell it once: on standard output, alone. Whoever is signed in there is so no more.
    Password {
        /// Whose: the name or the e-mail address.
        name: String,
        /// Take the first line of standard input for it, instead of making one.
        #[arg(long)]
        stdin: bool,
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Give or take a role. There is always an owner who may log in.
    Role {
        /// Whose: the name or the e-mail address.
        name: String,
        /// Owners may do everything; administrators see addresses, delete messages of others and look after accounts.
        role: GivenRole,
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Let somebody in no more. What they have written stays, and so does their name.
    Deactivate(AccountOptions),
    /// Let somebody in again.
    Reactivate(AccountOptions),
    /// See, and open, closed rooms that everybody has left: nobody in the house can.
    Room(RoomOptions),
    /// Say who may register.
    Place {
        /// Whoever opens it, whoever has an invitation, or nobody.
        #[arg(long)]
        registration: GivenAdmission,
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
}

#[derive(Debug, Args)]
struct RoomOptions {
    #[command(subcommand)]
    task: RoomTask,
}

#[derive(Debug, clap::Subcommand)]
enum RoomTask {
    /// Print the ids and names of those that there are.
    List {
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Bring one back for somebody, who looks after it from then on.
    Open {
        /// Which one: its id.
        room: u64,
        /// For whom: the name or the e-mail address.
        name: String,
        /// What every command may be told.
        #[command(flatten)]
        everywhere: Everywhere,
    },
}

#[derive(Debug, Args)]
struct AccountOptions {
    /// Whose: the name or the e-mail address.
    name: String,
    /// What every command may be told.
    #[command(flatten)]
    everywhere: Everywhere,
}

/// The roles that are given by hand.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum GivenRole {
    Owner,
    Admin,
    Member,
}

impl From<GivenRole> for Role {
    fn from(role: GivenRole) -> Self {
        match role {
            GivenRole::Owner => Self::Owner,
            GivenRole::Admin => Self::Admin,
            GivenRole::Member => Self::Member,
        }
    }
}

/// Who may register, as it is given by hand.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum GivenAdmission {
    Open,
    Invite,
    Closed,
}

impl From<GivenAdmission> for Admission {
    fn from(admission: GivenAdmission) -> Self {
        match admission {
            GivenAdmission::Open => Self::Open,
            GivenAdmission::Invite => Self::Invite,
            GivenAdmission::Closed => Self::Closed,
        }
    }
}

impl AdminTask {
    fn everywhere(&self) -> &Everywhere {
        match self {
            Self::Password { everywhere, .. } | Self::Role { everywhere, .. } | Self::Place { everywhere, .. } => {
                everywhere
            }
            Self::Deactivate(account) | Self::Reactivate(account) => &account.everywhere,
            Self::Room(room) => match &room.task {
                RoomTask::List { everywhere } | RoomTask::Open { everywhere, .. } => everywhere,
            },
        }
    }

    fn run(self) -> anyhow::Result<()> {
        let data = self.everywhere().data();
        match self {
            Self::Password { name, stdin, .. } => admin::set_password(data, name, stdin),
            Self::Role { name, role, .. } => admin::set_role(data, name, role.into()),
            Self::Deactivate(account) => admin::set_active(data, account.name, false),
            Self::Reactivate(account) => admin::set_active(data, account.name, true),
            Self::Room(RoomOptions { task: RoomTask::List { .. } }) => admin::list_left_rooms(data),
            Self::Room(RoomOptions { task: RoomTask::Open { room, name, .. } }) => admin::open_room(data, room, name),
            Self::Place { registration, .. } => admin::set_registration(data, registration.into()),
        }
    }
}

impl CommandLine {
    fn everywhere(&self) -> &Everywhere {
        match &self.command {
            None => &self.serve.everywhere,
            Some(Subcommand::Serve(options)) => &options.everywhere,
            Some(Subcommand::Import(ImportOptions { from: ImportFrom::Chatterbox { everywhere, .. } })) => everywhere,
            Some(Subcommand::Backup(copy) | Subcommand::Restore(copy)) => &copy.everywhere,
            Some(Subcommand::Admin(options)) => options.task.everywhere(),
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
    let diagnostics = diagnostics::start(told.options.everywhere().log.clone().unwrap_or_default())?;
    if !told.strange_variables.is_empty() {
        tracing::warn!(variables = told.strange_variables.join(", "), "variables that are no options");
    }
    let outcome = match told.options.command {
        None => serve::run(told.options.serve),
        Some(Subcommand::Serve(options)) => serve::run(*options),
        Some(Subcommand::Import(ImportOptions { from: ImportFrom::Chatterbox { file, everywhere } })) => {
            import::chatterbox(&file, everywhere.data())
        }
        Some(Subcommand::Backup(copy)) => backup::back_up(&copy.file, copy.everywhere.data(), copy.replace),
        Some(Subcommand::Restore(copy)) => backup::restore(&copy.file, copy.everywhere.data(), copy.replace),
        Some(Subcommand::Admin(options)) => options.task.run(),
    };
    diagnostics.end();
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
