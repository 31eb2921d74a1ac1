//! The port to the queue between order-api and fulfillment-worker. A Redis stream in the stack, memory in `demo`.

use std::time::Duration;

use async_trait::async_trait;

use super::{order::OrderId, trace::TraceContext};

/// A queue that hands every task out until it is done. It may lose all of them at any moment: the store knows better.
#[async_trait]
pub trait OrderQueue: Send + Sync {
    /// Append tasks.
    async fn push(&self, tasks: &[Task]) -> Result<(), QueueError>;
    /// Take up to `limit` tasks, waiting up to `wait` for the first: new ones, and old ones that were never acknowledged.
    async fn take(&self, limit: usize, wait: Duration) -> Result<Vec<Taken>, QueueError>;
    /// Remove tasks for good.
    async fn done(&self, receipts: &[String]) -> Result<(), QueueError>;
    /// How many tasks are not done.
    async fn depth(&self) -> Result<u64, QueueError>;
}

/// The queue does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer: {0}")]
pub struct QueueError(pub String);

/// An order to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which.
    pub order: OrderId,
    /// The request that placed it.
    pub trace: TraceContext,
}

/// A task in the hands of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What `done` wants.
    pub receipt: String,
    /// The task; none when the entry makes no sense.
    pub task: Option<Task>,
}
