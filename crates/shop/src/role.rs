//! The three services, put together from the environment.

use std::{
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use redis::{ConnectionInfo, IntoConnectionInfo};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    api,
    backoff::Backoff,
    env::Env,
    error::ShopError,
    events::ToKafka,
    gateway::{self, OrderApi},
    health::{self, NeedsBoth, NeedsStore},
    outage::Outage,
    postgres::{PostgresStore, migrate},
    queue::OrderQueue,
    redis_stream::RedisStream,
    relay::{Carrier, ToQueue},
    store::{Destination, OrderStore},
    worker::{Pace, Upkeep, WAIT, Worker},
};

/// One service of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// HTTP on port 3000. `LISTEN`, `ORDER_API_URL`, `TRAFFIC_URL`.
    WebGateway,
    /// gRPC on port 50051, health on 8081. `LISTEN`, `HEALTH_LISTEN`, `DATABASE_URL`, `DATABASE_PASSWORD_FILE`, `REDIS_URL`,
    /// `REDIS_PASSWORD_FILE`, `KAFKA_BROKERS`.
    OrderApi,
    /// Health on port 8082. `HEALTH_LISTEN`, `DATABASE_*` and `REDIS_*` as order-api; `ORDER_RETENTION` (7d).
    FulfillmentWorker,
}

impl Role {
    /// Its name on the command line, in logs and in traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebGateway => "web-gateway",
            Self::OrderApi => "order-api",
            Self::FulfillmentWorker => "fulfillment-worker",
        }
    }

    /// Run the service until `stop`, then end what is in hand.
    ///
    /// # Errors
    /// When the environment makes no sense or a port is taken. A neighbour that is not there is waited for.
    pub async fn run(self, env: &Env, stop: CancellationToken) -> Result<(), ShopError> {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
        match self {
            Self::WebGateway => web_gateway(env, stop).await?,
            Self::OrderApi => order_api(env, stop).await?,
            Self::FulfillmentWorker => fulfillment_worker(env, stop).await?,
        }
        tracing::info!("stopped");
        Ok(())
    }
}

async fn web_gateway(env: &Env, stop: CancellationToken) -> Result<(), ShopError> {
    let api = OrderApi::at(env.required("ORDER_API_URL")?)?;
    gateway::serve(api, env.text("TRAFFIC_URL"), listen(env, "LISTEN", 3000).await?, stop).await
}

async fn order_api(env: &Env, stop: CancellationToken) -> Result<(), ShopError> {
    let store = store(env)?;
    let queue = Arc::new(queue(env)?);
    let mut carriers: Vec<(Destination, Arc<dyn Carrier>)> =
        vec![(Destination::Queue, Arc::new(ToQueue(queue)))];
    if let Some(brokers) = env.text("KAFKA_BROKERS") {
        carriers.push((Destination::Events, Arc::new(ToKafka::new(&brokers))));
    }
    let address = env.listen("LISTEN", everywhere(50051))?;
    let readiness = Arc::new(NeedsStore(store.clone()));
    let health = health::serve(readiness, listen(env, "HEALTH_LISTEN", 8081).await?, stop.clone());
    let serve = async {
        // The port opens with the schema: until then a call is refused at once instead of failing slowly.
        if migrated(&store, &stop).await {
            api::serve(api::Api { store, carriers }, bind(address).await?, stop).await?;
        }
        Ok(())
    };
    tokio::try_join!(health, serve).map(drop)
}

async fn fulfillment_worker(env: &Env, stop: CancellationToken) -> Result<(), ShopError> {
    let pace =
        Pace { retention: env.duration("ORDER_RETENTION", Pace::default().retention)?, ..Pace::default() };
    let store = store(env)?;
    let queue: Arc<dyn OrderQueue> = Arc::new(queue(env)?);
    let readiness = Arc::new(NeedsBoth(store.clone(), Arc::clone(&queue)));
    let health = health::serve(readiness, listen(env, "HEALTH_LISTEN", 8082).await?, stop.clone());
    let work = async {
        if migrated(&store, &stop).await {
            let store: Arc<dyn OrderStore> = store;
            let worker = Worker { store: Arc::clone(&store), queue: Arc::clone(&queue) };
            tokio::join!(worker.run(stop.clone()), Upkeep { store, queue, pace }.run(stop));
        }
        Ok(())
    };
    tokio::try_join!(health, work).map(drop)
}

fn store(env: &Env) -> Result<Arc<PostgresStore>, ShopError> {
    const URL: &str = "DATABASE_URL";
    let mut config = tokio_postgres::Config::from_str(&env.required(URL)?)
        .map_err(|error| ShopError::Config { name: URL, problem: format!("cannot be read: {error}") })?;
    if let Some(password) = env.secret("DATABASE_PASSWORD_FILE")? {
        config.password(password);
    }
    let events = env.text("KAFKA_BROKERS").is_some();
    Ok(Arc::new(PostgresStore::new(config, events)?))
}

fn queue(env: &Env) -> Result<RedisStream, ShopError> {
    const URL: &str = "REDIS_URL";
    let mut address: ConnectionInfo = env
        .required(URL)?
        .into_connection_info()
        .map_err(|error| ShopError::Config { name: URL, problem: format!("cannot be read: {error}") })?;
    if let Some(password) = env.secret("REDIS_PASSWORD_FILE")? {
        let settings = address.redis_settings().clone().set_password(password);
        address = address.set_redis_settings(settings);
    }
    let consumer = env.text("HOSTNAME").unwrap_or_else(|| "worker".to_owned());
    Ok(RedisStream::new(address, consumer, WAIT)?)
}

/// Bring the schema up to date, however long Postgres takes to appear; false when stopped before that.
async fn migrated(store: &PostgresStore, stop: &CancellationToken) -> bool {
    let outage = Outage::new("store");
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
    while let Some(result) = stop.run_until_cancelled(migrate(store.pool())).await {
        match result {
            Ok(()) => {
                outage.over();
                return true;
            }
            Err(error) => outage.failed(&error),
        }
        let _ = stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
    }
    false
}

fn everywhere(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

async fn listen(env: &Env, name: &'static str, port: u16) -> Result<TcpListener, ShopError> {
    bind(env.listen(name, everywhere(port))?).await
}

/// Listen on `address`.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, ShopError> {
    let listener =
        TcpListener::bind(address).await.map_err(|source| ShopError::Listen { address, source })?;
    // The port that was taken, where any was asked for.
    let address = listener.local_addr().map_err(ShopError::serve)?;
    tracing::info!(%address, "listening");
    Ok(listener)
}
