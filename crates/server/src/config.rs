//! The configuration of `serve`: an option of the command line goes before an environment variable, that before a line
//! of the TOML file, that before the default.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use chatterbox_protocol::limits::HISTORY_PAGE;
use clap::{Args, ValueEnum};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::gateway::origin::Origin;
use crate::place::Host;
use crate::public_url::PublicUrl;
use crate::trusted_proxy::TrustedProxy;

/// The file that is read if `--config` names none and it exists.
const DEFAULT_FILE: &str = "chatterbox.toml";

/// What may be said of the server, on the command line, in the environment and in the file. Nothing need be.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServeOptions {
    /// The address to listen on [default: 127.0.0.1:8000].
    #[arg(long, env = "CHATTERBOX_LISTEN", value_name = "ADDRESS:PORT", value_parser = address)]
    #[serde(default, deserialize_with = "address_line")]
    pub listen: Option<SocketAddr>,
    /// The directory that holds all data; made if it is not there [default: ./data].
    #[arg(long, env = "CHATTERBOX_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How many messages a client of the original program is shown on connecting: a number, or `all` [default: 50].
    #[arg(long, env = "CHATTERBOX_REPLAY", value_name = "N|all")]
    pub replay: Option<Replay>,
    /// Whether to limit how often someone may log in, register, connect and send [default: on].
    #[arg(long, env = "CHATTERBOX_RATE_LIMITS", value_name = "on|off")]
    pub rate_limits: Option<Switch>,
    /// The address that people open, if it is another one than the server's own, with a path if it has one
    /// (`https://example.org/chat/`): with `https:` cookies are for TLS only.
    #[arg(long, env = "CHATTERBOX_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Further names that people reach this server by, separated by commas (`chat.local`). It answers to the host of
    /// `--public-url`, to `localhost` and to bare addresses without being told.
    #[arg(long, env = "CHATTERBOX_ALLOWED_HOSTS", value_name = "HOST", value_delimiter = ',')]
    #[serde(default)]
    pub allowed_hosts: Vec<Host>,
    /// Further origins whose pages may use this server, separated by commas (`https://intranet.example.org`).
    #[arg(long, env = "CHATTERBOX_ALLOWED_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    #[serde(default)]
    pub allowed_origins: Vec<Origin>,
    /// Addresses and networks of reverse proxies whose `X-Forwarded-For` tells the client's address, separated by commas
    /// (`127.0.0.1,172.16.0.0/12`).
    #[arg(long, env = "CHATTERBOX_TRUSTED_PROXIES", value_name = "IP|NETWORK", value_delimiter = ',')]
    #[serde(default)]
    pub trusted_proxies: Vec<TrustedProxy>,
    /// A TOML file with these same options, one a line: `listen = "127.0.0.1:8000"` [default: chatterbox.toml if it exists].
    #[arg(long, env = "CHATTERBOX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// An address with a port; a name such as `localhost` stands for the first address that it has.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| "expected an address of this machine with a port, such as 127.0.0.1:8000".to_owned())
}

fn address_line<'de, D: Deserializer<'de>>(line: D) -> Result<Option<SocketAddr>, D::Error> {
    address(&String::deserialize(line)?).map(Some).map_err(D::Error::custom)
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// How much of the history a contract client is shown on connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReplayValue")]
pub enum Replay {
    /// This many of the newest messages.
    Newest(usize),
    /// Everything, as the original program did.
    All,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReplayValue {
    Number(usize),
    Word(String),
}

impl TryFrom<ReplayValue> for Replay {
    type Error = String;

    fn try_from(value: ReplayValue) -> Result<Self, String> {
        match value {
            ReplayValue::Number(count) => Ok(Self::Newest(count)),
            ReplayValue::Word(word) => word.parse(),
        }
    }
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
    /// Completes the options from the file and the defaults. Errors: an unreadable or invalid file, an address that is
    /// none, with the place and what would be right.
    pub fn complete(options: ServeOptions) -> anyhow::Result<Self> {
        let file = read_file(options.config.as_deref())?;
        Ok(Self {
            listen: options.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000))),
            data: options.data.or(file.data).unwrap_or_else(|| PathBuf::from("./data")),
            replay: options.replay.or(file.replay).unwrap_or(Replay::Newest(HISTORY_PAGE)),
            rate_limits: options.rate_limits.or(file.rate_limits).unwrap_or(Switch::On) == Switch::On,
            public_url: options.public_url.or(file.public_url),
            allowed_hosts: or(options.allowed_hosts, file.allowed_hosts),
            allowed_origins: or(options.allowed_origins, file.allowed_origins),
            trusted_proxies: or(options.trusted_proxies, file.trusted_proxies),
        })
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

fn or<T>(first: Vec<T>, second: Vec<T>) -> Vec<T> {
    if first.is_empty() { second } else { first }
}

fn read_file(named: Option<&Path>) -> anyhow::Result<ServeOptions> {
    let path = match named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => Path::new(DEFAULT_FILE),
        None => return Ok(ServeOptions::default()),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} has an error", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn with_file(text: &str, options: ServeOptions) -> anyhow::Result<Config> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        Config::complete(ServeOptions { config: Some(file.path().to_owned()), ..options })
    }

    #[test]
    fn the_command_line_goes_before_the_file_and_the_file_before_the_default() {
        let options = ServeOptions { replay: Some(Replay::All), ..ServeOptions::default() };
        let config = with_file("listen = \"127.0.0.1:9\"\nreplay = 7\nrate-limits = \"off\"\n", options).unwrap();
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.replay, Replay::All);
        assert!(!config.rate_limits);
        assert_eq!(config.data, PathBuf::from("./data"));
    }

    #[test]
    fn a_mistake_in_the_file_is_told_with_its_place() {
        let error = format!("{:#}", with_file("listn = \"x\"\n", ServeOptions::default()).unwrap_err());
        assert!(error.contains("listn") && error.contains("line 1"), "{error}");
        assert!(with_file("replay = \"some\"", ServeOptions::default()).is_err());
        assert!(with_file("listen = \"127.0.0.1\"", ServeOptions::default()).is_err());
        assert!(with_file("allowed-origins = [\"example.org\"]", ServeOptions::default()).is_err());
        assert!(with_file("public-url = \"https://chat.example.org/?x\"", ServeOptions::default()).is_err());
        assert!(with_file("allowed-hosts = [\"https://chat\"]", ServeOptions::default()).is_err());
        assert!(with_file("trusted-proxies = [\"localhost\"]", ServeOptions::default()).is_err());
    }

    #[test]
    fn the_address_to_listen_on_may_be_a_name() {
        let config = with_file("listen = \"localhost:9\"", ServeOptions::default()).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.listen.port(), 9);
        assert_eq!(with_file("", ServeOptions::default()).unwrap().listen.to_string(), "127.0.0.1:8000");
    }

    #[test]
    fn a_public_https_address_means_tls_and_may_have_a_path() {
        let config = with_file("public-url = \"https://example.org/chat/\"", ServeOptions::default()).unwrap();
        assert!(config.is_behind_tls());
        assert_eq!(config.path(), "/chat");
        let config = with_file("public-url = \"http://chat.example.org/\"", ServeOptions::default()).unwrap();
        assert!(!config.is_behind_tls());
        assert_eq!(config.path(), "");
        assert_eq!(config.own_path("/ws"), "/ws");
    }

    #[test]
    fn a_request_is_for_the_same_whether_a_proxy_takes_the_path_away_or_not() {
        let config = with_file("public-url = \"https://example.org/chat/\"", ServeOptions::default()).unwrap();
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
