//! [`OrderStore`] over a pool of connections.

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::{NoTls, Row, types::ToSql};
use tracing::{Instrument, Span, info_span};

use super::sql;
use crate::{
    order::{NewOrder, Order, OrderId, Status},
    store::{Destination, Event, Letter, OrderStore, StoreError},
    trace::TraceContext,
};

/// Connections at most; Postgres allows 100 by default, and a core or two does not run more than this at once.
const CONNECTIONS: usize = 16;
/// How long a request waits for one of them.
const WAIT: Duration = Duration::from_secs(1);
/// How long a query may take, for us and, through [`SESSION`], for the server.
const QUERY: Duration = Duration::from_secs(3);
/// The statement timeout of the server: it gives up when the client does.
const SESSION: &str = "-c statement_timeout=3s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s -c application_name=shop";

/// Orders in Postgres.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: Pool,
    events: bool,
}

impl PostgresStore {
    /// A store that connects when it is first asked. `events`: whether those of a new order are published.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn new(mut config: tokio_postgres::Config, events: bool) -> Result<Self, StoreError> {
        config
            .options(SESSION)
            .connect_timeout(Duration::from_secs(2))
            .keepalives_idle(Duration::from_secs(30))
            .tcp_user_timeout(Duration::from_secs(10));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(CONNECTIONS)
            .timeouts(Timeouts { wait: Some(WAIT), create: Some(QUERY), recycle: Some(WAIT) })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        Ok(Self { pool, events })
    }

    /// The connections.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Run a statement in a span of the request that it belongs to; background work has none.
    async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let client = self.pool.get().await.map_err(unavailable)?;
        let span = match Span::current().is_none() {
            true => Span::none(),
            false => info_span!("postgres", otel.kind = "client", db.system.name = "postgresql"),
        };
        let work = async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, params).await
        };
        within(work.instrument(span)).await
    }

    async fn execute(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let client = self.pool.get().await.map_err(unavailable)?;
        within(async {
            let statement = client.prepare_cached(sql).await?;
            client.execute(&statement, params).await
        })
        .await
    }
}

#[async_trait]
impl OrderStore for PostgresStore {
    async fn place(&self, order: &NewOrder, trace: &TraceContext) -> Result<Order, StoreError> {
        let (product, quantity) = (small(order.product_id()), small(order.quantity()));
        let rows = self
            .query(sql::PLACE, &[&product, &quantity, &order.key(), &self.events, &trace.traceparent()])
            .await?;
        if let Some(row) = rows.first() {
            return read_order(row, 0);
        }
        let rows = self.query(sql::BY_KEY, &[&order.key()]).await?;
        // No row: the order that had the key was pruned between the two statements. Another try will place it.
        let row =
            rows.first().ok_or_else(|| StoreError::Unavailable("the key was just set free".to_owned()))?;
        let known = read_order(row, 0)?;
        if order.is(&known) { Ok(known) } else { Err(StoreError::KeyTaken) }
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.query(sql::BY_ID, &[&id.get()]).await?.first().map(|row| read_order(row, 0)).transpose()
    }

    async fn newest(&self, limit: u32) -> Result<Vec<Order>, StoreError> {
        self.query(sql::NEWEST, &[&i64::from(limit)]).await?.iter().map(|row| read_order(row, 0)).collect()
    }

    async fn begin(&self, id: OrderId) -> Result<Option<Status>, StoreError> {
        let mut rows = self.query(sql::BEGIN, &[&id.get()]).await?;
        if rows.is_empty() {
            rows = self.query(sql::STATUS, &[&id.get()]).await?;
        }
        rows.first().map(|row| read_status(row, 0)).transpose()
    }

    async fn fulfil(&self, id: OrderId, trace: &TraceContext) -> Result<bool, StoreError> {
        let rows = self.query(sql::FULFIL, &[&id.get(), &trace.traceparent()]).await?;
        Ok(!rows.is_empty())
    }

    async fn lease(&self, to: Destination, limit: u32, lease: Duration) -> Result<Vec<Letter>, StoreError> {
        let params: [&(dyn ToSql + Sync); 3] = [&to.name(), &i64::from(limit), &lease.as_secs_f64()];
        self.query(sql::LEASE, &params).await?.iter().map(read_letter).collect()
    }

    async fn delivered(&self, letters: &[i64]) -> Result<(), StoreError> {
        self.execute(sql::DELIVERED, &[&letters]).await.map(drop)
    }

    async fn requeue(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        self.execute(sql::REQUEUE, &[&age.as_secs_f64(), &i64::from(limit)]).await
    }

    async fn prune(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        self.execute(sql::PRUNE, &[&age.as_secs_f64(), &i64::from(limit)]).await
    }

    async fn open_orders(&self, at_most: u32) -> Result<u32, StoreError> {
        let rows = self.query(sql::OPEN_ORDERS, &[&i64::from(at_most)]).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(broken)?;
        u32::try_from(count).map_err(broken)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.query(sql::PING, &[]).await.map(drop)
    }
}

/// Wait no longer than [`QUERY`].
async fn within<T>(query: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(QUERY, query).await {
        Ok(result) => result.map_err(unavailable),
        Err(_) => Err(StoreError::Unavailable(format!("no answer in {} s", QUERY.as_secs()))),
    }
}

/// The connection, the server or its disk: all of them may be back at the next try, and the cause is for the log.
pub(super) fn unavailable(error: impl Into<PoolError>) -> StoreError {
    let error = error.into();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    StoreError::Unavailable(text)
}

fn broken(error: impl ToString) -> StoreError {
    StoreError::Broken(error.to_string())
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Read the five columns of an order, the first at `at`.
fn read_order(row: &Row, at: usize) -> Result<Order, StoreError> {
    let number =
        |column| row.try_get(column).map_err(broken).and_then(|n: i32| u32::try_from(n).map_err(broken));
    Ok(Order {
        id: OrderId::new(row.try_get(at).map_err(broken)?).ok_or_else(|| broken("an id below 1"))?,
        product_id: number(at + 1)?,
        quantity: number(at + 2)?,
        status: read_status(row, at + 3)?,
        created_at: row.try_get(at + 4).map_err(broken)?,
    })
}

fn read_status(row: &Row, at: usize) -> Result<Status, StoreError> {
    let name: &str = row.try_get(at).map_err(broken)?;
    Status::named(name).ok_or_else(|| broken(format!("an unknown status {name:?}")))
}

fn read_letter(row: &Row) -> Result<Letter, StoreError> {
    let event = match row.try_get(1).map_err(broken)? {
        "created" => Event::Created,
        "fulfilled" => Event::Fulfilled,
        other => return Err(broken(format!("an unknown event {other:?}"))),
    };
    Ok(Letter {
        id: row.try_get(0).map_err(broken)?,
        event,
        at: row.try_get(2).map_err(broken)?,
        trace: TraceContext::received(row.try_get(3).map_err(broken)?),
        order: read_order(row, 4)?,
    })
}
