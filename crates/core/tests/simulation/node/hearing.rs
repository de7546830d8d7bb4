//! How a core hears what its clients say, and that they have gone.

use chatterbox_core::shard::Input;
use chatterbox_protocol::commands::Called;
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::link::LinkId;
use crate::world::World;

/// How often a core looks whether it hears a connection again.
const LOOK: u64 = 20;

impl World {
    /// A client says something: it arrives later, behind what it has said before.
    pub(crate) fn say(&mut self, id: LinkId, line: String) {
        let delay = self.chance.delay(self.plan.latency);
        if let Some(link) = self.links.get_mut(&id) {
            link.to_server.push_back(line);
            self.after(delay, move |world| world.hear(id));
        }
    }

    fn hear(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.ending.is_none()) else { return };
        let (at, peer) = (link.at, link.peer);
        let now_ms = self.clock(at.node);
        let Some(core) = self.core(at) else { return };
        if !core.shard.hears(peer) {
            return self.after(LOOK, move |world| world.hear(id));
        }
        let is_over_budget = !self.is_calm && self.chance.percent(self.plan.is_over_budget);
        let refusal = || Refusal::new(ErrorCode::RateLimited, "Later.").retry_after(1);
        let limit = if is_over_budget { Err(refusal()) } else { Ok(()) };
        let Some(line) = self.links.get_mut(&id).and_then(|link| link.to_server.pop_front()) else { return };
        self.tell(|_| format!("{id:?} says {line}"));
        let called = Called::decode(line.as_bytes());
        let Some(core) = self.core(at) else { return };
        let mut out = Vec::new();
        let budget = core.shard.may_go_on(peer, &called).and(limit);
        core.shard.handle(now_ms, Input::Said { peer, called, budget }, &mut out);
        self.carry_out(at, &mut out);
        self.flush(at);
    }

    /// The server notices that a client has gone.
    pub(crate) fn notice(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else { return };
        let (at, peer) = (link.at, link.peer);
        self.take_leave(at, peer);
        self.links.remove(&id);
    }
}
