//! An account's change as entries of the house's log and of its user's own.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::Entry;
use smallvec::{SmallVec, smallvec};

use super::change::Decided;
use super::facts::{Facts, Row, UserFact};
use super::key::Known;
use super::told::Told;
use crate::logs::LogId;

/// The account becomes this; before, it was that, if it was there. What everybody knows of it takes the house's next number,
/// and what it is to its user the next one of their own log, as far as it has changed.
pub(super) fn account_entries<T>(
    facts: &Facts,
    id: UserId,
    before: Option<&UserFact>,
    mut row: UserFact,
    answer: T,
) -> Known<Decided<T>> {
    let mut told = SmallVec::new();
    let (card, account) = (row.card(), row.account());
    if before.map(UserFact::card).as_ref() != Some(&card) {
        let seq = facts.logs.next_of_house()?;
        row.card_seq = seq;
        told.push(Told::Entry { log: LogId::House, seq, event: Event::State(Entry::card(seq, id, card)) });
    }
    if before.map(UserFact::account).as_ref() != Some(&account) {
        // Nobody has a log of their own before they have an account.
        let seq = if before.is_some() { facts.logs.next_of_own(id)? } else { Seq(1) };
        row.account_seq = seq;
        told.push(Told::Entry { log: LogId::Own(id), seq, event: Event::State(Entry::account(seq, id, account)) });
    }
    Ok(Decided { answer, rows: smallvec![Row::User(id, row)], told })
}
