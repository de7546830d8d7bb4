//! What `chatterbox admin` wants done, and doing it.

use chatterbox_core::changes::{By, ChangeAccount, Refused};
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::users::UserPatch;
use chatterbox_store::{CredentialsOf, House, Store};
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::refusals::{rule, storage};

/// One account and what is to become of it, as it is told to a running server.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// The name or the address, as typed.
    account: String,
    change: WishChange,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WishChange {
    PasswordHash(String),
    Standing(UserPatch),
}

impl Wish {
    pub(super) fn new(account: String, change: AccountChange) -> Self {
        let change = match change {
            AccountChange::Password { hash } => WishChange::PasswordHash(hash),
            AccountChange::Standing(standing) => WishChange::Standing(standing),
        };
        Self { account, change }
    }

    /// Changes the account. Answers its name, or why not, for people.
    pub(super) async fn come_true(self, store: &Store) -> Result<String, String> {
        let found = store.ask(House, CredentialsOf { typed: self.account }).await;
        let found = found.map_err(|error| storage(&error).message)?.map_err(|refused| rule(refused).message)?;
        let found = found.ok_or("nobody has this name or address")?;
        let change = match self.change {
            WishChange::PasswordHash(hash) => AccountChange::Password { hash },
            WishChange::Standing(standing) => AccountChange::Standing(standing),
        };
        match store.change(ChangeAccount { by: By::Holder(now()), user: found.user, change }).await {
            Ok(Ok(())) => Ok(found.username),
            Ok(Err(Refused::LastOwner)) => {
                Err("this is the last owner who can sign in. Make somebody else an owner first.".to_owned())
            }
            Ok(Err(refused)) => Err(rule(refused).message),
            Err(error) => Err(storage(&error).message),
        }
    }
}
