//! What a connection was refused for a time: what is to come after it waits with it, so that the order stays.

use std::collections::VecDeque;

use chatterbox_protocol::commands::Called;
use chatterbox_protocol::errors::{ErrorCode, Refusal, Verdict};

use super::{PeerId, Shard};

/// Sends that are remembered of one connection. With more, the oldest is forgotten, and what names it goes through. A chain
/// in which each names the one before it is not broken by that: whoever comes next names the newest.
const PUT_OFF_MAX: usize = 64;

/// The sends that were refused for a time and have not come again, oldest first. Nearly every connection has none.
#[derive(Debug, Default)]
pub(super) struct PutOff(Option<Box<Sends>>);

#[derive(Debug, Default)]
struct Sends(VecDeque<PutOffSend>);

/// A send, by its nonce, and what it was refused with.
#[derive(Debug)]
struct PutOffSend {
    nonce: String,
    code: ErrorCode,
    retry_after: Option<u32>,
}

impl PutOff {
    /// A send was refused. Only a refusal that passes has anything wait for it.
    pub(super) fn refused(&mut self, nonce: Option<&str>, refusal: &Refusal) {
        let Some(nonce) = nonce.filter(|_| refusal.code.verdict() == Verdict::Passing) else { return };
        let Sends(sends) = &mut **self.0.get_or_insert_default();
        sends.retain(|send| send.nonce != nonce);
        if sends.len() == PUT_OFF_MAX {
            sends.pop_front();
        }
        sends.push_back(PutOffSend { nonce: nonce.to_owned(), code: refusal.code, retry_after: refusal.retry_after });
    }

    /// A command is not refused for a time. If it was before, it has come again.
    pub(super) fn goes_on(&mut self, called: &Called) {
        let Some(Sends(sends)) = self.0.as_deref_mut() else { return };
        let nonce = called.nonce();
        sends.retain(|send| Some(&*send.nonce) != nonce);
        if sends.is_empty() {
            self.0 = None;
        }
    }

    /// Why what comes after this waits, if it does.
    fn waits_for(&self, nonce: &str) -> Option<Refusal> {
        let Sends(sends) = self.0.as_deref()?;
        let before = sends.iter().find(|send| send.nonce == nonce)?;
        let message = "What this is to come after was refused for now. Send that again first, then this.";
        let refusal = Refusal::field(before.code, "after", message);
        Some(Refusal { retry_after: before.retry_after, ..refusal })
    }
}

impl Shard {
    /// Whether a command need not wait for another one. To be asked before its budget is charged, and to be told as
    /// [`Input::Said`](super::Input::Said)'s: what waits takes nothing of what the other one waits for.
    pub fn may_go_on(&self, id: PeerId, called: &Called) -> Result<(), Refusal> {
        let Some(after) = called.after() else { return Ok(()) };
        self.peers.get(id).and_then(|peer| peer.put_off.waits_for(after)).map_or(Ok(()), Err)
    }
}
