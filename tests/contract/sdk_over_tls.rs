//! The Rust SDK and `wss://`: a real proxy ends TLS in front of a real server, and whoever it is not sure of never learns
//! the token.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use chatterbox_client::{Client, Gone, Options, Trouble, Update};
use chatterbox_protocol::ids::RoomId;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::harness::{Server, within};

/// A certificate authority of one test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this name with its key, as haproxy reads it. `expired` ones are from the year 2000.
    fn certifies(&self, name: &str, expired: bool) -> String {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        if expired {
            (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2000, 2, 1));
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }
}

/// A haproxy that ends TLS. Its listening socket is made here and handed over, so that it is open from the start.
struct Proxy {
    address: SocketAddr,
    child: Child,
    _directory: TempDir,
}

impl Proxy {
    fn start(server: &Server, certificate: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("certificate.pem"), certificate).unwrap();
        let configuration = format!(
            "defaults\n mode http\n timeout connect 10s\n timeout client 60s\n timeout server 60s\n\
             frontend tls\n bind fd@0 ssl crt {} alpn h2,http/1.1\n default_backend chatterbox\n\
             backend chatterbox\n server chatterbox {}\n",
            path("certificate.pem"),
            server.address
        );
        std::fs::write(path("haproxy.cfg"), configuration).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut command = Command::new("haproxy");
        command.args(["-db", "-f"]).arg(path("haproxy.cfg")).stdin(Stdio::from(OwnedFd::from(listener)));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("haproxy runs: `make test` installs it");
        Self { address, child, _directory: directory }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why a client that has this address, and trusts this authority, ends before it has begun.
async fn trouble(address: &str, token: &str, authority: &Authority) -> Trouble {
    let options = Options::trusting(address, token, authority.pem().as_bytes()).unwrap();
    let (says, mut updates) = Client::start(options);
    let Err(Gone(why)) = within("the end", says.send(RoomId::FIRST, "Who is there?")).await else {
        panic!("it was sent to {address}");
    };
    assert_eq!(within("the end", updates.recv()).await, Some(Update::Over(why.clone())));
    why
}

#[tokio::test]
async fn a_program_talks_over_tls_through_a_proxy_of_an_authority_that_it_trusts() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let authority = Authority::new("Ours");
    let proxy = Proxy::start(&server, &authority.certifies("127.0.0.1", false));
    for scheme in ["wss", "WSS"] {
        let address = format!("{scheme}://{}/ws", proxy.address);
        let options = Options::trusting(&address, &ada.token, authority.pem().as_bytes()).unwrap();
        let (says, _updates) = Client::start(options);
        within("an answer", says.send(RoomId::FIRST, scheme)).await.unwrap().unwrap();
    }
    assert_eq!(ada.reads_texts().await, ["wss", "WSS"]);
    let elsewhere = format!("wss://{}/wss", proxy.address);
    assert_eq!(trouble(&elsewhere, &ada.token, &authority).await, Trouble::Refused(404));
    let address = format!("wss://{}/ws", proxy.address);
    assert_eq!(trouble(&address, "nobody", &authority).await, Trouble::SessionOver);
}

#[tokio::test]
async fn a_certificate_of_another_name_or_issuer_or_time_is_refused_and_the_token_not_shown() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let [authority, stranger, forger] = ["Ours", "Another", "Ours"].map(Authority::new);
    for (certificate, why) in [
        (authority.certifies("chat.example.org", false), "name"),
        (stranger.certifies("127.0.0.1", false), "UnknownIssuer"),
        (forger.certifies("127.0.0.1", false), "BadSignature"),
        (authority.certifies("127.0.0.1", true), "expired"),
    ] {
        let proxy = Proxy::start(&server, &certificate);
        let address = format!("wss://{}/ws", proxy.address);
        let trouble = trouble(&address, &ada.token, &authority).await;
        assert!(matches!(&trouble, Trouble::Insecure(text) if text.contains(why)), "{why}: {trouble}");
    }
    assert_eq!(ada.reads_texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_listener_without_tls_never_sees_the_token_of_a_wss_address() {
    let token = "a-token-that-is-nobodys-business";
    let authority = Authority::new("Ours");
    for scheme in ["wss", "WSS", "wsS"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("{scheme}://{}/ws", listener.local_addr().unwrap());
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut first = [0; 5];
            stream.read_exact(&mut first).unwrap();
            // What a server says that does not know of TLS.
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            let mut heard = first.to_vec();
            let _ = stream.read_to_end(&mut heard);
            heard
        });
        assert!(matches!(trouble(&address, token, &authority).await, Trouble::Insecure(_)), "{scheme}");
        let heard = heard.join().unwrap();
        assert_eq!(heard[..2], [22, 3], "{scheme}: this is no TLS");
        let text = String::from_utf8_lossy(&heard);
        assert!(!text.contains(token) && !text.contains("GET"), "{scheme}: {text}");
    }
}
