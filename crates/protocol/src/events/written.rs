//! Events as JSON. What is said of every message, the message and the answer to whoever sent it, is written here by hand in
//! the form that serde gives it, which takes less than half of the work; everything else by serde.

use serde::ser::Error;

use super::{Done, Event};
use crate::ids::Seq;
use crate::messages::Message;
use crate::time::Timestamp;

/// More bytes than there are in a message beside its texts.
const MESSAGE_BYTES: usize = 256;

impl Event {
    /// Appends its JSON. Errors: a defect; then a part of it may have been written.
    pub fn write_json(&self, to: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Message(message) => write_message(message, to),
            Self::Ok(done) => write_done(done, to),
            other => serde_json::to_writer(to, other),
        }
    }
}

fn write_message(message: &Message, to: &mut Vec<u8>) -> serde_json::Result<()> {
    let Message { id, user, by, text, time, seen, room, seq, edited, nonce, changed, since } = message;
    to.reserve(MESSAGE_BYTES + user.len() + text.len() + nonce.as_ref().map_or(0, String::len));
    write_number(to, r#"{"type":"message","id":"#, id.0);
    write_text(to, r#","user":"#, user)?;
    if let Some(by) = by {
        write_number(to, r#","by":"#, by.0);
    }
    write_text(to, r#","text":"#, text)?;
    write_time(to, r#","time":"#, *time)?;
    to.extend_from_slice(if *seen { br#","seen":true"# } else { br#","seen":false"# });
    write_number(to, r#","room":"#, room.0);
    write_number(to, r#","seq":"#, seq.0);
    if let Some(edited) = edited {
        write_time(to, r#","edited":"#, *edited)?;
    }
    if let Some(nonce) = nonce {
        write_text(to, r#","nonce":"#, nonce)?;
    }
    if let Some(Seq(changed)) = changed {
        write_number(to, r#","changed":"#, *changed);
    }
    if let Some(Seq(since)) = since {
        write_number(to, r#","since":"#, *since);
    }
    to.push(b'}');
    Ok(())
}

fn write_done(done: &Done, to: &mut Vec<u8>) -> serde_json::Result<()> {
    let Done { reference, id, seq, time } = done;
    to.extend_from_slice(br#"{"type":"ok","ref":"#);
    serde_json::to_writer(&mut *to, reference)?;
    if let Some(id) = id {
        write_number(to, r#","id":"#, id.0);
    }
    if let Some(Seq(seq)) = seq {
        write_number(to, r#","seq":"#, *seq);
    }
    if let Some(time) = time {
        write_time(to, r#","time":"#, *time)?;
    }
    to.push(b'}');
    Ok(())
}

fn write_number(to: &mut Vec<u8>, name: &str, number: u64) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn write_text(to: &mut Vec<u8>, name: &str, text: &str) -> serde_json::Result<()> {
    to.extend_from_slice(name.as_bytes());
    // To look at all of them without an early end is much quicker than one by one.
    let is_escaped = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |is_any, byte| is_any | is_escaped(byte)) {
        return serde_json::to_writer(to, text);
    }
    to.push(b'"');
    to.extend_from_slice(text.as_bytes());
    to.push(b'"');
    Ok(())
}

fn write_time(to: &mut Vec<u8>, name: &str, time: Timestamp) -> serde_json::Result<()> {
    to.extend_from_slice(name.as_bytes());
    to.push(b'"');
    time.print(&mut *to).map_err(serde_json::Error::custom)?;
    to.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::commands::Ref;
    use crate::ids::{MessageId, RoomId, UserId};

    fn written(event: &Event) -> String {
        let mut json = Vec::new();
        event.write_json(&mut json).unwrap();
        String::from_utf8(json).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_by_hand_is_what_serde_writes(
            (id, room, seq, time) in any::<(u64, u64, u64, i64)>(), texts in any::<[String; 2]>(), seen in any::<bool>(),
            by in any::<Option<u64>>(),
            (edited, nonce) in any::<(Option<i64>, Option<String>)>(),
            (changed, since) in any::<(Option<u64>, Option<u64>)>(),
            plain in option::of("[ -~]{0,300}"), reference in any::<Result<u64, String>>(),
        ) {
            let [user, text] = texts;
            let text = plain.unwrap_or(text);
            let (id, room, seq) = (MessageId(id), RoomId(room), Seq(seq));
            let (time, edited) = (Timestamp(time), edited.map(Timestamp));
            let (changed, since) = (changed.map(Seq), since.map(Seq));
            let by = by.map(UserId);
            let message = Message { id, user, by, text, time, seen, room, seq, edited, nonce, changed, since };
            let reference = reference.map_or_else(Ref::Text, Ref::Number);
            let done = Done { reference, id: changed.map(|_| id), seq: since, time: edited };
            for event in [Event::Message(message), Event::Ok(done)] {
                prop_assert_eq!(written(&event), serde_json::to_string(&event).unwrap());
            }
        }
    }

    #[test]
    fn whatever_else_is_said_is_written_by_serde() {
        let event = Event::Unfollowed { room: RoomId::FIRST };
        assert_eq!(written(&event), r#"{"type":"unfollowed","room":1}"#);
    }
}
