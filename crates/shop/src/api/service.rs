//! The three calls of `orders.v1.Orders`.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tonic::{Code, Request, Response, Status, metadata::MetadataMap};
use tracing::{Instrument, Span, info_span};

use crate::{
    admission::Admission,
    backlog::Backlog,
    order::{Invalid, NewOrder, OrderId, valid_limit},
    outage::Outage,
    proto::{
        FIELD,
        v1::{GetRequest, ListRequest, ListResponse, Order, PlaceRequest, orders_server::Orders},
    },
    store::{OrderStore, StoreError},
    trace::{TRACEPARENT, TraceContext},
};

/// How long the store may take for one call, waiting for a connection included.
const PATIENCE: Duration = Duration::from_secs(4);

/// What answers the calls.
pub struct Service {
    /// Where orders are kept.
    pub store: Arc<dyn OrderStore>,
    /// Rung when there is a new letter.
    pub placed: Arc<Notify>,
    /// Calls in hand.
    pub admission: Admission,
    /// Orders in hand.
    pub backlog: Backlog,
    /// What the log says of the store.
    pub outage: Outage,
}

impl Service {
    /// Admit a call, do it in a span of the caller's trace, and turn a failure into what the caller may know of it.
    async fn answer<T>(
        &self,
        metadata: &MetadataMap,
        span: Span,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Response<T>, Status> {
        let _place =
            self.admission.enter().ok_or_else(|| Status::resource_exhausted("too many calls in hand"))?;
        TraceContext::received(metadata.get(TRACEPARENT).and_then(|value| value.to_str().ok())).adopt(&span);
        let work = tokio::time::timeout(PATIENCE, work.instrument(span));
        let result = work.await.unwrap_or_else(|_| {
            Err(Problem::Store(StoreError::Unavailable(format!("no answer in {} s", PATIENCE.as_secs()))))
        });
        match &result {
            Ok(_) => self.outage.over(),
            Err(Problem::Store(error)) if !matches!(error, StoreError::KeyTaken) => self.outage.failed(error),
            Err(_) => {}
        }
        result.map(Response::new).map_err(Status::from)
    }
}

#[tonic::async_trait]
impl Orders for Service {
    async fn place(&self, request: Request<PlaceRequest>) -> Result<Response<Order>, Status> {
        let (metadata, _, asked) = request.into_parts();
        let span = info_span!(
            "orders.v1.Orders/Place",
            service = "order-api",
            otel.kind = "server",
            order = tracing::field::Empty
        );
        let work = async {
            if self.backlog.is_full() {
                return Err(Problem::Backlog);
            }
            let order = NewOrder::new(asked.product_id, asked.quantity, asked.idempotency_key)?;
            let order = self.store.place(&order, &TraceContext::current()).await?;
            Span::current().record("order", order.id.get());
            self.placed.notify_one();
            Ok(order.into())
        };
        self.answer(&metadata, span, work).await
    }

    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Order>, Status> {
        let (metadata, _, asked) = request.into_parts();
        let span =
            info_span!("orders.v1.Orders/Get", service = "order-api", otel.kind = "server", order = asked.id);
        let work = async {
            let id =
                OrderId::new(asked.id).ok_or_else(|| Invalid::new("id", "must be a whole number from 1"))?;
            self.store.order(id).await?.map(Order::from).ok_or(Problem::NotFound)
        };
        self.answer(&metadata, span, work).await
    }

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let (metadata, _, asked) = request.into_parts();
        let span = info_span!("orders.v1.Orders/List", service = "order-api", otel.kind = "server");
        let work = async {
            let orders = self.store.newest(valid_limit(asked.limit)?).await?;
            Ok(ListResponse { orders: orders.into_iter().map(Order::from).collect() })
        };
        self.answer(&metadata, span, work).await
    }
}

/// Why a call was not done.
enum Problem {
    Invalid(Invalid),
    NotFound,
    Backlog,
    Store(StoreError),
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The caller learns the kind of a failure, the log its cause: no SQL leaves the house.
impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Invalid(Invalid { field, problem }) => {
                let mut metadata = MetadataMap::new();
                if let Ok(field) = field.parse() {
                    metadata.insert(FIELD, field);
                }
                Self::with_metadata(Code::InvalidArgument, problem, metadata)
            }
            Problem::NotFound => Self::not_found("no such order"),
            Problem::Backlog => Self::resource_exhausted("too many orders in hand"),
            Problem::Store(StoreError::KeyTaken) => {
                Self::already_exists("the idempotency key belongs to another order")
            }
            Problem::Store(StoreError::Unavailable(_)) => Self::unavailable("the orders cannot be reached"),
            Problem::Store(StoreError::Broken(_)) => Self::internal("the orders cannot be read"),
        }
    }
}
