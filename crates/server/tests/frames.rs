//! The frame code against somebody else's client: tokio-websockets, over a real HTTP upgrade on a connection in memory.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use chatterbox_server::websocket::decoder::{Decoder, Incoming};
use chatterbox_server::websocket::frame::{self, CloseCode};
use chatterbox_server::websocket::handshake;
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming as HttpBody;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_websockets::{ClientBuilder, Config, Message, WebSocketStream};

const SIZES: [usize; 7] = [0, 1, 125, 126, 127, 65_535, 65_536];

/// What the echo answers, and whether that was its last word.
fn answer(incoming: Incoming<'_>) -> (Option<Bytes>, bool) {
    match incoming {
        Incoming::Text(text) => (Some(frame::text(text.as_bytes())), false),
        Incoming::Ping(payload) => (Some(frame::pong(payload)), false),
        Incoming::Pong(payload) => (Some(frame::json(&("pong", String::from_utf8_lossy(payload))).unwrap()), false),
        Incoming::Binary => (Some(frame::close(CloseCode::UNSUPPORTED, "no bytes")), true),
        Incoming::Close { code, reason } => (Some(frame::close(code.unwrap_or(CloseCode::NORMAL), reason)), true),
    }
}

async fn echo(mut socket: impl AsyncReadExt + AsyncWriteExt + Unpin, greeting: Bytes) {
    let (mut decoder, mut scratch, mut is_over) = (Decoder::new(), [0; 4096], false);
    socket.write_all(&greeting).await.unwrap();
    while !is_over {
        let Ok(read @ 1..) = socket.read(&mut scratch).await else { return };
        let mut answers = Vec::new();
        let mut frames = decoder.feed(&mut scratch[..read]);
        loop {
            let (answer, last) = match frames.next() {
                Ok(None) => break,
                Ok(Some(incoming)) => answer(incoming),
                Err(violation) => (Some(frame::close(violation.close_code(), &violation.to_string())), true),
            };
            answers.extend(answer);
            is_over |= last;
        }
        drop(frames);
        for answer in answers {
            socket.write_all(&answer).await.unwrap();
        }
    }
    // As long as the other side has something to say, so that it can read the last word.
    while let Ok(1..) = socket.read(&mut scratch).await {}
}

async fn upgrade(
    mut request: Request<HttpBody>,
    greeting: Bytes,
) -> Result<Response<Body>, handshake::HandshakeRefusal> {
    let accept = handshake::accept(request.method(), request.version(), request.headers())?;
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move { echo(TokioIo::new(upgrade.await.unwrap()), greeting).await });
    Ok(handshake::switching_protocols(accept))
}

/// A client that sends frames of at most `frame_size`, connected to an echo that first says `greeting`.
async fn connect(frame_size: usize, greeting: Bytes) -> WebSocketStream<DuplexStream> {
    let (near, far) = duplex(10_000);
    let serve = service_fn(move |request| upgrade(request, greeting.clone()));
    let server = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(far), serve).with_upgrades();
    tokio::spawn(async move { server.await.unwrap() });
    let config = Config::default().frame_size(frame_size);
    let client = ClientBuilder::new().uri("ws://chat.example/ws").unwrap().config(config);
    client.connect_on(near).await.unwrap().0
}

async fn next(client: &mut WebSocketStream<DuplexStream>) -> Message {
    client.next().await.expect("a message").expect("a valid one")
}

#[tokio::test]
async fn texts_of_every_size_come_back_whole_and_fragmented() {
    for frame_size in [usize::MAX, 65_536, 1_025, 1_024] {
        let mut client = connect(frame_size, Bytes::new()).await;
        for size in SIZES {
            let text = "é".repeat(size / 2) + &"x".repeat(size % 2);
            let (mut sending, mut receiving) = client.split();
            let send = sending.send(Message::text(text.clone()));
            // At the same time, because both together may be more than the connection holds.
            let (sent, received) = tokio::join!(send, receiving.next());
            sent.unwrap();
            assert_eq!(received.unwrap().unwrap().as_text(), Some(text.as_str()), "{size} in frames of {frame_size}");
            client = sending.reunite(receiving).unwrap();
        }
    }
}

#[tokio::test]
async fn what_the_server_sends_is_understood() {
    let texts = SIZES.map(|size| frame::text(&vec![b'x'; size]));
    let greeting = [frame::ping(b"there?"), texts.concat().into(), frame::json(&["é"]).unwrap()].concat();
    let mut client = connect(usize::MAX, greeting.into()).await;
    let ping = next(&mut client).await;
    assert!(ping.is_ping() && ping.as_payload()[..] == *b"there?");
    for size in SIZES {
        assert_eq!(next(&mut client).await.as_text().map(str::len), Some(size));
    }
    assert_eq!(next(&mut client).await.as_text(), Some(r#"["é"]"#));
    // The client's own answer to the ping came back to us as a text.
    assert_eq!(next(&mut client).await.as_text(), Some(r#"["pong","there?"]"#));
}

#[tokio::test]
async fn pings_are_answered_amid_a_fragmented_message() {
    let mut client = connect(1, Bytes::new()).await;
    client.feed(Message::ping("1")).await.unwrap();
    client.feed(Message::text("fragmented into letters")).await.unwrap();
    client.feed(Message::ping("2")).await.unwrap();
    client.flush().await.unwrap();
    assert!(next(&mut client).await.is_pong());
    assert_eq!(next(&mut client).await.as_text(), Some("fragmented into letters"));
    let pong = next(&mut client).await;
    assert!(pong.is_pong() && pong.as_payload()[..] == *b"2");
}

#[tokio::test]
async fn a_close_is_answered_with_a_close() {
    for (code, number) in [(tokio_websockets::CloseCode::GOING_AWAY, 1001), (4001.try_into().unwrap(), 4001)] {
        let mut client = connect(usize::MAX, Bytes::new()).await;
        client.send(Message::close(Some(code), "bye")).await.unwrap();
        let answer = next(&mut client).await;
        let (code, reason) = answer.as_close().unwrap();
        assert_eq!((u16::from(code), reason), (number, "bye"));
        assert!(client.next().await.is_none());
    }
}

#[tokio::test]
async fn who_breaks_a_rule_is_told_which() {
    for (message, frame_size, number) in [
        (Message::binary("bytes"), usize::MAX, 1003),
        (Message::text("x".repeat(65_537)), usize::MAX, 1009),
        (Message::text("x".repeat(65_537)), 65_536, 1009),
        (Message::text("x".repeat(65)), 1, 1008),
    ] {
        let mut client = connect(frame_size, Bytes::new()).await;
        client.send(message).await.unwrap();
        assert_eq!(next(&mut client).await.as_close().map(|close| u16::from(close.0)), Some(number));
    }
}
