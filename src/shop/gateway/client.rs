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

use crate::shop::{
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

/// Whether the next try may succeed: nobody answered, or said to come back. A status with a cause was made by the
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
