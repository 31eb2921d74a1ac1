//! The relay carries letters from the outbox to where they are addressed: at least once, the oldest first (a batch that failed
//! may come after its successors), and never in the way of an order being placed.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::Notify;
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
    /// Whose letters.
    pub to: Destination,
    /// Who brings them.
    pub carrier: Arc<dyn Carrier>,
    /// Rung when a letter was written in this process.
    pub written: Arc<Notify>,
}

impl Relay {
    /// Carry until `stop`. A batch in hand is carried to its end.
    pub async fn run(self, stop: CancellationToken) {
        let outage = Outage::new(self.to.name());
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        while !stop.is_cancelled() {
            let pause = match self.batch().await {
                Ok(carried) => {
                    outage.over();
                    backoff.reset();
                    if carried == BATCH as usize {
                        continue;
                    }
                    LOOK
                }
                Err(error) => {
                    outage.failed(&error);
                    // News of a letter is no reason to try a dead neighbour sooner.
                    let _ = stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
                    continue;
                }
            };
            let _ = stop.run_until_cancelled(tokio::time::timeout(pause, self.written.notified())).await;
        }
    }

    /// Lease, carry, and only then forget.
    async fn batch(&self) -> Result<usize, String> {
        let letters = self.store.lease(self.to, BATCH, LEASE).await.map_err(|error| error.to_string())?;
        if letters.is_empty() {
            return Ok(0);
        }
        self.carrier.carry(&letters).await?;
        let ids: Vec<i64> = letters.iter().map(|letter| letter.id).collect();
        self.store.delivered(&ids).await.map_err(|error| error.to_string())?;
        Ok(letters.len())
    }
}
