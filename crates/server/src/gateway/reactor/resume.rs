//! Reading what the shard wants to know of the past. It is read on the runtime, and comes back as mail.

use std::sync::Arc;
use std::time::Duration;

use chatterbox_core::changes::Refused;
use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Input, LogPage, Past, PeerId, Wanted, WantedPage};
use chatterbox_protocol::events::{History, Me};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::limits::RESUME_PAGE;
use chatterbox_protocol::logs::{LogName, States};
use chatterbox_protocol::rooms::{Room, RoomState};
use chatterbox_protocol::users::Role;
use chatterbox_store::{
    Bearer, ChangesSince, Company, Error, Filling, FirstOfNewest, Greet, Greeting, House, Missed, Page, PageAfter,
    ResumeRoom, ResumeStates, RoomRow, StatesPage,
};

use super::Reactor;
use crate::app::App;
use crate::clock::now;
use crate::hub::EPOCH;
use crate::hub::inbox::{Inbox, Mail};
use crate::public_url::PublicUrl;
use crate::tokens::TokenHash;

/// Messages that a replay reads at a time.
const REPLAY_PAGE: usize = 500;

/// The pause before storage that does not answer is asked again.
const FILL_PAUSE: Duration = Duration::from_secs(1);

impl Reactor {
    /// Reads for a client. The handshake has looked at the session, too, but before anyone could end this connection with
    /// it: what ended in between is noticed here, and what ends from now on ends the connection (threats.md Z3).
    pub(super) fn read_past(&self, peer: PeerId, wanted: Wanted) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let (app, token_hash) = (self.app.clone(), socket.token_hash);
        let asked = ReadingPast { inbox: self.inbox.clone(), peer, past: Past::Failed };
        self.app.tasks.spawn(async move {
            // Why it fails was said already: the store says it once.
            let past = past(&app, token_hash, wanted).await.unwrap_or(Past::Failed);
            asked.found(past);
        });
    }

    /// Reads who shares a room with a guest, and says who of them is online; to who hides, who is online at all.
    pub(super) fn tell_company(&mut self, peer: PeerId) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let (user, role) = (socket.actor.user, socket.actor.role);
        if role != Role::Guest {
            let found = self.app.hub.presence.for_one_who_hides(user);
            return self.handle(Input::Company { peer, found });
        }
        let (app, token_hash, inbox) = (self.app.clone(), socket.token_hash, self.inbox.clone());
        self.app.tasks.spawn(async move {
            let found = app.store.ask(Bearer { token_hash, now: now() }, Company).await;
            let company = found.ok().and_then(Result::ok);
            let found = company.and_then(|people| app.hub.presence.among(people, user));
            inbox.post(Mail::Input(Input::Company { peer, found }));
        });
    }

    /// Reads what is missing in a log.
    pub(super) fn fill(&self, log: LogId, since: Seq) {
        let (app, inbox) = (self.app.clone(), self.inbox.clone());
        self.app.tasks.spawn_needed("reading what is missing", async move {
            let Filling { changes, seq, .. } = loop {
                match app.store.ask(House, ChangesSince { log, since, max: RESUME_PAGE }).await {
                    Ok(Ok(Some(filling))) => break filling,
                    // Nobody is told anything wrong: they are told nothing more until it is there.
                    Ok(_) => tracing::error!("a log is not where it was"),
                    Err(Error::Stopped) => return,
                    // The store has said why.
                    Err(_) => {}
                }
                tokio::time::sleep(FILL_PAUSE).await;
            };
            inbox.post(Mail::Input(Input::Filled { epoch: EPOCH, log, changes, seq }));
        });
    }
}

/// What is read for a client. It comes as mail when this is dropped, whichever way the reading ended: nobody waits for ever.
struct ReadingPast {
    inbox: Arc<Inbox>,
    peer: PeerId,
    past: Past,
}

impl ReadingPast {
    fn found(mut self, past: Past) {
        self.past = past;
    }
}

impl Drop for ReadingPast {
    fn drop(&mut self) {
        let past = Box::new(std::mem::replace(&mut self.past, Past::Failed));
        self.inbox.post(Mail::Input(Input::Read { epoch: EPOCH, peer: self.peer, past }));
    }
}

async fn past(app: &Arc<App>, token_hash: TokenHash, wanted: Wanted) -> Result<Past, Error> {
    let (store, bearer, room) = (&app.store, Bearer { token_hash, now: now() }, RoomId::FIRST);
    let limit = REPLAY_PAGE;
    let past = match wanted {
        Wanted::Newest(newest) => {
            store.ask(bearer, FirstOfNewest { room, newest, limit }).await?.map(|page| replayed(app, page))
        }
        Wanted::After(after) => {
            store.ask(bearer, PageAfter { room, after, limit }).await?.map(|page| replayed(app, page))
        }
        Wanted::Welcome { epoch, first } => {
            let room = in_room(&first);
            if let Some(ResumeRoom { room, .. }) = room {
                app.hub.receipts.know(room).await?;
            }
            let is_same_epoch = epoch.as_ref().is_none_or(|epoch| epoch == store.epoch());
            let greeting = store.ask(bearer, Greet { epoch, first: room }).await?;
            let page = if room.is_none() {
                let since = if is_same_epoch { first.since } else { Seq(0) };
                page(app, bearer, WantedPage { since, ..first }).await?.unwrap_or(None)
            } else {
                None
            };
            greeting.map(|greeting| welcome(app, room, page, greeting))
        }
        Wanted::Page(wanted) => page(app, bearer, wanted).await?.map(Past::Page),
    };
    Ok(past.unwrap_or_else(|refused| match refused {
        Refused::Unauthorized => Past::SessionOver,
        _ => Past::Page(None),
    }))
}

/// A page of a log. Refused is a log that is not there for whoever asks, or a session that is over.
async fn page(app: &App, by: Bearer, wanted: WantedPage) -> Result<Result<Option<LogPage>, Refused>, Error> {
    let (log, since) = match wanted.log {
        LogId::Own(_) => (LogName::Own, wanted.since),
        LogId::House => (LogName::House, wanted.since),
        LogId::Room(room) => {
            app.hub.receipts.know(room).await?;
            let missed = app.store.ask(by, ResumeRoom { room, since: wanted.since, reset_after: wanted.reset_after });
            return Ok(missed.await?.map(|missed| Some(LogPage::Room(history(app, room, missed)))));
        }
    };
    let page = app.store.ask(by, ResumeStates { log, since }).await?;
    let house = log == LogName::House;
    let told = |StatesPage { reset, states, seq, more }| States { house, reset, states, seq, live: !more };
    Ok(page.map(|page| Some(LogPage::States(told(page)))))
}

fn in_room(wanted: &WantedPage) -> Option<ResumeRoom> {
    let WantedPage { log, since, reset_after } = *wanted;
    match log {
        LogId::Room(room) => Some(ResumeRoom { room, since, reset_after }),
        LogId::Own(_) | LogId::House => None,
    }
}

fn replayed(app: &App, page: Page) -> Past {
    Past::Replayed { messages: app.hub.receipts.describe(page.messages), more: page.more, seq: page.seq }
}

fn welcome(
    app: &App,
    wanted: Option<ResumeRoom>,
    page: Option<LogPage>,
    Greeting { actor, rooms, first }: Greeting,
) -> Past {
    let shown = rooms.into_iter().map(|room| shown(app, actor.user, room));
    let in_room = wanted.zip(first).map(|(wanted, missed)| LogPage::Room(history(app, wanted.room, missed)));
    let page = in_room.or(page);
    Past::Welcome {
        rooms: shown.collect(),
        page,
        user: Me { id: actor.user, username: actor.username, role: actor.role },
        epoch: app.store.epoch().to_owned(),
        public_url: app.config.public_url.as_ref().map(PublicUrl::to_string),
    }
}

fn shown(app: &App, to: UserId, room: RoomRow) -> Room {
    let RoomRow { id, state, seq, read_up_to, seen_up_to, is_moderator } = room;
    let RoomState { kind, name, topic, icon, archived, people, .. } = state;
    // It may have been told already, and must not go back.
    let seen_up_to = seen_up_to.max(app.hub.receipts.seen_up_to(id, to));
    Room { id, name, seq, read_up_to, seen_up_to, kind, topic, icon, archived, people, moderator: is_moderator }
}

fn history(app: &App, room: RoomId, missed: Missed) -> History {
    match missed {
        Missed::Changes(changes) => History {
            room,
            reset: false,
            more: false,
            messages: app.hub.receipts.describe(changes.messages),
            deleted: changes.deleted,
            states: changes.states,
            seq: changes.seq,
            live: !changes.more,
        },
        Missed::Everything(page) => History {
            room,
            reset: true,
            more: page.more,
            messages: app.hub.receipts.describe(page.messages),
            deleted: Vec::new(),
            states: page.states,
            seq: page.seq,
            live: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[tokio::test]
    async fn i2_a_client_whose_reading_dies_is_told_that_it_failed() {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
        let inbox = Arc::new(Inbox::new(waker));
        let asked = ReadingPast { inbox: inbox.clone(), peer: PeerId::default(), past: Past::Failed };
        let reading = tokio::spawn(async move {
            let _asked = asked;
            panic!("a defect");
        });
        assert!(reading.await.is_err());
        let mut mail = VecDeque::new();
        inbox.collect(&mut mail);
        let Some(Mail::Input(Input::Read { past, .. })) = mail.pop_front() else { panic!("it is not answered") };
        assert_eq!(*past, Past::Failed);
    }
}
