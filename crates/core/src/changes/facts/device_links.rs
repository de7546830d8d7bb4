//! What is known of links by which people sign in on another device.

use chatterbox_protocol::ids::{Seq, SessionId, UserId};
use chatterbox_protocol::sessions::NewDevice;
use chatterbox_protocol::time::Timestamp;

use super::Facts;
use crate::changes::key::Known;

/// What a user has of such links, as it is stored. Who has never made one has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceLinkFact {
    /// The one that may be used still.
    pub left: Option<LeftLink>,
    /// What was begun last by one.
    pub device: Option<NewDevice>,
    /// The place in the user's own log of what was begun last; 0 if nothing was.
    pub changed_seq: Seq,
}

/// A link that has not been used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftLink {
    /// Of its code.
    pub code_hash: [u8; 32],
    /// The session that made it, and that it ends with.
    pub made_by: SessionId,
    /// From when on it signs nobody in.
    pub expires: Timestamp,
}

impl Facts {
    /// What a user has of such links if they have no link any more; none if they have none as it is.
    pub(in crate::changes) fn without_link(&self, user: UserId) -> Known<Option<DeviceLinkFact>> {
        let fact = self.device_link(user)?.filter(|fact| fact.left.is_some());
        Ok(fact.map(|fact| DeviceLinkFact { left: None, ..fact.clone() }))
    }
}
