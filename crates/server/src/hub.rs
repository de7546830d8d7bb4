//! What all connections of this process have in common: the reactors that own them, who is online, what has been read.
//! Everything here but measuring is quick and waits for nothing; it is called by the reactors and, in the order of commits, by the
//! store's writer.

pub(crate) mod arrival;
mod commits;
pub(crate) mod followers;
pub(crate) mod inbox;
mod load;
pub(crate) mod presence;
pub(crate) mod receipts;
pub(crate) mod seats;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chatterbox_core::logs::Epoch;
use chatterbox_core::shard::Input;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::SessionId;
use chatterbox_store::{Actor, Store};
use mio::net::TcpListener;

use self::arrival::Arrival;
use self::commits::Commits;
use self::followers::Followers;
use self::inbox::{Inbox, Listening, Mail, ReactorSlot};
use self::presence::Online;
use self::receipts::HubReceipts;
use self::seats::{Seat, Seats};
use crate::listener::{Accepted, SpeaksHttp};
use crate::throttle::{Network, Throttles};

/// The history that this process writes: it has the database to itself, so that none can begin meanwhile.
pub(crate) const EPOCH: Epoch = Epoch(1);

/// What all connections of this process have in common.
#[derive(Debug)]
pub(crate) struct Hub {
    /// One for each reactor.
    inboxes: Vec<Arc<Inbox>>,
    seats: Arc<Seats>,
    pub(crate) presence: Arc<Online>,
    pub(crate) receipts: Arc<HubReceipts>,
    pub(crate) followers: Arc<Followers>,
    draining: AtomicBool,
}

impl Hub {
    /// The hub of these reactors, at least one, which knows what has been read and how people want to be seen. Errors: storage does not answer.
    pub(crate) async fn load(store: Store, inboxes: Vec<Arc<Inbox>>) -> Result<Arc<Self>, chatterbox_store::Error> {
        let receipts = Arc::new(HubReceipts::load(store.clone()).await?);
        let followers: Arc<Followers> = Arc::default();
        let presence = Arc::new(Online::load(&store, inboxes[0].clone()).await?);
        store.listen(Commits {
            inboxes: inboxes.clone(),
            receipts: receipts.clone(),
            followers: followers.clone(),
            presence: presence.clone(),
        });
        Ok(Arc::new(Self {
            inboxes,
            seats: Arc::default(),
            presence,
            receipts,
            followers,
            draining: AtomicBool::new(false),
        }))
    }

    /// Has the reactors accept connections, the first of them for all. Whoever asks for no socket is left to the HTTP connections.
    pub(crate) fn listen(&self, listener: std::net::TcpListener, http_connections: impl SpeaksHttp + 'static) {
        let http_connections: Arc<dyn SpeaksHttp> = Arc::new(http_connections);
        let mut listener = Some(TcpListener::from_std(listener));
        // The one that accepts comes last: the others are to know whom to leave to HTTP before anybody is sent to them.
        for (number, inbox) in self.inboxes.iter().enumerate().rev() {
            let listener = if number == 0 { listener.take() } else { None };
            let listening = Listening { listener, http_connections: http_connections.clone() };
            inbox.post(Mail::Listen(Box::new(listening)));
        }
    }

    /// Has the reactors accept no more.
    pub(crate) fn stop_listening(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.post(Mail::StopListening));
    }

    /// Gives a connection to the reactor that has the fewest; back to the one that accepted it if that is the one.
    pub(crate) fn share_out(&self, accepted: Accepted, own: &Arc<Inbox>) -> Option<(Accepted, ReactorSlot)> {
        let inbox = self.least_loaded()?;
        let slot = inbox.slot();
        if Arc::ptr_eq(inbox, own) {
            return Some((accepted, slot));
        }
        inbox.post(Mail::Came(Box::new(accepted), slot));
        None
    }

    /// Admits one more socket. Errors: too many of this user or network, if limits are on; the server is about to stop.
    pub(crate) fn admit(&self, actor: &Actor, network: Network, limits: &Throttles) -> Result<Seat, Refusal> {
        if self.is_draining() {
            return Err(Refusal::new(ErrorCode::Draining, "The server is about to stop.").retry_after(1));
        }
        self.seats.take(actor.user, network, limits)
    }

    /// Hands a socket to the reactor that has the fewest connections.
    pub(crate) fn take_in(&self, arrival: Arrival) {
        if let Some(inbox) = self.least_loaded() {
            inbox.post(Mail::Arrived(Box::new(arrival), inbox.slot()));
        }
    }

    fn least_loaded(&self) -> Option<&Arc<Inbox>> {
        self.inboxes.iter().min_by_key(|inbox| inbox.slots())
    }

    /// Ends the connections of a session that was found to be over.
    pub(crate) fn end_session(&self, session: SessionId) {
        self.tell_all(&Input::SessionOver(session));
    }

    /// Tells authors what has been seen, for as long as the process lives.
    pub(crate) async fn tell_receipts(self: Arc<Self>) {
        self.receipts.tell(|told| self.tell_all(told)).await;
    }

    /// Tells all reactors but this one.
    pub(crate) fn tell_others(&self, own: &Arc<Inbox>, input: &Input) {
        for inbox in self.inboxes.iter().filter(|inbox| !Arc::ptr_eq(inbox, own)) {
            inbox.post(Mail::Input(input.clone()));
        }
    }

    fn tell_all(&self, input: &Input) {
        for inbox in &self.inboxes {
            inbox.post(Mail::Input(input.clone()));
        }
    }

    /// Tells all connections to come back later, and waits until each has been answered what it asked, or until the
    /// patience is over. Returns how many were still there.
    pub(crate) async fn drain(&self, patience: Duration) -> usize {
        self.draining.store(true, Ordering::SeqCst);
        self.tell_all(&Input::Drain);
        let deadline = Instant::now() + patience;
        loop {
            let left = self.connections();
            if left == 0 || Instant::now() >= deadline {
                return left;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the reactors.
    pub(crate) fn stop(&self) {
        for inbox in &self.inboxes {
            inbox.post(Mail::Stop);
        }
    }

    /// Makes every reactor panic.
    #[cfg(test)]
    pub(crate) fn break_reactors(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.post(Mail::Defect));
    }

    /// Makes every reactor panic before it collects its mail.
    #[cfg(test)]
    pub(crate) fn break_reactors_before_their_mail(&self) {
        for inbox in &self.inboxes {
            inbox.is_broken.store(true, Ordering::SeqCst);
            inbox.post(Mail::Measure(tokio::sync::oneshot::channel().0));
        }
    }

    /// How many connections each reactor has.
    #[cfg(test)]
    pub(crate) fn slots(&self) -> Vec<usize> {
        self.inboxes.iter().map(|inbox| inbox.slots()).collect()
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub(crate) fn connections(&self) -> usize {
        self.seats.taken()
    }
}
