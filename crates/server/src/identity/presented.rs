//! The session that a request presents.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::{Actor, Bearer, Store, WhoAmI};

use super::cookies;
use crate::clock::now;
use crate::config::Config;
use crate::fields::only;
use crate::refusals::{ProblemResponse, unauthorized};
use crate::tokens::{self, TokenHash};

/// The header of our own that shows a token. `Authorization` may be somebody else's: of a proxy that asks for a password
/// before it lets anybody through.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("chatterbox-token");

/// A token as it came, and by which way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// `Chatterbox-Token`, `Authorization: Bearer`, or `?token=`: only a program or page that holds the token can have sent
    /// it.
    ByHolder(String),
    /// The two cookies: a browser sends them whoever made the request.
    ByCookie(String),
}

impl Presented {
    /// The token behind the `?` of an address, if there is one. Errors: there are two.
    pub(crate) fn in_query(query: &str) -> Result<Option<Self>, Refusal> {
        let mut tokens = query.split('&').filter_map(|pair| match pair.split_once('=').unwrap_or((pair, "")) {
            ("token", token) => Some(Self::ByHolder(token.to_owned())),
            _ => None,
        });
        let token = tokens.next();
        match tokens.next() {
            None => Ok(token),
            Some(_) => Err(Refusal::field(ErrorCode::InvalidField, "token", "`token` may be there only once.")),
        }
    }

    /// The token in the headers, if there is one. What the sender means goes before what a browser adds: our own header,
    /// then a bearer token, then the cookies. What is meant and none, or two, is not made good by what comes after it.
    pub(crate) fn in_headers(headers: &HeaderMap, config: &Config) -> Option<Self> {
        if headers.contains_key(TOKEN) {
            return only(headers, &TOKEN)?.to_str().ok().map(|token| Self::ByHolder(token.to_owned()));
        }
        if headers.contains_key(header::AUTHORIZATION) {
            let value = only(headers, &header::AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            // Another scheme is for somebody in front of this server.
            if scheme.eq_ignore_ascii_case("bearer") {
                return Some(Self::ByHolder(token.trim().to_owned()));
            }
        }
        cookies::shown(headers, config).map(Self::ByCookie)
    }

    /// What the store knows the token by; nothing if it is none.
    pub(crate) fn hash(&self) -> Option<TokenHash> {
        let (Self::ByHolder(token) | Self::ByCookie(token)) = self;
        tokens::hash(token)
    }

    /// The user whose live session this is. Errors: unauthorized, or storage does not answer.
    pub(crate) async fn actor(&self, store: &Store) -> Result<Actor, ProblemResponse> {
        let token_hash = self.hash().ok_or_else(unauthorized)?;
        Ok(store.ask(Bearer { token_hash, now: now() }, WhoAmI).await??)
    }
}

/// Whose live session a request shows, if it can be said at once. This is for budgets; who may do what is asked with
/// [`Presented::actor`].
pub(crate) fn signed_in(request: &Parts, config: &Config, store: &Store) -> Option<Actor> {
    let in_query = Presented::in_query(request.uri.query().unwrap_or_default()).ok()?;
    let presented = in_query.or_else(|| Presented::in_headers(&request.headers, config));
    store.ask_now(Bearer { token_hash: presented?.hash()?, now: now() }, WhoAmI)?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x27_a_token_is_there_once_or_not_at_all() {
        let token = |token: &str| Some(Presented::ByHolder(token.to_owned()));
        assert_eq!(Presented::in_query("token=abc"), Ok(token("abc")));
        assert_eq!(Presented::in_query("hello&token=abc&x=1"), Ok(token("abc")));
        assert_eq!(Presented::in_query("token"), Ok(token("")));
        assert_eq!(Presented::in_query("tokens=abc"), Ok(None));
        assert_eq!(Presented::in_query(""), Ok(None));
        for twice in ["token=a&token=b", "token=a&token=a", "token&x&token"] {
            assert!(Presented::in_query(twice).is_err(), "{twice}");
        }
    }
}
