//! Questions about the place, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::place::{KnownPlace, PlaceState};
use rusqlite::{Connection, Row};

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot, users};
use crate::sqlite::rows;
use crate::{PlaceNow, Stranger};

const STATE: &str = "SELECT place_name, registration, place_seq FROM house";

/// What the place is, in the house's log, once it was changed.
pub(super) const PLACE: Strand = Strand {
    since: "SELECT place_name, registration, place_seq FROM house WHERE id = 1 AND place_seq > ?2 LIMIT ?3",
    read: |row| {
        let (state, seq) = state_of(row)?;
        Ok(Latest::State(Entry::of_place(seq, state)))
    },
};

fn state_of(row: &Row<'_>) -> rusqlite::Result<(PlaceState, Seq)> {
    let state = PlaceState { name: row.get(0)?, registration: rows::admission(row, 1)? };
    Ok((state, Seq(rows::number(row, 2)?)))
}

/// What the place is, and the number of its last change in the house's log.
pub(in crate::sqlite) fn state(connection: &Connection) -> rusqlite::Result<(PlaceState, Seq)> {
    connection.prepare_cached(STATE)?.query_row([], state_of)
}

impl Question<Stranger> for PlaceNow {
    type Answer = KnownPlace;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<KnownPlace> {
        let PlaceState { name, registration } = state(snapshot.connection)?.0;
        Ok(KnownPlace { name, registration, unclaimed: !users::exist(snapshot.connection)? })
    }
}
