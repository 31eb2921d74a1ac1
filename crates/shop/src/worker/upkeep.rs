//! Keeping house: what the queue lost is queued again, what is old is deleted.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    queue::OrderQueue,
    store::{OrderStore, StoreError},
};

/// Rows in one go: a delete must not hold up orders.
const BATCH: u32 = 500;
/// With more than this in the queue, an old order is not lost but waiting: queueing it again would only make it worse. No
/// more than this is queued again in one round.
const LONG_QUEUE: u32 = 1_000;

/// How often, and how old.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two rounds.
    pub round: Duration,
    /// An open order that was last queued longer ago than this may have been lost by the queue.
    pub lost: Duration,
    /// A fulfilled order is deleted at this age.
    pub retention: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self { round: Duration::from_secs(5), lost: Duration::from_secs(30), retention: day * 7 }
    }
}

/// Keeps house.
pub struct Upkeep {
    /// Where orders are kept.
    pub store: Arc<dyn OrderStore>,
    /// Where they are lost.
    pub queue: Arc<dyn OrderQueue>,
    /// How often, and how old.
    pub pace: Pace,
}

impl Upkeep {
    /// One round after another until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(self.pace.round)).await.is_some() {
            // The worker beside us says what is dead; the next round is soon enough.
            if let Err(error) = self.round().await {
                tracing::debug!(%error, "a round of upkeep failed");
            }
        }
    }

    async fn round(&self) -> Result<(), StoreError> {
        if self.queue.depth().await.is_ok_and(|depth| depth <= u64::from(LONG_QUEUE)) {
            let orders = self.store.requeue(self.pace.lost, LONG_QUEUE).await?;
            if orders > 0 {
                tracing::warn!(orders, "orders that the queue had lost are queued again");
            }
        }
        let mut pruned = 0;
        loop {
            let orders = self.store.prune(self.pace.retention, BATCH).await?;
            pruned += orders;
            if orders < u64::from(BATCH) {
                break;
            }
        }
        if pruned > 0 {
            tracing::info!(orders = pruned, "old orders are deleted");
        }
        Ok(())
    }
}
