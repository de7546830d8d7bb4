//! Many rooms and who is in which, in the database of a server that does not run: as many calls would take longer than what is
//! measured.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use rusqlite::{Connection, Transaction};
use sha2::{Digest, Sha256};

use crate::accounts;

pub(crate) const PEOPLE: usize = 2_000;
pub(crate) const ROOMS: u64 = 10_000;

/// Rooms that each of the people is in.
pub(crate) const ROOMS_EACH: usize = 200;

/// The room that everybody may read.
pub(crate) const LOBBY: u64 = 1;

/// Who is in which room is the same in every run.
const SEED: u64 = 17;

/// Longer than anything is measured for.
const SESSIONS_LAST: Duration = Duration::from_secs(24 * 3_600);

/// Somebody with a session.
pub(crate) struct Resident {
    pub(crate) token: String,
    /// The closed rooms that they are in.
    pub(crate) rooms: Vec<u64>,
}

/// The people of a house with many rooms.
pub(crate) struct Residents {
    pub(crate) people: Vec<Resident>,
    /// The number of the last change in the house's log.
    pub(crate) house: u64,
}

/// Fills a data directory with people, closed rooms with a message in each, and sessions.
pub(crate) fn furnish(server: &Path, data: &Path) -> anyhow::Result<Residents> {
    accounts::import(server, data, PEOPLE, 0)?;
    let mut rng = Rng::with_seed(SEED);
    let people: Vec<Resident> = (1..=PEOPLE).map(|user| resident(user, &mut rng)).collect();
    let mut connection = Connection::open(data.join("chatterbox.db"))?;
    let transaction = connection.transaction()?;
    for id in LOBBY + 1..=LOBBY + ROOMS {
        write_room(&transaction, id)?;
    }
    for (user, resident) in (1..).zip(&people) {
        write_resident(&transaction, user, resident)?;
    }
    let house = transaction.query_row("SELECT max(card_seq) FROM users", [], |row| row.get::<_, i64>(0))?;
    transaction.commit()?;
    Ok(Residents { people, house: u64::try_from(house)? })
}

fn resident(user: usize, rng: &mut Rng) -> Resident {
    let rooms = rng.choose_multiple(LOBBY + 1..=LOBBY + ROOMS, ROOMS_EACH);
    // As many characters as a token has.
    Resident { token: format!("{user:0>43}"), rooms }
}

fn now() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

/// Writes a closed room with a message in it.
pub(crate) fn write_room(transaction: &Transaction<'_>, id: u64) -> anyhow::Result<()> {
    let (id, now) = (id.cast_signed(), now()?);
    let mut room =
        transaction.prepare_cached("INSERT INTO rooms (id, kind, name, created_at) VALUES (?1, 'closed', ?2, ?3)")?;
    let mut message = transaction.prepare_cached(
        "INSERT INTO messages (id, room_id, seq, changed_seq, author_id, text, sent_at) VALUES (?1, ?1, 1, 1, 1, ?2, ?3)",
    )?;
    room.execute((id, format!("room {id}"), now))?;
    message.execute((id, format!("This is room {id}."), now))?;
    Ok(())
}

/// Writes somebody's session and what they belong to.
pub(crate) fn write_resident(transaction: &Transaction<'_>, user: i64, resident: &Resident) -> anyhow::Result<()> {
    let now = now()?;
    let mut membership = transaction.prepare_cached("INSERT INTO memberships (room_id, user_id) VALUES (?1, ?2)")?;
    for room in &resident.rooms {
        membership.execute((room.cast_signed(), user))?;
    }
    let mut session = transaction.prepare_cached(
        "INSERT INTO sessions (user_id, token_hash, created_at, used_at, expires_at) VALUES (?1, ?2, ?3, ?3, ?4)",
    )?;
    let expires = now + i64::try_from(SESSIONS_LAST.as_millis())?;
    session.execute((user, Sha256::digest(&resident.token).as_slice(), now, expires))?;
    Ok(())
}
