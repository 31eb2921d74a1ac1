//! order-api: gRPC in front of the store. It answers an order once it is stored; everything after that is the outbox's.

mod connection;
mod server;
mod service;

pub use server::{Api, serve};
