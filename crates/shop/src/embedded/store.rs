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
    read_order, set_status, waiting_for_the_queue, whole_micros, write_letter,
};
use crate::{
    order::{NewOrder, Order, OrderId, Status},
    store::{Destination, Event, Letter, OrderStore, StoreError},
    trace::TraceContext,
};

/// Orders in this process, or in one file. Letters go to the queue alone: events have no consumer here.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    database: Arc<Database>,
}

impl EmbeddedStore {
    /// A store that is gone with the process.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::with(Database::builder().create_with_backend(InMemoryBackend::new())?)
    }

    /// A store in the file `path`.
    ///
    /// # Errors
    /// When the file is no such store, another process has it, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::with(Database::create(path)?)
    }

    fn with(database: Database) -> Result<Self, StoreError> {
        let transaction = database.begin_write()?;
        // Reading a table that was never written is an error.
        create(&transaction)?;
        transaction.commit()?;
        Ok(Self { database: Arc::new(database) })
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
        let (new, trace) = (order.clone(), trace.clone());
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
            write_letter(transaction, id, &trace)?;
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

    async fn fulfil(&self, id: OrderId, _trace: &TraceContext) -> Result<bool, StoreError> {
        self.write(Durability::None, move |transaction| {
            let order = find(&transaction.open_table(ORDERS)?, id.get())?;
            let Some(order) = order.filter(|order| order.status == Status::Processing) else {
                return Ok(false);
            };
            set_status(transaction, &order, Status::Fulfilled)?;
            transaction.open_table(OPEN)?.remove(id.get())?;
            let now = micros(SystemTime::now());
            transaction.open_table(FULFILLMENTS)?.insert(id.get(), now)?;
            Ok(true)
        })
        .await
    }

    async fn lease(&self, to: Destination, limit: u32, lease: Duration) -> Result<Vec<Letter>, StoreError> {
        if to != Destination::Queue {
            return Ok(Vec::new());
        }
        self.write(Durability::None, move |transaction| {
            let now = SystemTime::now();
            let mut outbox = transaction.open_table(OUTBOX)?;
            let orders = transaction.open_table(ORDERS)?;
            let mut letters = Vec::new();
            for row in outbox.iter()? {
                let (id, row) = row?;
                let (order, at, leased_until, traceparent) = row.value();
                if leased_until > micros(now) {
                    continue;
                }
                if let Some(order) = find(&orders, order)? {
                    let trace = TraceContext::received((!traceparent.is_empty()).then_some(traceparent));
                    letters.push(Letter {
                        id: id.value(),
                        event: Event::Created,
                        at: instant(at),
                        order,
                        trace,
                    });
                }
                if letters.len() == limit as usize {
                    break;
                }
            }
            for Letter { id, at, order, trace, .. } in &letters {
                let traceparent = trace.traceparent().unwrap_or_default();
                outbox.insert(id, (order.id.get(), micros(*at), micros(now + lease), traceparent))?;
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
                write_letter(transaction, *id, &TraceContext::default())?;
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
            outbox.retain(|_, row| old.binary_search(&row.0).is_err())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;
    const LATER: Duration = Duration::from_secs(60);

    fn asked(key: Option<&str>) -> NewOrder {
        NewOrder::new(3, 2, key.map(str::to_owned)).unwrap()
    }

    async fn place(store: &EmbeddedStore) -> OrderId {
        store.place(&asked(None), &TraceContext::default()).await.unwrap().id
    }

    #[tokio::test]
    async fn of_many_who_fulfil_an_order_one_did_it() {
        let store = EmbeddedStore::in_memory().unwrap();
        let id = place(&store).await;
        let none = TraceContext::default();
        assert!(!store.fulfil(id, &none).await.unwrap(), "not begun");
        assert_eq!(store.begin(id).await.unwrap(), Some(Status::Processing));
        assert_eq!(
            store.begin(id).await.unwrap(),
            Some(Status::Processing),
            "whoever was killed may begin again"
        );
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let store = store.clone();
            workers.spawn(async move { store.fulfil(id, &TraceContext::default()).await.unwrap() });
        }
        assert_eq!(workers.join_all().await.into_iter().filter(|did| *did).count(), 1);
        assert_eq!(store.begin(id).await.unwrap(), Some(Status::Fulfilled));
        assert_eq!(store.begin(OrderId::new(99).unwrap()).await.unwrap(), None);
        assert_eq!(store.open_orders(10).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_key_makes_one_order_also_when_asked_at_once() {
        let store = EmbeddedStore::in_memory().unwrap();
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let store = store.clone();
            clients.spawn(async move {
                store.place(&asked(Some("k")), &TraceContext::default()).await.unwrap().id
            });
        }
        let ids = clients.join_all().await;
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let other = NewOrder::new(4, 2, Some("k".to_owned())).unwrap();
        let refused = store.place(&other, &TraceContext::default()).await;
        assert!(matches!(refused, Err(StoreError::KeyTaken)));
    }

    #[tokio::test]
    async fn a_letter_comes_until_it_is_delivered() {
        let store = EmbeddedStore::in_memory().unwrap();
        let id = place(&store).await;
        let lease = async |time| store.lease(Destination::Queue, 10, time).await.unwrap();
        let letters = lease(NOW).await;
        assert_eq!(letters.iter().map(|letter| letter.order.id).collect::<Vec<_>>(), [id]);
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(lease(LATER).await.len(), 1, "its lease was over");
        assert!(lease(NOW).await.is_empty(), "leased to another relay");
        store.delivered(&[letters[0].id]).await.unwrap();
        assert_eq!(store.requeue(NOW, 10).await.unwrap(), 1, "not fulfilled");
        assert_eq!(store.requeue(NOW, 10).await.unwrap(), 0, "its letter is on the way");
        assert_eq!(store.requeue(LATER, 10).await.unwrap(), 0, "too early to tell");
    }

    #[tokio::test]
    async fn what_is_old_goes_with_its_key_and_no_id_comes_twice() {
        let store = EmbeddedStore::in_memory().unwrap();
        let none = TraceContext::default();
        let id = store.place(&asked(Some("k")), &none).await.unwrap().id;
        assert_eq!(store.prune(NOW, 10).await.unwrap(), 0, "it is not fulfilled");
        store.begin(id).await.unwrap();
        assert!(store.fulfil(id, &none).await.unwrap());
        assert_eq!(store.prune(LATER, 10).await.unwrap(), 0, "it is not old");
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(store.prune(NOW, 10).await.unwrap(), 1);
        assert_eq!(store.order(id).await.unwrap(), None);
        assert!(store.lease(Destination::Queue, 10, NOW).await.unwrap().is_empty());
        assert!(store.place(&asked(Some("k")), &none).await.unwrap().id > id);
    }
}
