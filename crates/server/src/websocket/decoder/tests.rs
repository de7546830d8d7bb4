//! The decoder against RFC 6455: whole frames, pieces of them, and everything that breaks a rule.

use chatterbox_protocol::limits::{FRAGMENTS_MAX, FRAME_BYTES_MAX};
use proptest::prelude::*;

use super::*;
use crate::websocket::fuzz::{Decoded, client_frame, listen};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const TEXT: u8 = 0x81;
const TEXT_BEGINS: u8 = 0x01;
const BINARY: u8 = 0x82;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

fn frames(frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| client_frame(*first, MASK, payload)).collect()
}

/// What is heard, however the bytes are cut.
#[track_caller]
fn hear(bytes: &[u8]) -> Vec<Decoded> {
    let heard = listen(bytes, &[]);
    for size in [1, 2, 3, 5, 7, 13] {
        assert_eq!(listen(bytes, &[size]), heard, "cut into {size}");
    }
    heard
}

#[track_caller]
fn assert_broken(bytes: &[u8], violation: Violation) {
    assert_eq!(hear(bytes), [Decoded::Broken(violation)]);
}

fn text(text: &str) -> Decoded {
    Decoded::Text(text.to_owned())
}

#[test]
fn the_rfcs_examples_byte_for_byte() {
    let masked_hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(hear(&masked_hello), [text("Hello")]);
    let masked_pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(hear(&masked_pong), [Decoded::Pong(b"Hello".to_vec())]);
    // The example's fragments, "Hel" and "lo", with a mask as a client must have it.
    let fragments =
        [0x01, 0x83, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x80, 0x82, 0x37, 0xfa, 0x21, 0x3d, 0x5b, 0x95];
    assert_eq!(hear(&fragments), [text("Hello")]);
    let unmasked_hello = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_broken(&unmasked_hello, Violation::Unmasked);
}

#[test]
fn a_whole_frame_is_handed_out_from_where_it_was_read() {
    let mut bytes = frames(&[(TEXT, b"Hello"), (PING, b"x")]);
    let place = bytes.as_ptr_range();
    let mut decoder = Decoder::new();
    let mut frames = decoder.feed(&mut bytes);
    let Ok(Some(Incoming::Text(hello))) = frames.next() else { panic!("a text") };
    assert!(place.contains(&hello.as_ptr()));
    let Ok(Some(Incoming::Ping(ping))) = frames.next() else { panic!("a ping") };
    assert!(place.contains(&ping.as_ptr()));
    drop(frames);
    assert_eq!(decoder.bytes_held(), 0);
}

#[test]
fn an_idle_decoder_costs_next_to_nothing() {
    assert!(size_of::<Decoder>() <= 96, "{}", size_of::<Decoder>());
    let mut decoder = Decoder::new();
    for byte in frames(&[(TEXT_BEGINS, b"Hel"), (PING, b"?"), (ENDS, b"lo")]) {
        decoder.feed(&mut [byte]).next().unwrap();
    }
    assert_eq!((decoder.bytes_held(), decoder.unfinished()), (0, None));
}

#[test]
fn x70_what_is_too_large_is_refused_by_its_header_before_there_is_room_for_it() {
    let largest = "x".repeat(FRAME_BYTES_MAX);
    assert_eq!(listen(&frames(&[(TEXT, largest.as_bytes())]), &[1000]), [text(&largest)]);
    for length in [FRAME_BYTES_MAX as u64 + 1, u64::from(u32::MAX), 1 << 32, (1 << 63) - 1] {
        let mut header = vec![TEXT, 0xFF];
        header.extend(length.to_be_bytes());
        assert_broken(&header, Violation::TooLarge);
    }
    let half = "x".repeat(FRAME_BYTES_MAX / 2);
    let two_halves = [(TEXT_BEGINS, half.as_bytes()), (ENDS, half.as_bytes())];
    assert_eq!(listen(&frames(&two_halves), &[999]), [text(&largest)]);
    let mut and_one = frames(&[two_halves[0], (GOES_ON, half.as_bytes())]);
    and_one.extend([ENDS, 0x81]);
    assert_eq!(listen(&and_one, &[4096]), [Decoded::Broken(Violation::TooLarge)]);
}

#[test]
fn x70_who_announces_much_and_sends_little_costs_little() {
    let mut decoder = Decoder::new();
    let mut bytes = frames(&[(TEXT, &[b'x'; FRAME_BYTES_MAX])]);
    let mut sent = 0;
    for piece in bytes[..30_000].chunks_mut(100) {
        sent += piece.len();
        assert_eq!(decoder.feed(piece).next(), Ok(None));
        assert!(decoder.bytes_held() <= 2 * sent, "{} held for {sent}", decoder.bytes_held());
    }
}

#[test]
fn x72_a_message_has_at_most_64_fragments() {
    let with_fragments = |count: usize| {
        let mut bytes = frames(&[(TEXT_BEGINS, b"")]);
        bytes.extend(frames(&vec![(GOES_ON, b"".as_slice()); count - 2]));
        bytes.extend(frames(&[(PING, b""), (ENDS, b"")]));
        bytes
    };
    let ping = Decoded::Ping(Vec::new());
    assert_eq!(hear(&with_fragments(FRAGMENTS_MAX)), [ping.clone(), text("")]);
    let broken = Decoded::Broken(Violation::TooManyFragments);
    assert_eq!(hear(&with_fragments(FRAGMENTS_MAX + 1)), [ping, broken.clone()]);
    assert_eq!(hear(&with_fragments(FRAGMENTS_MAX + 2)), [broken]);
}

#[test]
fn x73_headers_that_break_a_rule() {
    for bits in [0x40, 0x20, 0x10, 0x70] {
        for first in [TEXT, PING, CLOSE, BINARY] {
            assert_broken(&frames(&[(first | bits, b"")]), Violation::ReservedBit);
        }
    }
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        assert_broken(&frames(&[(0x80 | opcode, b"")]), Violation::ReservedOpcode);
        assert_broken(&frames(&[(opcode, b"")]), Violation::ReservedOpcode);
    }
    for opcode in [CLOSE, PING, PONG] {
        assert_broken(&frames(&[(opcode & 0x0F, b"")]), Violation::FragmentedControl);
        assert_broken(&frames(&[(opcode, &[b'x'; 126])]), Violation::LongControl);
        assert_broken(&[opcode, 0xFF], Violation::LongControl);
        assert_broken(&[opcode, 0], Violation::Unmasked);
    }
    assert_broken(&frames(&[(GOES_ON, b"x")]), Violation::StrayContinuation);
    assert_broken(&frames(&[(ENDS, b"x")]), Violation::StrayContinuation);
    for first in [TEXT, TEXT_BEGINS, BINARY] {
        assert_broken(&frames(&[(TEXT_BEGINS, b"x"), (first, b"y")]), Violation::NestedMessage);
    }
    assert_broken(&[TEXT, 0x80 | 126, 0, 125], Violation::MalformedLength);
    assert_broken(&[TEXT, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], Violation::MalformedLength);
    assert_broken(&[TEXT, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0], Violation::MalformedLength);
    assert_broken(&[TEXT, 0x80 | 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], Violation::MalformedLength);
}

#[test]
fn x73_close_frames_have_a_sendable_code_and_a_readable_reason() {
    assert_eq!(hear(&frames(&[(CLOSE, b"")])), [Decoded::Close(None, String::new())]);
    let bye = Decoded::Close(Some(CloseCode::GOING_AWAY), "bye".to_owned());
    assert_eq!(hear(&frames(&[(CLOSE, b"\x03\xE9bye"), (TEXT, b"and another thing"), (0xFF, b"")])), [bye]);
    assert_broken(&frames(&[(CLOSE, b"\x03")]), Violation::MalformedClose);
    assert_broken(&frames(&[(CLOSE, b"\x03\xED")]), Violation::MalformedClose);
    assert_broken(&frames(&[(CLOSE, b"\x03\xE8\xC3")]), Violation::MalformedClose);
}

#[test]
fn x73_text_fails_as_soon_as_it_cannot_become_utf8() {
    assert_eq!(hear(&frames(&[(TEXT_BEGINS, b"\xC3"), (PING, b""), (ENDS, b"\xA9")])).last(), Some(&text("é")));
    for bytes in [b"\xFF".as_slice(), b"\xC3\x28", b"\xE0\x80\x80", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"ab\xC3"] {
        assert_broken(&frames(&[(TEXT, bytes)]), Violation::NotUtf8);
        for at in 0..=bytes.len() {
            let (start, end) = bytes.split_at(at);
            assert_broken(&frames(&[(TEXT_BEGINS, start), (ENDS, end)]), Violation::NotUtf8);
        }
    }
    // F4 90 begins no character: that the other two bytes are missing is no reason to wait for them.
    assert_broken(&frames(&[(TEXT_BEGINS, b"ok \xF4"), (GOES_ON, b"\x90")]), Violation::NotUtf8);
    assert_broken(&frames(&[(TEXT, b"ok \xF4\x90\x80\x80")])[..11], Violation::NotUtf8);
    assert_eq!(hear(&frames(&[(TEXT, b"ok \xF4\x90\x80\x80")])[..10]), []);
}

#[test]
fn a_binary_message_ends_it_without_being_kept() {
    let mut bytes = frames(&[(TEXT, b"a"), (BINARY, &[0; 5000]), (TEXT, b"b")]);
    assert_eq!(hear(&bytes), [text("a"), Decoded::Binary]);
    bytes.truncate(20);
    assert_eq!(hear(&bytes), [text("a"), Decoded::Binary]);
}

#[test]
fn every_violation_has_the_close_code_of_its_kind() {
    for (violation, code) in [
        (Violation::Unmasked, 1002),
        (Violation::ReservedBit, 1002),
        (Violation::ReservedOpcode, 1002),
        (Violation::FragmentedControl, 1002),
        (Violation::LongControl, 1002),
        (Violation::MalformedClose, 1002),
        (Violation::StrayContinuation, 1002),
        (Violation::NestedMessage, 1002),
        (Violation::MalformedLength, 1002),
        (Violation::NotUtf8, 1007),
        (Violation::TooManyFragments, 1008),
        (Violation::TooLarge, 1009),
    ] {
        assert_eq!(violation.close_code().get(), code, "{violation}");
    }
}

#[test]
fn x72_dawdling_can_be_told_from_being_busy() {
    let mut decoder = Decoder::new();
    let mut say = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let mut frames = decoder.feed(&mut bytes);
        while frames.next().unwrap().is_some() {}
        drop(frames);
        decoder.unfinished()
    };
    assert_eq!(say(b""), None);
    let dawdling = say(&[TEXT_BEGINS]);
    assert!(dawdling.is_some());
    assert_eq!(say(&frames(&[(TEXT_BEGINS, b"slow")])[1..]), dawdling);
    assert_eq!(say(&frames(&[(PING, b"x"), (GOES_ON, b"ly"), (PONG, b"")])), dawdling, "nothing of this completes it");
    let busy = say(&[frames(&[(ENDS, b""), (TEXT, b"next")]), vec![TEXT]].concat());
    assert!(busy.is_some() && busy != dawdling);
    assert_eq!(say(&frames(&[(TEXT, b"done")])[1..]), None);
}

#[test]
fn what_is_not_fetched_is_not_skipped_in_silence() {
    let mut decoder = Decoder::new();
    let mut bytes = frames(&[(TEXT, b"a"), (TEXT, b"b")]);
    assert_eq!(decoder.feed(&mut bytes).next(), Ok(Some(Incoming::Text("a"))));
    assert_eq!(decoder.feed(&mut frames(&[(TEXT, b"c")])).next(), Ok(None));
}

/// Messages, each with the places where it is cut into fragments, and control frames to put between those.
fn any_stream() -> impl Strategy<Value = (Vec<u8>, Vec<Decoded>)> {
    let control = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..=125).prop_map(|payload| (PING, payload)),
        proptest::collection::vec(any::<u8>(), 0..=125).prop_map(|payload| (PONG, payload)),
    ];
    let message =
        ("\\PC{0,200}", proptest::collection::vec((any::<proptest::sample::Index>(), control, any::<bool>()), 0..6));
    proptest::collection::vec((message, any::<[u8; 4]>()), 0..6).prop_map(|messages| {
        let (mut bytes, mut heard) = (Vec::new(), Vec::new());
        for ((text, mut cuts), mask) in messages {
            cuts.sort_by_key(|cut| cut.0.index(text.len() + 1));
            let (mut at, mut first) = (0, TEXT_BEGINS);
            for (cut, (opcode, payload), with_control) in cuts {
                let cut = cut.index(text.len() + 1);
                bytes.extend(client_frame(first, mask, &text.as_bytes()[at..cut]));
                (at, first) = (cut, GOES_ON);
                if with_control {
                    bytes.extend(client_frame(opcode, mask, &payload));
                    heard.push(if opcode == PING { Decoded::Ping(payload) } else { Decoded::Pong(payload) });
                }
            }
            bytes.extend(client_frame(first | 0x80, mask, &text.as_bytes()[at..]));
            heard.push(Decoded::Text(text));
        }
        (bytes, heard)
    })
}

proptest! {
    #[test]
    fn messages_arrive_whole_however_they_are_fragmented_and_cut(
        (bytes, heard) in any_stream(),
        sizes in proptest::collection::vec(1usize..300, 1..10),
    ) {
        prop_assert_eq!(&listen(&bytes, &[]), &heard);
        prop_assert_eq!(&listen(&bytes, &sizes), &heard);
        prop_assert_eq!(&listen(&bytes, &[1]), &heard);
    }

    #[test]
    fn a_damaged_stream_is_judged_alike_however_it_is_cut(
        (mut bytes, _) in any_stream(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        sizes in proptest::collection::vec(1usize..300, 1..10),
    ) {
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        prop_assert_eq!(listen(&bytes, &sizes), listen(&bytes, &[]));
    }
}
