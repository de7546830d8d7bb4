//! Who asks the store: a person by the session that they have just shown ([`Actor`](crate::Actor)) or by its token, a
//! stranger, or the house itself. Each question says whom it answers.

use chatterbox_protocol::time::Timestamp;

/// Somebody who shows a token. The store looks in the snapshot of the question who that is, and counts it as use of the
/// session: the question is then that person's, or refused as [`Unauthorized`](chatterbox_core::changes::Refused::Unauthorized). Whoever has
/// looked some time ago asks by this, because sessions end (threats.md Z3).
#[derive(Clone, Copy)]
pub struct Bearer {
    /// The hash of the token.
    pub token_hash: [u8; 32],
    /// When. Sessions that have expired by then open nothing.
    pub now: Timestamp,
}

/// Anybody, before it is known who they are.
#[derive(Debug, Clone, Copy)]
pub struct Stranger;

/// The house itself: what it reads is for all, or for whoever holds the data, and it decides what of it to show to whom.
#[derive(Debug, Clone, Copy)]
pub struct House;
