//! The test bench of the decoder: what tests and fuzz targets share. The server itself calls nothing of it.

use std::ops::ControlFlow;

use chatterbox_protocol::commands::Called;
use chatterbox_protocol::limits::FRAME_BYTES_MAX;

use crate::websocket::decoder::{Decoder, Incoming, Violation, unmask};
use crate::websocket::frame::{CONTROL_BYTES_MAX, CloseCode};

/// [`Incoming`], or why there is none, to keep and compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary,
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame.
    Close(Option<CloseCode>, String),
    /// A broken rule.
    Broken(Violation),
}

impl From<Incoming<'_>> for Decoded {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.to_owned()),
            Incoming::Binary => Self::Binary,
            Incoming::Ping(payload) => Self::Ping(payload.to_vec()),
            Incoming::Pong(payload) => Self::Pong(payload.to_vec()),
            Incoming::Close { code, reason } => Self::Close(code, reason.to_owned()),
        }
    }
}

/// A frame as a client would send it: `first` is its first byte (FIN, RSV1 to RSV3, opcode), the length takes its shortest
/// form, and the payload is masked.
pub fn client_frame(first: u8, mask: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    let start = frame.len();
    frame.extend(payload);
    unmask(&mut frame[start..], mask, 0);
    frame
}

/// Lets a fresh decoder read `bytes` in pieces of the given sizes, over and over, and collects all that it says.
///
/// # Panics
/// If the decoder holds more memory than it may, or says anything after its last word.
pub fn listen(bytes: &[u8], sizes: &[usize]) -> Vec<Decoded> {
    let mut decoder = Decoder::new();
    let (mut heard, mut rest, mut is_over) = (Vec::new(), bytes.to_vec(), false);
    let mut sizes = sizes.iter().cycle();
    let mut rest = rest.as_mut_slice();
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |size| (*size).clamp(1, rest.len()));
        let (piece, later) = rest.split_at_mut(size);
        rest = later;
        let before = heard.len();
        let verdict = read(&mut decoder, piece, &mut heard);
        assert!(!is_over || heard.len() == before, "nothing comes after the last word");
        is_over |= verdict.is_break();
        let held_max = if is_over { 0 } else { FRAME_BYTES_MAX + CONTROL_BYTES_MAX };
        assert!(decoder.bytes_held() <= held_max, "memory held is bounded");
        assert!(decoder.unfinished().is_some() || decoder.bytes_held() == 0, "nothing is held at rest");
    }
    heard
}

fn read(decoder: &mut Decoder, piece: &mut [u8], heard: &mut Vec<Decoded>) -> ControlFlow<()> {
    let mut frames = decoder.feed(piece);
    loop {
        let is_last = match frames.next() {
            Ok(None) => return ControlFlow::Continue(()),
            Ok(Some(incoming)) => {
                let is_last = matches!(incoming, Incoming::Binary | Incoming::Close { .. });
                heard.push(incoming.into());
                is_last
            }
            Err(violation) => {
                heard.push(Decoded::Broken(violation));
                true
            }
        };
        if is_last {
            assert_eq!(frames.next(), Ok(None), "the last word is the last");
            return ControlFlow::Break(());
        }
    }
}

/// What the fuzzer calls with anything at all: reads it as a client's bytes and its texts as commands.
///
/// # Panics
/// If what is heard depends on how the bytes are cut, or a promise of [`listen`] is broken.
pub fn client_bytes(data: &[u8]) {
    let heard = listen(data, &[]);
    // The cuts come from the data, too, so that a fuzzer can find the one that matters.
    let sizes: Vec<usize> = data.iter().rev().take(8).map(|byte| usize::from(byte % 23)).collect();
    assert_eq!(listen(data, &sizes), heard, "the cuts do not matter");
    assert_eq!(listen(data, &[1]), heard, "not even between all bytes");
    for heard in heard {
        if let Decoded::Text(text) = heard {
            let _ = Called::decode(text.as_bytes());
        }
    }
}
