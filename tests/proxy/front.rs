//! A proxy in front of a server, at an address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rcgen::CertifiedKey;
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::harness::{PATIENCE, Plan, Server, skip};

/// The name that people open.
pub(crate) const NAME: &str = "chat.example.org";

/// Seconds after which the proxies here cut off whoever says nothing. The server's pings come every 15.
pub(crate) const IDLE_SECONDS: u64 = 20;

/// What a proxy asks for that guards its door.
pub(crate) const NAME_AND_PASSWORD: &str = "members:come in";

/// Which proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Haproxy,
    /// An nginx that asks for [`NAME_AND_PASSWORD`] first.
    GuardedNginx,
}

/// What the proxy does with the path that it keeps for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Below {
    /// There is none.
    Nothing,
    /// It takes it away.
    Taken,
    /// It leaves it.
    Left,
}

/// Every way that a server can be behind a proxy.
pub(crate) const WAYS: [(Kind, Below); 6] = [
    (Kind::Nginx, Below::Nothing),
    (Kind::Nginx, Below::Taken),
    (Kind::Nginx, Below::Left),
    (Kind::Haproxy, Below::Nothing),
    (Kind::Haproxy, Below::Taken),
    (Kind::Haproxy, Below::Left),
];

impl Kind {
    /// Debian has them where only root looks.
    fn program(self) -> PathBuf {
        let name = match self {
            Self::Nginx | Self::GuardedNginx => "nginx",
            Self::Haproxy => "haproxy",
        };
        let program = Path::new("/usr/sbin").join(name);
        if program.exists() { program } else { name.into() }
    }
}

impl Below {
    /// The path, with a slash in front and none behind.
    pub(crate) fn path(self) -> &'static str {
        if self == Self::Nothing { "" } else { "/chat" }
    }
}

/// A server, and a proxy in front of it. The proxy is killed by its id when the test ends.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) path: &'static str,
    proxy: Child,
    _server: Server,
    _directory: TempDir,
}

impl Front {
    /// Starts both; nothing if this machine has no such proxy.
    pub(crate) async fn start(kind: Kind, below: Below, plan: Plan) -> Option<Self> {
        if Command::new(kind.program()).arg("-v").output().is_err() {
            skip("proxies", &format!("there is no {}", kind.program().display()));
            return None;
        }
        let (address, path) = (own_address(), below.path());
        let url = format!("https://{NAME}:{}{path}/", address.port());
        let server = plan.with("--public-url", &url).with("--trusted-proxies", "127.0.0.1/32").start().await;
        let directory = TempDir::new().unwrap();
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let both = cert.pem() + &signing_key.serialize_pem();
        std::fs::write(directory.path().join("both.pem"), both).unwrap();
        let (text, arguments) = match kind {
            Kind::Nginx | Kind::GuardedNginx => {
                let guard = if kind == Kind::GuardedNginx { guard(directory.path()) } else { String::new() };
                (nginx(below, address, server.address, directory.path(), &guard), "-e stderr -p . -c")
            }
            Kind::Haproxy => (haproxy(below, address, server.address), "-db -f"),
        };
        std::fs::write(directory.path().join("proxy.conf"), text).unwrap();
        let mut proxy = Command::new(kind.program())
            .args(arguments.split(' '))
            .arg(directory.path().join("proxy.conf"))
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        listens(&mut proxy, address).await;
        let certificate = cert.der().clone();
        Some(Self { address, certificate, path, proxy, _server: server, _directory: directory })
    }

    /// What a page of the server has as its origin.
    pub(crate) fn origin(&self) -> String {
        format!("https://{}", self.host())
    }

    /// What a browser says as `Host`.
    pub(crate) fn host(&self) -> String {
        format!("{NAME}:{}", self.address.port())
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// An address of the loopback network that nobody else uses: it has this process's id in it.
fn own_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    (Ipv4Addr::new(127, 64 | (high & 63), middle, low), NEXT.fetch_add(1, Ordering::Relaxed)).into()
}

async fn listens(proxy: &mut Child, address: SocketAddr) {
    let begin = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(proxy.try_wait().unwrap().is_none(), "the proxy did not start");
        assert!(begin.elapsed() < PATIENCE, "the proxy does not listen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The lines that make an nginx ask for a password.
fn guard(directory: &Path) -> String {
    let file = directory.join("passwords");
    std::fs::write(&file, NAME_AND_PASSWORD.replace(':', ":{PLAIN}")).unwrap();
    format!("auth_basic Members; auth_basic_user_file {};", file.display())
}

/// As docs/operating.md has it, but for the times, and for what a proxy of one process needs that nobody has installed.
fn nginx(below: Below, address: SocketAddr, server: SocketAddr, directory: &Path, guard: &str) -> String {
    let (location, slash) = match below {
        Below::Nothing => ("/", ""),
        Below::Taken => ("/chat/", "/"),
        Below::Left => ("/chat/", ""),
    };
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| {
        let folder = directory.join(name);
        format!("{name}_temp_path {};", folder.display())
    });
    // As root it would work as somebody else, who cannot read our files; as anybody else it says that this means nothing.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    format!(
        "daemon off; master_process off; {user} pid nginx.pid; error_log stderr crit;
events {{}}
http {{
    access_log off; {}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen {address} ssl;
        ssl_certificate both.pem;
        ssl_certificate_key both.pem;
        {guard}
        location {location} {{
            proxy_pass http://{server}{slash};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_read_timeout {IDLE_SECONDS}s;
            proxy_send_timeout {IDLE_SECONDS}s;
        }}
    }}
}}
",
        folders.join(" ")
    )
}

/// As docs/operating.md has it, but for the times.
fn haproxy(below: Below, address: SocketAddr, server: SocketAddr) -> String {
    let rules = match below {
        Below::Nothing => "",
        Below::Taken => "http-request replace-path /chat/(.*) /\\1",
        Below::Left => "http-request deny status 404 unless { path_beg /chat/ }",
    };
    format!(
        "defaults
    mode http
    option forwardfor
    timeout connect 5s
    timeout client {IDLE_SECONDS}s
    timeout server {IDLE_SECONDS}s
    timeout tunnel {IDLE_SECONDS}s
frontend people
    bind {address} ssl crt both.pem
    {rules}
    default_backend chatterbox
backend chatterbox
    option httpchk GET /healthz
    server chatterbox {server} check inter 500ms
"
    )
}
