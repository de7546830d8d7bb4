//! `chatterbox admin`: accounts, rooms that everybody has left, and who may register, for whoever may touch the data directory. A running server is asked to make the change,
//! because it alone writes, and knows whose sockets end with it; if none runs, this process takes its place for a moment.

mod desk;
mod wish;

use std::fs;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::limits::PASSWORD_BYTES_MAX;
use chatterbox_protocol::place::Admission;
use chatterbox_protocol::users::{Role, UserPatch};
use chatterbox_store::{OpenError, Options, Store};

pub(crate) use desk::Desk;
use wish::Wish;

use crate::{console, passwords, tokens};

/// Letters of a made password, of 5 bits each: 100 bits, which nobody guesses.
const MADE_LETTERS: usize = 20;

/// They come in groups of so many.
const GROUP_LETTERS: usize = 5;

/// Gives somebody another password: one that is made and printed, or the first line of standard input.
pub(crate) fn set_password(data: PathBuf, name: String, from_stdin: bool) -> anyhow::Result<()> {
    let password = if from_stdin { typed()? } else { made()? };
    let hash = passwords::hash_alone(&password, &[&name]).map_err(|refusal| anyhow::anyhow!(refusal.message))?;
    let name = carry_out(&data, Wish::new(name, AccountChange::Password { hash }))?;
    if from_stdin {
        console::say(io::stderr(), format!("{name} has another password, and signs in with it anew."));
    } else {
        // Alone on its stream, because it may go into a file or a pipe.
        console::print(&password);
        let once = format!("That is the password of {name} from here on; this is the only time that it is told.");
        console::say(io::stderr(), once);
    }
    Ok(())
}

/// Gives somebody a role.
pub(crate) fn set_role(data: PathBuf, name: String, role: Role) -> anyhow::Result<()> {
    let standing = UserPatch { role: Some(role), active: None };
    let name = carry_out(&data, Wish::new(name, AccountChange::Standing(standing)))?;
    console::print(&format!("{name} has the role `{}`.", role.as_str()));
    Ok(())
}

/// Lets somebody log in, or not any more.
pub(crate) fn set_active(data: PathBuf, name: String, active: bool) -> anyhow::Result<()> {
    let standing = UserPatch { role: None, active: Some(active) };
    let name = carry_out(&data, Wish::new(name, AccountChange::Standing(standing)))?;
    let may = if active { "can sign in" } else { "cannot sign in any more" };
    console::print(&format!("{name} {may}."));
    Ok(())
}

/// Prints which rooms everybody has left: their ids and names.
pub(crate) fn list_left_rooms(data: PathBuf) -> anyhow::Result<()> {
    let rooms = told(&data, Wish::LeftRooms)?;
    if rooms.is_empty() {
        console::say(io::stderr(), "There is no room that everybody has left.".to_owned());
    } else {
        console::print(&rooms);
    }
    Ok(())
}

/// Gives somebody a room that everybody has left.
pub(crate) fn open_room(data: PathBuf, room: u64, account: String) -> anyhow::Result<()> {
    let name = carry_out(&data, Wish::OpenRoom { room: RoomId(room), account })?;
    console::print(&format!("{name} looks after the room {room}."));
    Ok(())
}

/// Says who may register.
pub(crate) fn set_registration(data: PathBuf, registration: Admission) -> anyhow::Result<()> {
    let name = carry_out(&data, Wish::Registration(registration))?;
    let may = match registration {
        Admission::Open => "Whoever opens it can register at",
        Admission::Invite => "Whoever has an invitation can register at",
        Admission::Closed => "Nobody can register any more at",
    };
    console::print(&format!("{may} {name}."));
    Ok(())
}

/// Has the change made. Answers the account's name, or the place's, as a terminal may be shown it.
fn carry_out(data: &Path, wish: Wish) -> anyhow::Result<String> {
    // The original program took any name: what would control the terminal is shown as an escape.
    Ok(told(data, wish)?.escape_debug().to_string())
}

/// Has done what is wanted, by whoever has the data open. Answers what it comes to.
fn told(data: &Path, wish: Wish) -> anyhow::Result<String> {
    let database = data.join("chatterbox.db");
    // A mistyped name must not leave a data directory behind.
    if fs::metadata(&database).map_or(0, |metadata| metadata.len()) == 0 {
        bail!("there is no database in {}. Say which directory it is with --data.", data.display());
    }
    match Store::open(&Options { data: data.to_owned() }) {
        Ok(store) => alone(store, wish),
        Err(in_use @ OpenError::InUse { .. }) => {
            let answer = desk::ask(data, &wish);
            answer.with_context(|| format!("{in_use} It has to make the change, and could not be asked"))?
        }
        Err(error) => Err(error.into()),
    }
}

fn alone(store: Store, wish: Wish) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let done = wish.come_true(&store).await;
        store.close().await;
        done.map_err(anyhow::Error::msg)
    })
}

/// The first line of standard input, without its end.
fn typed() -> anyhow::Result<String> {
    let mut line = Vec::new();
    // One byte more than a password may have is enough to see that it has too many; a line ends with two.
    let most = u64::try_from(PASSWORD_BYTES_MAX + 3).unwrap_or(u64::MAX);
    io::stdin().lock().take(most).read_until(b'\n', &mut line).context("standard input cannot be read")?;
    let line = String::from_utf8(line).ok().context("the password on standard input is not UTF-8")?;
    let line = line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(line.to_owned())
}

fn made() -> anyhow::Result<String> {
    let letters = tokens::letters::<MADE_LETTERS>().context("the system has no randomness to give")?;
    let groups = letters.chunks(GROUP_LETTERS).map(String::from_utf8_lossy);
    Ok(groups.collect::<Vec<_>>().join("-"))
}
