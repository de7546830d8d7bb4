//! `chatterbox backup` and `chatterbox restore`.

use std::path::{Path, PathBuf};

use chatterbox_store::{BackedUp, Options};

use crate::console;

/// Copies everything into a file. Errors: there is no such file, or it is what it was; the sentence says why.
pub(crate) fn back_up(file: &Path, data: PathBuf, may_replace: bool) -> anyhow::Result<()> {
    let backed_up = chatterbox_store::back_up(&Options { data }, file, may_replace)?;
    console::print(&format!("Backed up to {}: {}.", file.display(), told(backed_up)));
    Ok(())
}

/// Puts a backup into the data directory. Errors: what was there is what it was; the sentence says why.
pub(crate) fn restore(file: &Path, data: PathBuf, may_replace: bool) -> anyhow::Result<()> {
    let restored = chatterbox_store::restore(&Options { data: data.clone() }, file, may_replace)?;
    console::print(&format!("Restored into {}: {}.", data.display(), told(restored)));
    console::print("Whoever was connected before starts over with what the backup holds.");
    Ok(())
}

fn told(held: BackedUp) -> String {
    let BackedUp { users, messages, bytes } = held;
    format!("users: {users}, messages: {messages}, bytes: {bytes}")
}
