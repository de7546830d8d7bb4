//! Frames from a client (RFC 6455 §5), cut into reads as the network pleases.
//!
//! The caller owns the buffer and may share it among all connections of a thread. A frame that lies in it as a whole is
//! unmasked in place and handed out from there; only what is incomplete at the end of a read is kept, so a [`Decoder`]
//! at rest owns no memory. What comes out depends on the bytes alone, never on how they were cut.

mod header;
mod mask;
mod violation;

use std::mem;
use std::ops::Range;
use std::str;

pub(super) use mask::unmask;
pub use violation::Violation;

use self::header::{HEADER_BYTES_MAX, Header, Surroundings};
use crate::websocket::frame::{CloseCode, Opcode};

/// What a client said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A binary message begins. Nobody here takes one, so none of it is kept and nothing more is decoded: the
    /// connection is to be closed with [`CloseCode::UNSUPPORTED`].
    Binary,
    /// To be answered with a [`pong`](crate::websocket::frame::pong) of the same payload.
    Ping(&'a [u8]),
    /// The client is there. It may come without a ping (§5.5.3).
    Pong(&'a [u8]),
    /// The client's last word: nothing is decoded after it (§1.4). To be answered with a close frame, if none was sent (§5.5.1).
    Close {
        /// Why, if it says so.
        code: Option<CloseCode>,
        /// The same for people. Empty without a code.
        reason: &'a str,
    },
}

/// What is known about one client's stream between two reads.
#[derive(Debug, Default)]
pub struct Decoder {
    stage: DecoderState,
    /// The text message under way: one of several fragments, or one whose only frame is not complete yet.
    message: Option<Assembly>,
    /// Unmasked: what is there of the message under way, then what is there of a control frame amid it.
    held: Vec<u8>,
    rests: u32,
}

#[derive(Debug)]
enum DecoderState {
    /// Between frames, or inside a header of which `known` bytes have come.
    Header { bytes: [u8; HEADER_BYTES_MAX], known: usize },
    /// Inside the payload, of which `arrived` bytes have come.
    Payload { header: Header, arrived: usize },
    /// After a violation, a close frame or a binary one.
    Ended,
}

impl Default for DecoderState {
    fn default() -> Self {
        Self::Header { bytes: [0; HEADER_BYTES_MAX], known: 0 }
    }
}

#[derive(Debug, Default)]
struct Assembly {
    /// Frames of it that have begun.
    fragments: usize,
    /// How much of it is known to be UTF-8. At most three bytes, an incomplete character, come after that.
    checked: usize,
}

impl Decoder {
    /// A decoder at the beginning of a stream, right after the handshake.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up what was read. The bytes are unmasked in place; what the caller does not fetch with [`Frames::next`]
    /// is lost, so the decoder ends when the frames are dropped before that has answered `None`.
    pub fn feed<'a>(&'a mut self, bytes: &'a mut [u8]) -> Frames<'a> {
        Frames { decoder: self, bytes, at: 0, whole: Vec::new() }
    }

    /// A number while anything is incomplete, be it a header, a frame or a fragmented message; `None` at rest. It stays
    /// the same until whatever began first is complete, so a caller who sees one number for too long has a client that
    /// dawdles, and not one that is merely busy.
    pub fn unfinished(&self) -> Option<u32> {
        match self.stage {
            DecoderState::Ended => None,
            DecoderState::Header { known: 0, .. } if self.message.is_none() => None,
            _ => Some(self.rests),
        }
    }

    /// Bytes of memory that the decoder owns besides itself. At most the longest message and a control frame, at most
    /// twice what has arrived of them, and nothing at rest.
    pub fn bytes_held(&self) -> usize {
        self.held.capacity()
    }

    fn end(&mut self) {
        *self = Self { stage: DecoderState::Ended, rests: self.rests, ..Self::default() };
    }

    /// Keeps `bytes`, with `missing` more announced to follow in this frame.
    fn hold(&mut self, bytes: &[u8], missing: usize) {
        let needed = self.held.len() + bytes.len();
        if needed > self.held.capacity() {
            // Not at once all that the header announced: who announces much and sends little is to cost little.
            let room = (2 * self.held.len()).max(needed).min(needed + missing);
            self.held.reserve_exact(room - self.held.len());
        }
        self.held.extend_from_slice(bytes);
    }

    /// Fails as soon as no continuation could make UTF-8 of the message (§8.1).
    fn check_utf8(&mut self) -> Result<(), Violation> {
        let Some(message) = &mut self.message else { return Ok(()) };
        match str::from_utf8(&self.held[message.checked..]) {
            Ok(_) => message.checked = self.held.len(),
            Err(error) if error.error_len().is_none() => message.checked += error.valid_up_to(),
            Err(_) => return Err(Violation::NotUtf8),
        }
        Ok(())
    }
}

/// The frames in what was read: see [`Decoder::feed`].
#[derive(Debug)]
pub struct Frames<'a> {
    decoder: &'a mut Decoder,
    bytes: &'a mut [u8],
    at: usize,
    /// What is handed out when it did not lie in `bytes` as a whole.
    whole: Vec<u8>,
}

/// What a step through the bytes came to.
enum Step {
    /// A fragment is complete, its message is not.
    Onwards,
    /// The bytes are used up.
    Dry,
    /// A message or control frame is complete.
    Complete(Opcode, PayloadLocation),
}

/// Where a payload lies.
enum PayloadLocation {
    /// In what was read.
    Read(Range<usize>),
    /// In [`Frames::whole`].
    Whole,
}

impl Frames<'_> {
    /// What the client said next; `None` when that is all for now.
    ///
    /// Errors: the rule that the client broke. Nothing comes after an error, neither now nor from later reads.
    #[expect(
        clippy::should_implement_trait,
        reason = "What it returns borrows from self, which an iterator's may not."
    )]
    pub fn next(&mut self) -> Result<Option<Incoming<'_>>, Violation> {
        match self.complete() {
            Ok(Some((opcode, location))) => self.show(opcode, location).map(Some),
            Ok(None) => Ok(None),
            Err(violation) => {
                self.decoder.end();
                Err(violation)
            }
        }
    }

    fn complete(&mut self) -> Result<Option<(Opcode, PayloadLocation)>, Violation> {
        self.whole = Vec::new();
        loop {
            let step = match self.decoder.stage {
                DecoderState::Header { bytes, known } => self.header(bytes, known)?,
                DecoderState::Payload { header, arrived } => self.payload(header, arrived)?,
                DecoderState::Ended => Step::Dry,
            };
            match step {
                Step::Onwards => {}
                Step::Dry => return Ok(None),
                Step::Complete(opcode, location) => return Ok(Some((opcode, location))),
            }
        }
    }

    fn header(&mut self, mut bytes: [u8; HEADER_BYTES_MAX], known: usize) -> Result<Step, Violation> {
        let fresh = &self.bytes[self.at..];
        let fresh = &fresh[..fresh.len().min(HEADER_BYTES_MAX - known)];
        bytes[known..known + fresh.len()].copy_from_slice(fresh);
        let arrived = known + fresh.len();

        let decoder = &mut *self.decoder;
        let message = decoder
            .message
            .as_ref()
            .map(|message| Surroundings { fragments: message.fragments, bytes: decoder.held.len() });
        let Some(header) = header::parse(&bytes[..arrived], message)? else {
            self.at += fresh.len();
            decoder.stage = DecoderState::Header { bytes, known: arrived };
            return Ok(Step::Dry);
        };
        self.at += header.size - known;
        if header.opcode == Opcode::Binary {
            decoder.end();
            return Ok(Step::Complete(Opcode::Binary, PayloadLocation::Whole));
        }
        if !header.opcode.is_control() {
            decoder.message.get_or_insert_default().fragments += 1;
        }
        decoder.stage = DecoderState::Payload { header, arrived: 0 };
        Ok(Step::Onwards)
    }

    fn payload(&mut self, header: Header, arrived: usize) -> Result<Step, Violation> {
        let missing = header.length - arrived;
        let location = self.at..self.at + missing.min(self.bytes.len() - self.at);
        let fresh = &mut self.bytes[location.clone()];
        unmask(fresh, header.mask, arrived);
        self.at = location.end;

        let decoder = &mut *self.decoder;
        let is_control = header.opcode.is_control();
        let is_complete = location.len() == missing;
        let is_alone = is_control || (header.opcode == Opcode::Text && header.fin);
        if is_complete && is_alone && arrived == 0 {
            return Ok(self.finish(header.opcode, PayloadLocation::Read(location)));
        }
        decoder.hold(fresh, missing - location.len());
        if !is_control {
            decoder.check_utf8()?;
        }
        if !is_complete {
            decoder.stage = DecoderState::Payload { header, arrived: arrived + location.len() };
            return Ok(Step::Dry);
        }
        if is_control {
            // Split off only where a message stays: splitting at zero would leave a buffer of the same size behind.
            let before = decoder.held.len() - header.length;
            self.whole = if before == 0 { mem::take(&mut decoder.held) } else { decoder.held.split_off(before) };
            return Ok(self.finish(header.opcode, PayloadLocation::Whole));
        }
        if header.fin {
            self.whole = mem::take(&mut decoder.held);
            return Ok(self.finish(Opcode::Text, PayloadLocation::Whole));
        }
        decoder.stage = DecoderState::default();
        Ok(Step::Onwards)
    }

    /// Back to between two frames, with something to hand out.
    fn finish(&mut self, opcode: Opcode, location: PayloadLocation) -> Step {
        let decoder = &mut *self.decoder;
        decoder.stage = DecoderState::default();
        match opcode {
            Opcode::Close => decoder.end(),
            Opcode::Text => decoder.message = None,
            _ => {}
        }
        if decoder.message.is_none() {
            decoder.rests = decoder.rests.wrapping_add(1);
        }
        Step::Complete(opcode, location)
    }

    fn show(&mut self, opcode: Opcode, location: PayloadLocation) -> Result<Incoming<'_>, Violation> {
        let payload = match location {
            PayloadLocation::Read(location) => &self.bytes[location],
            PayloadLocation::Whole => &self.whole[..],
        };
        let shown = match opcode {
            Opcode::Text | Opcode::Continuation => {
                str::from_utf8(payload).map(Incoming::Text).map_err(|_| Violation::NotUtf8)
            }
            Opcode::Binary => Ok(Incoming::Binary),
            Opcode::Ping => Ok(Incoming::Ping(payload)),
            Opcode::Pong => Ok(Incoming::Pong(payload)),
            Opcode::Close => close(payload),
        };
        if shown.is_err() {
            self.decoder.end();
        }
        shown
    }
}

impl Drop for Frames<'_> {
    fn drop(&mut self) {
        if self.at < self.bytes.len() {
            self.decoder.end();
        }
    }
}

/// Reads the payload of a close frame (§5.5.1): nothing, or a code and a reason.
fn close(payload: &[u8]) -> Result<Incoming<'_>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        let nothing = Incoming::Close { code: None, reason: "" };
        return if payload.is_empty() { Ok(nothing) } else { Err(Violation::MalformedClose) };
    };
    let code = CloseCode::from_wire(u16::from_be_bytes(*code)).ok_or(Violation::MalformedClose)?;
    let reason = str::from_utf8(reason).map_err(|_| Violation::MalformedClose)?;
    Ok(Incoming::Close { code: Some(code), reason })
}

#[cfg(test)]
mod tests;
