//! Resuming by state, in SQL: everything that has changed after a place, as it is now.

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::limits::{HISTORY_PAGE, PAGE_BYTES, RESUME_PAGE};

use crate::sqlite::questions::messages::{is_deleted, newest, select_stored, stored_of};
use crate::sqlite::questions::rooms::{self, Readable};
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::{Actor, Changes, ChangesSince, Greet, Greeting, House, Missed, ResumeRoom};

/// What was sent since and is as it was sent, and what was changed since: each is in the order of an index, and SQLite
/// merges the two without sorting.
const SINCE: &str = concat!(
    select_stored!(
        "messages.seq",
        "WHERE messages.room_id = ?1 AND messages.seq > ?2 AND messages.changed_seq = messages.seq"
    ),
    "
UNION ALL ",
    select_stored!("WHERE messages.room_id = ?1 AND messages.changed_seq > ?2 AND messages.changed_seq > messages.seq"),
    "
ORDER BY changed_seq LIMIT ?3"
);

impl Question<Actor> for Greet {
    type Answer = Greeting;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Greeting> {
        let Self { epoch, first: wanted } = self;
        let is_same_epoch = epoch.is_none_or(|known| known == snapshot.epoch);
        let (mut rooms, mut first) = (Vec::new(), None);
        for (row, readable) in rooms::seen(&by, snapshot)? {
            if let Some(ResumeRoom { since, reset_after, .. }) = wanted.filter(|wanted| wanted.room == row.id) {
                let since = if is_same_epoch { since } else { Seq(0) };
                first = Some(missed(snapshot, readable, since, reset_after)?);
            }
            rooms.push(row);
        }
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

impl Question<House> for ChangesSince {
    type Answer = Option<Changes>;

    fn answer(self, by: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let Self { room, since, max } = self;
        Ok(changes(snapshot, Readable::by_house(by, room, snapshot)?, since, max)?)
    }
}

/// What has changed since; the newest page if that is more than is wanted, or not known.
fn missed(snapshot: &Snapshot<'_>, at: Readable, since: Seq, reset_after: Option<u64>) -> rusqlite::Result<Missed> {
    let is_too_much = |reset_after| at.last().0.saturating_sub(since.0) > reset_after;
    if since > Seq(0)
        && !reset_after.is_some_and(is_too_much)
        && let Some(changes) = changes(snapshot, at, since, RESUME_PAGE)?
    {
        return Ok(Missed::Changes(changes));
    }
    Ok(Missed::Everything(newest(snapshot, at, HISTORY_PAGE)?))
}

/// A page of what has changed after a place, if the room has been there.
fn changes(snapshot: &Snapshot<'_>, at: Readable, since: Seq, max: usize) -> rusqlite::Result<Option<Changes>> {
    if since > at.last() {
        return Ok(None);
    }
    let rows_max = i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1);
    let mut changes = Changes { messages: Vec::new(), deleted: Vec::new(), seq: since, more: false };
    let mut query = snapshot.connection.prepare_cached(SINCE)?;
    let mut found = query.query([at.room().to_i64(), since.to_i64(), rows_max])?;
    let (mut count, mut text_bytes) = (0, 0);
    while let Some(row) = found.next()? {
        let message = stored_of(row)?;
        text_bytes += message.text.len();
        if count == max || (count > 0 && text_bytes > PAGE_BYTES) {
            changes.more = true;
            break;
        }
        count += 1;
        changes.seq = message.changed_seq;
        if is_deleted(row)? {
            changes.deleted.push((message.id, message.changed_seq));
        } else {
            changes.messages.push(message);
        }
    }
    if !changes.more {
        // Changes that a later one of the same message has overtaken leave numbers without a row.
        changes.seq = at.last();
    }
    changes.messages.sort_unstable_by_key(|message| message.seq);
    Ok(Some(changes))
}

#[cfg(test)]
mod tests;
