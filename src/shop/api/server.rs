//! The gRPC server, its health service, and what runs beside it.

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::server::{HealthReporter, health_reporter};

use super::service::Service;
use crate::shop::{
    admission::Admission,
    backlog::{Backlog, OPEN_ORDERS},
    error::ShopError,
    http,
    outage::Outage,
    proto::v1::orders_server::OrdersServer,
    relay::{Carrier, Relay},
    store::{Destination, OrderStore},
};

/// Calls in hand at most: several times what the store does at once, and little enough to wait for.
const CALLS: usize = 128;
/// The largest message that makes sense, in bytes.
const MESSAGE: usize = 16 * 1024;
/// How often the health service looks at the store.
const LOOK: Duration = Duration::from_secs(1);

/// What order-api is made of.
pub struct Api {
    /// Where orders are kept.
    pub store: Arc<dyn OrderStore>,
    /// Who carries letters, and to whom.
    pub carriers: Vec<(Destination, Arc<dyn Carrier>)>,
}

/// Serve until `stop`; calls in hand are answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(api: Api, listener: TcpListener, stop: CancellationToken) -> Result<(), ShopError> {
    let tasks = TaskTracker::new();
    let (reporter, health) = health_reporter();
    let (placed, backlog) = (Arc::new(Notify::new()), Backlog::default());
    tasks.spawn(report(reporter, Arc::clone(&api.store), stop.clone()));
    tasks.spawn(backlog.clone().watch(Arc::clone(&api.store), OPEN_ORDERS, stop.clone()));
    for (to, carrier) in api.carriers {
        // A worker waits for an order; nobody waits for an event.
        let written = if to == Destination::Queue { Arc::clone(&placed) } else { Arc::default() };
        let relay = Relay { store: Arc::clone(&api.store), to, carrier, written };
        tasks.spawn(relay.run(stop.clone()));
    }
    tasks.close();
    let service = Service {
        store: api.store,
        placed,
        admission: Admission::new(CALLS),
        backlog,
        outage: Outage::new("store"),
    };
    let orders = OrdersServer::new(service).max_decoding_message_size(MESSAGE);
    let served = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(15)))
        .http2_keepalive_timeout(Some(Duration::from_secs(5)))
        .add_service(health)
        .add_service(orders)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.clone().cancelled_owned(),
        );
    let served = http::drained(served, stop.clone()).await;
    // Also when the server failed: what runs beside it ends with it.
    stop.cancel();
    tasks.wait().await;
    served
}

/// Keep the health service's answer true.
async fn report(reporter: HealthReporter, store: Arc<dyn OrderStore>, stop: CancellationToken) {
    loop {
        if store.ping().await.is_ok() {
            reporter.set_serving::<OrdersServer<Service>>().await;
        } else {
            reporter.set_not_serving::<OrdersServer<Service>>().await;
        }
        if stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
            return reporter.set_not_serving::<OrdersServer<Service>>().await;
        }
    }
}
