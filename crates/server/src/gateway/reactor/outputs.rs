//! What the shard decides, done at once.

use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Input, Output, PeerId};
use chatterbox_protocol::events::{Event, Seen};
use chatterbox_protocol::ids::{RoomId, Seq};

use super::Reactor;
use crate::events::encode;
use crate::hub::presence::Appearing;

impl Reactor {
    /// Lets the shard decide, and does at once what it wants.
    pub(super) fn handle(&mut self, input: Input) {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.shard.handle(self.now_ms, input, &mut outputs);
        self.carry_out(outputs);
    }

    pub(super) fn carry_out(&mut self, mut outputs: Vec<Output>) {
        for output in outputs.drain(..) {
            match output {
                Output::Submit { peer, reference, command } => self.submit(peer, reference, command),
                Output::Read { peer, wanted } => self.read_past(peer, wanted),
                Output::Follow(log) => self.app.hub.followers.follow(log, self.number),
                Output::Unfollow(log) => self.unfollow(log),
                Output::Fill { log, since } => self.fill(log, since),
                Output::Appear { peer, shown, idle_ms, of_everybody } => {
                    self.appear(peer, shown, Appearing { idle_ms, of_everybody });
                }
                Output::HadInput { peer, idle_ms } => {
                    let appearance = self.sockets.get(peer).and_then(|socket| socket.appearance.as_ref());
                    appearance.inspect(|appearance| appearance.had_input(idle_ms));
                }
                Output::TellCompany(peer) => self.tell_company(peer),
                Output::TellSeen { peer, room } => self.tell_seen(peer, room),
                Output::ReadsSilently { peer, shown } => self.reads_silently(peer, shown),
                Output::Close(peer, ending) => self.close(peer, ending),
            }
        }
        self.outputs = outputs;
    }

    fn appear(&mut self, id: PeerId, shown: Option<Seq>, appearing: Appearing) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        let actor = &socket.actor;
        let (appearance, number) = self.app.hub.presence.appear(actor.user, &actor.username, appearing, &self.inbox);
        socket.appearance = Some(appearance);
        self.reads_silently(id, shown);
        self.handle(Input::Appeared { peer: id, number });
    }

    fn reads_silently(&mut self, id: PeerId, shown: Option<Seq>) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        socket.reads_silently = shown.map(|seq| self.app.hub.receipts.reads_silently(socket.actor.author(), seq));
    }

    fn unfollow(&self, log: LogId) {
        let hub = &self.app.hub;
        hub.followers.unfollow(log, self.number, || {
            if let LogId::Room(room) = log {
                hub.receipts.forget(room);
            }
        });
    }

    fn tell_seen(&mut self, peer: PeerId, room: RoomId) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let up_to = self.app.hub.receipts.seen_up_to(room, socket.actor.user);
        if up_to > Seq(0)
            && let Some(frame) = encode(&Event::Seen(Seen { room, up_to }))
        {
            self.handle(Input::Frame { peer, frame });
        }
    }
}
