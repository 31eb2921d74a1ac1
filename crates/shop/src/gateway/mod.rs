//! web-gateway: HTTP and JSON outside, gRPC inside. It checks, bounds and retries; it keeps nothing.

mod body;
mod client;
mod page;
mod placed;
mod routes;

pub use client::OrderApi;
pub use routes::serve;
