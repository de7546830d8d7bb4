//! What is known of the order in which people have their rooms.

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::order::Order;

/// The order in which a user has their rooms, as it is stored. Who has never put them in one has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderFact {
    /// The order.
    pub order: Order,
    /// Its last change's place in the user's own log.
    pub changed_seq: Seq,
}
