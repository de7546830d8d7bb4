//! Reading what clients say, through a buffer that all connections of the thread share.

use std::cell::RefCell;
use std::io::{ErrorKind, Read};

use bytes::Bytes;
use chatterbox_core::liveness::Due;
use chatterbox_core::shard::{Input, PeerId};
use chatterbox_protocol::commands::{Called, Command};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Event, Failed};
use chatterbox_protocol::ids::SessionId;
use chatterbox_protocol::limits::FRAME_BYTES_MAX;
use chatterbox_store::{Bearer, WhoAmI};

use super::Reactor;
use super::controls::{Controls, Judged};
use super::socket::SESSION_CHECK_INTERVAL_MS;
use crate::events::encode;
use crate::hub::inbox::Mail;
use crate::tokens::TokenHash;
use crate::websocket::decoder::{Decoder, Incoming, Violation};
use crate::websocket::frame::{self, CloseCode};

/// Bytes taken from one connection before the others have their turn. Holds dozens of ordinary commands.
const READ_BYTES: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// What a client said, taken out of the read buffer.
enum Said {
    Command(Box<Called>),
    /// Pings in a row, to be answered with these frames.
    Pings(Vec<u8>),
    /// More pings or pongs than there may be.
    TooManyControls,
    /// The connection is over, and this is the last that the server says, if it may say anything.
    Over(Option<Bytes>),
}

impl Reactor {
    /// Hears every connection that has something to say and may say it, each for one read.
    pub(super) fn hear(&mut self) {
        for id in std::mem::take(&mut self.readable) {
            let has_more = |reactor: &Self| reactor.sockets.get(id).is_some_and(|socket| socket.is_readable);
            if has_more(self) && self.shard.hears(id) {
                self.hear_one(id);
            }
            if has_more(self) {
                self.unheard.push(id);
            }
        }
    }

    /// Those who have more to say and may say it are heard in the next round.
    pub(super) fn hear_again(&mut self) {
        let Self { shard, sockets, readable, unheard, .. } = self;
        unheard.retain(|id| {
            let is_heard = shard.hears(*id);
            if is_heard {
                readable.push(*id);
            }
            !is_heard && sockets.contains_key(*id)
        });
    }

    fn hear_one(&mut self, id: PeerId) {
        let said = SCRATCH.with_borrow_mut(|scratch| {
            let socket = self.sockets.get_mut(id)?;
            match socket.stream.read(scratch) {
                Ok(0) => Some(vec![Said::Over(None)]),
                Ok(count) => {
                    // Less than there is room for is all that there was, and the kernel tells when there is more; but it
                    // tells of the end only once, perhaps together with the last words.
                    socket.is_readable = count == scratch.len() || socket.is_ending;
                    Some(decode(&mut socket.decoder, &mut socket.controls, self.now_ms, &mut scratch[..count]))
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    socket.is_readable = false;
                    None
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => None,
                Err(_) => Some(vec![Said::Over(None)]),
            }
        });
        if let Some(said) = said {
            self.obey(id, said);
        }
    }

    /// Hears what came together with the handshake.
    pub(super) fn hear_bytes(&mut self, id: PeerId, mut bytes: Vec<u8>) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        let said = decode(&mut socket.decoder, &mut socket.controls, self.now_ms, &mut bytes);
        self.obey(id, said);
    }

    fn obey(&mut self, id: PeerId, said: Vec<Said>) {
        if let Some(socket) = self.sockets.get_mut(id) {
            socket.liveness.heard(self.now_ms, socket.decoder.unfinished());
        }
        for said in said {
            match said {
                Said::Command(called) => {
                    let Some(socket) = self.sockets.get(id) else { return };
                    let (throttles, user) = (&self.app.throttles, socket.actor.user);
                    let budget = self.shard.may_go_on(id, &called).and_then(|()| match &called.command {
                        Ok(Command::Read(_)) => throttles.read(user, self.now_ms),
                        Ok(Command::Active | Command::Watch(_) | Command::Typing(_)) => {
                            throttles.sign(user, self.now_ms)
                        }
                        Ok(_) => throttles.command(user, self.now_ms),
                        Err(refusal) if refusal.is_slip => throttles.command(user, self.now_ms),
                        Err(_) => Ok(()),
                    });
                    self.handle(Input::Said { peer: id, called: *called, budget });
                }
                Said::Pings(pongs) => self.handle(Input::Frame { peer: id, frame: pongs.into() }),
                Said::TooManyControls => {
                    let message =
                        "At most ten pings and pongs a second are heard. Those that come too soon are not answered.";
                    let refusal = Refusal::new(ErrorCode::RateLimited, message).retry_after(1);
                    if let Some(frame) = encode(&Event::Error(Failed::new(None, refusal))) {
                        self.handle(Input::Frame { peer: id, frame });
                    }
                }
                Said::Over(last) => self.end(id, last),
            }
        }
    }

    /// Looks whether clients are there, and whether their sessions are.
    pub(super) fn look_after_sockets(&mut self) {
        let (now_ms, now) = (self.now_ms, crate::clock::now());
        let (mut gone, mut late, mut to_ping, mut to_check) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (id, socket) in &mut self.sockets {
            if !self.shard.hears(id) {
                socket.liveness.is_not_read(now_ms);
            }
            match socket.liveness.due(now_ms) {
                Some(Due::Ping) => to_ping.push(id),
                Some(Due::Gone) => gone.push(id),
                Some(Due::Late) => late.push(id),
                None => {}
            }
            if socket.session_check_ms <= now_ms || socket.session_expires <= now {
                socket.session_check_ms = now_ms + SESSION_CHECK_INTERVAL_MS;
                to_check.push((id, socket.actor.session, socket.token_hash));
            }
        }
        gone.into_iter().for_each(|id| self.give_up(id));
        let dawdles = frame::close(CloseCode::POLICY, "a message must arrive within 10 seconds");
        late.into_iter().for_each(|id| self.end(id, Some(dawdles.clone())));
        to_ping.into_iter().for_each(|peer| self.handle(Input::Frame { peer, frame: frame::ping(b"") }));
        to_check.into_iter().for_each(|(id, session, token_hash)| self.check_session(id, session, token_hash));
    }

    fn check_session(&self, id: PeerId, session: SessionId, token_hash: TokenHash) {
        let (store, hub, inbox) = (self.app.store.clone(), self.app.hub.clone(), self.inbox.clone());
        self.app.tasks.spawn(async move {
            match store.ask(Bearer { token_hash, now: crate::clock::now() }, WhoAmI).await {
                Ok(Err(_)) => hub.end_session(session),
                Ok(Ok(actor)) => inbox.post(Mail::SessionLives(id, actor.expires)),
                // If storage does not answer, the session gets the benefit of the doubt until the next check.
                Err(_) => {}
            }
        });
    }
}

/// Takes out of the bytes what the client said. Nothing comes after the end.
fn decode(decoder: &mut Decoder, controls: &mut Controls, now_ms: i64, bytes: &mut [u8]) -> Vec<Said> {
    let mut said = Vec::new();
    let mut frames = decoder.feed(bytes);
    loop {
        let frame = frames.next();
        if matches!(frame, Ok(Some(Incoming::Ping(_) | Incoming::Pong(_)))) {
            match controls.judge(now_ms) {
                Judged::Heard => {}
                Judged::Ignored { is_first } => {
                    said.extend(is_first.then_some(Said::TooManyControls));
                    continue;
                }
                Judged::TooMany => {
                    let last = frame::close(CloseCode::TOO_MANY_COMMANDS, "too many pings or pongs");
                    said.push(Said::Over(Some(last)));
                    return said;
                }
            }
        }
        let over = match frame {
            Ok(None) => return said,
            Ok(Some(Incoming::Text(text))) => {
                said.push(Said::Command(Box::new(Called::decode(text.as_bytes()))));
                continue;
            }
            Ok(Some(Incoming::Ping(payload))) => {
                let pong = frame::pong(payload);
                match said.last_mut() {
                    Some(Said::Pings(pongs)) => pongs.extend_from_slice(&pong),
                    _ => said.push(Said::Pings(pong.to_vec())),
                }
                continue;
            }
            Ok(Some(Incoming::Pong(_))) => continue,
            Ok(Some(Incoming::Binary)) => frame::close(CloseCode::UNSUPPORTED, "only text is taken"),
            Ok(Some(Incoming::Close { code, .. })) => frame::close(code.unwrap_or(CloseCode::NORMAL), ""),
            Err(violation) => last_words(violation),
        };
        said.push(Said::Over(Some(over)));
        return said;
    }
}

/// What a client hears that broke a rule of frames. One that has sent too much is told how much would be right.
fn last_words(violation: Violation) -> Bytes {
    let close = frame::close(violation.close_code(), &violation.to_string());
    if violation != Violation::TooLarge {
        return close;
    }
    let message = format!("A command may have at most {FRAME_BYTES_MAX} bytes.");
    let error = Event::Error(Failed::new(None, Refusal::new(ErrorCode::TooLarge, message)));
    frame::json(&error).map_or(close.clone(), |error| [error, close].concat().into())
}
