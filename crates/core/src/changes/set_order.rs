//! Putting one's rooms in an order.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::order::Order;
use chatterbox_protocol::time::Timestamp;
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, OrderFact, Row};
use super::key::Key;
use super::told::Told;
use crate::logs::LogId;

/// Somebody has their rooms in this order from now on, whatever it was before. What it names is not looked at: a room that
/// they do not have is not drawn.
///
/// Refuses [`Refused::Unauthorized`](super::Refused::Unauthorized).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOrder {
    /// Who.
    pub by: Author,
    /// All of it.
    pub order: Order,
    /// When.
    pub now: Timestamp,
}

impl Change for SetOrder {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let user = self.by.user;
        self.by.keys().into_iter().chain([Key::Order(user), Key::OwnLog(user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, order, now } = self;
        let acting = Acting::find(facts, *by, Some(*now))?;
        let before = facts.order(by.user)?.map(|fact| &fact.order);
        if before.unwrap_or(&Order::default()) == order {
            return Ok(Decided::nothing(()));
        }
        let seq = facts.logs.next_of_own(by.user)?;
        let event = Event::State(Entry::order(seq, by.user, order.clone()));
        let fact = OrderFact { order: order.clone(), changed_seq: seq };
        let mut rows = smallvec![Row::Order(by.user, Box::new(fact))];
        rows.extend(acting.use_of_session(*now));
        Ok(Decided { answer: (), rows, told: smallvec![Told::Entry { log: LogId::Own(by.user), seq, event }] })
    }
}
