//! The traffic engine: requests at a rate that is switched while it runs, measured from the intended time.
//!
//! [`schedule`] says when, [`scenario`] what, the engine's own thread sends it over [`http`] and keeps [`record`];
//! [`history`] is what the last minutes were like, and [`control`] the HTTP server beside it.

pub mod capture;
pub mod control;
pub mod dashboard;
pub mod engine;
pub mod fault;
pub mod history;
pub mod http;
pub mod line;
mod message;
pub mod over;
pub mod percentiles;
pub mod plan;
mod rate;
pub mod record;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod spans;
pub mod timeline;
mod trace;
