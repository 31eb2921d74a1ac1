//! Liveness and readiness over HTTP. Alive: the process answers, or it must be restarted. Ready: those it needs answer as
//! well; restarting would not help.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{error::ShopError, http, queue::OrderQueue, store::OrderStore};

/// How long a neighbour may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a service can do its work.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Ask those it needs; the error names who does not answer.
    async fn check(&self) -> Result<(), String>;
}

/// `/healthz` and `/readyz`.
pub fn routes(readiness: Arc<dyn Readiness>) -> Router {
    Router::new()
        .route("/healthz", get(async || http::json(StatusCode::OK, &json!({ "status": "alive" }))))
        .route("/readyz", get(ready))
        .with_state(readiness)
}

/// Serve both until `stop`.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    readiness: Arc<dyn Readiness>,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), ShopError> {
    http::serve(http::with_fallbacks(routes(readiness)), listener, stop).await
}

async fn ready(State(readiness): State<Arc<dyn Readiness>>) -> impl IntoResponse {
    let checked = tokio::time::timeout(PATIENCE, readiness.check()).await;
    match checked.unwrap_or_else(|_| Err(format!("no answer in {} s", PATIENCE.as_secs()))) {
        Ok(()) => http::json(StatusCode::OK, &json!({ "status": "ready" })),
        Err(problem) => {
            tracing::debug!(problem, "not ready");
            http::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready" }))
        }
    }
}

/// A service that needs its store, and waits for a queue with patience.
pub struct NeedsStore(pub Arc<dyn OrderStore>);

#[async_trait]
impl Readiness for NeedsStore {
    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

/// A service that can do nothing without either.
pub struct NeedsBoth(pub Arc<dyn OrderStore>, pub Arc<dyn OrderQueue>);

#[async_trait]
impl Readiness for NeedsBoth {
    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())?;
        self.1.depth().await.map(drop).map_err(|error| error.to_string())
    }
}
