//! What somebody says who comes to a server to hear of some rooms.

use serde_json::{Value, json};

/// Somebody who comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrance<'a> {
    pub(crate) token: &'a str,
    /// What they follow, the room on screen first.
    pub(crate) rooms: &'a [u64],
    /// The number of the last change that they know in each of these, if they were there before.
    pub(crate) known: Option<u64>,
    /// The same of their own log.
    pub(crate) own: u64,
    /// The same of the house's.
    pub(crate) house: u64,
    /// Whom they draw, and are told of; without it, they are told of everybody.
    pub(crate) watches: Option<&'a [u64]>,
}

impl Entrance<'_> {
    /// The `hello` of that.
    pub(crate) fn hello(&self) -> String {
        let follow = |room: &u64| match self.known {
            Some(seq) => json!({"room": room, "seq": seq}),
            None => json!({"room": room}),
        };
        let follow: Vec<Value> = self.rooms.iter().map(follow).collect();
        let mut hello = json!({"type": "hello", "follow": follow, "own": self.own, "house": self.house});
        if let Some(people) = self.watches {
            hello["people"] = json!(people);
            hello["idle"] = json!(0);
        }
        hello.to_string()
    }
}
