//! What every HTTP answer of the shop has in common.

use std::{convert::Infallible, error::Error, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{error::ShopError, order::Invalid};
use stackctl_base::server;

/// How long requests in hand may take once the service is stopping.
const DRAIN: Duration = Duration::from_secs(5);

/// Connections of a listener at most: several times the requests that are in hand at most, so that what is refused is refused in
/// words.
const CONNECTIONS: usize = 2048;

/// An answer with a JSON body.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], Body::from(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A refusal: `{error, field}`, where `field` is null unless one field is to blame.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the client learns of it.
    pub status: StatusCode,
    /// In words.
    pub error: String,
    /// The field that is to blame.
    pub field: Option<String>,
}

impl Refusal {
    /// A refusal with a status and a reason.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), field: None }
    }

    /// Come back later.
    pub fn unavailable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            error: invalid.to_string(),
            field: Some(invalid.field),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &json!({ "error": self.error, "field": self.field }));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Unknown paths and methods are refused like everything else.
pub fn with_fallbacks(router: Router) -> Router {
    router.fallback(async || Refusal::new(StatusCode::NOT_FOUND, "no such path")).method_not_allowed_fallback(
        async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "no such method here"),
    )
}

/// Serve until `stop`, and then for as long as requests are in hand, up to a few seconds.
///
/// # Errors
/// None: the signature is that of every service.
pub async fn serve(router: Router, listener: TcpListener, stop: CancellationToken) -> Result<(), ShopError> {
    let served = async {
        server::serve(listener, router, CONNECTIONS, stop.clone()).await;
        Ok::<_, Infallible>(())
    };
    drained(served, stop.clone()).await
}

/// Wait for a server that ends by itself after `stop`, but not for clients who keep it from ending.
///
/// # Errors
/// When the server fails.
pub async fn drained<E: Error>(
    served: impl Future<Output = Result<(), E>>,
    stop: CancellationToken,
) -> Result<(), ShopError> {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = served => result.map_err(ShopError::serve),
        () = late => Ok(()),
    }
}
