//! The gRPC server, its health service, and what runs beside it.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::Server;
use tonic_health::server::{HealthReporter, health_reporter};

use super::{connection::Connection, service::Service};
use stackctl_base::server::incoming;

use crate::{
    admission::Admission,
    backlog::{Backlog, OPEN_ORDERS},
    error::ShopError,
    http,
    outage::Outage,
    proto::v1::orders_server::OrdersServer,
    relay::{Carrier, Relay},
    store::{Destination, OrderStore},
};

/// Connections at most: each gateway has one, with all of its calls.
const CONNECTIONS: usize = 512;
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
        // A worker waits for an order; nothing waits for an event.
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
            incoming(listener, CONNECTIONS).map_ok(Connection),
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

#[cfg(test)]
mod tests {
    use tonic::{Code, transport::Channel};
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };

    use super::*;
    use crate::{
        embedded::EmbeddedStore,
        proto::{
            FIELD,
            v1::{GetRequest, ListRequest, PlaceRequest, Status, orders_client::OrdersClient},
        },
    };

    type Serving = tokio::task::JoinHandle<Result<(), ShopError>>;

    async fn start() -> (Channel, CancellationToken, Serving) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let api = Api { store: Arc::new(EmbeddedStore::in_memory().unwrap()), carriers: Vec::new() };
        let serving = tokio::spawn(serve(api, listener, stop.clone()));
        (Channel::from_shared(url).unwrap().connect_lazy(), stop, serving)
    }

    fn order(product_id: u32, quantity: u32, key: Option<&str>) -> PlaceRequest {
        PlaceRequest { product_id, quantity, idempotency_key: key.map(str::to_owned) }
    }

    #[tokio::test]
    async fn it_trusts_no_client() {
        let (channel, ..) = start().await;
        let mut orders = OrdersClient::new(channel);
        let field =
            |status: &tonic::Status| status.metadata().get(FIELD).unwrap().to_str().unwrap().to_owned();
        for (request, wrong) in [
            (order(0, 1, None), "product_id"),
            (order(u32::MAX, 1, None), "product_id"),
            (order(1, 101, None), "quantity"),
            (order(1, 1, Some("")), "Idempotency-Key"),
        ] {
            let status = orders.place(request).await.unwrap_err();
            assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, wrong));
        }
        for limit in [0, 101, u32::MAX] {
            let status = orders.list(ListRequest { limit }).await.unwrap_err();
            assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, "limit"));
        }
        for id in [0, -1, i64::MIN] {
            let status = orders.get(GetRequest { id }).await.unwrap_err();
            assert_eq!((status.code(), field(&status).as_str()), (Code::InvalidArgument, "id"));
        }
        assert_eq!(orders.get(GetRequest { id: i64::MAX }).await.unwrap_err().code(), Code::NotFound);
        let huge = order(1, 1, Some(&"x".repeat(MESSAGE)));
        assert_eq!(orders.place(huge).await.unwrap_err().code(), Code::OutOfRange);
        assert!(orders.list(ListRequest { limit: 100 }).await.unwrap().into_inner().orders.is_empty());
    }

    #[tokio::test]
    async fn it_says_that_it_serves_and_answers_the_same_order_to_one_key() {
        let (channel, ..) = start().await;
        let mut orders = OrdersClient::new(channel.clone());
        let first = orders.place(order(3, 2, Some("k"))).await.unwrap().into_inner();
        assert_eq!(first.status(), Status::Pending);
        assert_eq!(orders.place(order(3, 2, Some("k"))).await.unwrap().into_inner(), first);
        assert_eq!(orders.place(order(3, 1, Some("k"))).await.unwrap_err().code(), Code::AlreadyExists);
        let request = HealthCheckRequest { service: "orders.v1.Orders".to_owned() };
        let health = HealthClient::new(channel).check(request).await.unwrap().into_inner();
        assert_eq!(health.status(), ServingStatus::Serving);
    }

    #[tokio::test]
    async fn it_stops_though_a_client_stays() {
        let (channel, stop, serving) = start().await;
        let mut orders = OrdersClient::new(channel);
        orders.place(order(1, 1, None)).await.unwrap();
        stop.cancel();
        serving.await.unwrap().unwrap();
        assert!(orders.place(order(1, 1, None)).await.is_err());
    }
}
