//! Where a running server is asked by `chatterbox admin`: a socket in the data directory, for its owner alone. One question
//! a connection, one line of JSON; and one line back.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::wish::Wish;
use crate::app::App;

/// The longest question: a name of any length that a command line has is looked up, and a hash is short.
const QUESTION_BYTES_MAX: u64 = 64 * 1024;

/// How long a question and its answer may take together. A commit behind a full queue takes a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// The root of the system, who may read and write the data anyway.
const ROOT: u32 = 0;

/// The name of the account, or why nothing was changed.
type WishOutcome = Result<String, String>;

/// Where it answers, until the server stops. The socket goes with it.
#[derive(Debug)]
pub(crate) struct Desk {
    path: PathBuf,
}

impl Desk {
    /// Begins to answer. The server runs without it as well: then it has to be stopped for `chatterbox admin`.
    pub(crate) fn open(app: &Arc<App>) -> Option<Self> {
        let path = path_in(&app.config.data);
        match bind(&path) {
            Ok((listener, owner)) => {
                app.tasks.spawn_needed("the desk", answer_all(listener, owner, Arc::clone(app)));
                Some(Self { path })
            }
            Err(cause) => {
                tracing::warn!(path = %path.display(), %cause, "`chatterbox admin` cannot ask this server");
                None
            }
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn path_in(data: &Path) -> PathBuf {
    data.join("chatterbox.sock")
}

/// Takes the place of a socket that a killed server has left: the data directory is this process's alone.
fn bind(path: &Path) -> io::Result<(UnixListener, u32)> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok((listener, fs::metadata(path)?.uid()))
}

/// One after the other: whoever may ask here can do all harm anyway, but not by asking often.
async fn answer_all(listener: UnixListener, owner: u32, app: Arc<App>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Without a descriptor for it, it waits.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        // Permissions are set a moment after the socket is there.
        let may_ask = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == ROOT);
        if may_ask && !matches!(timeout(PATIENCE, answer(stream, &app)).await, Ok(Ok(()))) {
            tracing::warn!("somebody at the data directory did not ask to the end, or did not wait for the answer");
        }
    }
}

async fn answer(mut stream: UnixStream, app: &App) -> io::Result<()> {
    let (reading, mut writing) = stream.split();
    let mut line = Vec::new();
    tokio::io::BufReader::new(reading.take(QUESTION_BYTES_MAX)).read_until(b'\n', &mut line).await?;
    let done: WishOutcome = match serde_json::from_slice::<Wish>(&line) {
        Ok(wish) => {
            let deed = wish.deed();
            let done = wish.come_true(&app.store).await;
            if let (Ok(_), Some(deed)) = (&done, deed) {
                tracing::info!("{deed}");
            }
            done
        }
        Err(_) => Err("the server is of another version than this program, and does not understand it".to_owned()),
    };
    let mut answer = serde_json::to_vec(&done)?;
    answer.push(b'\n');
    writing.write_all(&answer).await
}

/// Asks the server that has this data directory. Errors, outside: it does not answer; inside: what it says against it.
pub(super) fn ask(data: &Path, wish: &Wish) -> anyhow::Result<anyhow::Result<String>> {
    let mut stream = std::os::unix::net::UnixStream::connect(path_in(data))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut question = serde_json::to_vec(wish)?;
    question.push(b'\n');
    stream.write_all(&question)?;
    let mut line = String::new();
    BufReader::new(stream).take(QUESTION_BYTES_MAX).read_line(&mut line)?;
    let done: WishOutcome = serde_json::from_str(&line).context("it went away before it answered: do it again")?;
    Ok(done.map_err(anyhow::Error::msg))
}
