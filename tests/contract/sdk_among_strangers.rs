//! The Rust SDK where something else answers in the server's place: the sign-in page of a hotel, a proxy, another program.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatterbox_client::{Client, Options, Trouble, Update};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::harness::raw::header;
use crate::harness::within;

const PAGE: &str = "<!DOCTYPE html><title>Welcome to the hotel</title>";

/// An answer to the handshake as it should be, but for `ACCEPT`.
const SWITCHING: &str =
    "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT";

/// Something that answers whoever asks for a socket like this, then says this, and waits to be left.
async fn stranger(head: &'static str, then: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut key, mut line) = (String::new(), String::new());
            let mut reader = BufReader::new(&mut stream);
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).await.unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("sec-websocket-key: ") {
                    key = line[line.len() - value.len()..].trim().to_owned();
                }
            }
            let accept = STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
            let head = head.replace("ACCEPT", &accept);
            let said = [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), &then].concat();
            let _ = stream.write_all(&said).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    address
}

/// The first thing that a program is told that connects there.
async fn told(address: SocketAddr) -> Update {
    let options = Options::new(&format!("ws://{address}/ws"), "a-token").unwrap();
    let (_client, mut updates) = Client::start(options);
    within("an update", updates.recv()).await.expect("it says why it is not connected")
}

#[tokio::test]
async fn a_program_is_told_in_words_that_no_socket_is_opened_there() {
    for (head, body, status) in [
        ("200 OK\r\nContent-Type: text/html", PAGE, 200),
        ("200 OK\r\nContent-Length: 0", "", 200),
        ("200 OK\r\nContent-Type: application/json", r#"{"success":true}"#, 200),
        ("204 No Content", "", 204),
        ("302 Found\r\nLocation: http://127.0.0.1:9/portal\r\nContent-Length: 0", "", 302),
        ("307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/portal\r\nContent-Length: 0", "", 307),
    ] {
        let update = told(stranger(head, body.into()).await).await;
        assert_eq!(update, Update::Over(Trouble::Refused(status)), "{head}");
        let Update::Over(why) = update else { unreachable!() };
        assert!(why.to_string().contains(&status.to_string()), "{why}");
    }
    for (head, status) in [("502 Bad Gateway", 502), ("504 Gateway Timeout", 504)] {
        let update = told(stranger(head, PAGE.into()).await).await;
        assert!(matches!(update, Update::Lost { why: Trouble::Refused(told), .. } if told == status), "{update:?}");
    }
    let update = told(stranger(SWITCHING.trim_end_matches("ACCEPT"), Vec::new()).await).await;
    assert!(matches!(update, Update::Over(Trouble::NoSocket(_))), "{update:?}");
}

#[tokio::test]
async fn a_program_is_told_that_it_talks_to_somebody_else() {
    let echo = r#"{"type":"hello","rooms":{},"ref":0}"#;
    for said in [PAGE, "", "null", "[]", "{}", r#"["users",[]]"#, echo, r#"{"type":"history","room":1,"seq":1}"#] {
        let frame = [header(0x81, 0, said.len() as u64), said.into()].concat();
        let update = told(stranger(SWITCHING, frame).await).await;
        assert!(matches!(update, Update::Over(Trouble::Foreign(_))), "{said}: {update:?}");
    }
    let binary = [header(0x82, 0, 2), b"{}".to_vec()].concat();
    let update = told(stranger(SWITCHING, binary).await).await;
    assert!(matches!(update, Update::Over(Trouble::Foreign(_))), "{update:?}");
}
