//! The control server: modes, status, health, metrics and events over HTTP, on a thread that sends no load.

mod answers;
pub mod body;
mod csv;
mod metrics;
mod mode_epoch;
mod origin;
mod peers;
mod routes;
mod share_rate;
mod state;

pub use origin::Hosts;
pub use peers::Peers;
pub use routes::{live, router};
pub use share_rate::share_rate;
pub use state::{Control, Feed};

/// Connections of the control server, at most.
pub const CONNECTIONS: usize = 512;

/// The name of this service in `/health`, in logs and as a host.
pub const SERVICE: &str = "traffic-generator";
