//! The cases of the Autobahn test suite for servers, sections 1 to 7 and 9, as far as they apply to a decoder that takes
//! text only, and at most 64 KiB of it: section 9 is scaled down to that. Each is read at once, byte by byte, and in odd pieces.
//!
//! A line is `number: what the client sends => what is heard`. A frame is its first byte (FIN, RSV1 to RSV3, opcode) and
//! a payload: `'text'`, hexadecimal digits, `byte*times`, or nothing. `=` stands for what was sent, echoed.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

use chatterbox_server::websocket::fuzz::{Decoded, client_frame, listen};

/// Sections 1 to 5: sizes, pings and pongs, reserved bits, opcodes, fragmentation.
const FRAMING: &str = "
1.1.1: 81 => text
1.1.2: 81 2a*125 => text 2a*125
1.1.3: 81 2a*126 => text 2a*126
1.1.4: 81 2a*127 => text 2a*127
1.1.5: 81 2a*128 => text 2a*128
1.1.6: 81 2a*65535 => text 2a*65535
1.1.7: 81 2a*65536 => text 2a*65536
1.2.1: 82 => binary
1.2.2: 82 fe*125 => binary
1.2.7: 82 fe*65536 => binary
2.1: 89 => ping
2.2: 89 'Hello, world!' => ping 'Hello, world!'
2.3: 89 00fffefdfcfb00ff => ping 00fffefdfcfb00ff
2.4: 89 fe*125 => ping fe*125
2.5: 89 fe*126 => LongControl
2.7: 8a => pong
2.8: 8a 'unsolicited pong payload' => pong 'unsolicited pong payload'
2.9: 8a 'unsolicited' / 89 'ping payload' => pong 'unsolicited' / ping 'ping payload'
2.10: 89 '0' / 89 '1' / 89 '2' / 89 '3' / 89 '4' => ping '0' / ping '1' / ping '2' / ping '3' / ping '4'
3.1: c1 'Hello, world!' => ReservedBit
3.2: 81 'Hello, world!' / a1 'Hello, world!' / 89 => text 'Hello, world!' / ReservedBit
3.4: 81 'Hello, world!' / b1 'Hello, world!' / 89 => text 'Hello, world!' / ReservedBit
3.5: d2 00fffefdfcfb00ff => ReservedBit
3.6: e9 'Hello, world!' => ReservedBit
3.7: f8 => ReservedBit
4.1.1: 83 => ReservedOpcode
4.1.2: 84 'reserved opcode payload' => ReservedOpcode
4.1.3: 81 'Hello, world!' / 85 / 89 => text 'Hello, world!' / ReservedOpcode
4.1.4: 81 'Hello, world!' / 86 'Hello, world!' / 89 => text 'Hello, world!' / ReservedOpcode
4.1.5: 81 'Hello, world!' / 87 'Hello, world!' / 89 => text 'Hello, world!' / ReservedOpcode
4.2.1: 8b => ReservedOpcode
4.2.2: 8c 'reserved opcode payload' => ReservedOpcode
4.2.3: 81 'Hello, world!' / 8d / 89 => text 'Hello, world!' / ReservedOpcode
4.2.4: 81 'Hello, world!' / 8e 'Hello, world!' / 89 => text 'Hello, world!' / ReservedOpcode
4.2.5: 81 'Hello, world!' / 8f 'Hello, world!' / 89 => text 'Hello, world!' / ReservedOpcode
5.1: 09 'fragment1' / 80 'fragment2' => FragmentedControl
5.2: 0a 'fragment1' / 80 'fragment2' => FragmentedControl
5.3: 01 'fragment1' / 80 'fragment2' => text 'fragment1fragment2'
5.6: 01 'fragment1' / 89 'ping payload' / 80 'fragment2' => ping 'ping payload' / text 'fragment1fragment2'
5.9: 80 'non-continuation payload' / 81 'Hello, world!' => StrayContinuation
5.12: 00 'non-continuation payload' / 81 'Hello, world!' => StrayContinuation
5.15: 01 'fragment1' / 80 'fragment2' / 00 'fragment3' / 81 'fragment4' => text 'fragment1fragment2' / StrayContinuation
5.16: 00 'fragment1' / 01 'fragment2' / 80 'fragment3' => StrayContinuation
5.17: 80 'fragment1' / 01 'fragment2' / 80 'fragment3' => StrayContinuation
5.18: 01 'fragment1' / 81 'fragment2' => NestedMessage
5.19: 01 'a' / 00 'b' / 89 'p1' / 00 'c' / 00 'd' / 89 'p2' / 80 'e' => ping 'p1' / ping 'p2' / text 'abcde'
";

/// Sections 6.1, 7 and 9: empty fragments, closing, limits.
const MESSAGES: &str = "
6.1.1: 81 => text
6.1.2: 01 / 00 / 80 => text
6.1.3: 01 / 00 'middle frame payload' / 80 => text 'middle frame payload'
7.1.1: 81 'Hello World!' / 88 => text 'Hello World!' / close
7.1.2: 88 / 88 => close
7.1.3: 88 / 89 => close
7.1.4: 88 / 81 'Hello World!' => close
7.1.5: 01 'fragment1' / 88 / 80 'fragment2' => close
7.1.6: 81 42*65536 / 81 'Hello World!' / 88 / 89 => text 42*65536 / text 'Hello World!' / close
7.3.1: 88 => close
7.3.2: 88 03 => MalformedClose
7.3.3: 88 03e8 => close 03e8
7.3.4: 88 03e848656c6c6f20576f726c6421 => close 03e848656c6c6f20576f726c6421
7.3.5: 88 2a*125 => MalformedClose
7.3.6: 88 2a*126 => LongControl
7.5.1: 88 03e8cebae1bdb9cf83cebcceb5eda080656469746564 => MalformedClose
7.7.1: 88 03e8 => =
7.7.2: 88 03e9 => =
7.7.3: 88 03ea => =
7.7.4: 88 03eb => =
7.7.5: 88 03ef => =
7.7.6: 88 03f0 => =
7.7.7: 88 03f1 => =
7.7.8: 88 03f2 => =
7.7.9: 88 03f3 => =
7.7.10: 88 0bb8 => =
7.7.11: 88 0f9f => =
7.7.12: 88 0fa0 => =
7.7.13: 88 1387 => =
7.9.1: 88 0000 => MalformedClose
7.9.2: 88 03e7 => MalformedClose
7.9.3: 88 03ec => MalformedClose
7.9.4: 88 03ed => MalformedClose
7.9.5: 88 03ee => MalformedClose
7.9.6: 88 03f8 => MalformedClose
7.9.7: 88 044c => MalformedClose
7.9.8: 88 07d0 => MalformedClose
7.9.9: 88 0bb7 => MalformedClose
7.13.1: 88 1388 => MalformedClose
7.13.2: 88 ffff => MalformedClose
9.1.1: 81 2a*65536 => text 2a*65536
9.1.2: 81 2a*65537 => TooLarge
9.1.3: 81 2a*262144 => TooLarge
9.2.2: 82 2a*262144 => TooLarge
9.3.1: 01 2a*65536 / 80 2a*1 => TooLarge
9.3.2: 01 2a*32768 / 00 2a*32768 / 89 / 80 => ping / text 2a*65536
";

/// Sections 6.2 to 6.23: what is UTF-8, and what is not.
const UTF8: &str = "
6.2: 48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121 cebae1bdb9cf83cebcceb5
6.5: ceba cebae1bdb9 cebae1bdb9cf83 cebae1bdb9cf83cebc
6.7: 00 c280 e0a080 f0908080
6.9: 7f dfbf efbfbf f48fbfbf
6.11: ed9fbf ee8080 efbfbd f48fbfbf
6.22: efbfbe efbfbf f09fbfbe f09fbfbf f0afbfbe f0afbfbf f0bfbfbe f0bfbfbf f18fbfbe f18fbfbf f48fbfbe f48fbfbf
6.23: efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf
not 6.3: cebae1bdb9cf83cebcceb5eda080656469746564
not 6.4: cebae1bdb9cf83cebcceb5f4908080656469746564 cebae1bdb9cf83cebcceb5f490
not 6.6: ce cebae1 cebae1bd cebae1bdb9cf cebae1bdb9cf83ce cebae1bdb9cf83cebcce
not 6.8: f888808080 fc8480808080
not 6.10: f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf
not 6.11: f4908080
not 6.12: 80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf 8081828384858687888990a0b0bebf
not 6.13: c020c120c220df20 e020e120ef20 f020f120f720 f820f920fa20fb20 fc20fd20
not 6.14: c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf
not 6.15: c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf
not 6.16: fe ff fefeffff
not 6.17: c0af e080af f08080af f8808080af fc80808080af
not 6.18: c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf
not 6.19: c080 e08080 f0808080 f880808080 fc8080808080
not 6.20: eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf
not 6.21: eda080edb080 eda080edbfbf edadbfedb080 edadbfedbfbf edae80edb080 edae80edbfbf edafbfedb080 edafbfedbfbf
";

const MASK: [u8; 4] = [0x12, 0xA5, 0xFF, 0x00];

fn payload(text: &str) -> Vec<u8> {
    if let Some(text) = text.strip_prefix('\'') {
        text.strip_suffix('\'').expect("a closing quote").as_bytes().to_vec()
    } else if let Some((byte, times)) = text.split_once('*') {
        vec![u8::from_str_radix(byte, 16).unwrap(); times.parse().unwrap()]
    } else {
        let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digits).collect()
    }
}

/// The words before and after the first blank.
fn first_word(text: &str) -> (&str, &str) {
    text.trim().split_once(' ').unwrap_or((text.trim(), ""))
}

fn sent(frames: &str) -> Vec<u8> {
    let frame = |frame| {
        let (first, bytes) = first_word(frame);
        client_frame(u8::from_str_radix(first, 16).unwrap(), MASK, &payload(bytes))
    };
    frames.split(" / ").flat_map(frame).collect()
}

/// A line of what is heard, in the notation of the tables.
fn notation(heard: &Decoded) -> String {
    let (word, bytes) = match heard {
        Decoded::Text(text) => ("text", text.clone().into_bytes()),
        Decoded::Ping(payload) => ("ping", payload.clone()),
        Decoded::Pong(payload) => ("pong", payload.clone()),
        Decoded::Close(code, reason) => {
            let code = code.map(|code| code.get().to_be_bytes());
            ("close", code.iter().flatten().copied().chain(reason.bytes()).collect())
        }
        Decoded::Binary => return "binary".to_owned(),
        Decoded::Broken(violation) => return format!("{violation:?}"),
    };
    format!("{word} {bytes:02x?}")
}

fn expected(outcome: &str) -> String {
    let (word, bytes) = first_word(outcome);
    match word {
        "text" | "ping" | "pong" | "close" => format!("{word} {:02x?}", payload(bytes)),
        _ => word.to_owned(),
    }
}

#[track_caller]
fn assert_heard(case: &str, bytes: &[u8], expected: &[String]) {
    // One byte at a time tells nothing new about long messages, and takes long.
    let sizes: &[usize] =
        if bytes.len() < 2_000 { &[usize::MAX, 1, 2, 3, 7, 64, 997] } else { &[usize::MAX, 64, 997, 2048] };
    for size in sizes {
        let heard: Vec<String> = listen(bytes, &[*size]).iter().map(notation).collect();
        assert!(heard == expected, "{case} in pieces of {size}: heard {heard:.200?}");
    }
}

#[test]
fn x73_every_case_of_framing_and_closing_is_heard_as_the_rfc_has_it() {
    for line in FRAMING.lines().chain(MESSAGES.lines()).filter(|line| !line.is_empty()) {
        let (number, case) = line.split_once(": ").expect(line);
        let (frames, outcome) = case.split_once(" => ").expect(line);
        let outcome = if outcome == "=" { frames.replace("88", "close") } else { outcome.to_owned() };
        let outcomes: Vec<String> = outcome.split(" / ").map(expected).collect();
        assert_heard(number, &sent(frames), &outcomes);
    }
}

#[test]
fn x73_text_is_utf8_whole_and_fragmented_at_every_byte() {
    for line in UTF8.lines().filter(|line| !line.is_empty()) {
        let (number, texts) = line.split_once(": ").expect(line);
        for text in texts.split(' ') {
            let bytes = payload(text);
            let is_utf8 = !number.starts_with("not");
            let outcome = if is_utf8 { format!("text {bytes:02x?}") } else { "NotUtf8".to_owned() };
            assert_heard(number, &client_frame(0x81, MASK, &bytes), std::slice::from_ref(&outcome));
            let mut fragments = client_frame(0x01, MASK, &bytes[..1]);
            fragments.extend(bytes[1..].iter().flat_map(|byte| client_frame(0x00, MASK, &[*byte])));
            fragments.extend(client_frame(0x80, MASK, b""));
            assert_heard(number, &fragments, &[outcome]);
        }
    }
}

/// Cases 6.4.1 to 6.4.4 ask for more than the others: to fail before the message is complete.
#[test]
fn x73_text_fails_at_the_first_byte_that_cannot_be_utf8() {
    let start = client_frame(0x01, MASK, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5");
    assert_heard("6.4.1", &[start.clone(), client_frame(0x00, MASK, b"\xf4\x90")].concat(), &["NotUtf8".to_owned()]);
    assert_heard("6.4.2", &[start.clone(), client_frame(0x00, MASK, b"\xf4")].concat(), &[]);
    // 6.4.3 and 6.4.4: one frame, of which the rest never comes.
    let whole = client_frame(0x81, MASK, b"\xce\xba\xf4\x90\x80\x80edited");
    assert_heard("6.4.3", &whole[..6 + 4], &["NotUtf8".to_owned()]);
    assert_heard("6.4.4", &whole[..6 + 3], &[]);
}

/// Cases 9.3 and 9.4 send 4 MiB in fragments of 64 bytes and more. Here it is 64 KiB, in as many as may be and one more.
#[test]
fn x72_large_messages_in_many_fragments() {
    let fragmented = |size: usize, count: usize| {
        let middle = vec![client_frame(0x00, MASK, &vec![b'*'; size]); count - 2].concat();
        [client_frame(0x01, MASK, &vec![b'*'; size]), middle, client_frame(0x80, MASK, &vec![b'*'; size])].concat()
    };
    for (size, count) in [(1024, 64), (4096, 16), (32768, 2)] {
        assert_heard("9.3", &fragmented(size, count), &[format!("text {:02x?}", vec![b'*'; 65536])]);
    }
    assert_heard("9.3", &fragmented(64, 65), &["TooManyFragments".to_owned()]);
}
