//! The order shop: in one process everywhere, and as processes with real servers where there are any.

mod chain;
mod client;
mod collector;
mod kill;
mod processes;
mod trace;
