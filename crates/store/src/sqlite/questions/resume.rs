//! Resuming by state, in SQL: everything that has changed after a place, as it is now.

use chatterbox_core::logs::{Latest, all_since};
use chatterbox_protocol::ids::{ID_MAX, Seq};
use chatterbox_protocol::limits::{HISTORY_PAGE, RESUME_PAGE};
use chatterbox_protocol::logs::Entry;

use crate::sqlite::questions::logs::{self, Merged, ReadableLog};
use crate::sqlite::questions::members;
use crate::sqlite::questions::messages::newest;
use crate::sqlite::questions::rooms::{self, Readable};
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::{
    Actor, Changes, ChangesSince, Filling, Greet, Greeting, House, Missed, Page, ResumeRoom, ResumeStates, StatesPage,
};

impl Question<Actor> for Greet {
    type Answer = Greeting;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Greeting> {
        let Self { epoch, first: wanted } = self;
        let is_same_epoch = epoch.is_none_or(|known| known == snapshot.epoch);
        let had = rooms::had(&by, snapshot)?;
        let first = match wanted {
            None => None,
            Some(ResumeRoom { room, since, reset_after }) => {
                let since = if is_same_epoch { since } else { Seq(0) };
                let theirs = had.iter().find(|(row, _)| row.id == room).map(|(_, readable)| *readable);
                let at = theirs.map_or_else(|| Readable::seen(&by, room, snapshot), |readable| Ok(Some(readable)))?;
                at.map(|at| missed(snapshot, at, since, reset_after)).transpose()?
            }
        };
        let rooms = had.into_iter().map(|(row, _)| row).collect();
        Ok(Greeting { actor: by, rooms, first })
    }
}

impl Question<Actor> for ResumeRoom {
    type Answer = Missed;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Missed> {
        let Self { room, since, reset_after } = self;
        Ok(missed(snapshot, Readable::by(&by, room, snapshot)?, since, reset_after)?)
    }
}

impl Question<Actor> for ResumeStates {
    type Answer = StatesPage;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<StatesPage> {
        let Self { log, since } = self;
        let at = ReadableLog::by(&by, log, snapshot)?;
        let reset = since == Seq(0) || since > at.last();
        let page = logs::changed(snapshot, at, if reset { Seq(0) } else { since }, RESUME_PAGE)?;
        let Merged { newest, seq, more } = page.unwrap_or_default();
        let states = newest.into_iter().filter_map(Latest::state).map(Entry::in_page).collect();
        Ok(StatesPage { reset, states, seq, more })
    }
}

impl Question<House> for ChangesSince {
    type Answer = Option<Filling>;

    fn answer(self, by: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let Self { log, since, max } = self;
        let page = logs::changed(snapshot, ReadableLog::by_house(by, log, snapshot)?, since, max)?;
        Ok(page.map(|Merged { newest, seq, more }| Filling { changes: all_since(since, newest), seq, more }))
    }
}

/// What has changed since; the newest page if that is more than is wanted, or not known.
fn missed(snapshot: &Snapshot<'_>, at: Readable, since: Seq, reset_after: Option<u64>) -> rusqlite::Result<Missed> {
    let is_too_much = |reset_after| at.last().0.saturating_sub(since.0) > reset_after;
    if since > Seq(0)
        && !reset_after.is_some_and(is_too_much)
        && let Some(changes) = changes(snapshot, at, since)?
    {
        return Ok(Missed::Changes(changes));
    }
    let mut page = newest(snapshot, at, HISTORY_PAGE)?;
    page.states = things_beside(snapshot, at, &page)?;
    Ok(Missed::Everything(page))
}

/// A page of what has changed after a place, if the room has been there.
fn changes(snapshot: &Snapshot<'_>, at: Readable, since: Seq) -> rusqlite::Result<Option<Changes>> {
    let Some(page) = logs::changed(snapshot, at.into(), since, RESUME_PAGE)? else { return Ok(None) };
    let mut changes = Changes { seq: page.seq, more: page.more, ..Changes::default() };
    for newest in page.newest {
        match newest {
            Latest::Message(stored) => changes.messages.push(stored),
            Latest::Gone { id, .. } => changes.deleted.push(id),
            Latest::State(entry) => changes.states.push(entry.in_page()),
        }
    }
    changes.messages.sort_unstable_by_key(|message| message.seq);
    Ok(Some(changes))
}

/// What belongs to a room's newest page that is no message: what came and went between its messages, and what the room is.
fn things_beside(snapshot: &Snapshot<'_>, at: Readable, page: &Page) -> rusqlite::Result<Vec<Entry>> {
    let oldest = page.messages.first().filter(|_| page.more).map_or(Seq(0), |message| message.seq);
    let mut things = members::between(snapshot, at, (oldest, Seq(ID_MAX)), RESUME_PAGE)?;
    things.extend(rooms::entry(snapshot, at)?);
    things.sort_by_key(|entry| entry.seq);
    Ok(things.into_iter().map(Entry::in_page).collect())
}
