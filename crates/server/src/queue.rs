//! Queues for dear work: so many slots, of which one network may hold a part, and a turn for whoever is first.

use std::collections::HashMap;
use std::sync::Arc;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::refusals::internal;
use crate::tasks::Tasks;
use crate::throttle::Network;

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    /// What is told to whoever finds no place, for people.
    is_full: &'static str,
    turns: Arc<Semaphore>,
    slots_max: usize,
    /// Slots that one network may hold.
    share: usize,
    slots: Mutex<Slots>,
    tasks: Tasks,
}

#[derive(Debug, Default)]
struct Slots {
    taken: usize,
    networks: HashMap<Network, usize>,
}

/// A slot in a queue, given back even if the client goes away while it waits.
#[derive(Debug)]
#[must_use = "it is given back when it is dropped"]
pub(crate) struct QueueSlot<'a> {
    queue: &'a Queue,
    network: Network,
}

impl Queue {
    pub(crate) fn new(is_full: &'static str, turns: usize, slots_max: usize, share: usize, tasks: Tasks) -> Self {
        Self { is_full, turns: Arc::new(Semaphore::new(turns)), slots_max, share, slots: Mutex::default(), tasks }
    }

    /// Takes a slot for somebody from this network. Refuses at once, and for next to nothing, if there is none.
    pub(crate) fn slot(&self, network: Network) -> Result<QueueSlot<'_>, Refusal> {
        let mut slots = self.slots.lock();
        let of_network = slots.networks.get(&network).copied().unwrap_or(0);
        if slots.taken >= self.slots_max || of_network >= self.share {
            return Err(Refusal::new(ErrorCode::Overloaded, self.is_full).retry_after(2));
        }
        slots.taken += 1;
        slots.networks.insert(network, of_network + 1);
        Ok(QueueSlot { queue: self, network })
    }

    /// How many slots are taken, and how many there are.
    pub(crate) fn taken(&self) -> (usize, usize) {
        (self.slots.lock().taken, self.slots_max)
    }
}

impl QueueSlot<'_> {
    /// Does the work when it is its turn, where it delays nobody else.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let turn = self.queue.turns.clone().acquire_owned().await.map_err(|_| internal())?;
        // The turn goes along with the work. If the client goes away, nobody waits here any more, but the thread works
        // on: given back at that moment, turns would be no bound at all.
        let work = move || {
            let _turn = turn;
            work()
        };
        self.queue.tasks.spawn_blocking(work).await.map_err(|_| internal())
    }
}

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        let slots = &mut *self.queue.slots.lock();
        slots.taken -= 1;
        if let Some(count) = slots.networks.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                slots.networks.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u8) -> Network {
        std::net::IpAddr::from([192, 0, 2, number]).into()
    }

    #[tokio::test]
    async fn one_network_takes_no_more_than_its_share_and_everybody_no_more_than_there_is() {
        let queue = Queue::new("Full.", 1, 6, 4, Tasks::new());
        let mut of_one: Vec<_> = (0..4).map(|_| queue.slot(network(1)).unwrap()).collect();
        assert_eq!(queue.slot(network(1)).unwrap_err().code, ErrorCode::Overloaded);
        let _of_others = [2, 3].map(|number| queue.slot(network(number)).unwrap());
        assert!(queue.slot(network(4)).is_err());
        of_one.pop();
        assert_eq!(queue.taken(), (5, 6));
        drop(queue.slot(network(1)).unwrap());
        assert_eq!(queue.taken(), (5, 6));
    }

    #[tokio::test]
    async fn i5_clients_that_go_away_do_not_raise_the_number_of_works_at_a_time() {
        let queue = Arc::new(Queue::new("Full.", 1, 6, 4, Tasks::new()));
        let turns = queue.turns.clone();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let waits = {
            let queue = queue.clone();
            tokio::spawn(async move { queue.slot(network(1)).unwrap().run(move || held.recv().is_err()).await.is_ok() })
        };
        while turns.available_permits() == 1 {
            tokio::task::yield_now().await;
        }
        // The turn is taken before the thread is asked for; both happen without a pause between them.
        waits.abort();
        let _ = waits.await;
        assert_eq!((turns.available_permits(), queue.taken().0), (0, 0));
        drop(release);
        drop(turns.acquire().await.unwrap());
    }
}
