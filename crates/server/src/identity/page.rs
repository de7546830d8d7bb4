//! Which page a request comes from (RFC 6454). A browser lets any page open a socket to any server and sends its cookies
//! along, so the `Origin` that it adds is all that tells our own pages from a stranger's (RFC 6455 §10.2).

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::config::Config;
use crate::fields::only;
use crate::origin::Origin;

/// What the `Origin` of a request says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginVerdict {
    /// There is none: a program, not a page. It has no one else's cookies to misuse, so it must bring a token.
    NoOrigin,
    /// The server's own page. Its cookie counts.
    Own,
    /// A configured one. It brings a token: a cookie would come along whether its page wants that or not.
    Allowed,
    /// Anyone else's page, or something that is not an origin.
    Refused,
}

/// Judges the `Origin` of a request. Our own pages are those of the public address, and those of wherever the request went:
/// there, too, over TLS alone if the public address is.
pub(crate) fn judge_origin(headers: &HeaderMap, config: &Config) -> OriginVerdict {
    if !headers.contains_key(ORIGIN) {
        return OriginVerdict::NoOrigin;
    }
    let Some(origin) = only(headers, &ORIGIN).and_then(|origin| origin.to_str().ok()).and_then(Origin::parse) else {
        return OriginVerdict::Refused;
    };
    let host = only(headers, &HOST).and_then(|host| host.to_str().ok());
    let is_public = config.public_url.as_ref().is_some_and(|url| url.origin == origin);
    let is_own = host.is_some_and(|host| origin.is_authority(host)) && (origin.is_secure() || !config.is_behind_tls());
    if is_public || is_own {
        OriginVerdict::Own
    } else if config.allowed_origins.contains(&origin) {
        OriginVerdict::Allowed
    } else {
        OriginVerdict::Refused
    }
}

/// Refuses a request that a page of a foreign origin made. Programs, which send no `Origin`, pass.
pub(crate) fn refuse_foreign_page(headers: &HeaderMap, config: &Config) -> Result<(), Refusal> {
    match judge_origin(headers, config) {
        OriginVerdict::Refused => Err(foreign_page()),
        OriginVerdict::Own | OriginVerdict::Allowed | OriginVerdict::NoOrigin => Ok(()),
    }
}

/// The page that asks is not one of this server's, or not one that this may be asked from.
pub(crate) fn foreign_page() -> Refusal {
    let message = "This may be asked only by this server's own pages, at its public address if it has one, or with a token \
                   by those of allowed origins.";
    Refusal::new(ErrorCode::OriginRefused, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServeOptions;

    fn config(options: ServeOptions) -> Config {
        Config::complete(options)
    }

    fn judge(host: &str, origin: &str) -> OriginVerdict {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        headers.insert(ORIGIN, origin.parse().unwrap());
        let allowed_origins = ["https://partner.example/", "https://PARTNER.example:8443"];
        judge_origin(
            &headers,
            &config(ServeOptions {
                allowed_origins: allowed_origins.map(|origin| origin.parse().unwrap()).to_vec(),
                ..ServeOptions::default()
            }),
        )
    }

    #[test]
    fn x10_our_own_pages_are_our_own() {
        for (host, origin) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("chat.example", "https://chat.example"),
            ("chat.example", "http://chat.example"),
            ("chat.example:443", "https://chat.example"),
            ("chat.example", "https://chat.example:443"),
            ("chat.example:80", "http://chat.example"),
            ("Chat.Example", "HTTPS://chat.EXAMPLE"),
            ("[::1]:8000", "http://[0:0::1]:8000"),
        ] {
            assert_eq!(judge(host, origin), OriginVerdict::Own, "{host} {origin}");
        }
    }

    #[test]
    fn x10_everyone_elses_pages_are_refused() {
        for origin in [
            "https://evil.example",
            "null",
            "",
            "https://sub.chat.example",
            "https://chat.example.evil.example",
            "https://evilchat.example",
            "https://xchat.example",
            "https://chat.exampl",
            "https://chat.example.",
            "https://chat.example:8443",
            "https://chat.example:80",
            "https://chat.example:0443",
            "https://chat.example:+443",
            "https://chat.example:",
            "https://chat.example:0",
            "https://chat.example:66000",
            "https://chat.example:443:443",
            "https://chat.example/",
            "https://chat.example?",
            "https://chat.example#",
            "https://chat.example@evil.example",
            "https://evil.example@chat.example",
            "https://chat.example https://evil.example",
            "https://chat.example,https://evil.example",
            "https://[chat.example]",
            "https://[::1]x",
            "https://[::1",
            "https://",
            "chat.example",
            "//chat.example",
            "://chat.example",
            "ftp://chat.example",
            "ws://chat.example",
            "file://",
            "*",
        ] {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Refused, "{origin}");
        }
    }

    #[test]
    fn x10_what_no_browser_sends_is_no_origin_even_where_host_says_the_same() {
        for host in
            ["me@chat.example", "chat.example/", "chat.example?", "chat example", "chat%2eexample", "*", "'", "[::g]"]
        {
            assert_eq!(judge(host, &format!("https://{host}")), OriginVerdict::Refused, "{host}");
        }
        for text in [
            "ht tp://chat.example",
            "1http://chat.example",
            "://chat.example",
            "https:/chat.example",
            "https://ch\u{e4}t",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn x10_configured_origins_match_as_a_whole() {
        for origin in ["https://partner.example", "https://PARTNER.example:443", "https://partner.example:8443"] {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Allowed, "{origin}");
        }
        for origin in ["http://partner.example", "https://partner.example:444", "https://a.partner.example"] {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Refused, "{origin}");
        }
    }

    #[test]
    fn x10_behind_tls_the_plain_twin_of_our_own_page_is_a_stranger() {
        let url =
            |url: &str| config(ServeOptions { public_url: Some(url.parse().unwrap()), ..ServeOptions::default() });
        let judge = |url: &Config, host: &str, origin: &str| {
            let headers = [(HOST, host.parse().unwrap()), (ORIGIN, origin.parse().unwrap())];
            judge_origin(&HeaderMap::from_iter(headers), url)
        };
        let (secure, plain) = (url("https://chat.example/"), url("http://chat.example:8080/deep/"));
        for (url, host, origin, verdict) in [
            (&secure, "chat.example", "https://chat.example", OriginVerdict::Own),
            (&secure, "127.0.0.1:8000", "https://chat.example", OriginVerdict::Own),
            (&secure, "other.example", "https://other.example", OriginVerdict::Own),
            (&secure, "chat.example", "http://chat.example", OriginVerdict::Refused),
            (&secure, "chat.example", "http://chat.example:443", OriginVerdict::Refused),
            (&secure, "127.0.0.1:8000", "http://127.0.0.1:8000", OriginVerdict::Refused),
            (&plain, "127.0.0.1:8000", "http://chat.example:8080", OriginVerdict::Own),
            (&plain, "127.0.0.1:8000", "http://127.0.0.1:8000", OriginVerdict::Own),
            (&plain, "127.0.0.1:8000", "http://chat.example", OriginVerdict::Refused),
        ] {
            assert_eq!(judge(url, host, origin), verdict, "{host} {origin}");
        }
    }

    #[test]
    fn x10_several_or_garbled_headers_are_refused_and_none_is_told_apart() {
        let (mut headers, none) = (HeaderMap::new(), config(ServeOptions::default()));
        headers.insert(HOST, "chat.example".parse().unwrap());
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::NoOrigin);
        headers.append(ORIGIN, "https://chat.example".parse().unwrap());
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::Own);
        headers.append(HOST, "chat.example".parse().unwrap());
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::Refused, "two hosts");
        headers.remove(HOST);
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::Refused, "no host");
        headers.insert(HOST, "chat.example".parse().unwrap());
        headers.append(ORIGIN, "https://chat.example".parse().unwrap());
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::Refused, "two origins");
        headers.insert(ORIGIN, axum::http::HeaderValue::from_bytes(b"https://chat.ex\xe4mple").unwrap());
        assert_eq!(judge_origin(&headers, &none), OriginVerdict::Refused, "not ASCII");
    }
}
