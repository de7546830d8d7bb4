//! What `chatterbox admin` wants done, and doing it.

use chatterbox_core::changes::{By, ChangeAccount, ChangePlace, OpenLeft, Refused};
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::place::Admission;
use chatterbox_protocol::users::UserPatch;
use chatterbox_store::{Credentials, CredentialsOf, House, LeftRooms, Outcome, PlaceNow, Store, Stranger};
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::refusals::{rule, storage};

/// What is wanted, as it is told to a running server.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Wish {
    /// One account, and what is to become of it.
    Account {
        /// The name or the address, as typed.
        account: String,
        change: WishChange,
    },
    /// A room that everybody has left, for somebody to look after.
    OpenRoom { room: RoomId, account: String },
    /// Which rooms everybody has left.
    LeftRooms,
    /// Who may register from now on.
    Registration(Admission),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WishChange {
    PasswordHash(String),
    Standing(UserPatch),
}

impl Wish {
    pub(super) fn new(account: String, change: AccountChange) -> Self {
        let change = match change {
            AccountChange::Password { hash } => WishChange::PasswordHash(hash),
            AccountChange::Standing(standing) => WishChange::Standing(standing),
        };
        Self::Account { account, change }
    }

    /// What is worth a line in the log of whoever does it.
    pub(super) fn deed(&self) -> Option<&'static str> {
        match self {
            Self::Account { .. } => Some("an account was changed by `chatterbox admin`"),
            Self::OpenRoom { .. } => Some("a room was opened by `chatterbox admin`"),
            Self::LeftRooms => None,
            Self::Registration(_) => Some("who may register was changed by `chatterbox admin`"),
        }
    }

    /// Does it. Answers the account's name, the rooms, one a line, or the place's name; or why not, for people.
    pub(super) async fn come_true(self, store: &Store) -> Result<String, String> {
        match self {
            Self::Account { account, change } => {
                let found = found(store, account).await?;
                let change = match change {
                    WishChange::PasswordHash(hash) => AccountChange::Password { hash },
                    WishChange::Standing(standing) => AccountChange::Standing(standing),
                };
                let changed = store.change(ChangeAccount { by: By::Holder(now()), user: found.user, change }).await;
                done(changed, found.username, Refused::LastOwner, LAST_OWNER)
            }
            Self::OpenRoom { room, account } => {
                let found = found(store, account).await?;
                let opened = store.change(OpenLeft { room, user: found.user, now: now() }).await;
                done(opened, found.username, Refused::Forbidden, NOT_LEFT)
            }
            Self::LeftRooms => {
                let left = store.ask(House, LeftRooms).await.map_err(|error| storage(&error).message)?;
                let left = left.map_err(|refused| rule(refused).message)?;
                let line = |(id, name): (RoomId, String)| format!("{id}\t{}", name.escape_debug());
                Ok(left.into_iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            Self::Registration(registration) => {
                let change = ChangePlace { by: By::Holder(now()), name: None, registration: Some(registration) };
                let changed = store.change(change).await.map_err(|error| storage(&error).message)?;
                changed.map_err(|refused| rule(refused).message)?;
                let place = store.ask(Stranger, PlaceNow).await.map_err(|error| storage(&error).message)?;
                place.map(|place| place.name).map_err(|refused| rule(refused).message)
            }
        }
    }
}

const LAST_OWNER: &str = "this is the last owner who can sign in. Make somebody else an owner first.";

const NOT_LEFT: &str = "only a closed room that everybody has left is opened like this, and for nobody who is a guest. \
    `chatterbox admin room list` says which ones there are.";

async fn found(store: &Store, typed: String) -> Result<Credentials, String> {
    let found = store.ask(House, CredentialsOf { typed }).await;
    let found = found.map_err(|error| storage(&error).message)?.map_err(|refused| rule(refused).message)?;
    found.ok_or_else(|| "nobody has this name or address".to_owned())
}

/// What came of a change, with other words for one of its refusals.
fn done(changed: Outcome<()>, name: String, expected: Refused, words: &str) -> Result<String, String> {
    match changed {
        Ok(Ok(())) => Ok(name),
        Ok(Err(refused)) if refused == expected => Err(words.to_owned()),
        Ok(Err(refused)) => Err(rule(refused).message),
        Err(error) => Err(storage(&error).message),
    }
}
