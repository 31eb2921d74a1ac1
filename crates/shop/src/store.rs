//! The port to where orders are kept. Postgres in the stack, an embedded store in `demo`.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::{
    order::{NewOrder, Order, OrderId, Status},
    trace::TraceContext,
};

/// Where orders are kept, and with them, in the same transaction, the messages about them: the outbox.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Store an order and its letters. Once this returns, neither can be lost.
    ///
    /// A key that is known returns the order it made then.
    async fn place(&self, order: &NewOrder, trace: &TraceContext) -> Result<Order, StoreError>;
    /// One order.
    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError>;
    /// The newest orders, the newest first.
    async fn newest(&self, limit: u32) -> Result<Vec<Order>, StoreError>;

    /// Pending becomes processing. Returns the status it has now; none when there is no such order.
    async fn begin(&self, id: OrderId) -> Result<Option<Status>, StoreError>;
    /// Processing becomes fulfilled. True for the one call that did it.
    async fn fulfil(&self, id: OrderId, trace: &TraceContext) -> Result<bool, StoreError>;

    /// Take the oldest letters to `destination` for the time of `lease`: no other relay gets them until it is over.
    async fn lease(&self, to: Destination, limit: u32, lease: Duration) -> Result<Vec<Letter>, StoreError>;
    /// Forget letters that arrived.
    async fn delivered(&self, letters: &[i64]) -> Result<(), StoreError>;

    /// Write a new letter to the queue for open orders that were last handed to it longer ago than `age`: what the queue
    /// has lost. Returns how many.
    async fn requeue(&self, age: Duration, limit: u32) -> Result<u64, StoreError>;
    /// Delete what was fulfilled longer ago than `age`, and its letters. Returns how many orders.
    async fn prune(&self, age: Duration, limit: u32) -> Result<u64, StoreError>;
    /// How many orders are not fulfilled; counts to `at_most` and no further.
    async fn open_orders(&self, at_most: u32) -> Result<u32, StoreError>;
    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer; a later try may succeed.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// The idempotency key belongs to another order.
    #[error("the idempotency key belongs to another order")]
    KeyTaken,
    /// It answered what it never should.
    #[error("the store is broken: {0}")]
    Broken(String),
}

/// Where the messages about an order go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The queue, and through it a worker.
    Queue,
    /// The topic of order events.
    Events,
}

impl Destination {
    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Events => "events",
        }
    }
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was stored.
    Created,
    /// It was fulfilled.
    Fulfilled,
}

impl Event {
    /// Its name in JSON and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Fulfilled => "fulfilled",
        }
    }
}

/// A message in the outbox.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its name in the outbox; ascending.
    pub id: i64,
    /// What happened.
    pub event: Event,
    /// When.
    pub at: SystemTime,
    /// The order as it is now.
    pub order: Order,
    /// The request that wrote it.
    pub trace: TraceContext,
}
