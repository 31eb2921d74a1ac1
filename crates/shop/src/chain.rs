//! The whole shop in one process, on loopback: the same services on the embedded store and queue.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, info_span};

use super::{
    api::{self, Api},
    embedded::{EmbeddedStore, MemoryQueue},
    error::ShopError,
    gateway::{self, OrderApi},
    queue::OrderQueue,
    relay::ToQueue,
    role::bind,
    store::{Destination, OrderStore, StoreError},
    worker::{Pace, Upkeep, Worker},
};

/// The file in the data folder.
const FILE: &str = "orders.redb";

/// What may differ from one chain to the next.
#[derive(Debug, Clone)]
pub struct ChainOptions {
    /// Where the gateway listens; port 0 takes a free one.
    pub gateway: SocketAddr,
    /// The folder that keeps the orders; without it they are gone with the process.
    pub data: Option<PathBuf>,
    /// How the worker keeps house.
    pub pace: Pace,
    /// The URL of the traffic dashboard, which the shop's page links to.
    pub traffic: Option<String>,
}

/// A running shop.
#[derive(Debug)]
pub struct Chain {
    gateway: SocketAddr,
    api: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Chain {
    /// Start all services.
    ///
    /// # Errors
    /// When a port is taken, or the data folder cannot be used.
    pub async fn start(options: ChainOptions) -> Result<Self, ShopError> {
        let store = open(options.data.clone()).await?;
        let queue: Arc<dyn OrderQueue> = Arc::new(MemoryQueue::default());
        let (gateway, api) = (bind(options.gateway).await?, bind((Ipv4Addr::LOCALHOST, 0).into()).await?);
        let address = |listener: &tokio::net::TcpListener| listener.local_addr().map_err(ShopError::serve);
        let chain = Self {
            gateway: address(&gateway)?,
            api: address(&api)?,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let order_api = OrderApi::at(format!("http://{}", chain.api))?;
        let carrier = Arc::new(ToQueue(Arc::clone(&queue)));
        let parts = Api { store: Arc::clone(&store), carriers: vec![(Destination::Queue, carrier)] };
        chain.spawn("order-api", api::serve(parts, api, chain.stop.child_token()));
        chain.spawn(
            "web-gateway",
            gateway::serve(order_api, options.traffic, gateway, chain.stop.child_token()),
        );
        let worker = Worker { store: Arc::clone(&store), queue: Arc::clone(&queue) };
        let upkeep = Upkeep { store, queue, pace: options.pace };
        let (work, keep) = (worker.run(chain.stop.child_token()), upkeep.run(chain.stop.child_token()));
        chain.spawn("fulfillment-worker", async {
            tokio::join!(work, keep);
            Ok(())
        });
        chain.tasks.close();
        Ok(chain)
    }

    /// Where the gateway listens.
    pub fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Where order-api listens.
    pub fn api(&self) -> SocketAddr {
        self.api
    }

    /// End all services; requests in hand are answered.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    fn spawn(
        &self,
        name: &'static str,
        service: impl Future<Output = Result<(), ShopError>> + Send + 'static,
    ) {
        let service = async move {
            if let Err(error) = service.await {
                tracing::error!(%error, "{name} ended");
            }
        };
        // This span names the service in the log of the one process.
        self.tasks.spawn(service.instrument(info_span!(parent: None, "service", service = name)));
    }
}

async fn open(data: Option<PathBuf>) -> Result<Arc<dyn OrderStore>, ShopError> {
    let opened = tokio::task::spawn_blocking(move || match data {
        None => EmbeddedStore::in_memory(),
        Some(folder) => {
            let cannot = |error| StoreError::Broken(format!("{}: {error}", folder.display()));
            std::fs::create_dir_all(&folder).map_err(cannot)?;
            EmbeddedStore::open(&folder.join(FILE))
        }
    });
    Ok(Arc::new(opened.await.map_err(ShopError::serve)??))
}
