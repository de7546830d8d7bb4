//! Somebody who comes over TLS, from an address of the loopback network.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_websockets::{ClientBuilder, WebSocketStream};

use crate::front::{Front, NAME};
use crate::harness::{PASSWORD, within};

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    /// Everything, the head and the body.
    pub(crate) text: String,
}

impl Said {
    /// A field of the head.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields(name).next()
    }

    fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The cookies that a browser is to keep, with their attributes.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        self.fields("set-cookie").map(str::to_owned).collect()
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        let body = self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{self:?} has no JSON"))
    }
}

/// Opens a connection to the proxy from an address that ends like this.
pub(crate) async fn connect(front: &Front, from: u8) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(front.certificate.clone()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, from), 0))).unwrap();
    within("a connection over TLS", async {
        let stream = socket.connect(front.address).await.unwrap();
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await.unwrap()
    })
    .await
}

/// Sends these bytes, and hears everything that comes until it is hung up.
pub(crate) async fn says(front: &Front, from: u8, bytes: &[u8]) -> Said {
    let mut stream = connect(front, from).await;
    let mut answer = Vec::new();
    within("an answer", async {
        stream.write_all(bytes).await.unwrap();
        // A proxy that hangs up without the last word of TLS has said everything all the same.
        let _ = stream.read_to_end(&mut answer).await;
    })
    .await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Said { status, text }
}

/// Asks with a method and a path below that of the server, with these fields and this body.
pub(crate) async fn asks(front: &Front, from: u8, what: &str, fields: &[(&str, &str)], body: &str) -> Said {
    let (method, path) = what.split_once(' ').unwrap();
    let mut request = format!("{method} {}{path} HTTP/1.1\r\nConnection: close\r\n", front.path);
    let host = front.host();
    for (name, value) in
        [("Host", &*host)].iter().filter(|_| fields.iter().all(|(name, _)| *name != "Host")).chain(fields)
    {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    says(front, from, format!("{request}\r\n{body}").as_bytes()).await
}

/// How a browser shows the cookies that it keeps.
pub(crate) fn shown(cookies: &[String]) -> String {
    let pairs: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();
    pairs.join("; ")
}

/// Ada registers and logs in. Returns her cookies.
pub(crate) async fn ada_logs_in(front: &Front) -> Vec<String> {
    let origin = front.origin();
    let body = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD}).to_string();
    let registered = asks(front, 2, "POST /register", &[("Origin", &origin)], &body).await;
    assert_eq!(registered.status, 200, "{registered:?}");
    let body = json!({"username": "ada", "password": PASSWORD}).to_string();
    let login = asks(front, 2, "POST /login", &[("Origin", &origin)], &body).await;
    assert_eq!(login.status, 200, "{login:?}");
    login.set_cookies()
}

/// Opens a socket with cookies, as a page of this origin does. Nothing if it is refused.
pub(crate) async fn opens(
    front: &Front,
    cookies: &[String],
    origin: &str,
) -> Option<WebSocketStream<TlsStream<TcpStream>>> {
    let address = format!("wss://{}{}/ws", front.host(), front.path);
    let mut builder = ClientBuilder::new().uri(&address).unwrap();
    for (name, value) in [("cookie", &*shown(cookies)), ("origin", origin)] {
        builder = builder.add_header(name.parse().unwrap(), value.parse().unwrap()).unwrap();
    }
    let stream = connect(front, 2).await;
    within("the handshake", builder.connect_on(stream)).await.ok().map(|(socket, _)| socket)
}
