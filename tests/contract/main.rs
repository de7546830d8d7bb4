//! The contract, and what the protocol adds to it, from outside: a real server on a real port, spoken to over HTTP and
//! WebSocket. The names of the tests are the promises; an id in front of one is its threat's.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

#[path = "../harness/harness.rs"]
mod harness;

mod accounts;
mod admin;
mod alone;
mod authors;
mod availability;
mod canaries;
mod clocks;
mod configuration;
mod crowds;
mod demoting;
mod device_links;
mod direct;
mod doors;
mod draining;
mod editing;
mod errors;
mod farewells;
mod floods;
mod following;
mod frames;
mod going;
mod guests;
mod headers;
mod hello;
mod history;
mod hosts;
mod isolation;
mod joining;
mod limits;
mod listing;
mod login;
mod losing;
mod making_rooms;
mod many_rooms;
mod metrics;
mod muting;
mod names;
mod old_pages;
mod opening;
mod order;
mod origins;
mod overtaking;
mod own_account;
mod own_password;
mod pages;
mod pictures;
mod presence;
mod presenting;
mod profiles;
mod protocol_document;
mod rates;
mod readers;
mod receipts;
mod refusals;
mod registration;
mod rooms;
mod sdk;
mod sdk_among_strangers;
mod sdk_over_tls;
mod secrets;
mod sessions;
mod socket;
mod storage;
mod storms;
mod strangers;
mod surroundings;
mod users;
