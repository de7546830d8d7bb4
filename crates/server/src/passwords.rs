//! Password hashing: Argon2id on threads of its own, so that no login ever delays a message; a bounded number at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use chatterbox_core::passwords::{check_new, normalise};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::PASSWORD_BYTES_MAX;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// Logins and registrations that may wait for a turn. At some 20 ms each the last one waits for about a second.
const QUEUE_MAX: usize = 64;

/// KiB of memory, passes and lanes: OWASP's parameters for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of a random text that was thrown away: verifying against it fails, and takes as long as against a real one.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$mY3X8w9MDphOnpK83Gssdw$Lu00BnTRznm3BFTM8t1q/61QW/9eX9tgoZQmF4LrdqU";

/// How the hash of an account from the original program begins; the rest is SHA-256 in hex.
const LEGACY_PREFIX: &str = "sha256$";

/// Hashes and verifies passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// What became of a login's password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, and stored in the old program's way: this hash is to replace it.
    RightButLegacy(String),
}

impl Passwords {
    /// Prepares hashing on half of the processor's cores.
    pub(crate) fn new() -> Arc<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Arc::new(Self { turns: Arc::new(Semaphore::new((cores / 2).max(1))), waiting: AtomicUsize::new(0) })
    }

    /// Checks a new password: see [`check_new`]. It takes as long as hashing one, so it waits for a turn as well.
    pub(crate) async fn check(&self, password: &str, context: [&str; 2]) -> Result<(), Refusal> {
        let (password, context) = (password.to_owned(), context.map(str::to_owned));
        self.run(move || check_new(&password, &[&context[0], &context[1]])).await?
    }

    /// The hash of a new password, in PHC form.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Refusal> {
        let password = normalise(password);
        self.run(move || hash_now(&password)).await?.ok_or_else(failed)
    }

    /// Compares a password with the stored hash, or with the decoy if there is no such account: one hash each time.
    pub(crate) async fn verify(&self, password: &str, stored: Option<String>) -> Result<Verdict, Refusal> {
        // No hash work on what cannot be a password.
        let password = if password.len() <= PASSWORD_BYTES_MAX { password } else { "" };
        let typed = password.to_owned();
        let normalised = normalise(password);
        self.run(move || match stored {
            None => {
                verify_now(&normalised, DECOY);
                Some(Verdict::Wrong)
            }
            Some(stored) => match stored.strip_prefix(LEGACY_PREFIX) {
                // The old program hashed what was typed, as it was typed.
                Some(hex) => verify_legacy(&typed, &normalised, hex),
                None if verify_now(&normalised, &stored) => Some(Verdict::Right),
                None => Some(Verdict::Wrong),
            },
        })
        .await?
        .ok_or_else(failed)
    }

    /// How many logins and registrations are being worked on or wait, and how many can.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.waiting.load(Ordering::Relaxed).min(QUEUE_MAX), QUEUE_MAX)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let _place = Place::take(&self.waiting)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| failed())?;
        // The turn goes along with the work. If the client goes away, nobody waits here any more, but the thread works
        // on: given back at that moment, turns would be no bound at all.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| failed())
    }
}

/// A place in the queue, given back even if the client goes away while it waits.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self, Refusal> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE_MAX {
            let message = "Too many people are logging in at this moment. Try again in a few seconds.";
            return Err(Refusal::new(ErrorCode::Overloaded, message).retry_after(2));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn failed() -> Refusal {
    Refusal::new(ErrorCode::Internal, "The server could not check the password. It is in its log.")
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants above are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Option<String> {
    match argon2().hash_password(password.as_bytes()) {
        Ok(hash) => Some(hash.to_string()),
        Err(error) => {
            tracing::error!(%error, "cannot hash a password");
            None
        }
    }
}

fn verify_now(password: &str, stored: &str) -> bool {
    match PasswordHash::new(stored) {
        Ok(stored) => argon2().verify_password(password.as_bytes(), &stored).is_ok(),
        Err(error) => {
            tracing::error!(%error, "a stored password hash is damaged");
            false
        }
    }
}

/// Hashes anew in any case, so that right and wrong take the same time.
fn verify_legacy(typed: &str, normalised: &str, hex: &str) -> Option<Verdict> {
    let modern = hash_now(normalised)?;
    let digest = Sha256::digest(typed.as_bytes());
    let typed_hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_right = bool::from(typed_hex.as_bytes().ct_eq(hex.to_ascii_lowercase().as_bytes()));
    Some(if is_right { Verdict::RightButLegacy(modern) } else { Verdict::Wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn z9_a_password_is_right_however_its_accents_were_typed() {
        let passwords = Passwords::new();
        let stored = passwords.hash("caf\u{e9}-au-lait").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = |password| passwords.verify(password, Some(stored.clone()));
        assert_eq!(verify("cafe\u{301}-au-lait").await.unwrap(), Verdict::Right);
        assert_eq!(verify("cafe-au-lait").await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.verify("caf\u{e9}-au-lait", None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn i5_clients_that_go_away_do_not_raise_the_number_of_hashes_at_a_time() {
        let passwords = Passwords::new();
        let turns = passwords.turns.available_permits();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let waits = {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.run(move || held.recv().is_err()).await.is_ok() })
        };
        while passwords.turns.available_permits() == turns {
            tokio::task::yield_now().await;
        }
        // The turn is taken before the thread is asked for; both happen without a pause between them.
        waits.abort();
        let _ = waits.await;
        assert_eq!(passwords.turns.available_permits(), turns - 1);
        drop(release);
        let all = u32::try_from(turns).unwrap();
        drop(passwords.turns.acquire_many(all).await.unwrap());
    }

    #[test]
    fn x18_the_decoy_takes_as_much_work_as_a_real_hash() {
        let real = hash_now("any password").unwrap();
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(cost(DECOY), cost(&real));
        assert!(PasswordHash::new(DECOY).is_ok());
    }

    #[tokio::test]
    async fn an_old_hash_is_accepted_once_and_replaced() {
        let passwords = Passwords::new();
        let old = "sha256$5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".to_owned();
        let Verdict::RightButLegacy(modern) = passwords.verify("password", Some(old.clone())).await.unwrap() else {
            panic!("the old password no longer works");
        };
        assert_eq!(passwords.verify("password", Some(modern)).await.unwrap(), Verdict::Right);
        assert_eq!(passwords.verify("Password", Some(old)).await.unwrap(), Verdict::Wrong);
    }
}
