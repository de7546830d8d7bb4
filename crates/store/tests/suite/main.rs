//! The store's suite. Everything but what lies below `file/` speaks to the interface alone, so that it can run over
//! every back end.

#![expect(clippy::unwrap_used, reason = "in a test, a failed assumption is a failed test")]

mod file;
mod import;
mod logs;
mod messages;
mod resume;
mod sessions;
mod users;
mod world;
