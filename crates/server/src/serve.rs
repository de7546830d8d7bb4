//! `chatterbox serve`: from the options to a running server, and from a signal to its orderly end.

use std::io::{self, IsTerminal};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chatterbox_store::{Options, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::admin::Desk;
use crate::app::App;
use crate::config::{Config, ServeOptions};
use crate::gateway::Reactors;
use crate::http::HttpConnections;
use crate::{console, listener};

/// How long connections may take to be answered and closed when the server stops. Leaves room within the 10 seconds
/// that a stop may take for closing the database.
const DRAIN_PATIENCE: Duration = Duration::from_secs(8);

/// The same if a part of the server has died: whoever waits for that part waits in vain.
const DEATH_PATIENCE: Duration = Duration::from_secs(1);

/// How long what still runs may take to end once nobody waits for it.
const END_PATIENCE: Duration = Duration::from_secs(1);

/// Runs the server until it is told to stop. Errors: an invalid configuration, an address in use, a database that
/// cannot be opened, a part of the server that has died.
pub(crate) fn run(options: ServeOptions) -> anyhow::Result<()> {
    let config = Config::complete(options);
    let store = Store::open(&Options { data: config.data.clone() })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build()?;
    runtime.block_on(async {
        let listener = listener::bind(config.listen).with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        let app = start(config, store).await?;
        let _desk = Desk::open(&app);
        // Before anybody is told that the server runs: whoever stops it right then is answered, too.
        let stop = stop_signal()?;
        greet(&app, address);
        serve(app, listener, stop).await
    })
}

/// Threads for HTTP. Sockets have threads of their own, and so has whatever takes long; with more than this, handing each
/// request from one thread to another costs more than answering it.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

/// Puts the parts of a server together and starts the gateway's threads. Errors: storage does not answer, or the system has
/// no more threads.
pub(crate) async fn start(config: Config, store: Store) -> anyhow::Result<Arc<App>> {
    let reactors = Reactors::new()?;
    let hub = reactors.hub(store.clone()).await?;
    let app = App::new(config, store, hub);
    reactors.start(&app)?;
    Ok(app)
}

/// Serves on the listener until `stop` is done; then answers what was accepted, sends the clients away and closes the
/// store. Errors: a part has died that the server needs; then it ends as well, for whoever looks after it to start it again.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let (stopping, stopped) = watch::channel(false);
    app.tasks.spawn_needed("receipts", app.hub.clone().tell_receipts());
    let (http_connections, silence) = HttpConnections::new(&app, stopped);
    app.hub.listen(listener, http_connections);
    let mut store_died = None;
    let patience = tokio::select! {
        () = stop => DRAIN_PATIENCE,
        _ = app.tasks.death() => DEATH_PATIENCE,
        thread = app.store.death() => {
            store_died = Some(thread.to_owned());
            DEATH_PATIENCE
        }
    };
    tracing::info!("stopping");
    app.hub.stop_listening();
    let _ = stopping.send(true);
    let (left, answered) = tokio::join!(app.hub.drain(patience), timeout(patience, silence.comes()));
    if left > 0 || answered.is_err() {
        tracing::warn!(sockets = left, requests = answered.is_err(), "connections did not end in time");
    }
    app.tasks.stop();
    app.hub.stop();
    app.store.clone().close().await;
    if timeout(END_PATIENCE, app.tasks.end()).await.is_err() {
        tracing::warn!(left = app.tasks.running(), "not everything that ran did end in time");
    }
    tracing::info!("stopped");
    store_died.or(app.tasks.dead()).map_or(Ok(()), |part| Err(anyhow::anyhow!("a part of the server has died: {part}")))
}

/// A hangup is the end only if the terminal that the server was started on is gone. Otherwise it is what service managers
/// send to have files opened anew, and there are none to open.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hangup = signal(SignalKind::hangup())?;
    let is_on_terminal = io::stderr().is_terminal();
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hangup.recv() => {
                    if is_on_terminal && !io::stderr().is_terminal() {
                        return;
                    }
                    tracing::info!("hangup: there is nothing to open anew, going on");
                }
            }
        }
    })
}

/// Tells people where to click.
fn greet(app: &App, address: std::net::SocketAddr) {
    let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { host_of(address) };
    console::say(io::stdout(), format!("ChatterBox is running. Open http://{host}:{}/", address.port()));
    if let Some(url) = &app.config.public_url {
        console::say(io::stdout(), format!("People find it at {url}"));
    }
    tracing::info!(%address, data = %app.config.data.display(), "listening");
    if !app.config.rate_limits {
        tracing::warn!("rate limits are off");
    }
}

fn host_of(address: std::net::SocketAddr) -> String {
    match address {
        std::net::SocketAddr::V4(v4) => v4.ip().to_string(),
        std::net::SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}
