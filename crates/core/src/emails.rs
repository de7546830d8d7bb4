//! E-mail addresses: which are well-formed, and which are the same mailbox.

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::EMAIL_CHARS_MAX;
use email_address::{EmailAddress, Options};

/// A syntactically valid address (RFC 5321, RFC 6531) with a dotted domain, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Checks an address as typed. Errors: [`ErrorCode::InvalidField`].
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let refusal = |message: &str| Refusal::field(ErrorCode::InvalidField, "email", message);
        if typed.len() > EMAIL_CHARS_MAX {
            return Err(refusal("An e-mail address may have at most 254 characters."));
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let well_formed = EmailAddress::parse_with_options(typed, options).is_ok();
        if !well_formed || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refusal("That is not an e-mail address. One looks like name@example.org."));
        }
        Ok(Self(typed.to_owned()))
    }

    /// The address as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What two addresses share if they differ only in case. No known mail provider tells mailboxes apart by it.
pub fn fold(address: &str) -> String {
    address.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_mail_can_be_sent_to_is_an_address() {
        for good in ["ada@example.org", "a.b+c@sub.example.co", "δοκιμή@παράδειγμα.ελ"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@localhost",
            "a b@example.org",
            "ada@example.org\r\nBcc: x",
            "Ada <ada@example.org>",
            "ada@[127.0.0.1]",
            "a@b@example.org",
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }
}
