//! The tables of the embedded store, and what a row means.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::{
    order::{Order, OrderId, Status},
    store::StoreError,
    trace::TraceContext,
};

type OrderRow = (u32, u32, u8, u64);

/// Id -> product, quantity, status, created at (microseconds since 1970).
pub const ORDERS: TableDefinition<i64, OrderRow> = TableDefinition::new("orders");
/// Idempotency key -> order.
pub const KEYS: TableDefinition<&str, i64> = TableDefinition::new("keys");
/// Order -> its idempotency key.
pub const KEY_OF: TableDefinition<i64, &str> = TableDefinition::new("key_of");
/// Orders that are not fulfilled -> last written to the queue at.
pub const OPEN: TableDefinition<i64, u64> = TableDefinition::new("open");
/// The ledger: order -> fulfilled at.
pub const FULFILLMENTS: TableDefinition<i64, u64> = TableDefinition::new("fulfillments");
/// Letter to the queue -> order, written at, leased until, traceparent.
pub const OUTBOX: TableDefinition<i64, (i64, u64, u64, &str)> = TableDefinition::new("outbox");
/// The last ids given out: they are not given again, even when all rows are pruned.
pub const LAST: TableDefinition<&str, i64> = TableDefinition::new("last");

macro_rules! broken {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Broken(error.to_string())
            }
        }
    )*};
}
// A file of ours has no business failing: none of these goes away by trying again.
broken!(CommitError DatabaseError SetDurabilityError StorageError TableError TransactionError);

/// Create every table: reading one that does not exist is an error.
pub fn create(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(ORDERS)?;
    transaction.open_table(KEYS)?;
    transaction.open_table(KEY_OF)?;
    transaction.open_table(OPEN)?;
    transaction.open_table(FULFILLMENTS)?;
    transaction.open_table(OUTBOX)?;
    transaction.open_table(LAST)?;
    Ok(())
}

/// An id that was never given out before; `of` names the sequence.
pub fn next_id(transaction: &WriteTransaction, of: &str) -> Result<i64, StoreError> {
    let mut last = transaction.open_table(LAST)?;
    let next = last.get(of)?.map_or(0, |id| id.value()) + 1;
    last.insert(of, next)?;
    Ok(next)
}

/// The order `id`.
pub fn find(orders: &impl ReadableTable<i64, OrderRow>, id: i64) -> Result<Option<Order>, StoreError> {
    orders.get(id)?.map(|row| read_order(id, row.value())).transpose()
}

/// The order that was placed under `key`.
pub fn by_key(transaction: &WriteTransaction, key: &str) -> Result<Option<Order>, StoreError> {
    match transaction.open_table(KEYS)?.get(key)? {
        Some(id) => find(&transaction.open_table(ORDERS)?, id.value()),
        None => Ok(None),
    }
}

/// Give `order` a new status.
pub fn set_status(transaction: &WriteTransaction, order: &Order, status: Status) -> Result<(), StoreError> {
    let row = (order.product_id, order.quantity, status as u8, micros(order.created_at));
    transaction.open_table(ORDERS)?.insert(order.id.get(), row)?;
    Ok(())
}

/// Put an order into the outbox for the queue.
pub fn write_letter(
    transaction: &WriteTransaction,
    order: i64,
    trace: &TraceContext,
) -> Result<(), StoreError> {
    let row = (order, micros(SystemTime::now()), 0, trace.traceparent().unwrap_or_default());
    transaction.open_table(OUTBOX)?.insert(next_id(transaction, "letter")?, row)?;
    Ok(())
}

/// The orders that are not yet in the queue.
pub fn waiting_for_the_queue(transaction: &WriteTransaction) -> Result<HashSet<i64>, StoreError> {
    let outbox = transaction.open_table(OUTBOX)?;
    let mut orders = HashSet::new();
    for row in outbox.iter()? {
        let (_, row) = row?;
        orders.insert(row.value().0);
    }
    Ok(orders)
}

/// A row as an order.
pub fn read_order(
    id: i64,
    (product_id, quantity, status, created_at): OrderRow,
) -> Result<Order, StoreError> {
    let status =
        [Status::Pending, Status::Processing, Status::Fulfilled].into_iter().find(|s| *s as u8 == status);
    match (OrderId::new(id), status) {
        (Some(id), Some(status)) => {
            Ok(Order { id, product_id, quantity, status, created_at: instant(created_at) })
        }
        _ => Err(StoreError::Broken(format!("order {id} is unreadable"))),
    }
}

/// Microseconds since 1970, as Postgres counts.
pub fn micros(at: SystemTime) -> u64 {
    whole_micros(at.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A duration in microseconds.
pub fn whole_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The opposite of [`micros`].
pub fn instant(micros: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros)
}
