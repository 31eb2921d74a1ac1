//! What every crate of `stackctl` stands on; it knows nothing of stacks, of load or of orders.

pub mod fs;
pub mod log_limit;
pub mod server;
pub mod text;
pub mod tls;
