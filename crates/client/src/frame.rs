//! What a text frame of the server holds.

use chatterbox_protocol::events::{Event, Numbered};
use chatterbox_protocol::logs::{Entry, LogName, Place};
use serde::Deserialize;
use serde_json::Value;

use crate::trouble::Trouble;

/// What a frame holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// An event.
    Event(Event),
    /// An entry of a log of which no more is known than its place: a newer server's.
    Entry(Place),
    /// Something else of a newer server's.
    Newer,
}

/// The type of an event, whatever else is in it.
#[derive(PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum EventKind {
    Message,
    Edit,
    Delete,
    Users,
    Presence,
    People,
    Seen,
    Ok,
    Error,
    Hello,
    History,
    State,
    States,
    Unfollowed,
    #[serde(other)]
    Newer,
}

/// Reads a text frame. Errors: this server cannot have said it.
pub(crate) fn read(text: &str) -> Result<Frame, Trouble> {
    // A list could be read as one as well.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Trouble::Foreign("it says what is no JSON object"));
    }
    if let Some(event) = serde_json::from_str(text).ok().or_else(|| page_known_here(text)) {
        return Ok(Frame::Event(event));
    }
    match serde_json::from_str(text) {
        Ok(kind @ (EventKind::Message | EventKind::Edit | EventKind::Delete | EventKind::State | EventKind::Newer)) => {
            let place = serde_json::from_str(text).ok().map(Numbered::place);
            // What is in no room's log has one type alone: whatever else bears a number may mean anything by it.
            let is_entry = |place: &Place| kind == EventKind::State || matches!(place.log, LogName::Room(_));
            Ok(place.filter(is_entry).map_or(Frame::Newer, Frame::Entry))
        }
        Ok(
            EventKind::Users
            | EventKind::Presence
            | EventKind::People
            | EventKind::Seen
            | EventKind::Ok
            | EventKind::Error
            | EventKind::Hello
            | EventKind::History
            | EventKind::States
            | EventKind::Unfollowed,
        ) => Err(Trouble::Foreign("an event has not the form that it should have")),
        Err(_) => Err(Trouble::Foreign("it says what is no event")),
    }
}

/// A page that has entries of a newer server's kinds in it, without those: its number counts them.
fn page_known_here(text: &str) -> Option<Event> {
    let mut page: Value = serde_json::from_str(text).ok()?;
    let is_known = |entry: &Value| Entry::deserialize(entry).is_ok() || Numbered::deserialize(entry).is_err();
    page.get_mut("states")?.as_array_mut()?.retain(is_known);
    serde_json::from_value(page).ok()
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::errors::ErrorCode;
    use chatterbox_protocol::ids::{RoomId, Seq};

    use super::*;

    #[test]
    fn what_a_newer_server_says_is_no_fault_and_keeps_its_number() {
        let change = |seq| Ok(Frame::Entry(Place::new(LogName::Room(RoomId(1)), Seq(seq), None)));
        assert_eq!(read(r#"{"type":"pin","room":1,"seq":7}"#), change(7));
        assert_eq!(read(r#" {"type":"edit","id":20,"room":1,"seq":8,"text":{"html":""}}"#), change(8));
        let weather = r#"{"type":"state","seq":9,"since":6,"kind":"weather","id":1,"state":"rain"}"#;
        assert_eq!(read(weather), Ok(Frame::Entry(Place { log: LogName::Own, seq: Seq(9), since: Seq(6) })));
        for newer in [r#"{"type":"typing","room":1}"#, r#"{"type":"draft","seq":9}"#, r#"{"type":"edit"}"#] {
            assert_eq!(read(newer), Ok(Frame::Newer), "{newer}");
        }
        let read_as =
            |code| matches!(read(code), Ok(Frame::Event(Event::Error(failed))) if failed.code == ErrorCode::Internal);
        assert!(read_as(r#"{"type":"error","ref":1,"code":"too_late","message":"Too late."}"#));
        let users = Event::Users { users: vec!["ada".into()] };
        assert_eq!(read(r#"{"type":"users","users":["ada"],"later":1}"#), Ok(Frame::Event(users)));
    }

    #[test]
    fn what_is_no_event_is_nothing_that_this_server_says() {
        for text in [
            "",
            "null",
            "5",
            "[]",
            "{",
            "{}",
            "<html>Welcome to the hotel</html>",
            r#"{"type":7}"#,
            r#"["users",["ada"]]"#,
            r#"["pin"]"#,
            r#"{"type":"users"}"#,
            r#"{"type":"presence","online":1,"offline":[]}"#,
            r#"{"type":"people","people":[{"id":2}]}"#,
            r#"{"type":"seen","room":1}"#,
            r#"{"type":"ok"}"#,
            r#"{"type":"error","ref":1}"#,
            r#"{"type":"hello","rooms":{},"ref":0}"#,
            r#"{"type":"history","room":1,"seq":5}"#,
            r#"{"type":"states","reset":false,"states":[7],"seq":5,"live":true}"#,
        ] {
            assert!(matches!(read(text), Err(Trouble::Foreign(_))), "{text}");
        }
    }
}
