//! How often one user or one network may do what costs or guesses. Every number is here or in [`logins`], with its
//! reason.

mod logins;
mod network;

use chatterbox_core::throttle::{Budget, Throttle};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use parking_lot::Mutex;

use logins::Logins;
pub(crate) use logins::{Attempt, KNOWN_MAX, LoginName};
pub(crate) use network::Network;

/// A team behind one address can register in one go; a program cannot fill the database.
const REGISTRATIONS: Budget = Budget { burst: 30, refill_ms: 60_000 };
/// Nobody types faster; programs wait.
const COMMANDS: Budget = Budget { burst: 20, refill_ms: 500 };
/// Reading marks come by themselves while one scrolls, at most a few a second.
const READS: Budget = Budget { burst: 60, refill_ms: 500 };
/// Signs that a person is there or writes, and whom their clients draw: one in some seconds on each device.
const SIGNS: Budget = Budget { burst: 60, refill_ms: 500 };
/// Requests over HTTP of one network: a hundred people behind one address who open the pages at once, and go on.
const REQUESTS: Budget = Budget { burst: 2_000, refill_ms: 10 };
/// Requests of one user: page after page of the history, as fast as one can scroll, in some tabs.
const REQUESTS_OF_USER: Budget = Budget { burst: 200, refill_ms: 100 };
/// Rooms that one makes: a team that moves in, and no more than a few later.
const NEW_ROOMS: Budget = Budget { burst: 20, refill_ms: 180_000 };
/// What one changes in rooms and in who belongs to them. Each is told to many.
const ROOM_CHANGES: Budget = Budget { burst: 60, refill_ms: 2_000 };
/// What one changes of what one says of oneself: each is told to everybody.
const PROFILE_CHANGES: Budget = Budget { burst: 20, refill_ms: 10_000 };
/// Orders that one puts one's rooms in: each move is one, and is told to all of one's devices.
const ORDER_CHANGES: Budget = Budget { burst: 60, refill_ms: 2_000 };
/// Whom one mutes, and no longer: each is told to one's own devices alone.
const MUTES: Budget = Budget { burst: 60, refill_ms: 2_000 };
/// Pictures that one shows of oneself: each is decoded, and told to everybody.
const PICTURE_CHANGES: Budget = Budget { burst: 10, refill_ms: 30_000 };
/// Pictures that one looks at: a list of hundreds of people, as fast as one can scroll. A page has each of them once.
const PICTURES: Budget = Budget { burst: 1_000, refill_ms: 20 };
/// Names and addresses that one tries for oneself: whoever tries learns who has which, and a name that one had stays one's own.
const NAME_CHANGES: Budget = Budget { burst: 10, refill_ms: 600_000 };
/// Invitations that one makes or revokes: some for a team that moves in, and no more than a few later.
const NEW_INVITATIONS: Budget = Budget { burst: 30, refill_ms: 60_000 };
/// Looks at where invitations lead, of one network: a team that opens its links in the same minute. Nobody guesses one.
const LOOKS: Budget = Budget { burst: 120, refill_ms: 1_000 };
/// Links that sign nobody in, of one network, looked at or used: as logins that fail.
const DEVICE_LINKS: Budget = Budget { burst: 30, refill_ms: 10_000 };
/// Pings and pongs of one socket. Clients ask every few seconds whether the server is there, and answer as often.
pub(crate) const CONTROL_FRAMES: Budget = Budget { burst: 20, refill_ms: 100 };

/// All budgets of a server.
#[derive(Debug)]
pub(crate) struct Throttles {
    is_on: bool,
    state: Mutex<ThrottleState>,
}

#[derive(Debug)]
struct ThrottleState {
    registrations: Throttle<Network>,
    logins: Logins,
    commands: Throttle<UserId>,
    reads: Throttle<UserId>,
    signs: Throttle<UserId>,
    requests: Throttle<Network>,
    requests_of_users: Throttle<UserId>,
    new_rooms: Throttle<UserId>,
    room_changes: Throttle<UserId>,
    profile_changes: Throttle<UserId>,
    order_changes: Throttle<UserId>,
    mutes: Throttle<UserId>,
    picture_changes: Throttle<UserId>,
    pictures: Throttle<UserId>,
    name_changes: Throttle<UserId>,
    new_invitations: Throttle<UserId>,
    looks: Throttle<Network>,
    device_links: Throttle<Network>,
}

impl Throttles {
    pub(crate) fn new(is_on: bool) -> Self {
        let state = ThrottleState {
            registrations: Throttle::new(REGISTRATIONS),
            logins: Logins::new(),
            commands: Throttle::new(COMMANDS),
            reads: Throttle::new(READS),
            signs: Throttle::new(SIGNS),
            requests: Throttle::new(REQUESTS),
            requests_of_users: Throttle::new(REQUESTS_OF_USER),
            new_rooms: Throttle::new(NEW_ROOMS),
            room_changes: Throttle::new(ROOM_CHANGES),
            profile_changes: Throttle::new(PROFILE_CHANGES),
            order_changes: Throttle::new(ORDER_CHANGES),
            mutes: Throttle::new(MUTES),
            picture_changes: Throttle::new(PICTURE_CHANGES),
            pictures: Throttle::new(PICTURES),
            name_changes: Throttle::new(NAME_CHANGES),
            new_invitations: Throttle::new(NEW_INVITATIONS),
            looks: Throttle::new(LOOKS),
            device_links: Throttle::new(DEVICE_LINKS),
        };
        Self { is_on, state: Mutex::new(state) }
    }

    /// How many keys each throttle remembers.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&'static str, usize)> + use<> {
        let state = self.state.lock();
        let others = [
            ("throttle_registrations", state.registrations.keys()),
            ("throttle_commands", state.commands.keys()),
            ("throttle_reads", state.reads.keys()),
            ("throttle_signs", state.signs.keys()),
            ("throttle_requests", state.requests.keys()),
            ("throttle_requests_of_users", state.requests_of_users.keys()),
            ("throttle_new_rooms", state.new_rooms.keys()),
            ("throttle_room_changes", state.room_changes.keys()),
            ("throttle_profile_changes", state.profile_changes.keys()),
            ("throttle_order_changes", state.order_changes.keys()),
            ("throttle_mutes", state.mutes.keys()),
            ("throttle_picture_changes", state.picture_changes.keys()),
            ("throttle_pictures", state.pictures.keys()),
            ("throttle_name_changes", state.name_changes.keys()),
            ("throttle_new_invitations", state.new_invitations.keys()),
            ("throttle_looks", state.looks.keys()),
            ("throttle_device_links", state.device_links.keys()),
        ];
        state.logins.keys().into_iter().chain(others)
    }

    /// How many accounts are known in some network.
    pub(crate) fn known(&self) -> usize {
        self.state.lock().logins.known()
    }

    /// Somebody has shown in this network that this account is theirs.
    pub(crate) fn is_here(&self, account: LoginName, network: Network) {
        if self.is_on {
            self.state.lock().logins.is_here(account, network);
        }
    }

    /// Whether limits apply at all.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Takes one registration from this network's budget.
    pub(crate) fn register(&self, network: Network, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.registrations.take(network, now_ms))
    }

    /// Begins a login, if one may be tried now; the same answer whether or not the account exists. It counts as failed
    /// from here on, until it has succeeded: guesses that come all at once, or whose client does not wait for the answer,
    /// count like any others.
    pub(crate) fn begin_login(&self, account: LoginName, network: Network, now_ms: i64) -> Result<Attempt, Refusal> {
        let mut attempt = Attempt::of_a_stranger(account, network);
        self.guard(|state| {
            attempt = state.logins.begin(account, network, now_ms)?;
            Ok(())
        })?;
        Ok(attempt)
    }

    /// The login has succeeded.
    pub(crate) fn login_succeeded(&self, attempt: Attempt) {
        self.state.lock().logins.succeeded(attempt);
    }

    /// The login came to nothing for a reason of the server's own: it does not count.
    pub(crate) fn login_undecided(&self, attempt: Attempt) {
        self.state.lock().logins.undecided(attempt);
    }

    /// Takes one command from this user's budget, over all connections.
    pub(crate) fn command(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.commands.take(user, now_ms))
    }

    /// Takes one reading mark from this user's budget.
    pub(crate) fn read(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.reads.take(user, now_ms))
    }

    /// Takes one sign of presence from this user's budget, over all connections.
    pub(crate) fn sign(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.signs.take(user, now_ms))
    }

    /// Takes one request from this network's budget.
    pub(crate) fn request(&self, network: Network, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.requests.take(network, now_ms))
    }

    /// Whether this network may ask for something more.
    pub(crate) fn may_request(&self, network: Network, now_ms: i64) -> bool {
        self.guard(|state| state.requests.check(&network, now_ms)).is_ok()
    }

    /// Takes one request from this user's budget, whether it is for HTTP or for a socket.
    pub(crate) fn request_of_user(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.requests_of_users.take(user, now_ms))
    }

    /// Takes one new room from this user's budget.
    pub(crate) fn new_room(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.new_rooms.take(user, now_ms))
    }

    /// Takes one change of a room from this user's budget.
    pub(crate) fn room_change(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.room_changes.take(user, now_ms))
    }

    /// Takes one change of a profile from this user's budget.
    pub(crate) fn profile_change(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.profile_changes.take(user, now_ms))
    }

    /// Takes one change of the order of rooms from this user's budget.
    pub(crate) fn order_change(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.order_changes.take(user, now_ms))
    }

    /// Takes one change of whom this user has muted from their budget.
    pub(crate) fn mute(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.mutes.take(user, now_ms))
    }

    /// Takes one change of a picture from this user's budget.
    pub(crate) fn picture_change(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.picture_changes.take(user, now_ms))
    }

    /// Takes one look at a picture from this user's budget.
    pub(crate) fn picture(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.pictures.take(user, now_ms))
    }

    /// Takes one change of a name or an address from this user's budget.
    pub(crate) fn name_change(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.name_changes.take(user, now_ms))
    }

    /// Takes one new or revoked invitation from this user's budget.
    pub(crate) fn new_invitation(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.new_invitations.take(user, now_ms))
    }

    /// Takes one look at an invitation from this network's budget.
    pub(crate) fn look_at_invitation(&self, network: Network, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.looks.take(network, now_ms))
    }

    /// Takes one link that signs nobody in from this network's budget: it counts as such until it has shown that it does, as a
    /// login does.
    pub(crate) fn device_link(&self, network: Network, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.device_links.take(network, now_ms))
    }

    /// It does, or it is not known for a reason of the server's own.
    pub(crate) fn device_link_counts_not(&self, network: Network) {
        self.state.lock().device_links.refund(&network);
    }

    fn guard(&self, take: impl FnOnce(&mut ThrottleState) -> Result<(), i64>) -> Result<(), Refusal> {
        if !self.is_on {
            return Ok(());
        }
        take(&mut self.state.lock())
            .map_err(|wait_ms| too_often(u32::try_from((wait_ms + 999) / 1_000).unwrap_or(u32::MAX)))
    }
}

/// What is told to whoever has to wait.
pub(crate) fn too_often(seconds: u32) -> Refusal {
    let message = format!("That was too often. Try again in {seconds} s.");
    Refusal::new(ErrorCode::RateLimited, message).retry_after(seconds)
}
