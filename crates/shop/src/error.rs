//! Why a service could not start, or stopped.

use std::{io, net::SocketAddr};

use super::{queue::QueueError, store::StoreError};

/// What ends a service. What may heal by itself does not: it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// A variable of the environment.
    #[error("{name} {problem}")]
    Config {
        /// Its name.
        name: &'static str,
        /// Completes "NAME ...".
        problem: String,
    },
    /// A port.
    #[error("failed to listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A server.
    #[error("failed to serve: {0}")]
    Serve(String),
    /// The orders.
    #[error("failed to open the orders")]
    Store(#[from] StoreError),
    /// The queue.
    #[error("failed to open the queue")]
    Queue(#[from] QueueError),
    /// The spans.
    #[error("failed to set up tracing: {0}")]
    Telemetry(String),
}

impl ShopError {
    /// A server that failed.
    pub fn serve(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Serve(text)
    }
}
