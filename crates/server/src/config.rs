//! The configuration of `serve`, from its options.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use chatterbox_core::shard::Replay;
use chatterbox_protocol::limits::HISTORY_PAGE;
use clap::{Args, ValueEnum};

use crate::authority::Host;
use crate::diagnostics::Filter;
use crate::origin::Origin;
use crate::public_url::PublicUrl;
use crate::trusted_proxy::TrustedProxy;

/// What may be said of the server, on the command line, in the environment and in the file. Nothing need be.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeOptions {
    /// The address to listen on [default: 127.0.0.1:8000].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// How many messages a client of the original program is shown on connecting: a number, or `all` [default: 50].
    #[arg(long, value_name = "N|all", value_parser = replay)]
    pub replay: Option<Replay>,
    /// Whether to limit how often someone may log in, register, connect and send [default: on].
    #[arg(long, value_name = "on|off")]
    pub rate_limits: Option<Switch>,
    /// The address that people open, if it is another one than the server's own, with a path if it has one
    /// (`https://example.org/chat/`): with `https:` cookies are for TLS only.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Further names that people reach this server by, separated by commas (`chat.local`). It answers to the host of
    /// `--public-url`, to `localhost` and to bare addresses without being told.
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub allowed_hosts: Vec<Host>,
    /// Further origins whose pages may use this server, separated by commas (`https://intranet.example.org`).
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,
    /// Addresses and networks of reverse proxies whose `X-Forwarded-For` tells the client's address, separated by commas
    /// (`127.0.0.1,172.16.0.0/12`).
    #[arg(long, value_name = "IP|NETWORK", value_delimiter = ',')]
    pub trusted_proxies: Vec<TrustedProxy>,
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

/// How much of the history a contract client is shown on connecting: everything is what the original program showed.
fn replay(text: &str) -> Result<Replay, String> {
    match text {
        "all" => Ok(Replay::All),
        number => number.parse().map(Replay::Newest).map_err(|_| "expected a number of messages, or `all`".to_owned()),
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
    /// The address that people open, if it is another one than the server's own.
    pub public_url: Option<PublicUrl>,
    /// Names that people reach the server by, other than that one's.
    pub allowed_hosts: Vec<Host>,
    /// Origins, other than the server's own, whose pages may use it.
    pub allowed_origins: Vec<Origin>,
    /// Proxies that are believed when they name the client's address.
    pub trusted_proxies: Vec<TrustedProxy>,
}

impl Config {
    /// Completes the options with the defaults.
    pub fn complete(options: ServeOptions) -> Self {
        Self {
            listen: options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000))),
            data: options.everywhere.data(),
            replay: options.replay.unwrap_or(Replay::Newest(HISTORY_PAGE)),
            rate_limits: options.rate_limits.unwrap_or(Switch::On) == Switch::On,
            public_url: options.public_url,
            allowed_hosts: options.allowed_hosts,
            allowed_origins: options.allowed_origins,
            trusted_proxies: options.trusted_proxies,
        }
    }

    /// Whether people reach the server over TLS.
    pub fn is_behind_tls(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.origin.is_secure())
    }

    /// Whether this server goes by that name: a configured one, or one that is nobody's.
    pub fn answers_as(&self, host: &Host) -> bool {
        let is_public = self.public_url.as_ref().is_some_and(|url| url.origin.host() == host);
        is_public || self.allowed_hosts.contains(host) || host.is_nobodys_name()
    }

    /// Whether a proxy at this address is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|proxy| proxy.has(address))
    }

    /// The path under which people find the server, without a slash behind it: nearly always empty.
    pub fn path(&self) -> &str {
        self.public_url.as_ref().map_or("", |url| &url.path)
    }

    /// A request's path as the server's own. Whether the proxy in front has taken away the path that it keeps for this
    /// server is no matter.
    pub fn own_path<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.path()) {
            Some("") => "/",
            Some(own) if own.starts_with('/') => own,
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(public_url: &str) -> Config {
        Config::complete(ServeOptions { public_url: Some(public_url.parse().unwrap()), ..ServeOptions::default() })
    }

    #[test]
    fn a_public_https_address_means_tls_and_may_have_a_path() {
        let config = at("https://example.org/chat/");
        assert!(config.is_behind_tls());
        assert_eq!(config.path(), "/chat");
        let config = at("http://chat.example.org/");
        assert!(!config.is_behind_tls());
        assert_eq!(config.path(), "");
        assert_eq!(config.own_path("/ws"), "/ws");
    }

    #[test]
    fn a_request_is_for_the_same_whether_a_proxy_takes_the_path_away_or_not() {
        let config = at("https://example.org/chat/");
        for (asked, own) in [
            ("/chat/ws", "/ws"),
            ("/ws", "/ws"),
            ("/chat/", "/"),
            ("/chat", "/"),
            ("/", "/"),
            ("/chatter", "/chatter"),
            ("/chat/chat/ws", "/chat/ws"),
            ("//chat/ws", "//chat/ws"),
            ("/CHAT/ws", "/CHAT/ws"),
            ("*", "*"),
        ] {
            assert_eq!(config.own_path(asked), own, "{asked}");
        }
    }
}
