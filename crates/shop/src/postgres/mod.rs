//! Orders in Postgres: the store of the stack.

mod migrate;
mod sql;
mod store;

pub use migrate::migrate;
pub use store::PostgresStore;
