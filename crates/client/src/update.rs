//! What a client tells its application.

use std::time::Duration;

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::events::{Deleted, Edited, Event, Welcome};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::logs::{Entry, LogName};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::presence::{PersonTyping, PresentPeople};
use chatterbox_protocol::time::Timestamp;

use crate::outbox::{CommandAnswer, Ticket};
use crate::trouble::Trouble;

/// What has happened, each change once and in the order of its log: a room's, one's own, or the house's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The client is connected and knows everything up to now of what it follows.
    Live(Welcome),
    /// Forget the room: here is its newest page, and behind it its states that are no messages. `more` tells whether there are
    /// older messages.
    Reset {
        /// Which room.
        room: RoomId,
        /// Its newest messages, oldest first.
        messages: Vec<Message>,
        /// Whether there are older ones.
        more: bool,
    },
    /// A new message.
    Message(Message),
    /// A message in its present state, which is new or has changed unseen: it takes the place of what is known under its id.
    Present(Message),
    /// A message's text was replaced.
    Edited {
        /// Which message.
        id: MessageId,
        /// The room it is in.
        room: RoomId,
        /// The new text.
        text: String,
        /// When.
        time: Timestamp,
        /// This change's place in the room's log.
        changed: Seq,
        /// The whole message, for whoever does not hold it. Its `seen` says nothing.
        whole: Option<Box<Message>>,
    },
    /// A message is gone.
    Deleted {
        /// Which message.
        id: MessageId,
        /// The room it was in.
        room: RoomId,
    },
    /// A thing that is no message, in its present state, or gone: it takes the place of what is known under its kind and id, in
    /// the log that it names. What hangs on something that is not known is not there: [`Things`](crate::Things) knows.
    State(Entry),
    /// Forget all that is known of this log, one's own or the house's: its states follow.
    Forget(LogName),
    /// Nothing more is heard of this room: it is not there, or not for this user, or is one too many.
    Unfollowed {
        /// Which room.
        room: RoomId,
    },
    /// Who is online, before a server or to a guest that is told of no cards.
    Users(Vec<String>),
    /// Who has come and who has gone since, in the same way.
    Presence {
        /// Who is online now and was not.
        online: Vec<String>,
        /// Who was and is not now.
        offline: Vec<String>,
    },
    /// Who is online, or who has come and who has gone since this was last told, by their ids: the cards of the house's log
    /// have the names. Who is called otherwise is so by another card alone.
    People(PresentPeople),
    /// Somebody is writing something: for six seconds, or until their message comes.
    Typing(PersonTyping),
    /// One's own messages up to here have been read by someone else.
    Seen {
        /// Where.
        room: RoomId,
        /// Up to which place in the room's log.
        up_to: Seq,
    },
    /// Something that was said is stored, or refused.
    Decided(Ticket, CommandAnswer),
    /// There is no connection, or the server does not bring it up to date. The client tries again after this long, and what
    /// was said waits.
    Lost {
        /// Why.
        why: Trouble,
        /// How long it waits before the next try.
        again_in: Duration,
    },
    /// The client has ended, and tells nothing after this: trying again would not help.
    Over(Trouble),
}

impl Update {
    /// What an entry says that has been taken.
    pub(crate) fn of(event: Event) -> Option<Self> {
        match event {
            Event::Message(message) => {
                let message = Message { since: None, ..message };
                let has_changed = message.changed.is_some();
                Some(if has_changed { Self::Present(message) } else { Self::Message(message) })
            }
            Event::Edit(Edited { id, room, text, time, seq, state, .. }) => {
                let whole = state.map(|whole| Box::new(Message { since: None, ..*whole }));
                Some(Self::Edited { id, room, text, time, changed: seq, whole })
            }
            Event::Delete(Deleted { id, room, .. }) => Some(Self::Deleted { id, room }),
            Event::State(entry) => Some(Self::State(Entry { since: None, ..entry })),
            _ => None,
        }
    }

    /// What an entry of a page says, which leaves out whose log it is.
    pub(crate) fn entry(log: LogName, entry: Entry) -> Self {
        let (room, house) = match log {
            LogName::Room(room) => (Some(room), false),
            LogName::Own => (None, false),
            LogName::House => (None, true),
        };
        Self::State(Entry { room, house, since: None, ..entry })
    }
}

/// What a frame has led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// What to tell the application, in order.
    pub updates: Vec<Update>,
    /// What to send to the server, in order.
    pub say: Vec<(Option<Ref>, Command)>,
    /// The server wants to be left alone for this long; then [`State::go_on`](crate::State::go_on) tells what to send.
    pub pause: Option<Duration>,
}
