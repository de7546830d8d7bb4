//! What is asked of the store, in SQL.

pub(crate) mod messages;
pub(crate) mod resume;
pub(crate) mod rooms;
pub(crate) mod sessions;
pub(crate) mod users;
