//! What `demo` keeps orders in: no server, the same ports.

mod queue;
mod store;
mod tables;

pub use queue::MemoryQueue;
pub use store::EmbeddedStore;
