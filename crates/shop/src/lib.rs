//! The order shop, the sample that the traffic flows through:
//!
//! nginx -> `gateway` (HTTP and JSON) -> `api` (gRPC) -> store, and outbox -> `relay` -> queue -> `worker` -> store.
//!
//! The services know two ports, `store` and `queue`. In the stack these are `postgres` and `redis_stream`, in `stackctl demo`
//! both are `embedded`. An order and its letter to the worker are stored in one transaction; everything after that may be
//! repeated, and every step is taken only from where the order is. So a killed process costs time and never an order.

mod admission;
mod api;
mod backlog;
mod backoff;
mod chain;
mod embedded;
mod env;
mod error;
mod events;
mod gateway;
mod health;
mod http;
mod order;
mod outage;
mod postgres;
mod proto;
mod queue;
mod redis_stream;
mod relay;
mod role;
mod store;
mod telemetry;
mod trace;
mod worker;

pub use chain::{Chain, ChainOptions};
pub use env::Env;
pub use error::ShopError;
pub use role::Role;
pub use telemetry::Telemetry;
pub use worker::Pace;
