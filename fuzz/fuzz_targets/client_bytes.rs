//! Whatever a client may send over its socket: see [`chatterbox_server::websocket::fuzz::client_bytes`].

#![no_main]

use chatterbox_server::websocket::fuzz::client_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| client_bytes(data));
