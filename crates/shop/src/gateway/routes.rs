//! The paths of the gateway.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::{FromRef, MatchedPath, Path, RawQuery, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use prost_types::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::{
    body::{read_limit, read_order},
    client::OrderApi,
    page::{self, Front},
    placed::Placed,
};
use crate::{
    admission::Admission,
    error::ShopError,
    health::{self, Readiness},
    http::{self, Refusal},
    order::{Invalid, Order, OrderId},
    trace::{TRACEPARENT, TraceContext},
};

/// Requests in hand at most: enough for order-api's bound and those that are being read and written.
const REQUESTS: usize = 256;

/// Serve until `stop`; requests in hand are answered. `traffic` is the dashboard of what sends the orders, as a browser reaches it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    api: OrderApi,
    traffic: Option<String>,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), ShopError> {
    let (api, placed) = (Arc::new(api), Arc::new(Placed::default()));
    let orders = Router::new()
        .route("/orders", get(list).post(place))
        .route("/orders/{id}", get(show))
        .layer(from_fn_with_state(Admission::new(REQUESTS), admit))
        .with_state(Gateway { api: Arc::clone(&api), placed: Arc::clone(&placed) });
    let routes = orders.merge(page::routes(Front { placed, traffic })).merge(health::routes(api));
    http::serve(http::with_fallbacks(routes), listener, stop).await
}

/// What the routes share.
#[derive(Clone)]
struct Gateway {
    api: Arc<OrderApi>,
    placed: Arc<Placed>,
}

impl FromRef<Gateway> for Arc<OrderApi> {
    fn from_ref(gateway: &Gateway) -> Self {
        Self::clone(&gateway.api)
    }
}

impl FromRef<Gateway> for Arc<Placed> {
    fn from_ref(gateway: &Gateway) -> Self {
        Self::clone(&gateway.placed)
    }
}

async fn place(
    State(api): State<Arc<OrderApi>>,
    State(placed): State<Arc<Placed>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let order = api.place(read_order(&headers, body).await?).await?;
    placed.count();
    let mut response = http::json(StatusCode::CREATED, &OrderBody::from(&order));
    if let Ok(location) = HeaderValue::try_from(format!("/orders/{}", order.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn list(State(api): State<Arc<OrderApi>>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let orders = api.newest(read_limit(query.as_deref())?).await?;
    Ok(http::json(StatusCode::OK, &orders.iter().map(OrderBody::from).collect::<Vec<_>>()))
}

async fn show(
    State(api): State<Arc<OrderApi>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let Path(id) = id.map_err(|_| Invalid::new("id", "must be a whole number from 1"))?;
    let order = api.order(OrderId::parse(&id)?).await?;
    Ok(http::json(StatusCode::OK, &OrderBody::from(&order)))
}

/// An order as clients see it.
#[derive(Debug, Serialize)]
struct OrderBody {
    id: i64,
    product_id: u32,
    quantity: u32,
    status: &'static str,
    created_at: String,
}

impl From<&Order> for OrderBody {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id.get(),
            product_id: order.product_id,
            quantity: order.quantity,
            status: order.status.name(),
            created_at: Timestamp::from(order.created_at).to_string(),
        }
    }
}

/// A place for the request, and a span in the caller's trace.
async fn admit(
    State(admission): State<Admission>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let Some(_place) = admission.enter() else {
        return Refusal::unavailable("too many requests in hand").into_response();
    };
    let name = format!("{} {}", request.method(), path.as_str());
    let status = tracing::field::Empty;
    let span = info_span!(
        "request",
        otel.name = name,
        otel.kind = "server",
        service = "web-gateway",
        http.status = status
    );
    let traceparent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    TraceContext::received(traceparent).adopt(&span);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.status", response.status().as_u16());
    response
}

#[async_trait]
impl Readiness for OrderApi {
    async fn check(&self) -> Result<(), String> {
        if self.serves().await { Ok(()) } else { Err("order-api does not serve".to_owned()) }
    }
}
