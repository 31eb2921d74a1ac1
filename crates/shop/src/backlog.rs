//! How many orders are not fulfilled, looked at now and then: with no worker alive, orders must not pile up without end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::store::OrderStore;

/// Enough for half a day without a worker at two orders a second.
pub const OPEN_ORDERS: u32 = 100_000;
/// How often to count.
const LOOK: Duration = Duration::from_secs(2);

/// Whether there are too many.
#[derive(Debug, Clone, Default)]
pub struct Backlog(Arc<AtomicBool>);

impl Backlog {
    /// Whether another order would be one too many.
    pub fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Count until `stop`.
    pub async fn watch(self, store: Arc<dyn OrderStore>, bound: u32, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            // The store reports its own outage: until it answers, the last count holds.
            let Ok(open) = store.open_orders(bound).await else { continue };
            let full = open >= bound;
            if full != self.0.swap(full, Ordering::Relaxed) {
                tracing::warn!(
                    open,
                    bound,
                    full,
                    "the backlog is {}",
                    if full { "full" } else { "no longer full" }
                );
            }
        }
    }
}
