//! The relay carries letters from the outbox to where they are addressed: at least once, the oldest first, and never in the
//! way of an order being placed. After a relay was killed, its last letters may come after their successors.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    outage::Outage,
    queue::{OrderQueue, Task},
    store::{Destination, Letter, OrderStore},
};

/// Letters in one go.
const BATCH: u32 = 128;
/// How long a batch is ours. A relay that was killed leaves its letters to the next one after this.
const LEASE: Duration = Duration::from_secs(10);
/// How long to wait for news of a letter that another process wrote.
const LOOK: Duration = Duration::from_millis(500);

/// Brings letters to one destination.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Bring all of them; when this fails, all of them will come again.
    async fn carry(&self, letters: &[Letter]) -> Result<(), String>;
}

/// Brings orders to the queue.
pub struct ToQueue(pub Arc<dyn OrderQueue>);

#[async_trait]
impl Carrier for ToQueue {
    async fn carry(&self, letters: &[Letter]) -> Result<(), String> {
        let task = |letter: &Letter| Task { order: letter.order.id, trace: letter.trace.clone() };
        let tasks: Vec<Task> = letters.iter().map(task).collect();
        self.0.push(&tasks).await.map_err(|error| error.to_string())
    }
}

/// One destination's relay.
pub struct Relay {
    /// Where letters are written.
    pub store: Arc<dyn OrderStore>,
    /// The destination of the letters.
    pub to: Destination,
    /// Who brings them.
    pub carrier: Arc<dyn Carrier>,
    /// Rung when a letter was written in this process.
    pub written: Arc<Notify>,
}

/// Letters in the relay's hands, and since when.
struct Held {
    letters: Vec<Letter>,
    since: Instant,
}

impl Relay {
    /// Carry until `stop`. A batch in hand is carried to its end.
    pub async fn run(self, stop: CancellationToken) {
        let outage = Outage::new(self.to.name());
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let mut held = Held { letters: Vec::new(), since: Instant::now() };
        while !stop.is_cancelled() {
            match self.batch(&mut held).await {
                Ok(carried) => {
                    outage.over();
                    backoff.reset();
                    if carried < BATCH as usize {
                        let news = tokio::time::timeout(LOOK, self.written.notified());
                        let _ = stop.run_until_cancelled(news).await;
                    }
                }
                Err(error) => {
                    outage.failed(&error);
                    // News of a letter is no reason to try a dead neighbour sooner.
                    let _ = stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
                }
            }
        }
    }

    /// Lease, carry, and only then forget. What could not be carried stays in hand for as long as it is surely ours.
    async fn batch(&self, held: &mut Held) -> Result<usize, String> {
        if held.letters.is_empty() || held.since.elapsed() > LEASE / 2 {
            held.since = Instant::now();
            held.letters =
                self.store.lease(self.to, BATCH, LEASE).await.map_err(|error| error.to_string())?;
        }
        if held.letters.is_empty() {
            return Ok(0);
        }
        self.carrier.carry(&held.letters).await?;
        let ids: Vec<i64> = held.letters.iter().map(|letter| letter.id).collect();
        self.store.delivered(&ids).await.map_err(|error| error.to_string())?;
        held.letters.clear();
        Ok(ids.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{embedded::EmbeddedStore, order::NewOrder, trace::TraceContext};

    /// Fails a few times, and keeps what it carried.
    #[derive(Default)]
    struct Shaky {
        failures: Mutex<u32>,
        carried: Mutex<Vec<i64>>,
    }

    #[async_trait]
    impl Carrier for Shaky {
        async fn carry(&self, letters: &[Letter]) -> Result<(), String> {
            let mut failures = self.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return Err("the road is closed".to_owned());
            }
            self.carried.lock().unwrap().extend(letters.iter().map(|letter| letter.order.id.get()));
            Ok(())
        }
    }

    #[tokio::test]
    async fn every_letter_arrives_once_the_road_is_open() {
        let store = Arc::new(EmbeddedStore::in_memory().unwrap());
        let shaky = Arc::new(Shaky { failures: Mutex::new(3), ..Shaky::default() });
        let (stop, written) = (CancellationToken::new(), Arc::new(Notify::new()));
        let relay = Relay {
            store: Arc::clone(&store) as Arc<dyn OrderStore>,
            to: Destination::Queue,
            carrier: Arc::clone(&shaky) as Arc<dyn Carrier>,
            written: Arc::clone(&written),
        };
        let running = tokio::spawn(relay.run(stop.clone()));
        let mut placed = Vec::new();
        for _ in 0..300 {
            let order = NewOrder::new(1, 1, None).unwrap();
            placed.push(store.place(&order, &TraceContext::default()).await.unwrap().id.get());
            written.notify_one();
        }
        while shaky.carried.lock().unwrap().len() < placed.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
        running.await.unwrap();
        assert_eq!(*shaky.carried.lock().unwrap(), placed, "in order, and none twice");
        assert!(
            store.lease(Destination::Queue, 1, Duration::ZERO).await.unwrap().is_empty(),
            "and forgotten"
        );
    }
}
