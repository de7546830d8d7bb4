//! Reading what the shard wants to know of the past. It is read on the runtime, and comes back as mail.

use std::sync::Arc;
use std::time::Duration;

use chatterbox_core::shard::{Input, Past, PeerId, Wanted};
use chatterbox_protocol::commands::Hello;
use chatterbox_protocol::events::{History, Me};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::{HISTORY_PAGE, RESUME_PAGE};
use chatterbox_protocol::rooms::Room;
use chatterbox_store::{Actor, Changes, Error, Page, RoomRow, Snapshot};

use super::Reactor;
use crate::app::App;
use crate::clock::now;
use crate::events;
use crate::hub::inbox::Mail;
use crate::public_url::PublicUrl;
use crate::tokens::TokenHash;

/// Messages that a replay reads at a time.
const REPLAY_PAGE: usize = 500;

/// The pause before storage that does not answer is asked again.
const FILL_PAUSE: Duration = Duration::from_secs(1);

/// What was found for a client.
enum Found {
    SessionOver,
    Page(Page),
    Welcome(Actor, Vec<(RoomRow, Missed)>),
    Further(RoomId, Option<Missed>),
}

/// What a client has missed in a room.
enum Missed {
    Changes(Changes),
    /// Too much, or it is not known what: the newest page instead.
    Everything(Page),
}

impl Reactor {
    /// Reads for a client. The handshake has looked at the session, too, but before anyone could end this connection with
    /// it: what ended in between is noticed here, and what ends from now on ends the connection (threats.md Z3).
    pub(super) fn read_past(&self, peer: PeerId, wanted: Wanted) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let (app, inbox, token_hash) = (self.app.clone(), self.inbox.clone(), socket.token_hash);
        self.app.tasks.spawn(async move {
            // Why was said already: the store says it once.
            let past = past(&app, token_hash, wanted).await.unwrap_or(Past::Failed);
            inbox.post(Mail::Input(Input::Read { peer, past }));
        });
    }

    /// Reads what is missing in a room's log.
    pub(super) fn fill(&self, room: RoomId, since: Seq) {
        let (app, inbox) = (self.app.clone(), self.inbox.clone());
        self.app.tasks.spawn_needed("reading what is missing", async move {
            let changes = loop {
                match app.store.changes_since(room, since, RESUME_PAGE, None).await {
                    Ok(Some(changes)) => break changes,
                    // Nobody is told anything wrong: they are told nothing more until it is there.
                    Ok(None) => tracing::error!("a room's log is not where it was"),
                    Err(Error::Stopped) => return,
                    // The store has said why.
                    Err(_) => {}
                }
                tokio::time::sleep(FILL_PAUSE).await;
            };
            let (seq, changes) = (changes.seq, events::all_since(since, room, changes));
            inbox.post(Mail::Input(Input::Filled { room, changes, seq }));
        });
    }
}

async fn past(app: &Arc<App>, token_hash: TokenHash, wanted: Wanted) -> Result<Past, Error> {
    let epoch = app.store.epoch().to_owned();
    let found = app.store.read(move |snapshot| find(snapshot, token_hash, wanted, &epoch)).await?;
    Ok(match found {
        Found::SessionOver => Past::SessionOver,
        Found::Page(page) => {
            Past::Page { messages: app.hub.receipts.describe(page.messages), more: page.more, seq: page.seq }
        }
        Found::Welcome(actor, rooms) => welcome(app, actor, rooms),
        Found::Further(room, missed) => Past::Further(missed.map(|missed| history(app, room, missed))),
    })
}

fn find(snapshot: &Snapshot<'_>, token_hash: TokenHash, wanted: Wanted, epoch: &str) -> Result<Found, Error> {
    let Some(actor) = snapshot.session(token_hash, now())? else { return Ok(Found::SessionOver) };
    Ok(match wanted {
        Wanted::Newest(count) => {
            let after = snapshot.place_before_newest(RoomId::FIRST, count)?;
            Found::Page(snapshot.after(RoomId::FIRST, after, count.min(REPLAY_PAGE))?)
        }
        Wanted::After(place) => Found::Page(snapshot.after(RoomId::FIRST, place, REPLAY_PAGE)?),
        Wanted::Welcome(hello) => {
            let Hello { rooms: known, epoch: known_epoch, reset_after } = hello;
            let is_same_epoch = known_epoch.is_none_or(|known| known == epoch);
            let mut rooms = Vec::new();
            for row in snapshot.rooms(actor.user)? {
                let known = known.get(&row.id).copied().filter(|_| is_same_epoch);
                let missed = missed(snapshot, row.id, known, reset_after)?;
                rooms.push((row, missed));
            }
            Found::Welcome(actor, rooms)
        }
        Wanted::Further { room, .. } if !snapshot.is_seen_by(room, actor.user)? => Found::Further(room, None),
        Wanted::Further { room, since, reset_after } => {
            Found::Further(room, Some(missed(snapshot, room, Some(since), reset_after)?))
        }
    })
}

/// What has changed since the client last looked; the newest page if that is too much, or unknown.
fn missed(
    snapshot: &Snapshot<'_>,
    room: RoomId,
    known: Option<Seq>,
    reset_after: Option<u64>,
) -> Result<Missed, Error> {
    if let Some(known) = known.filter(|known| *known > Seq(0))
        && let Some(changes) = snapshot.changes_since(room, known, RESUME_PAGE, reset_after)?
    {
        return Ok(Missed::Changes(changes));
    }
    Ok(Missed::Everything(snapshot.newest(room, HISTORY_PAGE)?))
}

fn welcome(app: &Arc<App>, actor: Actor, rooms: Vec<(RoomRow, Missed)>) -> Past {
    let shown = rooms.into_iter().map(|(row, missed)| {
        let history = history(app, row.id, missed);
        let seen_up_to = app.hub.receipts.seen_up_to(row.id, actor.user);
        (Room { id: row.id, name: row.name, seq: row.seq, read_up_to: row.read_up_to, seen_up_to }, history)
    });
    Past::Welcome {
        rooms: shown.collect(),
        user: Me { id: actor.user, username: actor.username, role: actor.role },
        epoch: app.store.epoch().to_owned(),
        public_url: app.config.public_url.as_ref().map(PublicUrl::to_string),
    }
}

fn history(app: &App, room: RoomId, missed: Missed) -> History {
    match missed {
        Missed::Changes(changes) => History {
            room,
            reset: false,
            more: false,
            messages: app.hub.receipts.describe(changes.messages),
            deleted: changes.deleted.into_iter().map(|(id, _)| id).collect(),
            seq: changes.seq,
            live: !changes.more,
        },
        Missed::Everything(page) => History {
            room,
            reset: true,
            more: page.more,
            messages: app.hub.receipts.describe(page.messages),
            deleted: Vec::new(),
            seq: page.seq,
            live: true,
        },
    }
}
