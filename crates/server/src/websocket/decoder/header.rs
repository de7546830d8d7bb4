//! The header of a client's frame (RFC 6455 §5.2), judged as early as its bytes allow: everything that can be refused
//! is refused here, before a byte of payload is read or room is made for it.

use chatterbox_protocol::limits::{FRAGMENTS_MAX, FRAME_BYTES_MAX};

use super::violation::Violation;
use crate::websocket::frame::{CONTROL_BYTES_MAX, Opcode};

/// Bytes in the longest header: two, a 64-bit length and the mask.
pub(super) const HEADER_BYTES_MAX: usize = 14;

/// What a header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) opcode: Opcode,
    pub(super) fin: bool,
    pub(super) mask: [u8; 4],
    /// Bytes of payload. At most [`FRAME_BYTES_MAX`].
    pub(super) length: usize,
    /// Bytes of the header itself.
    pub(super) size: usize,
}

/// The fragmented message into which the frame falls, if one is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings {
    pub(super) fragments: usize,
    pub(super) bytes: usize,
}

/// Reads the header at the beginning of `bytes`, or `None` if more bytes are needed.
///
/// The order of the checks is that in which their bytes arrive, so the verdict does not depend on how the bytes were
/// cut into reads.
pub(super) fn parse(bytes: &[u8], message: Option<Surroundings>) -> Result<Option<Header>, Violation> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (opcode, fin) = judge_start(*first, *second, message)?;
    let Some((length, length_size)) = length(second & 0x7F, rest)? else { return Ok(None) };
    let before = message.map_or(0, |message| message.bytes) as u64;
    // Cannot overflow: the topmost bit of a length is zero, and `before` is far below the other half.
    if !opcode.is_control() && before + length > FRAME_BYTES_MAX as u64 {
        return Err(Violation::TooLarge);
    }
    let Some(mask) = rest[length_size..].first_chunk() else { return Ok(None) };
    Ok(Some(Header { opcode, fin, mask: *mask, length: length as usize, size: 2 + length_size + mask.len() }))
}

fn judge_start(first: u8, second: u8, message: Option<Surroundings>) -> Result<(Opcode, bool), Violation> {
    let (fin, masked) = (first & 0x80 != 0, second & 0x80 != 0);
    if first & 0x70 != 0 {
        return Err(Violation::ReservedBit);
    }
    let opcode = Opcode::from_bits(first & 0x0F).ok_or(Violation::ReservedOpcode)?;
    if !masked {
        return Err(Violation::Unmasked);
    }
    match (opcode, message) {
        _ if opcode.is_control() => {
            if !fin {
                return Err(Violation::FragmentedControl);
            }
            if usize::from(second & 0x7F) > CONTROL_BYTES_MAX {
                return Err(Violation::LongControl);
            }
        }
        (Opcode::Continuation, None) => return Err(Violation::StrayContinuation),
        (Opcode::Continuation, Some(message)) if message.fragments >= FRAGMENTS_MAX => {
            return Err(Violation::TooManyFragments);
        }
        (Opcode::Continuation, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(Violation::NestedMessage),
    }
    Ok((opcode, fin))
}

/// The length of the payload, and how many bytes beyond the first seven bits it took to say it.
fn length(short: u8, rest: &[u8]) -> Result<Option<(u64, usize)>, Violation> {
    let (length, size, shortest) = match short {
        126 => {
            let Some(bytes) = rest.first_chunk() else { return Ok(None) };
            (u64::from(u16::from_be_bytes(*bytes)), 2, 126)
        }
        127 => {
            let Some(bytes) = rest.first_chunk() else { return Ok(None) };
            (u64::from_be_bytes(*bytes), 8, 1 << 16)
        }
        short => (u64::from(short), 0, 0),
    };
    if length < shortest || length >> 63 != 0 {
        return Err(Violation::MalformedLength);
    }
    Ok(Some((length, size)))
}
