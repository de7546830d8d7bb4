//! What a client may do wrong on the level of frames.

use thiserror::Error;

use crate::websocket::frame::CloseCode;

/// The rule that a client broke. The connection ends with [`Violation::close_code`]; the text is for the diagnostics and for
/// the close frame's reason, and repeats nothing that the client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Violation {
    /// §5.1: a client masks every frame.
    #[error("frame is not masked")]
    Unmasked,
    /// §5.2: RSV1 to RSV3 belong to extensions, and none was agreed on.
    #[error("reserved bit is set")]
    ReservedBit,
    /// §5.2: 3 to 7 and 11 to 15 mean nothing yet.
    #[error("opcode is reserved")]
    ReservedOpcode,
    /// §5.5: control frames come in one piece.
    #[error("control frame is fragmented")]
    FragmentedControl,
    /// §5.5: control frames carry at most 125 bytes.
    #[error("control frame is too long")]
    LongControl,
    /// §5.5.1, §7.4: one byte of payload, a code that may not be sent, or a reason that is not UTF-8.
    #[error("close frame is malformed")]
    MalformedClose,
    /// §5.4: a continuation with nothing to continue.
    #[error("continuation without a beginning")]
    StrayContinuation,
    /// §5.4: a new message before the last one was complete.
    #[error("message inside a fragmented message")]
    NestedMessage,
    /// §5.2: the length must take the shortest form that holds it, and its topmost bit is zero.
    #[error("length is malformed")]
    MalformedLength,
    /// §8.1: text that is not UTF-8, or breaks off inside a character.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// A frame, or a message of several, beyond [`FRAME_BYTES_MAX`](chatterbox_protocol::limits::FRAME_BYTES_MAX).
    #[error("message is too large")]
    TooLarge,
    /// More than [`FRAGMENTS_MAX`](chatterbox_protocol::limits::FRAGMENTS_MAX) fragments.
    #[error("message has too many fragments")]
    TooManyFragments,
}

impl Violation {
    /// How the connection is closed (§7.4.1).
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::Unmasked
            | Self::ReservedBit
            | Self::ReservedOpcode
            | Self::FragmentedControl
            | Self::LongControl
            | Self::MalformedClose
            | Self::StrayContinuation
            | Self::NestedMessage
            | Self::MalformedLength => CloseCode::PROTOCOL_ERROR,
            Self::NotUtf8 => CloseCode::NOT_UTF8,
            Self::TooLarge => CloseCode::TOO_LARGE,
            // Not 1009, which would tell the client to send less: such a message may be tiny.
            Self::TooManyFragments => CloseCode::POLICY,
        }
    }
}
