//! Why there is no connection, and whether that passes.

use std::io;

use tokio_rustls::rustls;
use tokio_websockets::Error;
use tokio_websockets::upgrade;

/// Why there is no connection. The texts are for the people who run the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody answers there.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// There is no TLS connection with a server that may be trusted. Nothing was said to it, the token least of all.
    #[error("there is no TLS connection that can be trusted: {0}")]
    Insecure(String),
    /// What answers there does not open a socket.
    #[error("no socket is opened there: HTTP status {0}{hint}", hint = hint(*.0))]
    Refused(u16),
    /// What answers there is no server of WebSockets.
    #[error("what answers there is no WebSocket server: {0}")]
    NoSocket(String),
    /// What answers there is a server of WebSockets, and not this one.
    #[error("what answers there does not speak as a ChatterBox server does: {0}")]
    Foreign(&'static str),
    /// The session is over, or the token was never a session's: log in again.
    #[error("the session is over, or the token is none: log in again")]
    SessionOver,
    /// The server does not bring the client up to date.
    #[error("the server does not show what is new: {0}")]
    Unwelcome(String),
    /// The connection broke, or nothing came for too long.
    #[error("the connection was lost: {0}")]
    Cut(String),
    /// The server has closed the connection.
    #[error("the server closed the connection ({code}): {reason}")]
    Closed {
        /// What it says to programs: see "Close codes" in docs/protocol.md.
        code: u16,
        /// What it says besides.
        reason: String,
    },
    /// The client has died of a defect of its own, and has told of it where panics are told.
    #[error("the client has a defect and has died of it")]
    Defect,
    /// Nobody reads the updates any more, or the runtime that the client lives in has ended.
    #[error("nobody listens to the client any more")]
    Unheard,
}

/// How the server closes the sockets of a session that is over.
const SESSION_OVER: u16 = 4001;

impl Trouble {
    /// A try to connect has failed.
    pub(crate) fn connecting(error: Error) -> Self {
        match error {
            Error::Upgrade(upgrade::Error::DidNotSwitchProtocols(401)) => Self::SessionOver,
            Error::Upgrade(upgrade::Error::DidNotSwitchProtocols(status)) => Self::Refused(status),
            Error::Upgrade(error) => Self::NoSocket(error.to_string()),
            Error::Io(error) => match rustls_error(&error) {
                Some(error) => Self::Insecure(error.to_string()),
                None => Self::Unreachable(error.to_string()),
            },
            Error::InvalidDNSName(error) => Self::Insecure(error.to_string()),
            Error::Rustls(error) => Self::Insecure(error.to_string()),
            error => Self::Unreachable(error.to_string()),
        }
    }

    /// The server has said goodbye.
    pub(crate) fn closed(code: u16, reason: &str) -> Self {
        if code == SESSION_OVER { Self::SessionOver } else { Self::Closed { code, reason: reason.to_owned() } }
    }

    /// Whether trying again is of no use. What says that something is set up wrongly is believed as long as it has never
    /// been right: a client that was live before waits until it is so again.
    pub(crate) fn is_final(&self, was_live: bool) -> bool {
        match self {
            Self::SessionOver | Self::Defect | Self::Unheard => true,
            Self::Insecure(_) | Self::NoSocket(_) | Self::Foreign(_) => !was_live,
            Self::Refused(status) => !was_live && !matches!(status, 408 | 425 | 429 | 500..),
            Self::Unreachable(_) | Self::Unwelcome(_) | Self::Cut(_) | Self::Closed { .. } => false,
        }
    }
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn hint(status: u16) -> &'static str {
    match status {
        200..=299 => ": is the path right, and does this network want you to sign in first?",
        300..=399 => ", which leads elsewhere: give the address that it leads to",
        403 => ": the server does not let this program in",
        404 | 405 => ": is the path right? It ends in /ws",
        429 | 500.. => ": it has too much to do, or is not well",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_up_wrongly_ends_a_client_unless_it_was_right_before() {
        let insecure = Trouble::Insecure("UnknownIssuer".to_owned());
        let no_socket = Trouble::NoSocket("no".to_owned());
        for status in [200, 301, 302, 308, 400, 403, 404, 405, 421, 426] {
            let refused = Trouble::Refused(status);
            assert!(refused.is_final(false) && !refused.is_final(true), "{status}");
        }
        for trouble in [insecure, no_socket, Trouble::Foreign("no event")] {
            assert!(trouble.is_final(false) && !trouble.is_final(true), "{trouble:?}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504, 507] {
            assert!(!Trouble::Refused(status).is_final(false), "{status}");
        }
        let cut = Trouble::Cut("reset".to_owned());
        for trouble in [Trouble::Unreachable("refused".to_owned()), cut, Trouble::closed(1012, "1500")] {
            assert!(!trouble.is_final(false), "{trouble:?}");
        }
        for trouble in [Trouble::SessionOver, Trouble::closed(4001, ""), Trouble::Unheard] {
            assert!(trouble.is_final(false) && trouble.is_final(true), "{trouble:?}");
        }
    }
}
