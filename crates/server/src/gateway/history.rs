//! What a client is shown of the past. The order is always: listen first, then read, then leave out of the live events
//! what the reading has already told. So nothing is lost between the two, and nothing comes twice.

use chatterbox_protocol::commands::{Hello, Ref};
use chatterbox_protocol::events::{Event, History, Me, Welcome};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::{HISTORY_PAGE, RESUME_PAGE};
use chatterbox_protocol::rooms::Room;
use chatterbox_store::{Actor, Stored};

use super::connection::Ending;
use super::hub::encode;
use super::task::Task;
use crate::app::now;
use crate::config::Replay;

/// Messages that a full replay reads at a time.
const REPLAY_PAGE: usize = 500;

impl Task {
    /// Shows a contract client the first room as the original program did: one `message` each, oldest first.
    pub(super) async fn replay(&mut self) -> Result<(), Ending> {
        let room = RoomId::FIRST;
        self.session().await?;
        self.app.hub.listen(&self.connection, room);
        match self.app.config.replay {
            Replay::Newest(count) => {
                let page = self.app.store.newest(room, count).await.map_err(failed)?;
                self.covered.insert(room, page.seq);
                self.show(page.messages).await?;
            }
            Replay::All => self.replay_all(room).await?,
        }
        self.app.hub.has_been_shown(room, self.covered.get(&room).copied().unwrap_or_default());
        self.app.hub.appear(&self.connection);
        Ok(())
    }

    async fn replay_all(&mut self, room: RoomId) -> Result<(), Ending> {
        let mut cursor = Seq(0);
        let mut last = None;
        loop {
            let page = self.app.store.after(room, cursor, REPLAY_PAGE).await.map_err(failed)?;
            // The replay ends where the room stood at its first page. What came or changed after that is told live,
            // even if a later page has shown a message in its newer state already.
            let last = *last.get_or_insert(page.seq);
            let messages: Vec<_> = page.messages.into_iter().filter(|message| message.seq <= last).collect();
            let is_complete = !page.more || messages.is_empty();
            cursor = messages.last().map_or(cursor, |message| message.seq);
            self.show(messages).await?;
            if is_complete {
                self.covered.insert(room, last);
                return Ok(());
            }
        }
    }

    /// The session as it is now. The handshake has looked at it, too, but before anyone could end this connection with
    /// it: what ended in between is noticed here, and what ends from now on ends the connection (threats.md Z3).
    async fn session(&self) -> Result<Actor, Ending> {
        let session = self.app.store.session(self.token_hash, now()).await.map_err(failed)?;
        session.ok_or(Ending::SessionOver)
    }

    /// What was read for a session that has ended meanwhile is not shown to it.
    fn goes_on(&self) -> Result<(), Ending> {
        self.connection.ending().map_or(Ok(()), Err)
    }

    async fn show(&mut self, messages: Vec<Stored>) -> Result<(), Ending> {
        self.goes_on()?;
        for message in self.app.hub.describe(messages) {
            self.tell_now(&Event::Message(message));
        }
        // Not faster than the client reads, so that the longest history needs the memory of one page.
        self.drain().await
    }

    /// Writes an event before everything that waits.
    fn tell_now(&mut self, event: &Event) {
        if let Some(frame) = encode(event) {
            self.socket.queue(frame);
        }
    }

    /// Brings a client of the full view to where one that never left is.
    pub(super) async fn welcome(&mut self, hello: Hello, reference: Option<Ref>) -> Result<(), Ending> {
        let store = self.app.store.clone();
        let actor = self.session().await?;
        let is_first = !self.has_welcomed;
        self.has_welcomed = true;
        self.connection.has_said_hello();
        self.app.hub.listen(&self.connection, RoomId::FIRST);
        let rows = store.rooms(actor.user).await.map_err(failed)?;
        let is_same_epoch = hello.epoch.as_deref().is_none_or(|epoch| epoch == store.epoch());
        let mut histories = Vec::new();
        for row in &rows {
            let mut known = hello.rooms.get(&row.id).copied().filter(|_| is_same_epoch);
            loop {
                let page = self.catch_up(row.id, known, hello.reset_after).await?;
                known = Some(page.seq);
                let is_last = page.live;
                histories.push(page);
                if is_last {
                    break;
                }
            }
        }
        let rooms = rows.into_iter().map(|row| Room {
            id: row.id,
            name: row.name,
            seq: row.seq,
            read_up_to: row.read_up_to,
            seen_up_to: self.app.hub.seen_up_to(row.id, actor.user),
        });
        let welcome = Welcome {
            user: Me { id: actor.user, username: actor.username, role: actor.role },
            epoch: store.epoch().to_owned(),
            rooms: rooms.collect(),
            reference,
        };
        self.goes_on()?;
        self.tell_now(&Event::Hello(welcome));
        for history in histories {
            self.covered.insert(history.room, history.seq);
            self.tell_now(&Event::History(history));
        }
        if is_first {
            self.app.hub.appear(&self.connection);
        }
        self.drain().await
    }

    /// What has changed since the client last looked; the newest page if that is too much, or unknown.
    async fn catch_up(&self, room: RoomId, known: Option<Seq>, reset_after: Option<u64>) -> Result<History, Ending> {
        if let Some(known) = known.filter(|known| *known > Seq(0)) {
            let changes = self.app.store.changes_since(room, known, RESUME_PAGE, reset_after).await.map_err(failed)?;
            if let Some(changes) = changes {
                return Ok(History {
                    room,
                    reset: false,
                    more: false,
                    messages: self.app.hub.describe(changes.messages),
                    deleted: changes.deleted,
                    seq: changes.seq,
                    live: !changes.more,
                });
            }
        }
        let page = self.app.store.newest(room, HISTORY_PAGE).await.map_err(failed)?;
        Ok(History {
            room,
            reset: true,
            more: page.more,
            messages: self.app.hub.describe(page.messages),
            deleted: Vec::new(),
            seq: page.seq,
            live: true,
        })
    }
}

fn failed(error: chatterbox_store::Error) -> Ending {
    tracing::error!(%error, "cannot read the history");
    Ending::Failed
}
