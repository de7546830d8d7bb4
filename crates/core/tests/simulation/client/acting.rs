//! What clients do of their own accord.

use chatterbox_protocol::commands::{Command, Delete, Edit, Read, Send, Typing, encode};
use chatterbox_protocol::ids::{RoomId, Seq};

use super::Kind;
use super::listening::canary;
use crate::world::{ClientId, World};

impl World {
    /// Has a client do something now and then, until all is calm.
    pub(crate) fn acts(&mut self, client: ClientId) {
        let pause = self.chance.between(1..=2 * self.plan.acts_every);
        self.after(pause, move |world| {
            if !world.is_calm {
                world.act(client);
            }
            world.acts(client);
        });
    }

    fn act(&mut self, client: ClientId) {
        match self.chance.between(0..=99) {
            0..=54 => self.send(client),
            55..=69 => self.change(client),
            70..=74 => self.marks(client),
            75..=82 => {
                let stall = self.chance.delay(14_000);
                self.clients[client].stalled_until = self.now + stall;
            }
            83..=89 => self.cut(client),
            90 => {
                self.clients[client].away_until = self.now + self.chance.between(5_000..=30_000);
                self.cut(client);
            }
            91..=92 => self.babble(client),
            93..=96 => self.types(client),
            _ => {}
        }
    }

    /// A client says something.
    pub(crate) fn send(&mut self, client: ClientId) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().collect();
        let is_full = matches!(self.clients[client].kind, Kind::Full(_));
        let room = self.chance.pick(&rooms).filter(|_| is_full).unwrap_or(RoomId::FIRST);
        self.send_in(client, room);
    }

    /// A client says something in a room.
    pub(crate) fn send_in(&mut self, client: ClientId, room: RoomId) {
        let sender = &mut self.clients[client];
        sender.sent += 1;
        let number = sender.sent;
        let name = format!("{client}-{number}");
        let text = self.text(room, &format!("said {name}"));
        let link = self.clients[client].link;
        match self.clients[client].kind {
            Kind::Full(_) => {
                self.ledger.attempted(&text, client, room, None);
                self.speak(client, Command::Send(Send { text, room: Some(room), nonce: Some(name), after: None }));
            }
            Kind::Contract(_) if link.is_some() => {
                self.ledger.attempted(&text, client, room, link);
                self.speak(client, Command::Send(Send { text, room: None, nonce: None, after: None }));
            }
            Kind::Contract(_) => {}
        }
    }

    /// A text for a room that is like no other.
    fn text(&mut self, room: RoomId, what: &str) -> String {
        let secret = if room == RoomId::FIRST { String::new() } else { canary(room) };
        let long = if self.chance.percent(self.plan.is_long) { self.plan.long } else { 0 };
        format!("{what} {secret}{}", "é".repeat(long))
    }

    fn change(&mut self, client: ClientId) {
        let shown = self.clients[client].messages();
        let recent = shown.len().saturating_sub(6);
        let Some((room, id)) = self.chance.pick(&shown[recent..]) else { return };
        let command = if self.chance.percent(65) {
            let number = self.chance.bits();
            Command::Edit(Edit { id, text: self.text(room, &format!("edited {number}")) })
        } else {
            Command::Delete(Delete { id })
        };
        self.speak(client, command);
    }

    fn marks(&mut self, client: ClientId) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().collect();
        if let (Kind::Full(full), Some(room)) = (&self.clients[client].kind, self.chance.pick(&rooms)) {
            let up_to = Seq(full.state.seq(room).0 + self.chance.between(0..=1));
            self.speak(client, Command::Read(Read { room: Some(room), up_to }));
        }
    }

    /// Says a command: a full client by way of its outbox, a contract client to whoever listens.
    fn speak(&mut self, client: ClientId, command: Command) {
        let link = self.clients[client].link;
        match &mut self.clients[client].kind {
            Kind::Full(full) => {
                let (ticket, now) = full.state.say(command.clone());
                full.said.insert(ticket, command);
                if let Some(link) = link {
                    self.say_now(link, now);
                }
            }
            Kind::Contract(_) => {
                if let Some(link) = link {
                    self.say(link, encode(&command, None));
                }
            }
        }
    }

    /// Says that somebody is writing, wherever that is: it is said once, and whether it was heard matters to nobody.
    fn types(&mut self, client: ClientId) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().collect();
        if let (Some(link), Some(room)) = (self.clients[client].link, self.chance.pick(&rooms)) {
            self.say(link, encode(&Command::Typing(Typing { room }), None));
        }
    }

    /// Says something that is no command, once or too often.
    fn babble(&mut self, client: ClientId) {
        let times = self.chance.between(1..=4);
        if let Some(link) = self.clients[client].link {
            for _ in 0..times {
                self.say(link, r#"{"type":"babble"}"#.to_owned());
            }
        }
    }
}
