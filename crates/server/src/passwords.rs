//! Password hashing: Argon2id on threads of its own, so that no login ever delays a message; a bounded number at a time.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use chatterbox_core::passwords::{check_form, check_guesses, normalise};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::PASSWORD_BYTES_MAX;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::queue::{Queue, QueueSlot};
use crate::tasks::Tasks;
use crate::throttle::Network;
use crate::wiping::wiped;

/// Slots in a queue. At some 20 ms a hash the last one waits for about a second.
const QUEUE_MAX: usize = 64;

/// One network holds at most one of so many parts of a queue.
const NETWORK_SHARE: usize = 4;

/// What is told to whoever finds no slot.
const IS_FULL: &str = "Too many people are logging in at this moment. Try again in a few seconds.";

/// KiB of memory, passes and lanes: OWASP's parameters for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of a random text that was thrown away: verifying against it fails, and takes as long as against a real one.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$mY3X8w9MDphOnpK83Gssdw$Lu00BnTRznm3BFTM8t1q/61QW/9eX9tgoZQmF4LrdqU";

/// How the hash of an account from the original program begins; the rest is SHA-256 in hex.
const LEGACY_PREFIX: &str = "sha256$";

/// Judges, hashes and verifies passwords. Whatever is dear here waits in a queue, and strangers in others than those who
/// are known.
#[derive(Debug)]
pub(crate) struct Passwords {
    known: Queue,
    strangers: Queue,
    judged: Queue,
}

/// What became of a login's password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verification {
    Wrong,
    Right,
    /// Right, and stored in the old program's way: this hash is to replace it.
    RightButLegacy(String),
}

impl Passwords {
    /// Prepares hashing on half of the processor's cores for strangers, one more hash at a time for those who are known,
    /// and one password that is judged. With limits, no network holds more than its share of the slots.
    pub(crate) fn new(has_limits: bool, tasks: &Tasks) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = if has_limits { QUEUE_MAX / NETWORK_SHARE } else { QUEUE_MAX };
        let queue = |turns| Queue::new(IS_FULL, turns, QUEUE_MAX, share, tasks.clone());
        Self { known: queue(1), strangers: queue((cores / 2).max(1)), judged: queue(1) }
    }

    /// A slot among those who wait to be judged. Refuses if there is none.
    pub(crate) fn slot_to_be_judged(&self, network: Network) -> Result<QueueSlot<'_>, Refusal> {
        self.judged.slot(network)
    }

    /// A slot among those who wait for a hash; `is_preferred` if it is for somebody who is known. Refuses if there is none.
    pub(crate) fn slot(&self, network: Network, is_preferred: bool) -> Result<QueueSlot<'_>, Refusal> {
        let queue = if is_preferred { &self.known } else { &self.strangers };
        queue.slot(network)
    }

    /// How many slots are taken in each queue, and how many there are.
    pub(crate) fn waiting(&self) -> [(&'static str, (usize, usize)); 3] {
        [
            ("passwords_known", self.known.taken()),
            ("passwords_strangers", self.strangers.taken()),
            ("passwords_judged", self.judged.taken()),
        ]
    }
}

impl QueueSlot<'_> {
    /// Looks whether a new password is too easily guessed: see [`check_guesses`].
    pub(crate) async fn judge(&self, password: &str, context: [&str; 2]) -> Result<(), Refusal> {
        let (password, context) = (password.to_owned(), context.map(str::to_owned));
        self.run(move || wiped(|| check_guesses(&password, &[&context[0], &context[1]]))).await?
    }

    /// The hash of a new password, in PHC form.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Refusal> {
        let password = normalise(password);
        self.run(move || wiped(|| hash_now(&password))).await?.ok_or_else(failed)
    }

    /// Compares a password with the stored hash, or with the decoy if there is no such account: one hash each time.
    pub(crate) async fn verify(&self, password: &str, stored: Option<String>) -> Result<Verification, Refusal> {
        // No hash work on what cannot be a password.
        let password = if password.len() <= PASSWORD_BYTES_MAX { password } else { "" };
        let typed = password.to_owned();
        let normalised = normalise(password);
        self.run(move || wiped(|| compare(&typed, &normalised, stored.as_deref()))).await?.ok_or_else(failed)
    }
}

fn compare(typed: &str, normalised: &str, stored: Option<&str>) -> Option<Verification> {
    let Some(stored) = stored else {
        verify_now(normalised, DECOY);
        return Some(Verification::Wrong);
    };
    match stored.strip_prefix(LEGACY_PREFIX) {
        // The old program hashed what was typed, as it was typed.
        Some(hex) => verify_legacy(typed, normalised, hex),
        None if verify_now(normalised, stored) => Some(Verification::Right),
        None => Some(Verification::Wrong),
    }
}

fn failed() -> Refusal {
    Refusal::new(ErrorCode::Internal, "The server could not check the password. It is in its log.")
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants above are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Judges and hashes a new password here and now, for a program that does nothing else. Errors: why it is refused.
pub(crate) fn hash_alone(password: &str, context: &[&str]) -> Result<String, Refusal> {
    check_form(password, context)?;
    check_guesses(password, context)?;
    hash_now(&normalise(password)).ok_or_else(failed)
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
fn verify_legacy(typed: &str, normalised: &str, hex: &str) -> Option<Verification> {
    let modern = hash_now(normalised)?;
    let digest = Sha256::digest(typed.as_bytes());
    let typed_hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_right = bool::from(typed_hex.as_bytes().ct_eq(hex.to_ascii_lowercase().as_bytes()));
    Some(if is_right { Verification::RightButLegacy(modern) } else { Verification::Wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(passwords: &Passwords) -> QueueSlot<'_> {
        passwords.slot(std::net::IpAddr::from([192, 0, 2, 1]).into(), false).unwrap()
    }

    #[tokio::test]
    async fn z9_a_password_is_right_however_its_accents_were_typed() {
        let passwords = Passwords::new(true, &Tasks::new());
        let slot = slot(&passwords);
        let stored = slot.hash("caf\u{e9}-au-lait").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = |password| slot.verify(password, Some(stored.clone()));
        assert_eq!(verify("cafe\u{301}-au-lait").await.unwrap(), Verification::Right);
        assert_eq!(verify("cafe-au-lait").await.unwrap(), Verification::Wrong);
        assert_eq!(slot.verify("caf\u{e9}-au-lait", None).await.unwrap(), Verification::Wrong);
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
        let passwords = Passwords::new(true, &Tasks::new());
        let slot = slot(&passwords);
        let old = "sha256$5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".to_owned();
        let Verification::RightButLegacy(modern) = slot.verify("password", Some(old.clone())).await.unwrap() else {
            panic!("the old password no longer works");
        };
        assert_eq!(slot.verify("password", Some(modern)).await.unwrap(), Verification::Right);
        assert_eq!(slot.verify("Password", Some(old)).await.unwrap(), Verification::Wrong);
    }
}
