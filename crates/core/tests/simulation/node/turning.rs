//! A core turns to what has come for it, and does what its shard wants to have done.

use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Decision, Input, Output, PeerId, Wanted};
use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Event, Seen};
use chatterbox_protocol::ids::{RoomId, Seq};

use super::{At, Job, encode};
use crate::world::World;

impl World {
    /// Has a core turn to its inbox soon.
    pub(crate) fn have_turn(&mut self, at: At) {
        let delay = self.chance.between(0..=self.plan.turn);
        if let Some(core) = self.core(at)
            && !std::mem::replace(&mut core.is_called, true)
        {
            self.after(delay, move |world| world.turn(at));
        }
    }

    fn turn(&mut self, at: At) {
        let Some(core) = self.core(at) else { return };
        core.is_called = false;
        let most = core.inbox.len();
        let count = self.chance.length(most.min(1), most);
        let mut out = Vec::new();
        for _ in 0..count {
            let now_ms = self.clock(at.node);
            let Some(core) = self.core(at) else { return };
            let Some(input) = core.inbox.pop_front() else { break };
            if let Input::Decided { peer, .. } = &input {
                self.is_decided(at, *peer);
            }
            let Some(core) = self.core(at) else { return };
            core.shard.handle(now_ms, input, &mut out);
            if !self.plan.is_batching {
                self.carry_out(at, &mut out);
            }
        }
        self.carry_out(at, &mut out);
        let flushes = self.chance.percent(70);
        if flushes {
            self.flush(at);
        }
        if !flushes || count < most {
            self.have_turn(at);
        }
    }

    fn is_decided(&mut self, at: At, peer: PeerId) {
        let id = self.core(at).and_then(|core| core.links.get(&peer).copied());
        if let Some(link) = id.and_then(|id| self.links.get_mut(&id)) {
            link.in_flight -= 1;
        }
    }

    /// Does what a shard wants to have done.
    pub(crate) fn carry_out(&mut self, at: At, out: &mut Vec<Output>) {
        for output in std::mem::take(out) {
            match output {
                Output::Submit { peer, reference, command } => self.submit(at, peer, reference, command),
                Output::Read { peer, wanted } => self.look_up(at, peer, wanted),
                Output::Follow(log) => drop(self.core(at).map(|core| core.follows.insert(log))),
                Output::Unfollow(log) => drop(self.core(at).map(|core| core.follows.remove(&log))),
                Output::Fill { log, since } => self.fill(at, log, since),
                Output::Appear { peer, shown, .. } => {
                    let floor = shown.and_then(|seq| self.floors.get(&seq)).copied().unwrap_or_default();
                    if let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) {
                        self.links.entry(id).and_modify(|link| link.floor = floor);
                    }
                    self.appear(at, peer);
                }
                Output::HadInput { .. } => unreachable!("nobody here says so"),
                // Nobody here is a guest.
                Output::TellCompany(peer) => self.deliver(at, Input::Company { peer, found: None }),
                Output::TellSeen { peer, room } => self.tell_seen(at, peer, room),
                Output::ReadsSilently { .. } => {}
                Output::Close(peer, ending) => self.close(at, peer, ending),
            }
        }
    }

    fn tell_seen(&mut self, at: At, peer: PeerId, room: RoomId) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        let up_to = self.store.receipts(room).seen_up_to(self.links[&id].user);
        self.deliver(at, Input::Frame { peer, frame: encode(&Event::Seen(Seen { room, up_to })) });
    }

    fn submit(&mut self, at: At, peer: PeerId, reference: Option<Ref>, command: Command) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        let Some(link) = self.links.get_mut(&id) else { return };
        link.in_flight += 1;
        let by = (link.user, link.session);
        if self.is_queue_full(at.node) {
            return self.is_not_taken(at, peer, reference, command);
        }
        self.enqueue(at.node, Job::Say { at, peer, by, reference, command });
    }

    /// The core learns at once that the writer does not take a command on.
    fn is_not_taken(&mut self, at: At, peer: PeerId, reference: Option<Ref>, command: Command) {
        let nonce = if let Command::Send(send) = command { send.nonce } else { None };
        let refusal = Refusal::new(ErrorCode::Overloaded, "Later.").retry_after(1);
        let decision = Decision::NotTaken { nonce, refusal };
        self.is_decided(at, peer);
        let now_ms = self.clock(at.node);
        let Some(core) = self.core(at) else { return };
        let mut out = Vec::new();
        core.shard.handle(now_ms, Input::Decided { peer, reference, decision }, &mut out);
        self.carry_out(at, &mut out);
    }

    fn look_up(&mut self, at: At, peer: PeerId, wanted: Wanted) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        let by = (self.links[&id].user, self.links[&id].session);
        let (until, back) = (self.chance.delay(self.plan.reading), self.chance.delay(self.plan.reading));
        self.after(until, move |world| {
            let mut past = world.store.read(by, &wanted, world.pages());
            if !world.is_calm && world.chance.percent(world.plan.read_fails) {
                past = chatterbox_core::shard::Past::Failed;
            }
            if matches!(wanted, Wanted::Newest(_)) {
                let floor = world.store.replay_floor(world.plan.replay);
                world.floors.insert(world.store.seq(RoomId::FIRST), floor);
            }
            let epoch = world.store.epoch;
            world.deliver_after(back, at, Input::Read { epoch, peer, past: Box::new(past) });
        });
    }

    fn fill(&mut self, at: At, log: LogId, since: Seq) {
        let (until, back) = (self.chance.delay(self.plan.reading), self.chance.delay(self.plan.reading));
        self.after(until, move |world| {
            let (changes, seq) = world.store.fill(log, since);
            let epoch = world.store.epoch;
            world.deliver_after(back, at, Input::Filled { epoch, log, changes, seq });
        });
    }
}
