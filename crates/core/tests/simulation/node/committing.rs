//! The writer of a node: it commits what has gathered, and only then answers and tells.

use chatterbox_core::changes::Told;
use chatterbox_core::shard::{Decision, Input, PeerId};
use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::events::{Event, Seen};
use chatterbox_protocol::ids::{RoomId, SessionId, UserId};
use chatterbox_protocol::presence::PersonTyping;

use super::{At, encode};
use crate::world::World;

/// Changes in one commit at the most.
const BATCH_MAX: usize = 6;

/// Something to be committed.
#[derive(Debug)]
pub(crate) enum Job {
    /// A command.
    Say { at: At, peer: PeerId, by: (UserId, SessionId), reference: Option<Ref>, command: Command },
    /// The end of a session.
    Revoke(SessionId),
    /// Somebody is let into a room, or out of it.
    Belong { room: RoomId, user: UserId, is_member: bool },
    /// A room is closed.
    Close(RoomId),
}

/// What is to be told once a job is committed.
enum Committed {
    Decided(At, PeerId, Option<Ref>, Decision),
    Told(Told),
}

impl World {
    /// Whether the writer of a node takes nothing more.
    pub(crate) fn is_queue_full(&self, node: usize) -> bool {
        !self.is_calm && self.nodes[node].queue.len() >= self.plan.queue
    }

    /// Hands something to the writer of a node.
    pub(crate) fn enqueue(&mut self, node: usize, job: Job) {
        self.nodes[node].queue.push_back(job);
        if !std::mem::replace(&mut self.nodes[node].is_committing, true) {
            self.have_commit(node);
        }
    }

    fn have_commit(&mut self, node: usize) {
        let (delay, life) = (self.chance.between(0..=self.plan.commit), self.nodes[node].life);
        self.after(delay, move |world| {
            if world.nodes[node].life == life {
                world.commit(node);
            }
        });
    }

    fn commit(&mut self, node: usize) {
        let count = self.nodes[node].queue.len().min(BATCH_MAX);
        let crashes = !self.is_calm && self.chance.percent(self.plan.commit_crashes);
        if crashes && self.chance.percent(50) {
            return self.crash(node);
        }
        let jobs: Vec<Job> = self.nodes[node].queue.drain(..count).collect();
        let committed: Vec<Committed> = jobs.into_iter().flat_map(|job| self.transact(node, job)).collect();
        if crashes {
            return self.crash(node);
        }
        for part in committed {
            self.announce(node, part);
        }
        self.nodes[node].is_committing = !self.nodes[node].queue.is_empty();
        if self.nodes[node].is_committing {
            self.have_commit(node);
        }
    }

    fn transact(&mut self, node: usize, job: Job) -> Vec<Committed> {
        match job {
            Job::Say { at, peer, by, reference, command } => {
                let moment = self.moment();
                let (decision, told) = self.store.decide(by, &command, moment);
                let decided = Committed::Decided(at, peer, reference, decision);
                [decided].into_iter().chain(told.into_iter().map(Committed::Told)).collect()
            }
            Job::Belong { room, user, is_member } => {
                let moment = self.moment();
                let told = self.store.belong(room, user, is_member, moment);
                if is_member && !told.is_empty() {
                    self.hear_of_a_room(user);
                }
                told.into_iter().map(Committed::Told).collect()
            }
            Job::Close(room) => {
                let moment = self.moment();
                self.store.close(room, moment).into_iter().map(Committed::Told).collect()
            }
            Job::Revoke(session) => {
                let moment = self.moment();
                let told = self.store.end_session(session, moment);
                let (now, seqs) = (self.now, self.store.seqs());
                self.ledger.session_over(session, node, now, seqs);
                told.into_iter().map(Committed::Told).collect()
            }
        }
    }

    fn announce(&mut self, node: usize, committed: Committed) {
        match committed {
            Committed::Decided(at, peer, reference, decision) => {
                self.deliver(at, Input::Decided { peer, reference, decision });
            }
            Committed::Told(Told::Entry { log, seq, event }) => {
                self.tell(|_| format!("node {node} commits {log:?}:{seq} {event:?}"));
                self.publish(node, log, &event);
            }
            Committed::Told(Told::Read { room, .. }) => {
                let receipts = self.store.receipts(room);
                let seen = |user| {
                    let up_to = receipts.seen_up_to(user);
                    encode(&Event::Seen(Seen { room, up_to }))
                };
                let everybody = Some(seen(UserId(0)));
                let furthest = receipts.furthest().map(|user| (user, Some(seen(user))));
                for at in self.cores(node) {
                    let (everybody, furthest) = (everybody.clone(), furthest.clone());
                    self.deliver(at, Input::Seen { room, everybody, furthest });
                }
            }
            Committed::Told(Told::Typing { room, user }) => {
                let frame = encode(&Event::Typing(PersonTyping { room, user }));
                for at in self.cores(node) {
                    self.deliver(at, Input::Typing { room, user, frame: frame.clone() });
                }
            }
            Committed::Told(Told::SessionEnded(session)) => {
                self.tell(|_| format!("{session:?} is over, says node {node}"));
                self.end_session(node, session);
            }
        }
    }
}
