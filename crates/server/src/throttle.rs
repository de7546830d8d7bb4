//! How often one user or one network may do what costs or guesses. Every number is here, with its reason.

mod known;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr};

use chatterbox_core::throttle::{Budget, Throttle};
use chatterbox_core::usernames;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use parking_lot::Mutex;

pub(crate) use known::KNOWN_MAX;
use known::Known;

/// A team behind one address can register in one go; a program cannot fill the database.
const REGISTRATIONS: Budget = Budget { burst: 30, refill_ms: 60_000 };
/// Five mistakes in a row are human. After them, one guess in half a minute.
const FAILURES_OF_ACCOUNT_FROM_NETWORK: Budget = Budget { burst: 5, refill_ms: 30_000 };
/// About fifty guesses a day at one account from everywhere else together: half by its name, half by its address. The two
/// share no budget, because that would tell strangers whose address it is.
const FAILURES_OF_ACCOUNT: Budget = Budget { burst: 12, refill_ms: 2 * 3_600_000 };
/// One password tried on many accounts.
const FAILURES_FROM_NETWORK: Budget = Budget { burst: 30, refill_ms: 10_000 };
/// Nobody types faster; programs wait.
const COMMANDS: Budget = Budget { burst: 20, refill_ms: 500 };
/// Reading marks come by themselves while one scrolls, at most a few a second.
const READS: Budget = Budget { burst: 60, refill_ms: 500 };
/// Requests over HTTP of one network: a hundred people behind one address who open the pages at once, and go on.
const REQUESTS: Budget = Budget { burst: 2_000, refill_ms: 10 };
/// Requests of one user: page after page of the history, as fast as one can scroll, in some tabs.
const REQUESTS_OF_USER: Budget = Budget { burst: 200, refill_ms: 100 };
/// Pings and pongs of one socket. Clients ask every few seconds whether the server is there, and answer as often.
pub(crate) const CONTROL_FRAMES: Budget = Budget { burst: 20, refill_ms: 100 };

/// A few tries in a row need not wait among strangers where one is known; a program that goes on and on does, or an account
/// that somebody has made for it would take the place of everybody else who is known.
const PREFERRED: Budget = Budget { burst: 5, refill_ms: 60_000 };

/// All budgets of a server.
#[derive(Debug)]
pub(crate) struct Throttles {
    is_on: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    registrations: Throttle<Network>,
    /// Failures of strangers, and those of people where they are known: no flood of the first fills the room of the second.
    strangers: Failures,
    acquaintances: Failures,
    account: Throttle<Account>,
    preferred: Throttle<(Account, Network)>,
    known: Known,
    commands: Throttle<UserId>,
    reads: Throttle<UserId>,
    requests: Throttle<Network>,
    requests_of_users: Throttle<UserId>,
}

/// Logins that came to nothing.
#[derive(Debug)]
struct Failures {
    of_account: Throttle<(Account, Network)>,
    from_network: Throttle<Network>,
}

impl Failures {
    fn new() -> Self {
        Self {
            of_account: Throttle::new(FAILURES_OF_ACCOUNT_FROM_NETWORK),
            from_network: Throttle::new(FAILURES_FROM_NETWORK),
        }
    }

    fn check(&self, account: Account, network: Network, now_ms: i64) -> Result<(), i64> {
        self.from_network.check(&network, now_ms)?;
        self.of_account.check(&(account, network), now_ms)
    }

    fn charge(&mut self, account: Account, network: Network, now_ms: i64) {
        self.from_network.charge(network, now_ms);
        self.of_account.charge((account, network), now_ms);
    }

    fn refund(&mut self, account: Account, network: Network) {
        self.from_network.refund(&network);
        self.of_account.refund(&(account, network));
    }
}

impl State {
    fn failures(&mut self, is_known: bool) -> &mut Failures {
        if is_known { &mut self.acquaintances } else { &mut self.strangers }
    }

    /// The attempt is no failure.
    fn take_back(&mut self, attempt: Attempt) {
        let Attempt { account, network, is_known, .. } = attempt;
        self.failures(is_known).refund(account, network);
        if !is_known {
            self.account.refund(&account);
        }
    }
}

/// Who shares an address: one IPv4 address, or one IPv6 network of 64 bits, which is what one customer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(IpAddr::V4(v4)),
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from(u128::from(v6) & (u128::MAX << 64)))),
        }
    }
}

/// A name or an address as typed at login, of which only a hash is remembered: it may be anything, of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Account(u64);

impl Account {
    pub(crate) fn typed(name: &str) -> Self {
        let name = name.trim();
        let mut hasher = DefaultHasher::new();
        // Longer ones belong to nobody; folding them would be work for nothing.
        if name.len() <= 1_024 {
            usernames::fold(name).hash(&mut hasher)
        } else {
            0.hash(&mut hasher)
        }
        Self(hasher.finish())
    }
}

/// A login that has begun.
#[derive(Debug, Clone, Copy)]
#[must_use = "it counts as failed unless it is said to have succeeded"]
pub(crate) struct Attempt {
    account: Account,
    network: Network,
    /// Whether this account is known in this network.
    is_known: bool,
    is_preferred: bool,
}

impl Attempt {
    /// Where it comes from.
    pub(crate) fn network(self) -> Network {
        self.network
    }

    /// Whether it need not wait among strangers.
    pub(crate) fn is_preferred(self) -> bool {
        self.is_preferred
    }
}

impl Throttles {
    pub(crate) fn new(is_on: bool) -> Self {
        let state = State {
            registrations: Throttle::new(REGISTRATIONS),
            strangers: Failures::new(),
            acquaintances: Failures::new(),
            account: Throttle::new(FAILURES_OF_ACCOUNT),
            preferred: Throttle::new(PREFERRED),
            known: Known::default(),
            commands: Throttle::new(COMMANDS),
            reads: Throttle::new(READS),
            requests: Throttle::new(REQUESTS),
            requests_of_users: Throttle::new(REQUESTS_OF_USER),
        };
        Self { is_on, state: Mutex::new(state) }
    }

    /// How many keys each throttle remembers.
    pub(crate) fn keys(&self) -> [(&'static str, usize); 11] {
        let state = self.state.lock();
        [
            ("throttle_registrations", state.registrations.keys()),
            ("throttle_accounts_from_networks", state.strangers.of_account.keys()),
            ("throttle_accounts", state.account.keys()),
            ("throttle_networks", state.strangers.from_network.keys()),
            ("throttle_known_accounts_from_networks", state.acquaintances.of_account.keys()),
            ("throttle_known_networks", state.acquaintances.from_network.keys()),
            ("throttle_preferred", state.preferred.keys()),
            ("throttle_commands", state.commands.keys()),
            ("throttle_reads", state.reads.keys()),
            ("throttle_requests", state.requests.keys()),
            ("throttle_requests_of_users", state.requests_of_users.keys()),
        ]
    }

    /// How many accounts are known in some network.
    pub(crate) fn known(&self) -> usize {
        self.state.lock().known.accounts()
    }

    /// Somebody has shown in this network that this account is theirs.
    pub(crate) fn is_here(&self, account: Account, network: Network) {
        if self.is_on {
            self.state.lock().known.remember(account, network);
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
    pub(crate) fn begin_login(&self, account: Account, network: Network, now_ms: i64) -> Result<Attempt, Refusal> {
        let mut attempt = Attempt { account, network, is_known: false, is_preferred: false };
        self.guard(|state| {
            let is_known = state.known.holds(account, network);
            state.failures(is_known).check(account, network, now_ms)?;
            if !is_known {
                state.account.take(account, now_ms)?;
            }
            state.failures(is_known).charge(account, network, now_ms);
            let is_preferred = is_known && state.preferred.take((account, network), now_ms).is_ok();
            attempt = Attempt { is_known, is_preferred, ..attempt };
            Ok(())
        })?;
        Ok(attempt)
    }

    /// The login has succeeded.
    pub(crate) fn login_succeeded(&self, attempt: Attempt) {
        let Attempt { account, network, is_known, .. } = attempt;
        let mut state = self.state.lock();
        state.take_back(attempt);
        state.failures(is_known).of_account.forgive(&(account, network));
        state.known.remember(account, network);
    }

    /// The login came to nothing for a reason of the server's own: it does not count.
    pub(crate) fn login_undecided(&self, attempt: Attempt) {
        let mut state = self.state.lock();
        state.take_back(attempt);
        if attempt.is_preferred {
            state.preferred.refund(&(attempt.account, attempt.network));
        }
    }

    /// Takes one command from this user's budget, over all connections.
    pub(crate) fn command(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.commands.take(user, now_ms))
    }

    /// Takes one reading mark from this user's budget.
    pub(crate) fn read(&self, user: UserId, now_ms: i64) -> Result<(), Refusal> {
        self.guard(|state| state.reads.take(user, now_ms))
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

    fn guard(&self, take: impl FnOnce(&mut State) -> Result<(), i64>) -> Result<(), Refusal> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn x01_guessing_is_slowed_down_but_strangers_cannot_lock_the_owner_out() {
        let throttles = Throttles::new(true);
        let (ada, home) = (Account::typed("ada"), network("192.0.2.1"));
        throttles.login_succeeded(throttles.begin_login(ada, home, 0).unwrap());
        for stranger in 0..40 {
            drop(throttles.begin_login(ada, network(&format!("198.51.100.{stranger}")), 0));
        }
        assert!(throttles.begin_login(ada, network("203.0.113.9"), 0).is_err());
        for _ in 0..5 {
            assert!(throttles.begin_login(Account::typed(" ADA "), home, 0).is_ok());
        }
        assert_eq!(throttles.begin_login(ada, home, 0).unwrap_err().retry_after, Some(30));
        assert!(throttles.begin_login(ada, home, 30_000).is_ok());
    }

    #[test]
    fn x01_strangers_have_fifty_guesses_a_day_at_an_account_by_both_of_its_names_together() {
        const DAY_MS: i64 = 24 * 3_600_000;
        let throttles = Throttles::new(true);
        let mut guesses = 0;
        for minute in 0..24 * 60_u32 {
            for name in ["ada", "Ada ", "ada@example.org", " ADA@example.org"] {
                let stranger = Network::from(IpAddr::from((0x0a00_0000 | minute).to_be_bytes()));
                let now_ms = i64::from(minute) * DAY_MS / (24 * 60);
                guesses += u32::from(throttles.begin_login(Account::typed(name), stranger, now_ms).is_ok());
            }
        }
        assert!((40..=50).contains(&guesses), "{guesses}");
    }

    #[test]
    fn x01_no_flood_of_strangers_takes_the_room_of_those_who_are_known() {
        let throttles = Throttles::new(true);
        let (ada, home) = (Account::typed("ada"), network("192.0.2.1"));
        throttles.is_here(ada, home);
        for number in 0..60_000_u32 {
            let stranger = Network::from(IpAddr::from((0x0a00_0000 | number).to_be_bytes()));
            let _ = throttles.begin_login(Account(u64::from(number)), stranger, 0);
        }
        assert!(throttles.begin_login(Account::typed("grace"), network("192.0.2.2"), 0).is_err());
        // Nor do strangers next door, who may be many behind one address.
        while throttles.begin_login(Account(1), home, 0).is_ok() {}
        assert!(throttles.begin_login(ada, home, 0).unwrap().is_preferred());
    }

    #[test]
    fn whoever_is_known_waits_among_strangers_after_a_few_logins_in_a_row() {
        let throttles = Throttles::new(true);
        let (ada, home) = (Account::typed("ada"), network("192.0.2.1"));
        let begins = |now_ms| {
            let attempt = throttles.begin_login(ada, home, now_ms).unwrap();
            throttles.login_succeeded(attempt);
            attempt.is_preferred()
        };
        assert!(!begins(0), "nobody is known before they have shown who they are");
        assert_eq!([(); 7].map(|()| begins(0)), [true, true, true, true, true, false, false]);
        assert!(begins(60_000));
        for _ in 0..10 {
            let attempt = throttles.begin_login(ada, home, 120_000).unwrap();
            assert!(attempt.is_preferred());
            throttles.login_undecided(attempt);
        }
    }

    #[test]
    fn x01_guesses_that_come_all_at_once_are_counted_before_they_are_answered() {
        let throttles = Throttles::new(true);
        let (ada, away) = (Account::typed("ada"), network("192.0.2.1"));
        let under_way = (0..60).filter(|_| throttles.begin_login(ada, away, 0).is_ok()).count();
        assert_eq!(under_way, 5);
    }

    #[test]
    fn logins_that_succeed_cost_nothing() {
        let throttles = Throttles::new(true);
        for user in 0..100 {
            let ada = Account::typed(&format!("user{user}"));
            throttles.login_succeeded(throttles.begin_login(ada, network("192.0.2.1"), 0).unwrap());
            throttles.login_undecided(throttles.begin_login(ada, network("192.0.2.1"), 0).unwrap());
        }
    }

    #[test]
    fn one_customers_ipv6_addresses_are_one_network() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
