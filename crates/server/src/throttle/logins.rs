//! Logins that came to nothing: how often one may guess, and who need not wait behind those who do.

mod known;

use std::hash::{DefaultHasher, Hash, Hasher};

use chatterbox_core::throttle::{Budget, Throttle};
use chatterbox_core::usernames;

use super::network::Network;
pub(crate) use known::KNOWN_MAX;
use known::KnownNetworks;

/// Five mistakes in a row are human. After them, one guess in half a minute.
const FAILURES_OF_ACCOUNT_FROM_NETWORK: Budget = Budget { burst: 5, refill_ms: 30_000 };
/// About fifty guesses a day at one account from everywhere else together: half by its name, half by its address. The two
/// share no budget, because that would tell strangers whose address it is.
const FAILURES_OF_ACCOUNT: Budget = Budget { burst: 12, refill_ms: 2 * 3_600_000 };
/// One password tried on many accounts.
const FAILURES_FROM_NETWORK: Budget = Budget { burst: 30, refill_ms: 10_000 };
/// A few tries in a row need not wait among strangers where one is known; a program that goes on and on does, or an account
/// that somebody has made for it would take the place of everybody else who is known.
const PREFERRED: Budget = Budget { burst: 5, refill_ms: 60_000 };

/// What is remembered of logins.
#[derive(Debug)]
pub(super) struct Logins {
    /// Failures of strangers, and those of people where they are known: no flood of the first fills the room of the second.
    strangers: Failures,
    acquaintances: Failures,
    account: Throttle<LoginName>,
    preferred: Throttle<(LoginName, Network)>,
    known: KnownNetworks,
}

/// Logins that came to nothing.
#[derive(Debug)]
struct Failures {
    of_account: Throttle<(LoginName, Network)>,
    from_network: Throttle<Network>,
}

impl Failures {
    fn new() -> Self {
        Self {
            of_account: Throttle::new(FAILURES_OF_ACCOUNT_FROM_NETWORK),
            from_network: Throttle::new(FAILURES_FROM_NETWORK),
        }
    }

    fn check(&self, account: LoginName, network: Network, now_ms: i64) -> Result<(), i64> {
        self.from_network.check(&network, now_ms)?;
        self.of_account.check(&(account, network), now_ms)
    }

    fn charge(&mut self, account: LoginName, network: Network, now_ms: i64) {
        self.from_network.charge(network, now_ms);
        self.of_account.charge((account, network), now_ms);
    }

    fn refund(&mut self, account: LoginName, network: Network) {
        self.from_network.refund(&network);
        self.of_account.refund(&(account, network));
    }
}

impl Logins {
    pub(super) fn new() -> Self {
        Self {
            strangers: Failures::new(),
            acquaintances: Failures::new(),
            account: Throttle::new(FAILURES_OF_ACCOUNT),
            preferred: Throttle::new(PREFERRED),
            known: KnownNetworks::default(),
        }
    }

    /// How many keys each throttle remembers.
    pub(super) fn keys(&self) -> [(&'static str, usize); 6] {
        [
            ("throttle_accounts_from_networks", self.strangers.of_account.keys()),
            ("throttle_accounts", self.account.keys()),
            ("throttle_networks", self.strangers.from_network.keys()),
            ("throttle_known_accounts_from_networks", self.acquaintances.of_account.keys()),
            ("throttle_known_networks", self.acquaintances.from_network.keys()),
            ("throttle_preferred", self.preferred.keys()),
        ]
    }

    /// How many accounts are known in some network.
    pub(super) fn known(&self) -> usize {
        self.known.accounts()
    }

    pub(super) fn is_here(&mut self, account: LoginName, network: Network) {
        self.known.remember(account, network);
    }

    /// Begins a login. Errors: how long to wait, in milliseconds.
    pub(super) fn begin(&mut self, account: LoginName, network: Network, now_ms: i64) -> Result<Attempt, i64> {
        let is_known = self.known.holds(account, network);
        self.failures(is_known).check(account, network, now_ms)?;
        if !is_known {
            self.account.take(account, now_ms)?;
        }
        self.failures(is_known).charge(account, network, now_ms);
        let is_preferred = is_known && self.preferred.take((account, network), now_ms).is_ok();
        Ok(Attempt { account, network, is_known, is_preferred })
    }

    pub(super) fn succeeded(&mut self, attempt: Attempt) {
        let Attempt { account, network, is_known, .. } = attempt;
        self.take_back(attempt);
        self.failures(is_known).of_account.forgive(&(account, network));
        self.known.remember(account, network);
    }

    pub(super) fn undecided(&mut self, attempt: Attempt) {
        self.take_back(attempt);
        if attempt.is_preferred {
            self.preferred.refund(&(attempt.account, attempt.network));
        }
    }

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

/// A name or an address as typed at login, of which only a hash is remembered: it may be anything, of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LoginName(u64);

impl LoginName {
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
    account: LoginName,
    network: Network,
    /// Whether this account is known in this network.
    is_known: bool,
    is_preferred: bool,
}

impl Attempt {
    /// One of which nothing is known.
    pub(super) fn of_a_stranger(account: LoginName, network: Network) -> Self {
        Self { account, network, is_known: false, is_preferred: false }
    }

    /// Where it comes from.
    pub(crate) fn network(self) -> Network {
        self.network
    }

    /// Whether it need not wait among strangers.
    pub(crate) fn is_preferred(self) -> bool {
        self.is_preferred
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::throttle::Throttles;

    fn network(address: &str) -> Network {
        Network::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn x01_guessing_is_slowed_down_but_strangers_cannot_lock_the_owner_out() {
        let throttles = Throttles::new(true);
        let (ada, home) = (LoginName::typed("ada"), network("192.0.2.1"));
        throttles.login_succeeded(throttles.begin_login(ada, home, 0).unwrap());
        for stranger in 0..40 {
            drop(throttles.begin_login(ada, network(&format!("198.51.100.{stranger}")), 0));
        }
        assert!(throttles.begin_login(ada, network("203.0.113.9"), 0).is_err());
        for _ in 0..5 {
            assert!(throttles.begin_login(LoginName::typed(" ADA "), home, 0).is_ok());
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
                guesses += u32::from(throttles.begin_login(LoginName::typed(name), stranger, now_ms).is_ok());
            }
        }
        assert!((40..=50).contains(&guesses), "{guesses}");
    }

    #[test]
    fn x01_no_flood_of_strangers_takes_the_room_of_those_who_are_known() {
        let throttles = Throttles::new(true);
        let (ada, home) = (LoginName::typed("ada"), network("192.0.2.1"));
        throttles.is_here(ada, home);
        for number in 0..60_000_u32 {
            let stranger = Network::from(IpAddr::from((0x0a00_0000 | number).to_be_bytes()));
            let _ = throttles.begin_login(LoginName(u64::from(number)), stranger, 0);
        }
        assert!(throttles.begin_login(LoginName::typed("grace"), network("192.0.2.2"), 0).is_err());
        // Nor do strangers next door, who may be many behind one address.
        while throttles.begin_login(LoginName(1), home, 0).is_ok() {}
        assert!(throttles.begin_login(ada, home, 0).unwrap().is_preferred());
    }

    #[test]
    fn whoever_is_known_waits_among_strangers_after_a_few_logins_in_a_row() {
        let throttles = Throttles::new(true);
        let (ada, home) = (LoginName::typed("ada"), network("192.0.2.1"));
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
        let (ada, away) = (LoginName::typed("ada"), network("192.0.2.1"));
        let under_way = (0..60).filter(|_| throttles.begin_login(ada, away, 0).is_ok()).count();
        assert_eq!(under_way, 5);
    }

    #[test]
    fn logins_that_succeed_cost_nothing() {
        let throttles = Throttles::new(true);
        for user in 0..100 {
            let ada = LoginName::typed(&format!("user{user}"));
            throttles.login_succeeded(throttles.begin_login(ada, network("192.0.2.1"), 0).unwrap());
            throttles.login_undecided(throttles.begin_login(ada, network("192.0.2.1"), 0).unwrap());
        }
    }
}
