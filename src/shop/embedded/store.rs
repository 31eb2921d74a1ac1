//! [`OrderStore`] over redb, in memory or in one file.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction,
    backends::InMemoryBackend,
};

use super::tables::{
    FULFILLMENTS, KEY_OF, KEYS, OPEN, ORDERS, OUTBOX, by_key, create, find, instant, micros, next_id,
    read_order, set_status, waiting_for_the_queue, whole_micros, write_letters,
};
use crate::shop::{
    order::{NewOrder, Order, OrderId, Status},
    store::{Destination, Event, Letter, Letters, OrderStore, StoreError},
    trace::TraceContext,
};

/// Orders in this process, or in one file.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    database: Arc<Database>,
    letters: Letters,
}

impl EmbeddedStore {
    /// A store that is gone with the process.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory(letters: Letters) -> Result<Self, StoreError> {
        Self::with(Database::builder().create_with_backend(InMemoryBackend::new())?, letters)
    }

    /// A store in the file `path`.
    ///
    /// # Errors
    /// When the file is no such store, another process has it, or it cannot be written.
    pub fn open(path: &Path, letters: Letters) -> Result<Self, StoreError> {
        Self::with(Database::create(path)?, letters)
    }

    fn with(database: Database, letters: Letters) -> Result<Self, StoreError> {
        let transaction = database.begin_write()?;
        // Reading a table that nobody has written is an error.
        create(&transaction)?;
        transaction.commit()?;
        Ok(Self { database: Arc::new(database), letters })
    }

    /// Run `work` in a write transaction on a thread that may block on the disk.
    async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&WriteTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.blocking(move |database| {
            let mut transaction = database.begin_write()?;
            transaction.set_durability(durability)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        tokio::task::spawn_blocking(move || work(&database))
            .await
            .map_err(|error| StoreError::Broken(error.to_string()))?
    }
}

#[async_trait]
impl OrderStore for EmbeddedStore {
    async fn place(&self, order: &NewOrder, trace: &TraceContext) -> Result<Order, StoreError> {
        let (new, trace, letters) = (order.clone(), trace.clone(), self.letters.of(Event::Created));
        self.write(Durability::Immediate, move |transaction| {
            if let Some(known) = new.key().map(|key| by_key(transaction, key)).transpose()?.flatten() {
                return if new.is(&known) { Ok(known) } else { Err(StoreError::KeyTaken) };
            }
            let (id, now) = (next_id(transaction, "order")?, micros(SystemTime::now()));
            let row = (new.product_id(), new.quantity(), Status::Pending as u8, now);
            transaction.open_table(ORDERS)?.insert(id, row)?;
            transaction.open_table(OPEN)?.insert(id, now)?;
            if let Some(key) = new.key() {
                transaction.open_table(KEYS)?.insert(key, id)?;
                transaction.open_table(KEY_OF)?.insert(id, key)?;
            }
            write_letters(transaction, letters, Event::Created, id, &trace)?;
            read_order(id, row)
        })
        .await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.blocking(move |database| {
            let transaction = database.begin_read()?;
            find(&transaction.open_table(ORDERS)?, id.get())
        })
        .await
    }

    async fn newest(&self, limit: u32) -> Result<Vec<Order>, StoreError> {
        self.blocking(move |database| {
            let transaction = database.begin_read()?;
            let orders = transaction.open_table(ORDERS)?;
            let rows = orders.iter()?.rev().take(limit as usize);
            rows.map(|row| {
                let (id, row) = row?;
                read_order(id.value(), row.value())
            })
            .collect()
        })
        .await
    }

    async fn begin(&self, id: OrderId) -> Result<Option<Status>, StoreError> {
        // A step that is lost with a crash is taken again: only placing waits for the disk.
        self.write(Durability::None, move |transaction| {
            let order = find(&transaction.open_table(ORDERS)?, id.get())?;
            match order {
                Some(order) if order.status == Status::Pending => {
                    set_status(transaction, &order, Status::Processing).map(|()| Some(Status::Processing))
                }
                other => Ok(other.map(|order| order.status)),
            }
        })
        .await
    }

    async fn fulfil(&self, id: OrderId, trace: &TraceContext) -> Result<bool, StoreError> {
        let (trace, letters) = (trace.clone(), self.letters.of(Event::Fulfilled));
        self.write(Durability::None, move |transaction| {
            let order = find(&transaction.open_table(ORDERS)?, id.get())?;
            let Some(order) = order.filter(|order| order.status == Status::Processing) else {
                return Ok(false);
            };
            set_status(transaction, &order, Status::Fulfilled)?;
            transaction.open_table(OPEN)?.remove(id.get())?;
            let now = micros(SystemTime::now());
            transaction.open_table(FULFILLMENTS)?.insert(id.get(), now)?;
            write_letters(transaction, letters, Event::Fulfilled, id.get(), &trace)?;
            Ok(true)
        })
        .await
    }

    async fn lease(&self, to: Destination, limit: u32, lease: Duration) -> Result<Vec<Letter>, StoreError> {
        self.write(Durability::None, move |transaction| {
            let now = SystemTime::now();
            let mut outbox = transaction.open_table(OUTBOX)?;
            let orders = transaction.open_table(ORDERS)?;
            let (mut letters, mut rows) = (Vec::new(), Vec::new());
            for row in outbox.iter()? {
                let (id, row) = row?;
                let (destination, event, order, at, leased_until, traceparent) = row.value();
                if destination != to.name() || leased_until > micros(now) {
                    continue;
                }
                let event = if event == Event::Created.name() { Event::Created } else { Event::Fulfilled };
                let trace = TraceContext::received((!traceparent.is_empty()).then_some(traceparent));
                rows.push((id.value(), event, order, at, traceparent.to_owned()));
                if let Some(order) = find(&orders, order)? {
                    letters.push(Letter { id: id.value(), event, at: instant(at), order, trace });
                }
                if letters.len() == limit as usize {
                    break;
                }
            }
            for (id, event, order, at, traceparent) in rows {
                let row = (to.name(), event.name(), order, at, micros(now + lease), traceparent.as_str());
                outbox.insert(id, row)?;
            }
            Ok(letters)
        })
        .await
    }

    async fn delivered(&self, letters: &[i64]) -> Result<(), StoreError> {
        let letters = letters.to_vec();
        self.write(Durability::None, move |transaction| {
            let mut outbox = transaction.open_table(OUTBOX)?;
            letters.into_iter().try_for_each(|id| outbox.remove(id).map(drop).map_err(StoreError::from))
        })
        .await
    }

    async fn requeue(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        self.write(Durability::None, move |transaction| {
            let now = micros(SystemTime::now());
            let waiting = waiting_for_the_queue(transaction)?;
            let mut open = transaction.open_table(OPEN)?;
            let mut lost = Vec::new();
            for row in open.iter()? {
                let (id, queued_at) = row?;
                let old = now.saturating_sub(queued_at.value()) > whole_micros(age);
                if old && !waiting.contains(&id.value()) && lost.len() < limit as usize {
                    lost.push(id.value());
                }
            }
            for id in &lost {
                open.insert(id, now)?;
                write_letters(
                    transaction,
                    &[Destination::Queue],
                    Event::Created,
                    *id,
                    &TraceContext::default(),
                )?;
            }
            Ok(lost.len() as u64)
        })
        .await
    }

    async fn prune(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        self.write(Durability::Immediate, move |transaction| {
            let now = micros(SystemTime::now());
            let mut fulfillments = transaction.open_table(FULFILLMENTS)?;
            let mut old = Vec::new();
            for row in fulfillments.iter()? {
                let (id, at) = row?;
                if now.saturating_sub(at.value()) > whole_micros(age) && old.len() < limit as usize {
                    old.push(id.value());
                }
            }
            for id in &old {
                fulfillments.remove(id)?;
                transaction.open_table(ORDERS)?.remove(id)?;
                let key = transaction.open_table(KEY_OF)?.remove(id)?.map(|key| key.value().to_owned());
                if let Some(key) = key {
                    transaction.open_table(KEYS)?.remove(key.as_str())?;
                }
            }
            let mut outbox = transaction.open_table(OUTBOX)?;
            outbox.retain(|_, row| old.binary_search(&row.2).is_err())?;
            Ok(old.len() as u64)
        })
        .await
    }

    async fn open_orders(&self, at_most: u32) -> Result<u32, StoreError> {
        self.blocking(move |database| {
            let transaction = database.begin_read()?;
            let count = transaction.open_table(OPEN)?.len()?;
            Ok(u32::try_from(count).unwrap_or(u32::MAX).min(at_most))
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.open_orders(1).await.map(drop)
    }
}
