//! What travels between ChatterBox and its clients: [commands], [events], REST bodies, [error codes](errors) and
//! [limits]. Everything is plain data: this crate does no I/O, reads no clock and knows no other part of the house.

pub mod availability;
pub mod characters;
pub mod commands;
pub mod decode;
pub mod errors;
pub mod events;
pub mod ids;
pub mod invitations;
pub mod limits;
pub mod logs;
pub mod messages;
pub mod order;
pub mod place;
pub mod presence;
pub mod profiles;
pub mod rooms;
pub mod sessions;
pub mod time;
pub mod typescript;
pub mod users;
