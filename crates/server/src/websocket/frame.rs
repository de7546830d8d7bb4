//! Frames from the server (RFC 6455 §5.2): unmasked, never fragmented, and encoded once into [`Bytes`] that any number
//! of sockets share. Also the words that both directions have in common: opcodes and close codes.

use bytes::{Buf, Bytes};
use serde::Serialize;

/// Bytes in the payload of a control frame at the most (§5.5).
pub const CONTROL_BYTES_MAX: usize = 125;

/// Bytes in the longest header without a mask: two, and a 64-bit length.
const HEADER_BYTES_MAX: usize = 10;

const FIN: u8 = 0x80;

/// What a frame is (§5.2). The values are those of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A further fragment of the message that began before.
    Continuation = 0x0,
    /// Text, or its first fragment.
    Text = 0x1,
    /// Bytes, or their first fragment.
    Binary = 0x2,
    /// The sender will say nothing more.
    Close = 0x8,
    /// Are you there?
    Ping = 0x9,
    /// I am here.
    Pong = 0xA,
}

impl Opcode {
    /// The opcode with this number, unless it is one of the reserved ones.
    pub fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// Whether it may stand between the fragments of a message (§5.5).
    pub fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }
}

/// Why a connection ends (§7.4). Only codes that may travel in a close frame exist as values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The page was left, or the program ends.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke a rule of RFC 6455.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of message that is not taken here: binary.
    pub const UNSUPPORTED: Self = Self(1003);
    /// A text message that is not UTF-8.
    pub const NOT_UTF8: Self = Self(1007);
    /// Against a rule of the server's own: invalid commands in a row, or too many fragments.
    pub const POLICY: Self = Self(1008);
    /// A frame or message beyond the limit.
    pub const TOO_LARGE: Self = Self(1009);
    /// A defect of the server.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts. The reason is how many milliseconds to wait before coming back.
    pub const RESTART: Self = Self(1012);
    /// The session is over: only a new login helps.
    pub const SESSION_OVER: Self = Self(4001);
    /// The client read too slowly and is owed too much: it may come back and resume.
    pub const TOO_SLOW: Self = Self(4008);
    /// Too many commands in spite of being told.
    pub const TOO_MANY_COMMANDS: Self = Self(4029);

    /// The code with this number, unless it may not be sent: below 1000, reserved for local use (1004, 1005, 1006,
    /// 1015), not registered with IANA, or from 5000 (§7.4.1, §7.4.2).
    pub fn from_wire(number: u16) -> Option<Self> {
        matches!(number, 1000..=1003 | 1007..=1014 | 3000..=4999).then_some(Self(number))
    }

    /// The number on the wire.
    pub fn get(self) -> u16 {
        self.0
    }
}

/// A text frame. The caller vouches for its being UTF-8.
pub fn text(payload: &[u8]) -> Bytes {
    encode(Opcode::Text, payload)
}

/// A text frame with the JSON of `value`.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, serde_json::Error> {
    text_of(|payload| serde_json::to_writer(payload, value))
}

/// A text frame of what is appended; the caller vouches for its being UTF-8. It is written where it stays: behind room for the
/// longest header, which then goes right in front of it.
pub fn text_of<E>(append: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Bytes, E> {
    // Most events fit, and a longer one grows the buffer like any other.
    let mut frame = Vec::with_capacity(256);
    frame.resize(HEADER_BYTES_MAX, 0);
    append(&mut frame)?;
    let (header, start) = header(Opcode::Text, frame.len() - HEADER_BYTES_MAX);
    frame[..HEADER_BYTES_MAX].copy_from_slice(&header);
    let mut frame = Bytes::from(frame);
    frame.advance(start);
    Ok(frame)
}

/// A ping. What goes beyond [`CONTROL_BYTES_MAX`] is left out.
pub fn ping(payload: &[u8]) -> Bytes {
    encode(Opcode::Ping, clip(payload))
}

/// The answer to a ping, with the ping's payload (§5.5.3). What goes beyond [`CONTROL_BYTES_MAX`] is left out.
pub fn pong(payload: &[u8]) -> Bytes {
    encode(Opcode::Pong, clip(payload))
}

/// A close frame. A reason that does not fit is cut between two characters, for a receiver must refuse half a one.
pub fn close(code: CloseCode, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(CONTROL_BYTES_MAX - 2)];
    let mut payload = Vec::with_capacity(CONTROL_BYTES_MAX);
    payload.extend_from_slice(&code.get().to_be_bytes());
    payload.extend_from_slice(reason.as_bytes());
    encode(Opcode::Close, &payload)
}

fn clip(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(CONTROL_BYTES_MAX)]
}

fn encode(opcode: Opcode, payload: &[u8]) -> Bytes {
    let (header, start) = header(opcode, payload.len());
    let header = &header[start..];
    let mut frame = Vec::with_capacity(header.len() + payload.len());
    frame.extend_from_slice(header);
    frame.extend_from_slice(payload);
    Bytes::from(frame)
}

/// The header, right-aligned, and where it starts. The length takes the shortest form that holds it, as it must (§5.2).
fn header(opcode: Opcode, length: usize) -> ([u8; HEADER_BYTES_MAX], usize) {
    let mut header = [0; HEADER_BYTES_MAX];
    let start = match length {
        0..=125 => {
            header[9] = length as u8;
            8
        }
        126..=0xFFFF => {
            header[7] = 126;
            header[8..].copy_from_slice(&(length as u16).to_be_bytes());
            6
        }
        _ => {
            header[1] = 127;
            header[2..].copy_from_slice(&(length as u64).to_be_bytes());
            0
        }
    };
    header[start] = FIN | opcode as u8;
    (header, start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_examples_byte_for_byte() {
        assert_eq!(text(b"Hello")[..], [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(ping(b"Hello")[..], [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(pong(b"Hello")[..], [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(encode(Opcode::Binary, &[0; 256])[..4], [0x82, 0x7E, 0x01, 0x00]);
        let header_64_bit = [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(encode(Opcode::Binary, &[0; 65536])[..10], header_64_bit);
    }

    #[test]
    fn the_length_takes_its_shortest_form() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (127, 4), (65535, 4), (65536, 10), (100_000, 10)] {
            let frame = text(&vec![b'a'; length]);
            assert_eq!(frame.len(), header + length, "{length}");
            assert_eq!(frame[header..], vec![b'a'; length], "{length}");
        }
    }

    #[test]
    fn json_is_framed_like_any_text() {
        for length in [0, 1, 123, 124, 125, 300, 65_533, 65_534, 70_000] {
            let value = "x".repeat(length);
            assert_eq!(json(&value).unwrap(), text(serde_json::to_string(&value).unwrap().as_bytes()), "{length}");
        }
    }

    #[test]
    fn what_cannot_be_json_is_an_error_and_not_half_a_frame() {
        assert!(json(&std::collections::BTreeMap::from([((1, 2), 3)])).is_err());
    }

    #[test]
    fn control_frames_stay_within_their_limit_and_reasons_stay_utf8() {
        assert_eq!(close(CloseCode::RESTART, "250")[..], [0x88, 0x05, 0x03, 0xF4, b'2', b'5', b'0']);
        let clipped = close(CloseCode::NORMAL, &"é".repeat(100));
        assert_eq!((clipped.len(), clipped[1]), (2 + 2 + 122, 2 + 122));
        assert!(std::str::from_utf8(&clipped[4..]).is_ok());
        assert_eq!(ping(&[7; 200]).len(), 127);
        assert_eq!(pong(&[7; 200]).len(), 127);
    }

    #[test]
    fn only_codes_that_may_travel_exist() {
        for refused in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
            assert_eq!(CloseCode::from_wire(refused), None, "{refused}");
        }
        for taken in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4001, 4999]) {
            assert_eq!(CloseCode::from_wire(taken).map(CloseCode::get), Some(taken));
        }
        for bits in 0..16 {
            assert_eq!(Opcode::from_bits(bits).is_none(), matches!(bits, 3..=7 | 11..), "{bits}");
            assert!(
                Opcode::from_bits(bits).is_none_or(|opcode| opcode as u8 == bits && opcode.is_control() == (bits > 7))
            );
        }
    }
}
