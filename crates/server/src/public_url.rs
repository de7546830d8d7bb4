//! The address that people open, as it is configured: an origin, and perhaps a path that a proxy keeps for this server.

use std::fmt;
use std::str::FromStr;

use crate::origin::Origin;

/// First parts of the server's own paths. Below one of these nobody could tell whether a proxy has taken the path away.
const OWN_PARTS: [&str; 10] =
    ["ui", "ws", "api", "login", "register", "logout", "users", "metrics", "healthz", "readyz"];

/// Where people find this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// Scheme, host and port.
    pub origin: Origin,
    /// The path under which the server is, with a slash in front and none behind; empty if it has the origin to itself.
    pub path: String,
}

impl FromStr for PublicUrl {
    type Err = String;

    /// Reads `https://chat.example.org` or `https://example.org/chat/`. Errors: what would be right.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end_of_scheme = text.find("://").map_or(0, |at| at + "://".len());
        let end_of_origin = text[end_of_scheme..].find(['/', '?', '#']).map_or(text.len(), |at| end_of_scheme + at);
        let (origin, path) = text.split_at(end_of_origin);
        let origin = origin.parse()?;
        let path = path.strip_suffix('/').unwrap_or(path);
        if !path.is_empty() && !path.strip_prefix('/').is_some_and(|parts| parts.split('/').all(is_plain)) {
            return Err("expected a path of letters, digits and `-._~` alone: https://example.org/chat/".to_owned());
        }
        let first = path.split('/').nth(1).unwrap_or_default();
        if OWN_PARTS.contains(&first) {
            return Err(format!(
                "expected another path, such as https://example.org/chat/: /{first} is one of this server's own"
            ));
        }
        Ok(Self { origin, path: path.to_owned() })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/", self.origin, self.path)
    }
}

/// Whether this is a part of a path that everybody reads in the same way, also where it goes into a cookie.
fn is_plain(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !matches!(part, "" | "." | "..") && part.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_origin_and_perhaps_a_path() {
        for (text, origin, path) in [
            ("https://chat.example.org", "https://chat.example.org", ""),
            ("https://chat.example.org/", "https://chat.example.org", ""),
            ("HTTPS://Chat.Example.org:443/", "https://chat.example.org", ""),
            ("http://chat:8080/", "http://chat:8080", ""),
            ("https://example.org/chat", "https://example.org", "/chat"),
            ("https://example.org/chat/", "https://example.org", "/chat"),
            ("https://example.org/teams/red_1~2/", "https://example.org", "/teams/red_1~2"),
            ("https://[::1]:8443/chat/", "https://[::1]:8443", "/chat"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), format!("{origin}{path}/"), "{text}");
            assert_eq!((url.origin, &*url.path), (origin.parse().unwrap(), path), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_what_would_be_right() {
        for text in [
            "",
            "chat.example.org",
            "//chat.example.org",
            "ftp://chat.example.org",
            "wss://chat.example.org",
            "https://",
            "https:///chat",
            "https://me@example.org/",
            "https://example.org?x",
            "https://example.org/#x",
            "https://*.example.org",
            "https://example.org//",
            "https://example.org//chat",
            "https://example.org/chat//",
            "https://example.org/../chat",
            "https://example.org/ch at",
            "https://example.org/chat;x",
            "https://example.org/chat?x=1",
            "https://example.org/caf\u{e9}",
            "https://example.org/ui/",
            "https://example.org/api/chat",
            "https://b\u{fc}cher.example",
        ] {
            let told = text.parse::<PublicUrl>().unwrap_err();
            assert!(told.contains("https://") || told.contains("xn--"), "{text}: {told}");
        }
    }
}
