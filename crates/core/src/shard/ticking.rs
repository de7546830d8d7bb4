//! What depends on time: who owes too much for too long, who is to be told something late, and what need not be kept. Only
//! those are looked at that have something to look at.

use super::{ENDED_KEPT_MS, Ending, OWED_BYTES_MAX, Output, PATIENCE_MS, PeerId, Shard};

impl Shard {
    /// Looks at a connection at the next tick.
    pub(super) fn look_after(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !std::mem::replace(&mut peer.is_looked_after, true)
        {
            self.looked_after.push(id);
        }
    }

    pub(super) fn tick(&mut self, now_ms: i64, out: &mut Vec<Output>) {
        while self.ended.front().is_some_and(|(_, ended_ms)| ended_ms + ENDED_KEPT_MS <= now_ms) {
            self.ended.pop_front();
        }
        // Whoever is owed something in a log that was not told yet will be told, or waits from then on.
        for id in std::mem::take(&mut self.looked_after) {
            self.gather(id);
            self.tell_missed_seen(id, out);
            if self.is_too_slow(now_ms, id) {
                self.close(id, Ending::TooSlow, out);
            }
            let Some(peer) = self.peers.get_mut(id) else { continue };
            peer.is_looked_after = false;
            if peer.own_bytes() > 0 || !peer.waiting.is_empty() || !peer.missed_seen.is_empty() {
                self.look_after(id);
            }
        }
        self.tidy_logs(out);
        self.tell_online(now_ms, out);
    }

    /// Whether a connection has owed too much for too long, or has fallen out of a log.
    fn is_too_slow(&mut self, now_ms: i64, id: PeerId) -> bool {
        let Some(peer) = self.peers.get_mut(id) else { return false };
        let (mut owed, mut has_fallen_out) = (peer.own_bytes() as u64, false);
        for (log, listener) in &peer.waiting {
            let Some(state) = self.logs.get(log) else { continue };
            let Some(listener) = state.listeners.get(*listener) else { continue };
            if !peer.is_replaying() {
                owed += listener.end(&state.log).saturating_sub(listener.place);
            }
            has_fallen_out |= listener.place < state.log.start();
        }
        let is_owing = owed > OWED_BYTES_MAX as u64;
        peer.owes_since = if is_owing { peer.owes_since.or(Some(now_ms)) } else { None };
        // Who takes none of its answers is not heard, and may not stay so for ever either. Who takes them slowly may: a
        // weak line needs its time for a page.
        peer.stuck_since = if peer.is_full() { peer.stuck_since.or(Some(now_ms)) } else { None };
        let is_over = |since: Option<i64>| since.is_some_and(|since| since + PATIENCE_MS <= now_ms);
        has_fallen_out || is_over(peer.owes_since) || is_over(peer.stuck_since)
    }
}
