//! Below the commands: frames, whole and broken, and who is cut off for what (RFC 6455).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::raw::{Wire, frame, header};
use crate::harness::{Server, User};

/// Sends these bytes on a socket of its own; the code with which it is closed.
async fn close_code(user: &User, bytes: &[u8]) -> u16 {
    let mut wire = user.wire().await;
    wire.send(bytes).await;
    wire.close_code().await
}

/// The next event that is not about who is online.
async fn event(wire: &mut Wire) -> Value {
    wire.answer().await.expect("the socket lives").event()
}

#[tokio::test]
async fn x73_a_frame_that_breaks_the_protocol_closes_its_socket_with_1002_and_no_other() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut witness = ada.arrives().await;
    let unmasked = [&header(0x81, 0, 2)[..], b"{}"].concat();
    let cases = [
        ("unmasked", unmasked),
        ("RSV1", frame(0xc1, b"{}")),
        ("RSV2", frame(0xa1, b"{}")),
        ("RSV3", frame(0x91, b"{}")),
        ("opcode 3", frame(0x83, b"")),
        ("opcode 7", frame(0x87, b"")),
        ("opcode 11", frame(0x8b, b"")),
        ("opcode 15", frame(0x8f, b"")),
        ("a fragmented ping", frame(0x09, b"")),
        ("a long ping", frame(0x89, &[0; 126])),
        ("a stray continuation", frame(0x80, b"{}")),
        ("a message in a message", [frame(0x01, b"{"), frame(0x81, b"{}")].concat()),
        ("close with one byte", frame(0x88, &[3])),
        ("close with 1005", frame(0x88, &1005_u16.to_be_bytes())),
        ("close with 999", frame(0x88, &999_u16.to_be_bytes())),
        ("close with 5000", frame(0x88, &5000_u16.to_be_bytes())),
        ("close with a broken reason", frame(0x88, &[3, 0xe8, 0xff])),
        ("a length in too many bytes", [&[0x81, 0xfe, 0, 2, 0, 0, 0, 0][..], b"{}"].concat()),
    ];
    for (what, bytes) in cases {
        assert_eq!(close_code(&grace, &bytes).await, 1002, "{what}");
    }
    witness.says("Nothing happened.").await;
}

#[tokio::test]
async fn x73_text_that_is_not_utf8_closes_with_1007_wherever_it_is_split() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let split = [frame(0x01, b"\"\xed\xa0"), frame(0x80, b"\x80\"")].concat();
    let cut = [frame(0x01, b"{\"a\":\"\xf0\x9f"), frame(0x80, b"\"}")].concat();
    for bytes in [frame(0x81, b"\xff"), frame(0x81, b"\xc0\xaf"), frame(0x81, b"\xf4\x90\x80\x80"), split, cut] {
        assert_eq!(close_code(&ada, &bytes).await, 1007);
    }
}

#[tokio::test]
async fn binary_frames_are_not_taken() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    assert_eq!(close_code(&ada, &frame(0x82, br#"{"type":"send","text":"x"}"#)).await, 1003);
    assert_eq!(ada.reads_texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn x70_a_frame_of_64_kib_is_read_and_a_larger_one_is_refused_before_it_arrives() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut wire = ada.wire().await;
    let mut command = br#"{"type":"send","text":"As much as fits."}"#.to_vec();
    command.resize(64 * 1024, b' ');
    wire.send(&frame(0x81, &command)).await;
    assert_eq!(event(&mut wire).await["text"], "As much as fits.");
    command.push(b' ');
    assert_eq!(close_code(&ada, &frame(0x81, &command)).await, 1009);
    wire.send(&header(0x81, 0x80, 64 * 1024 + 1)).await;
    assert_eq!(event(&mut wire).await["code"], "too_large", "it is told why");
    assert_eq!(wire.close_code().await, 1009);
    for length in [64 * 1024 + 1, 1 << 32, (1 << 63) - 1] {
        assert_eq!(close_code(&ada, &header(0x81, 0x80, length)).await, 1009, "{length} bytes");
    }
    assert!(matches!(close_code(&ada, &header(0x81, 0x80, 1 << 63)).await, 1002 | 1009));
    let pieces = [frame(0x01, &command[..40_000]), frame(0x80, &command[40_000..])].concat();
    assert_eq!(close_code(&ada, &pieces).await, 1009, "bytes are counted over fragments");
}

#[tokio::test]
async fn x72_a_message_in_pieces_is_whole_and_too_many_pieces_are_not_taken() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let command = r#"{"type":"send","text":"In 🦀 pieces."}"#.as_bytes();
    let mut wire = ada.wire().await;
    let mut bytes = frame(0x01, &[]);
    for piece in command.chunks(1) {
        bytes.extend(frame(0x00, piece));
    }
    bytes.extend(frame(0x89, b"are you there?"));
    bytes.extend(frame(0x80, &[]));
    for byte in bytes.chunks(7) {
        wire.send(byte).await;
    }
    let pong = wire.answer().await.unwrap();
    assert_eq!((pong.first, pong.payload.as_slice()), (0x8a, &b"are you there?"[..]));
    assert_eq!(event(&mut wire).await["text"], "In 🦀 pieces.");
    let mut bytes = frame(0x01, b"{");
    (0..64).for_each(|_| bytes.extend(frame(0x00, b" ")));
    assert_eq!(close_code(&ada, &bytes).await, 1008);
}

#[tokio::test]
async fn x72_a_message_that_never_ends_is_given_up() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut wire = ada.wire().await;
    wire.send(&frame(0x01, b"{")).await;
    // Whatever else it says meanwhile, the message has ten seconds.
    wire.send(&frame(0x89, b"still here")).await;
    assert_eq!(wire.close_code().await, 1008);
}

#[tokio::test]
async fn i3_a_client_that_never_answers_is_cut_off_and_one_that_does_is_not() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut listener = ada.arrives().await;
    let mut dead = grace.wire().await;
    listener.hears_users(&["ada", "grace"]).await;
    // Ada's client answers pings while she waits. Grace's reads, but never answers.
    let cut = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(frame) = dead.frame().await {
            pings += u32::from(frame.first == 0x89);
        }
        pings
    });
    listener.hears_users(&["ada"]).await;
    assert_eq!(cut.await.unwrap(), 1);
    listener.says("I am still here.").await;
}

#[tokio::test]
async fn pings_are_answered_and_a_goodbye_is_returned() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for payload in [&b""[..], b"x", &[0xff; 125]] {
        let mut wire = ada.wire().await;
        wire.send(&frame(0x89, payload)).await;
        let pong = wire.answer().await.unwrap();
        assert_eq!((pong.first, pong.payload.as_slice()), (0x8a, payload));
        wire.send(&frame(0x8a, b"unasked")).await;
        wire.send(&frame(0x88, &[&4999_u16.to_be_bytes()[..], b"bye"].concat())).await;
        assert_eq!(wire.close_code().await, 4999);
        assert!(wire.frame().await.is_none(), "nothing comes after the close frame");
    }
    let mut wire = ada.wire().await;
    wire.send(&frame(0x88, b"")).await;
    while let Some(frame) = wire.answer().await {
        assert_eq!(frame.first, 0x88);
    }
}

#[tokio::test]
async fn what_comes_with_the_handshake_and_what_comes_after_the_goodbye_however_the_handshake_comes() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let request = format!(
        "GET /ws?token={} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
        ada.token
    );
    let other = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let many = "X: y\r\n".repeat(80);
    let ways = [("", 0, ""), ("", 1, ""), ("", 100, ""), (other, 0, ""), (other, 9, ""), ("", 0, &many)];
    for (number, (before, split, fields)) in ways.into_iter().enumerate() {
        let mut wire = Wire::connect(server.address).await;
        wire.send(before.as_bytes()).await;
        if !before.is_empty() {
            wire.head().await;
        }
        let said = [
            format!("{request}{fields}\r\n").into_bytes(),
            frame(0x81, format!(r#"{{"type":"send","text":"At once {number}."}}"#).as_bytes()),
            frame(0x88, &1000_u16.to_be_bytes()),
            frame(0x81, br#"{"type":"send","text":"Too late."}"#),
        ]
        .concat();
        wire.send(&said[..split]).await;
        // What the server does with a beginning shows only if it has come to it.
        server.readiness().await;
        wire.send(&said[split..]).await;
        let answer = wire.head().await;
        assert!(answer.ends_with("\r\n\r\n") && answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
        assert_eq!(wire.close_code().await, 1000, "{number}");
    }
    server.readiness().await;
    let said: Vec<String> = (0..ways.len()).map(|number| format!("At once {number}.")).collect();
    assert_eq!(ada.reads_texts().await, said);
}

#[tokio::test]
async fn x71_no_extension_is_agreed_on() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let path = format!("/ws?token={}", ada.token);
    let mut wire = Wire::connect(server.address).await;
    let answer = wire.upgrade(&path, &[offer, "Sec-WebSocket-Protocol: chat"]).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(!answer.contains("sec-websocket-extensions") && !answer.contains("sec-websocket-protocol"), "{answer}");
}

#[tokio::test]
async fn x74_deep_json_in_one_huge_frame_is_one_error() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut wire = ada.wire().await;
    for bytes in ["[".repeat(60_000), "{\"a\":".repeat(12_000), format!("\"{}", "\\\"".repeat(30_000))] {
        wire.send(&frame(0x81, bytes.as_bytes())).await;
        assert_eq!(event(&mut wire).await["code"], "malformed_json");
        wire.send(&frame(0x81, json!({"type": "delete", "id": 1}).to_string().as_bytes())).await;
        assert_eq!(event(&mut wire).await["code"], "not_found");
    }
}

#[tokio::test]
async fn i3_whoever_leaves_in_the_same_breath_as_a_word_is_gone_at_once() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut hears = ada.arrives().await;
    let mut wires = Vec::new();
    for _ in 0..20 {
        wires.push(grace.wire().await);
    }
    hears.hears_users(&["ada", "grace"]).await;
    let begin = Instant::now();
    for wire in &mut wires {
        wire.ends_with(&frame(0x81, br#"{"type":"send","text":"Bye."}"#)).await;
    }
    hears.hears_users(&["ada"]).await;
    // Three seconds for which a user stays online, and far less than a ping that is not answered takes: 25.
    assert!(begin.elapsed() < Duration::from_secs(15), "it took {:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_a_flood_after_the_goodbye_is_cut_off_and_holds_nobody_up() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    // On every thread of the server, whichever the flood has.
    let mut others = Vec::new();
    for _ in 0..8 {
        others.push(grace.arrives().await);
    }
    let mut floods = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut wire = ada.wire().await;
        // A frame with a reserved bit ends the connection; what comes behind it is nobody's.
        wire.send(&frame(0xf1, b"!")).await;
        let bytes = vec![0; 1024 * 1024];
        floods.spawn(async move { wire.floods(&bytes).await });
    }
    for other in &mut others {
        other.says("I am heard.").await;
    }
    for took in floods.join_all().await {
        assert!(took < Duration::from_secs(10), "a flood was taken for {took:?}");
    }
}

#[tokio::test]
async fn x75_a_flood_of_pings_is_answered_one_by_one_and_costs_little() {
    const PINGS: usize = 40_000;
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut wire = ada.wire().await;
    let (before, flood) = (server.processor_time(), frame(0x89, b"").repeat(PINGS));
    wire.send(&flood).await;
    let mut pongs = 0;
    while pongs < PINGS {
        pongs += usize::from(wire.frame().await.expect("the connection goes on").first == 0x8a);
    }
    // What is written again for each frame that waits takes ten times as long.
    let spent = server.processor_time() - before;
    assert!(spent < 20, "{spent} hundredths of a second of processor for pings");
    grace.arrives().await.says("I am heard.").await;
}
