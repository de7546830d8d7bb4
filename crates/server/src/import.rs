//! `chatterbox import`: shows how far it is, and what came of it.

use std::path::{Path, PathBuf};

use chatterbox_store::{Options, Progress, Summary, import_chatterbox};
use indicatif::{ProgressBar, ProgressStyle};

use crate::console;

/// Brings in the original program's database. Errors: nothing was changed; the sentence says why.
pub(crate) fn chatterbox(file: &Path, data: PathBuf) -> anyhow::Result<()> {
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} ({eta} left)")?);
    let summary = import_chatterbox(&Options { data }, file, &mut |progress: Progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    console::print(&told(&summary?));
    Ok(())
}

fn told(summary: &Summary) -> String {
    let mut lines = vec![
        format!("Users brought in: {} ({} were there already)", summary.users, summary.users_already_there),
        format!("Messages brought in: {} ({} were there already)", summary.messages, summary.messages_already_there),
    ];
    if let Some(owner) = &summary.owner {
        lines.push(format!("The owner is now: {}", owner.escape_debug()));
    }
    if !summary.irregular_names.is_empty() {
        // The old program took any name: what would control the terminal is shown as an escape.
        let names: Vec<_> = summary.irregular_names.iter().map(|name| name.escape_debug().to_string()).collect();
        lines.push(format!("Names kept although they break today's rules: {}", names.join(", ")));
    }
    if summary.unreadable_times > 0 {
        lines.push(format!("Messages whose time could not be read: {}", summary.unreadable_times));
    }
    lines.push("Everyone logs in with the old password.".to_owned());
    lines.join("\n")
}
