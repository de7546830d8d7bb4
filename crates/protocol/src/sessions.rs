//! Sessions: the list of places where one is logged in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::SessionId;
use crate::time::Timestamp;

/// One of the user's own live sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Session {
    /// Names the session, to revoke it.
    pub id: SessionId,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to within a few minutes.
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
