//! From pending to fulfilled.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use crate::{
    backoff::Backoff,
    order::Status,
    outage::Outage,
    queue::{OrderQueue, Taken, Task},
    store::{OrderStore, StoreError},
    trace::TraceContext,
};

/// Orders in hand at a time: as many as the store has connections.
const BATCH: usize = 16;
/// How long to wait for a task before asking again.
pub const WAIT: Duration = Duration::from_secs(1);

/// Fulfils orders.
pub struct Worker {
    /// Where orders are kept.
    pub store: Arc<dyn OrderStore>,
    /// Where they come from.
    pub queue: Arc<dyn OrderQueue>,
}

impl Worker {
    /// Work until `stop`. Orders in hand are finished, or left to the next worker where the store is dead.
    pub async fn run(self, stop: CancellationToken) {
        let (queue, store) = (Outage::new("queue"), Outage::new("store"));
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        let mut hand = Vec::new();
        loop {
            // A dead store fulfils nothing: to take more meanwhile would only make a heap that has to be claimed back.
            if hand.is_empty() {
                match stop.run_until_cancelled(self.queue.take(BATCH, WAIT)).await {
                    Some(Ok(taken)) => {
                        queue.over();
                        hand = taken;
                    }
                    Some(Err(error)) => {
                        queue.failed(&error);
                        let _ = stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
                        continue;
                    }
                    None => return,
                }
            }
            let batch = self.batch(hand, &store).await;
            hand = batch.again;
            let done = if batch.done.is_empty() { Ok(()) } else { self.queue.done(&batch.done).await };
            if let Err(error) = &done {
                queue.failed(error);
            }
            if done.is_err() || !hand.is_empty() {
                if stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await.is_none() {
                    return;
                }
            } else {
                backoff.reset();
            }
        }
    }

    /// Fulfil what was taken.
    async fn batch(&self, taken: Vec<Taken>, outage: &Outage) -> Batch {
        let mut orders = JoinSet::new();
        for taken in taken {
            let store = Arc::clone(&self.store);
            orders.spawn(async move {
                let result = match taken.task.clone() {
                    Some(task) => fulfil(store, task).await,
                    None => {
                        tracing::warn!(receipt = taken.receipt, "an entry of the queue makes no sense");
                        Ok(())
                    }
                };
                (taken, result)
            });
        }
        let mut batch = Batch::default();
        for (taken, result) in orders.join_all().await {
            match result {
                Ok(()) => {
                    outage.over();
                    batch.done.push(taken.receipt);
                }
                Err(error) => {
                    outage.failed(&error);
                    if matches!(error, StoreError::Unavailable(_)) {
                        batch.again.push(taken);
                    }
                }
            }
        }
        batch
    }
}

/// What became of the orders in hand. What is in neither list comes again from the queue: one order that the store cannot
/// handle must not hold up the others.
#[derive(Default)]
struct Batch {
    /// Receipts of what is fulfilled.
    done: Vec<String>,
    /// Found the store dead.
    again: Vec<Taken>,
}

/// Take an order through its last two steps. It may have come twice, or been left half done by a worker that was killed:
/// every step is taken only from where the order is.
async fn fulfil(store: Arc<dyn OrderStore>, task: Task) -> Result<(), StoreError> {
    let span = info_span!(
        "fulfil order",
        otel.kind = "consumer",
        service = "fulfillment-worker",
        order = task.order.get()
    );
    task.trace.adopt(&span);
    async {
        match store.begin(task.order).await? {
            Some(Status::Fulfilled) => {}
            Some(_) => {
                let first = store.fulfil(task.order, &TraceContext::current()).await?;
                tracing::debug!(order = task.order.get(), first, "fulfilled");
            }
            // Pruned while it waited.
            None => tracing::debug!(order = task.order.get(), "no such order"),
        }
        Ok(())
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        embedded::{EmbeddedStore, MemoryQueue},
        order::{NewOrder, OrderId},
    };

    #[tokio::test]
    async fn an_order_that_comes_often_or_never_was_is_done_once() {
        let (store, queue) =
            (Arc::new(EmbeddedStore::in_memory().unwrap()), Arc::new(MemoryQueue::default()));
        let order = NewOrder::new(1, 1, None).unwrap();
        let placed = store.place(&order, &TraceContext::default()).await.unwrap().id;
        let task = |order| Task { order, trace: TraceContext::default() };
        let mut tasks = vec![task(placed); 40];
        tasks.push(task(OrderId::new(99).unwrap()));
        queue.push(&tasks).await.unwrap();
        let stop = CancellationToken::new();
        let worker = Worker { store: store.clone(), queue: queue.clone() };
        let working = tokio::spawn(worker.run(stop.clone()));
        while queue.depth().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
        working.await.unwrap();
        assert_eq!(store.order(placed).await.unwrap().unwrap().status, Status::Fulfilled);
        assert_eq!(store.open_orders(10).await.unwrap(), 0);
    }
}
