//! The server behind every listener of this program: the control server of `traffic`, the gateway and the health ports of the shop
//! speak HTTP/1 ([`serve`]), its order-api gRPC ([`incoming`]). It knows nothing of what it serves. What it adds are bounds, so that no
//! client keeps another one waiting and no listener uses up the process's file descriptors:
//!
//! - a number of connections, and at most a quarter of the file descriptors; above that the one idle for longest is closed;
//! - [`HEAD`] for a request's head, [`IDLE`] between two requests, [`STALLED`] for a client that does not read its answer;
//! - one pipelined request of a connection at a time, with every other connection served in between;
//! - 64 KiB of answers in the kernel and 16 KiB in this process for a client that does not read.

mod accept;
mod activity;
mod files;
mod http;
mod incoming;
mod request;
mod socket;

pub use activity::{HEAD, IDLE, STALLED};
pub use files::raise_file_limit;
pub use http::serve;
pub use incoming::{Incoming, incoming};
