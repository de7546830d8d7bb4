//! The server behind the proxies that people put in front of it: a real nginx and a real HAProxy, which end TLS, with a
//! path of their own for this server and without, and with time-outs shorter than anybody sets.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

#[path = "../harness/harness.rs"]
#[expect(dead_code, reason = "This is the stage of more plays than this one.")]
mod harness;

mod front;
mod guarded;
mod idle;
mod passing;
mod visitor;
