//! The parts of a real shop, however they run.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::client::Shop;

pub const PASSWORD: &str = "p/w with @ all:sorts";

/// What can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Nginx,
    Gateway,
    Api,
    Worker,
    Redis,
    Postgres,
}

impl Part {
    pub const ALL: [Self; 6] =
        [Self::Nginx, Self::Gateway, Self::Api, Self::Worker, Self::Redis, Self::Postgres];
    /// The three that are ours.
    pub const OURS: [Self; 3] = [Self::Gateway, Self::Api, Self::Worker];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Gateway => "web-gateway",
            Self::Api => "order-api",
            Self::Worker => "fulfillment-worker",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        }
    }
}

/// A running shop with Postgres and Redis.
pub trait Parts {
    /// SIGKILL.
    async fn kill(&mut self, part: Part);
    /// Start a part that was killed as it was.
    async fn restart(&mut self, part: Part);
    /// SIGTERM, and the exit code.
    async fn terminate(&mut self, part: Part) -> i64;
    fn shop(&self) -> &Shop;
    fn postgres_port(&self) -> u16;
    fn redis_port(&self) -> u16;
    /// What a part has logged.
    fn log(&self, part: Part) -> String;

    /// A session of the database, as its owner. Killed a moment ago, it refuses until it has recovered.
    async fn database(&self) -> tokio_postgres::Client {
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.postgres_port())
            .user("orders")
            .dbname("orders")
            .password(PASSWORD);
        let start = Instant::now();
        loop {
            match config.connect(tokio_postgres::NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                Err(error) => assert!(start.elapsed() < Duration::from_secs(60), "{error:?}"),
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// A connection to Redis.
    async fn stream(&self) -> redis::aio::MultiplexedConnection {
        let settings = redis::RedisConnectionInfo::default().set_password(PASSWORD);
        let address = redis::IntoConnectionInfo::into_connection_info(format!(
            "redis://127.0.0.1:{}",
            self.redis_port()
        ));
        let client = redis::Client::open(address.unwrap().set_redis_settings(settings)).unwrap();
        // The library gives an answer half a second, which a busy machine does not keep.
        let patient = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(30)));
        let start = Instant::now();
        loop {
            match client.get_multiplexed_async_connection_with_config(&patient).await {
                Ok(connection) => return connection,
                Err(error) => assert!(start.elapsed() < Duration::from_secs(60), "{error:?}"),
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}
