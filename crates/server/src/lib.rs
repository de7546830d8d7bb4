//! What listens: the command line, the configuration, HTTP, the WebSocket gateway and the pages. A thin shell around
//! `chatterbox-core`, which decides, and `chatterbox-store`, which keeps.

mod admin;
pub mod app;
pub mod authority;
mod backup;
mod clock;
pub mod command_line;
pub mod config;
mod console;
mod diagnostics;
mod events;
mod fields;
mod gateway;
mod head;
mod held;
pub mod http;
mod hub;
mod identity;
mod import;
mod last_words;
pub mod listener;
mod metrics;
mod options;
pub mod origin;
mod passwords;
mod protection;
pub mod public_url;
mod readiness;
mod refusals;
pub mod serve;
mod tasks;
mod throttle;
mod tokens;
pub mod trusted_proxy;
pub mod websocket;
mod wiping;
