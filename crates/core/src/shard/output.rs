//! Everything that a shard can want to have done.

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::ids::{RoomId, Seq};

use super::PeerId;
use crate::logs::LogId;

/// What a shard wants to have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Have the store decide this command: a `send`, `edit`, `delete`, `read` or `typing`. Commands of one connection are to be
    /// decided in the order in which they come out here.
    Submit {
        /// Whose command.
        peer: PeerId,
        /// For the answer.
        reference: Option<Ref>,
        /// The command.
        command: Command,
    },
    /// Read this for a client, in one snapshot with a look at its session.
    Read {
        /// For whom.
        peer: PeerId,
        /// What.
        wanted: Wanted,
    },
    /// The shard is to hear of all that is committed in this log from now on. What comes out behind this is to be done behind
    /// it: whatever is read after that misses nothing.
    Follow(LogId),
    /// It need hear of this log no longer.
    Unfollow(LogId),
    /// Read what has changed in a log after this change.
    Fill {
        /// Which log.
        log: LogId,
        /// The last change that is known.
        since: Seq,
    },
    /// The client is live for the first time: its user is online. Answered with [`Input::Appeared`](super::Input::Appeared).
    Appear {
        /// Which connection.
        peer: PeerId,
        /// Up to where a contract client, which cannot say what it has read, has been shown the first room.
        shown: Option<Seq>,
        /// How long ago the user had input there, in milliseconds; none if the client may never say so.
        idle_ms: Option<i64>,
        /// Whether it is told of everybody.
        of_everybody: bool,
    },
    /// The connection's user had input there so many milliseconds ago.
    HadInput {
        /// Which connection.
        peer: PeerId,
        /// How long ago.
        idle_ms: i64,
    },
    /// Find out who of those that share a room with this guest is online; for somebody else, who hides, who is online at all. To
    /// be answered with [`Input::Company`](super::Input::Company); what was published before this is to be in it.
    TellCompany(PeerId),
    /// Tell a client, with a frame of its own, up to where its messages in a room have been seen: it may have missed that.
    TellSeen {
        /// Which connection.
        peer: PeerId,
        /// Which room.
        room: RoomId,
    },
    /// What a contract client is shown of the first room counts as read from here on; with nothing shown, nothing does: it says
    /// what it reads from now on, or has lost the room.
    ReadsSilently {
        /// Which connection.
        peer: PeerId,
        /// Up to where it has been shown the room.
        shown: Option<Seq>,
    },
    /// The connection is to end: [`Shard::leave`](super::Shard::leave) has the last that is to be written.
    Close(PeerId, Ending),
}

/// What is to be read for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The newest messages of the first room.
    Newest(usize),
    /// Messages of the first room, behind this place.
    After(Seq),
    /// Who the client is and which rooms it may see, with the first page of one log.
    Welcome {
        /// The history that the client's numbers belong to, if it says.
        epoch: Option<String>,
        /// The page.
        first: WantedPage,
    },
    /// A page of a log.
    Page(WantedPage),
}

/// What has changed in a log since; its newest page if that is more than the client wants to catch up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedPage {
    /// Which log.
    pub log: LogId,
    /// The last change that the client knows; 0 if none.
    pub since: Seq,
    /// Changes past which it would rather start again.
    pub reset_after: Option<u64>,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The session was revoked or has expired.
    SessionOver,
    /// The client owes too much; it is to come back and resume.
    TooSlow,
    /// The client goes on in spite of being told to wait.
    TooManyCommands,
    /// Too many frames in a row that are no command.
    Invalid,
    /// The node is about to stop, and has answered everything.
    Draining,
    /// Another history has begun: the client is to come back and start over.
    NewEpoch,
    /// Storage does not answer.
    Failed,
}
