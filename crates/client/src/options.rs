//! Where to connect, and as whom. What cannot work, or would say less than it seems to, is refused here, before anything
//! is sent.

use std::sync::Arc;

use chatterbox_protocol::ids::RoomId;
use http::{HeaderValue, Uri};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Options {
    pub(crate) url: Uri,
    /// As the header that shows it: unlike an address, that stands in no proxy's log.
    pub(crate) authorization: HeaderValue,
    /// What makes the connection secret; none if the address does not promise that.
    pub(crate) tls: Option<TlsConnector>,
    /// The rooms to follow; none for all that one may see.
    pub(crate) rooms: Option<Vec<RoomId>>,
}

/// Why one cannot connect like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The address is none of a server's socket.
    #[error("the address must be like wss://chat.example.org/ws, or ws://127.0.0.1:8000/ws without TLS: {0}")]
    Address(&'static str),
    /// The token is none.
    #[error("the token must be as `/login` has answered it, without blanks, line ends or anything around it")]
    Token,
    /// There is no certificate authority to trust.
    #[error("there are no certificates to trust: {0}")]
    Roots(String),
}

impl Options {
    /// The address of the server's socket and the session's token. `wss://` is TLS, by the certificate authorities that the
    /// system trusts; `ws://` is not secret.
    pub fn new(address: &str, token: &str) -> Result<Self, Unusable> {
        Self::build(address, token, None)
    }

    /// The same for a `wss://` address, trusting these certificate authorities and no others: one certificate or more, in
    /// the PEM format.
    pub fn trusting(address: &str, token: &str, authorities: &[u8]) -> Result<Self, Unusable> {
        Self::build(address, token, Some(authorities))
    }

    fn build(address: &str, token: &str, authorities: Option<&[u8]>) -> Result<Self, Unusable> {
        let (url, promises_tls) = socket_address(address)?;
        let authorization = authorization(token)?;
        let tls = match (promises_tls, authorities) {
            (true, Some(pem)) => Some(connector(own_roots(pem)?)?),
            (true, None) => Some(connector(system_roots()?)?),
            (false, None) => None,
            (false, Some(_)) => return Err(Unusable::Address("certificates are for wss://")),
        };
        Ok(Self { url, authorization, tls, rooms: None })
    }

    /// Follows these rooms and no others, the first one first: up to 500. Without it, all that one may see.
    #[must_use]
    pub fn following(self, rooms: impl IntoIterator<Item = RoomId>) -> Self {
        Self { rooms: Some(rooms.into_iter().collect()), ..self }
    }
}

/// The address with what a client of the full view asks for, and whether it promises TLS.
fn socket_address(address: &str) -> Result<(Uri, bool), Unusable> {
    let refuse = |why| Err(Unusable::Address(why));
    let Ok(url) = address.parse::<Uri>() else { return refuse("this is no address") };
    let (scheme, authority) = match (url.scheme_str(), url.authority()) {
        (Some(scheme), Some(authority)) => (scheme.to_ascii_lowercase(), authority),
        _ => return refuse("it begins with wss:// or ws://, and names the server"),
    };
    match scheme.as_str() {
        "ws" | "wss" => {}
        "https" => return refuse("instead of https:// it begins with wss://"),
        "http" => return refuse("instead of http:// it begins with ws://"),
        _ => return refuse("it begins with wss:// or ws://"),
    }
    if authority.as_str().contains('@') {
        return refuse("there is no name or password in it");
    }
    if url.query().is_some() {
        return refuse("there is no question mark in it");
    }
    if url.host().is_none_or(str::is_empty) {
        return refuse("it names the server");
    }
    match format!("{scheme}://{authority}{}?hello", url.path()).parse() {
        Ok(url) => Ok((url, scheme == "wss")),
        Err(_) => refuse("this is no address"),
    }
}

/// A token as a header; the characters are those of RFC 6750.
fn authorization(token: &str) -> Result<HeaderValue, Unusable> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(fits) {
        return Err(Unusable::Token);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Unusable::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn own_roots(pem: &[u8]) -> Result<RootCertStore, Unusable> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| Unusable::Roots(error.to_string()))?;
        roots.add(certificate).map_err(|error| Unusable::Roots(error.to_string()))?;
    }
    some(roots, "no certificate is in the text")
}

fn system_roots() -> Result<RootCertStore, Unusable> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    some(roots, "the system has none; on Debian they are in the package ca-certificates")
}

fn some(roots: RootCertStore, otherwise: &str) -> Result<RootCertStore, Unusable> {
    if roots.is_empty() { Err(Unusable::Roots(otherwise.to_owned())) } else { Ok(roots) }
}

/// The provider is named, so that it does not matter which one the rest of a program uses.
fn connector(roots: RootCertStore) -> Result<TlsConnector, Unusable> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Unusable::Roots(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // A proxy that speaks HTTP/2 as well is not to choose it for a WebSocket of HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_promises_tls_or_does_not_and_anything_else_is_refused() {
        for (address, url, promises_tls) in [
            ("ws://127.0.0.1:8000/ws", "ws://127.0.0.1:8000/ws?hello", false),
            ("WS://[::1]:8000/ws", "ws://[::1]:8000/ws?hello", false),
            ("wss://chat.example.org/ws", "wss://chat.example.org/ws?hello", true),
            ("WSS://chat.example.org/chat/ws", "wss://chat.example.org/chat/ws?hello", true),
            ("wsS://chat.example.org", "wss://chat.example.org/?hello", true),
        ] {
            assert_eq!(socket_address(address), Ok((url.parse().unwrap(), promises_tls)), "{address}");
        }
        for address in [
            "",
            "/ws",
            "chat.example.org",
            "chat.example.org:443/ws",
            "http://chat.example.org/ws",
            "https://chat.example.org/ws",
            "HTTPS://chat.example.org/ws",
            "wss+x://chat.example.org/ws",
            "wss:/chat.example.org/ws",
            "wss:chat.example.org/ws",
            "wss://",
            "wss:///ws",
            "wss://:443/ws",
            "wss://ada:secret@chat.example.org/ws",
            "wss://chat.example.org@evil.example/ws",
            "wss://chat.example.org/ws?token=x",
            " wss://chat.example.org/ws",
            "wss://chat.example.org/w s",
        ] {
            assert!(matches!(socket_address(address), Err(Unusable::Address(_))), "{address}");
        }
    }

    #[test]
    fn a_token_with_a_blank_or_a_line_end_is_refused_before_anything_is_sent() {
        for token in ["", " ", "a b", " a", "a\n", "a\r\nX-Evil: 1", "ä", "\"a\"", "a\0"] {
            let refused = Options::new("ws://127.0.0.1:8000/ws", token).err();
            assert_eq!(refused, Some(Unusable::Token), "{token:?}");
        }
    }

    #[test]
    fn authorities_are_certificates_and_there_are_some_and_they_are_for_tls() {
        let options = |address, pem: &str| Options::trusting(address, "token", pem.as_bytes()).err();
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(options("wss://127.0.0.1/ws", pem), Some(Unusable::Roots(_))), "{pem:?}");
        }
        assert!(matches!(options("ws://127.0.0.1/ws", ""), Some(Unusable::Address(_))));
    }
}
