//! How a run is set up, and how often what goes wrong in it. Runs differ widely, so that some have what others never do:
//! buffers of a few bytes, a bus that loses nearly everything, pages of one message.

use chatterbox_core::shard::Replay;

use crate::chance::Chance;

/// The set-up of a run. Times are milliseconds, odds are percents.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) nodes: usize,
    pub(crate) cores: usize,
    pub(crate) users: u64,
    pub(crate) full_clients: usize,
    pub(crate) contract_clients: usize,
    pub(crate) replay: Replay,
    pub(crate) resume_page: usize,
    pub(crate) history_page: usize,
    pub(crate) replay_page: usize,
    /// Bytes that the kernel takes for a client that does not read.
    pub(crate) buffer: usize,
    pub(crate) latency: u64,
    /// Until a core turns to what has come for it.
    pub(crate) turn: u64,
    /// Until a snapshot is taken, and again until it arrives.
    pub(crate) reading: u64,
    pub(crate) commit: u64,
    /// Commands that may wait for the writer.
    pub(crate) queue: usize,
    pub(crate) bus_delay: u64,
    pub(crate) bus_loses: u64,
    pub(crate) bus_repeats: u64,
    /// Whether a core carries out what its shard wants only after all that has come is handled.
    pub(crate) is_batching: bool,
    pub(crate) is_over_budget: u64,
    pub(crate) is_long: u64,
    /// Characters of a long text.
    pub(crate) long: usize,
    pub(crate) acts_every: u64,
    pub(crate) fails_every: u64,
    /// Odds that a commit takes its node with it.
    pub(crate) commit_crashes: u64,
    pub(crate) read_fails: u64,
    pub(crate) is_restored: bool,
    /// Whether somebody now and then says more than a log keeps.
    pub(crate) is_flooded: bool,
    /// Whether nodes look at what they may not have been told. Where nothing is lost, they must not need to.
    pub(crate) is_looking: bool,
    pub(crate) chaos: u64,
}

impl Plan {
    /// A set-up by chance.
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let replay = if chance.percent(60) { Replay::Newest(chance.length(1, 8)) } else { Replay::All };
        let mut pick = |from: &[u64]| chance.pick(from).unwrap_or_default();
        let nodes = pick(&[1, 1, 2, 3]) as usize;
        let (bus_loses, commit_crashes) = (pick(&[0, 0, 5, 30, 80]), pick(&[0, 0, 1, 4]));
        Self {
            nodes,
            cores: pick(&[1, 1, 2]) as usize,
            users: pick(&[2, 3, 4]),
            full_clients: pick(&[2, 3, 4, 5]) as usize,
            contract_clients: pick(&[0, 1, 1, 2]) as usize,
            replay,
            resume_page: pick(&[1, 2, 3, 8, 200]) as usize,
            history_page: pick(&[1, 3, 8, 50]) as usize,
            replay_page: pick(&[1, 2, 5]) as usize,
            buffer: pick(&[100, 400, 1_500, 6_000, 60_000]) as usize,
            latency: pick(&[2, 30, 300]),
            turn: pick(&[0, 2, 20]),
            reading: pick(&[1, 20, 200, 1_500]),
            commit: pick(&[0, 5, 40]),
            queue: pick(&[1, 3, 100]) as usize,
            bus_delay: pick(&[1, 20, 300, 1_500]),
            bus_loses,
            bus_repeats: pick(&[0, 10, 50]),
            is_batching: pick(&[0, 1]) == 1,
            is_over_budget: pick(&[0, 0, 3, 20]),
            is_long: pick(&[0, 0, 5, 50]),
            long: pick(&[300, 2_000, 8_000]) as usize,
            acts_every: pick(&[100, 300, 800]),
            fails_every: pick(&[1_000, 3_000, 8_000]),
            commit_crashes,
            read_fails: pick(&[0, 0, 2]),
            is_restored: pick(&[0, 0, 0, 0, 1]) == 1,
            is_flooded: pick(&[0, 0, 0, 0, 0, 1]) == 1,
            is_looking: bus_loses + commit_crashes > 0,
            chaos: pick(&[4_000, 8_000, 15_000]),
        }
    }
}
