//! Questions about the pictures that people show of themselves, in SQL.

use chatterbox_core::changes::{Refused, Thing};
use chatterbox_protocol::users::Role;
use rusqlite::{OptionalExtension, params};

use crate::sqlite::questions::{Answered, Question, Snapshot, members};
use crate::{Actor, PictureOf};

const BY_VERSION: &str = "SELECT bytes FROM pictures WHERE user_id = ?1 AND version = ?2";

impl Question<Actor> for PictureOf {
    type Answer = Vec<u8>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Vec<u8>> {
        let unseen = Refused::NotFound(Thing::Picture);
        if by.role == Role::Guest && !members::company(snapshot, &by)?.contains(&self.user) {
            return Err(unseen.into());
        }
        let key = params![self.user.to_i64(), self.version];
        let found = snapshot.connection.prepare_cached(BY_VERSION)?.query_row(key, |row| row.get(0)).optional()?;
        Ok(found.ok_or(unseen)?)
    }
}
