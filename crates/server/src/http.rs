//! HTTP: from the first request of a connection to the handler that answers at its address. A handler turns a request into
//! something typed and hands it on; rules are in `core`, SQL is in `store`.

mod authentication;
mod body;
mod connection;
mod device_links;
mod direct;
mod door;
mod doors;
mod headers;
mod health;
mod host;
mod invitations;
mod me;
mod members;
mod messages;
mod metrics;
mod mutes;
mod order;
mod pages;
mod pictures;
mod place;
mod query;
mod rooms;
mod screen;
mod segment;
mod sessions;
mod upgrade;
mod users;

pub(crate) use connection::HttpConnections;
