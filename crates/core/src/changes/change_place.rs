//! Changing the place.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::place::{Admission, PlaceState};

use super::acting::Acting;
use super::change::{Change, Decided, Undecided};
use super::change_account::By;
use super::facts::{Facts, PlaceFact, Row};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::logs::LogId;
use crate::permissions::{Action, Whose, may};
use crate::place::PlaceName;

/// The place has another name, or others may register from now on, unless it is so already.
///
/// Refuses [`Refused::Unauthorized`] and [`Refused::Forbidden`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePlace {
    /// Who wants it.
    pub by: By,
    /// What it is to be called.
    pub name: Option<PlaceName>,
    /// Who is to register.
    pub registration: Option<Admission>,
}

impl Change for ChangePlace {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let by = match self.by {
            By::Holder(_) => None,
            By::User(author, _) => Some(author.keys()),
        };
        [Key::Place, Key::HouseLog].into_iter().chain(by.into_iter().flatten()).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let mut use_of_session = None;
        if let By::User(author, now) = self.by {
            let acting = Acting::find(facts, author, Some(now))?;
            if !may(acting.account.role, Action::ChangePlace, Whose::Foreign) {
                return Err(Refused::Forbidden.into());
            }
            use_of_session = acting.use_of_session(now);
        }
        let before = facts.place()?.state;
        let state = PlaceState {
            name: self.name.as_ref().map_or_else(|| before.name.clone(), |name| name.as_str().to_owned()),
            registration: self.registration.unwrap_or(before.registration),
        };
        let mut decided = Decided::nothing(());
        if state != before {
            let (row, told) = becomes(state, facts.logs.next_of_house()?);
            decided.rows.push(row);
            decided.told.push(told);
        }
        decided.rows.extend(use_of_session);
        Ok(decided)
    }
}

/// The place becomes this, by this change in the house's log.
pub(super) fn becomes(state: PlaceState, seq: Seq) -> (Row, Told) {
    let event = Event::State(Entry::of_place(seq, state.clone()));
    (Row::Place(PlaceFact { state, changed_seq: seq }), Told::Entry { log: LogId::House, seq, event })
}
