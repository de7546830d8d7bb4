//! The configuration of `serve`, from its options.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use axum::http::Uri;
use chatterbox_protocol::limits::HISTORY_PAGE;
use clap::{Args, ValueEnum};

use crate::logging::Filter;

/// What may be said of the server, on the command line, in the environment and in the file. Nothing need be.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeOptions {
    /// The address to listen on [default: 127.0.0.1:8000].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// How many messages a client of the original program is shown on connecting: a number, or `all` [default: 50].
    #[arg(long, value_name = "N|all")]
    pub replay: Option<Replay>,
    /// Whether to limit how often someone may log in, register, connect and send [default: on].
    #[arg(long, value_name = "on|off")]
    pub rate_limits: Option<Switch>,
    /// The address that people open, if it is another one than the server's own: with `https:` cookies are for TLS only.
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub public_url: Option<String>,
    /// Further origins whose pages may use this server, separated by commas (`https://intranet.example.org`).
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` tells the client's address, separated by commas.
    #[arg(long, value_name = "IP", value_delimiter = ',', value_parser = proxy)]
    pub trusted_proxies: Vec<IpAddr>,
    /// What every command may be told.
    #[command(flatten)]
    pub everywhere: Everywhere,
}

/// What every command may be told.
#[derive(Debug, Clone, Default, Args)]
pub struct Everywhere {
    /// The directory that holds all data; made if it is not there [default: ./data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to log: a level (`error`, `warn`, `info`, `debug`, `trace`, `off`), or one for a part of the program as well:
    /// `warn,chatterbox_store=debug` [default: info].
    #[arg(long, value_name = "FILTER")]
    pub log: Option<Filter>,
    /// A TOML file with these same options, one a line: `listen = "127.0.0.1:8000"` [default: chatterbox.toml if it exists].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Everywhere {
    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("./data"))
    }
}

/// An address with a port; a name such as `localhost` stands for the first address that it has.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| "expected an address of this machine with a port, such as 127.0.0.1:8000".to_owned())
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// How much of the history a contract client is shown on connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// This many of the newest messages.
    Newest(usize),
    /// Everything, as the original program did.
    All,
}

impl FromStr for Replay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            number => {
                number.parse().map(Self::Newest).map_err(|_| "expected a number of messages, or `all`".to_owned())
            }
        }
    }
}

/// The configuration, complete and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where all data is.
    pub data: PathBuf,
    /// What a contract client is shown on connecting.
    pub replay: Replay,
    /// Whether rates and connections of one user or address are limited.
    pub rate_limits: bool,
    /// Whether people reach the server over TLS.
    pub is_behind_tls: bool,
    /// Origins, other than the server's own, whose pages may use it.
    pub allowed_origins: Vec<String>,
    /// Proxies that are believed when they name the client's address.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Config {
    /// Completes the options with the defaults.
    pub fn complete(options: ServeOptions) -> Self {
        let mut allowed_origins = options.allowed_origins;
        let is_behind_tls = options.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        allowed_origins.extend(options.public_url);
        Self {
            listen: options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000))),
            data: options.everywhere.data(),
            replay: options.replay.unwrap_or(Replay::Newest(HISTORY_PAGE)),
            rate_limits: options.rate_limits.unwrap_or(Switch::On) == Switch::On,
            is_behind_tls,
            allowed_origins,
            trusted_proxies: options.trusted_proxies,
        }
    }
}

impl Config {
    /// Whether a proxy at this address is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.contains(&address.to_canonical())
    }
}

/// An address of a proxy, the same for both ways of writing an IPv4 address.
fn proxy(text: &str) -> Result<IpAddr, String> {
    let address: Result<IpAddr, _> = text.parse();
    address.map(|address| address.to_canonical()).map_err(|_| "expected an address such as 192.0.2.1".to_owned())
}

/// An origin, without the slash at its end.
fn origin(text: &str) -> anyhow::Result<String> {
    let origin = text.trim_end_matches('/');
    check_origin(origin)?;
    Ok(origin.to_owned())
}

fn check_origin(origin: &str) -> anyhow::Result<()> {
    let uri: Uri = origin.parse().context("expected something like https://chat.example.org")?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    if !is_web || uri.host().is_none_or(str::is_empty) || uri.path_and_query().is_some_and(|path| path.as_str() != "/")
    {
        bail!("expected a scheme, a host and perhaps a port: https://chat.example.org");
    }
    Ok(())
}
