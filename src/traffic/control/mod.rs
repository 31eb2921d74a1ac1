//! The control server: modes, status, health, metrics and events over HTTP, on a thread that sends no load.

mod metrics;
mod origin;
mod peers;
mod routes;
mod server;
mod told;

pub use origin::Hosts;
pub use peers::Peers;
pub use routes::{Control, Feed, live, router};
pub use server::serve;
pub use told::Told;

/// The name of this service in `/health`, in logs and as a host.
pub const SERVICE: &str = "traffic-generator";
