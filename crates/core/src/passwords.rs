//! Passwords: which ones are too easily guessed to protect an account.

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;

/// Guesses within which an attacker finds the most common passwords. What falls earlier counts as common.
const COMMON_GUESSES: u64 = 10_000;

/// Characters that are looked at to find out whether a password is common. None of the lists has longer entries, and the
/// time that looking takes grows with the square of it and worse: 100 chosen characters take more than a second.
const JUDGED_CHARS_MAX: usize = 32;

/// A password in the one form that is hashed (NFKC, SP 800-63B-4 §3.1.1.2), so that it does not depend on the keyboard.
pub fn normalise(password: &str) -> String {
    password.nfkc().collect()
}

/// Checks what costs next to nothing to check in a new password. `context` is what others know about its owner: name and
/// address. Errors: [`ErrorCode::PasswordRefused`] with the rule that it breaks.
pub fn check_form(password: &str, context: &[&str]) -> Result<(), Refusal> {
    let refuse = |message: String| Err(refused(message));
    if password.len() > PASSWORD_BYTES_MAX {
        return refuse(format!("A password may have at most {PASSWORD_BYTES_MAX} bytes."));
    }
    if password.contains('\0') {
        return refuse("A password may not contain the character U+0000.".to_owned());
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return refuse(format!("A password needs at least {PASSWORD_CHARS_MIN} characters."));
    }
    if context.iter().any(|known| known.to_lowercase() == password.to_lowercase()) {
        return Err(too_common());
    }
    Ok(())
}

/// Looks whether a password of the right form is a whole entry of a list of common passwords, words and names, or of
/// `context`; or a plain run or repetition. Takes up to 160 ms: limits come first. Errors: [`ErrorCode::PasswordRefused`].
pub fn check_guesses(password: &str, context: &[&str]) -> Result<(), Refusal> {
    let judged = password.char_indices().nth(JUDGED_CHARS_MAX).map_or(password, |(end, _)| &password[..end]);
    let estimate = zxcvbn::zxcvbn(judged, context);
    let whole_entry = matches!(estimate.sequence(), [only] if matches!(only.pattern, MatchPattern::Dictionary(_)));
    if whole_entry || estimate.guesses() < COMMON_GUESSES { Err(too_common()) } else { Ok(()) }
}

fn too_common() -> Refusal {
    refused("That is one of the passwords that are guessed first. Choose another one.".to_owned())
}

fn refused(message: String) -> Refusal {
    Refusal::field(ErrorCode::PasswordRefused, "password", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_new(password: &str, context: &[&str]) -> Result<(), Refusal> {
        check_form(password, context)?;
        check_guesses(password, context)
    }

    #[test]
    fn z9_common_passwords_are_refused() {
        for bad in [
            "",
            "short",
            "1234567",
            "password",
            "Password",
            "12345678",
            "password123",
            "qwertyuiop",
            "iloveyou",
            "aaaaaaaa",
            "abcdefgh",
            "p@ssw0rd",
            "football",
            "ada-lovelace",
            "ada@example.org",
            "has\0nul-in-it",
        ] {
            assert!(check_new(bad, &["ada-lovelace", "ada@example.org"]).is_err(), "{bad}");
        }
        assert!(check_new(&"x7".repeat(600), &[]).is_err());
        let address = format!("{}@example.org", "ada-lovelace-".repeat(4));
        assert!(check_new(&address.to_uppercase(), &[&address]).is_err());
    }

    #[test]
    fn z9_there_are_no_rules_of_composition() {
        for good in [
            "secret123!",
            "correct horse battery staple",
            "hunter2hunter3",
            "пароль-для-ады",
            "🔒🔑🔒🔑🔓🔑🔒🔑",
            "Wonderland-42",
            "s3cret-pass",
        ] {
            assert!(check_new(good, &["ada"]).is_ok(), "{good}");
        }
    }
}
