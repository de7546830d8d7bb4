//! What a request for a socket is refused for, and for what first.

use crate::harness::Server;
use crate::harness::raw::Wire;

/// All that can be wrong with one, in the order in which it is asked; what then is answered.
const FAULTS: [(&str, &str); 9] = [
    ("421", "host_refused"),
    ("405", "method_not_allowed"),
    ("400", "has no body"),
    ("400", "`Upgrade: websocket`"),
    ("426", "`Sec-WebSocket-Version`"),
    ("400", "`Sec-WebSocket-Key`"),
    ("422", "`token` may be there only once"),
    ("403", "origin_refused"),
    ("401", "unauthorized"),
];

/// A request in which all of these faults are, from one on.
fn request(server: &Server, token: &str, first: usize) -> String {
    let either = |fault: usize, wrong: &str, right: &str| if first <= fault { wrong } else { right }.to_owned();
    let own = format!("{}", server.address);
    let lines = [
        either(0, "Host: evil.example", &format!("Host: {own}")),
        format!("Upgrade: {}", either(3, "h2c", "websocket")),
        "Connection: Upgrade".to_owned(),
        format!("Sec-WebSocket-Version: {}", either(4, "8", "13")),
        format!("Sec-WebSocket-Key: {}", either(5, "x", "dGhlIHNhbXBsZSBub25jZQ==")),
        format!("Origin: http://{}", either(7, "evil.example", &own)),
        format!("Content-Length: {}", either(2, "1", "0")),
    ];
    let (method, token) = (either(1, "POST", "GET"), either(8, "nobody", token));
    let twice = either(6, "&token=x", "");
    let body = either(2, "x", "");
    format!("{method} /ws?token={token}{twice} HTTP/1.1\r\n{}\r\n\r\n{body}", lines.join("\r\n"))
}

#[tokio::test]
async fn a_request_for_a_socket_is_refused_for_the_first_thing_that_is_wrong_by_either_way() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    // Behind another request, it is HTTP that hears it.
    let before = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    for (first, (status, what)) in FAULTS.iter().enumerate() {
        for before in ["", &before] {
            let mut wire = Wire::connect(server.address).await;
            wire.send(format!("{before}{}", request(&server, &ada.token, first)).as_bytes()).await;
            let answers = wire.rest().await;
            let answer = answers.rsplit_once("HTTP/1.1 ").map_or("", |(_, answer)| answer);
            assert!(answer.starts_with(status) && answer.contains(what), "{status} {what}: {answers}");
        }
    }
    for before in ["", &before] {
        let mut wire = Wire::connect(server.address).await;
        wire.send(format!("{before}{}", request(&server, &ada.token, FAULTS.len())).as_bytes()).await;
        let mut head = wire.head().await;
        if !before.is_empty() {
            head = wire.head().await;
        }
        assert!(head.contains("HTTP/1.1 101 "), "{head}");
    }
}
