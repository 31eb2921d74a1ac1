//! order-api as the gateway calls it: with a deadline, and again where that is safe.

use std::{error::Error, time::Duration};

use axum::http::StatusCode;
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    backoff::Backoff,
    error::ShopError,
    http::Refusal,
    order::{Invalid, NewOrder, Order, OrderId},
    outage::Outage,
    proto::{
        self, FIELD,
        v1::{GetRequest, ListRequest, PlaceRequest, orders_client::OrdersClient},
    },
    trace::{TRACEPARENT, TraceContext},
};

/// Tries of one request: more would make an overload worse.
const TRIES: u32 = 3;
/// How long one try may take.
const TRY: Duration = Duration::from_secs(2);
/// How long all of them may take: less than a client who waits five seconds.
const PATIENCE: Duration = Duration::from_millis(4_500);
/// The largest answer: a hundred orders, several times over.
const MESSAGE: usize = 256 * 1024;

type Orders = OrdersClient<Channel>;

/// An answer on its way.
trait Answer<T>: Future<Output = Result<Response<T>, Status>> {}
impl<T, F: Future<Output = Result<Response<T>, Status>>> Answer<T> for F {}

/// order-api.
pub struct OrderApi {
    channel: Channel,
    outage: Outage,
}

impl OrderApi {
    /// order-api at a URL such as `http://order-api:50051`; connected when it is first called.
    ///
    /// # Errors
    /// When it is no URL.
    pub fn at(url: String) -> Result<Self, ShopError> {
        let problem = format!("is {url:?}, which is no URL such as http://order-api:50051");
        let endpoint =
            Endpoint::from_shared(url).map_err(|_| ShopError::Config { name: "ORDER_API_URL", problem })?;
        let channel = endpoint
            .connect_timeout(Duration::from_millis(500))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(5))
            .keep_alive_timeout(Duration::from_secs(2))
            .connect_lazy();
        Ok(Self { channel, outage: Outage::new("order-api") })
    }

    /// Place an order. Tried again only under an idempotency key: without one, a second try may be a second order.
    pub async fn place(&self, order: NewOrder) -> Result<Order, Refusal> {
        let message = PlaceRequest {
            product_id: order.product_id(),
            quantity: order.quantity(),
            idempotency_key: order.key().map(str::to_owned),
        };
        let tries = if order.key().is_some() { TRIES } else { 1 };
        let call = |mut orders: Orders, request| async move { orders.place(request).await };
        read(self.call(tries, message, call).await?)
    }

    /// One order.
    pub async fn order(&self, id: OrderId) -> Result<Order, Refusal> {
        let call = |mut orders: Orders, request| async move { orders.get(request).await };
        read(self.call(TRIES, GetRequest { id: id.get() }, call).await?)
    }

    /// The newest orders.
    pub async fn newest(&self, limit: u32) -> Result<Vec<Order>, Refusal> {
        let call = |mut orders: Orders, request| async move { orders.list(request).await };
        self.call(TRIES, ListRequest { limit }, call).await?.orders.into_iter().map(read).collect()
    }

    /// Whether order-api says that it serves.
    pub async fn serves(&self) -> bool {
        let request = HealthCheckRequest { service: "orders.v1.Orders".to_owned() };
        let answer = HealthClient::new(self.channel.clone()).check(request).await;
        answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving)
    }

    fn orders(&self) -> Orders {
        OrdersClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE)
    }

    async fn call<M: Clone, T, A: Answer<T>>(
        &self,
        tries: u32,
        message: M,
        send: impl Fn(Orders, Request<M>) -> A,
    ) -> Result<T, Refusal> {
        let attempt = || attempt(message.clone(), |request| send(self.orders(), request));
        let attempts = async {
            let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(400));
            for _ in 1..tries {
                match attempt().await {
                    Err(status) if is_passing(&status) => tokio::time::sleep(backoff.next_delay()).await,
                    result => return result,
                }
            }
            attempt().await
        };
        let late = |_| Err(Status::deadline_exceeded("too many slow tries"));
        let result = tokio::time::timeout(PATIENCE, attempts).await.unwrap_or_else(late);
        match &result {
            Err(status) if is_passing(status) => self.outage.failed(status),
            _ => self.outage.over(),
        }
        result.map_err(|status| refusal(&status))
    }
}

async fn attempt<M, T, A: Answer<T>>(message: M, send: impl Fn(Request<M>) -> A) -> Result<T, Status> {
    let mut request = Request::new(message);
    let trace = TraceContext::current();
    if let Some(traceparent) = trace.traceparent().and_then(|text| text.parse().ok()) {
        request.metadata_mut().insert(TRACEPARENT, traceparent);
    }
    let answer = tokio::time::timeout(TRY, send(request)).await;
    answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer"))).map(Response::into_inner)
}

/// Whether a retry may succeed: there was no response, or it asks to try again. A status with a cause was made by the
/// connection, not by order-api. Being overloaded is no reason to ask again at once.
fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled)
        || status.source().is_some()
}

fn refusal(status: &Status) -> Refusal {
    match status.code() {
        Code::InvalidArgument => {
            let field =
                status.metadata().get(FIELD).and_then(|field| field.to_str().ok()).unwrap_or_default();
            Invalid::new(field, status.message()).into()
        }
        Code::NotFound => Refusal::new(StatusCode::NOT_FOUND, "no such order"),
        Code::AlreadyExists => Invalid::new("Idempotency-Key", "belongs to another order").into(),
        Code::ResourceExhausted => Refusal::unavailable("too much to do"),
        _ if is_passing(status) => Refusal::unavailable("the orders cannot be reached"),
        code => {
            tracing::error!(?code, message = status.message(), "order-api answered what it never should");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "something is broken here")
        }
    }
}

fn read(sent: proto::v1::Order) -> Result<Order, Refusal> {
    proto::read_order(sent)
        .ok_or_else(|| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "something is broken here"))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tonic::transport::{Server, server::TcpIncoming};

    use super::*;
    use crate::proto::v1::{
        ListResponse, Order as Sent,
        orders_server::{Orders as Service, OrdersServer},
    };

    /// An order-api that fails in one way, and counts.
    struct Failing(Code, Arc<AtomicU32>);

    impl Failing {
        fn fail<T>(&self) -> Result<Response<T>, Status> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Err(Status::new(self.0, "SELECT secret FROM table"))
        }
    }

    #[tonic::async_trait]
    impl Service for Failing {
        async fn place(&self, _: Request<PlaceRequest>) -> Result<Response<Sent>, Status> {
            self.fail()
        }

        async fn get(&self, _: Request<GetRequest>) -> Result<Response<Sent>, Status> {
            self.fail()
        }

        async fn list(&self, _: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
            self.fail()
        }
    }

    /// Ask an order-api that answers `code`: how often it was asked, and what the client learns.
    async fn asked(code: Code, key: Option<&str>) -> (u32, Refusal) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicU32::new(0));
        let service = OrdersServer::new(Failing(code, Arc::clone(&calls)));
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        let order = NewOrder::new(1, 1, key.map(str::to_owned)).unwrap();
        let refusal = OrderApi::at(url).unwrap().place(order).await.unwrap_err();
        (calls.load(Ordering::Relaxed), refusal)
    }

    #[tokio::test]
    async fn a_write_is_tried_again_under_a_key_alone() {
        assert_eq!(asked(Code::Unavailable, None).await.0, 1);
        assert_eq!(asked(Code::Unavailable, Some("k")).await.0, TRIES);
        assert_eq!(
            asked(Code::ResourceExhausted, Some("k")).await.0,
            1,
            "overload is not answered with more"
        );
        assert_eq!(asked(Code::InvalidArgument, Some("k")).await.0, 1);
    }

    #[tokio::test]
    async fn a_client_learns_the_kind_and_not_the_cause() {
        for (code, status) in [
            (Code::Unavailable, 503),
            (Code::DeadlineExceeded, 503),
            (Code::ResourceExhausted, 503),
            (Code::NotFound, 404),
            (Code::Internal, 500),
            (Code::Unknown, 500),
        ] {
            let refusal = asked(code, None).await.1;
            assert_eq!(refusal.status.as_u16(), status, "{code:?}");
            assert!(!refusal.error.contains("SELECT"), "{refusal:?}");
        }
    }

    #[tokio::test]
    async fn a_missing_api_is_503_for_reads_and_writes() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let api = OrderApi::at(format!("http://127.0.0.1:{port}")).unwrap();
        assert_eq!(api.newest(1).await.unwrap_err().status.as_u16(), 503);
        assert_eq!(api.place(NewOrder::new(1, 1, None).unwrap()).await.unwrap_err().status.as_u16(), 503);
        assert!(!api.serves().await);
        assert!(OrderApi::at("no url".to_owned()).is_err());
    }
}
