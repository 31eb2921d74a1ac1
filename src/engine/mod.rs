//! What the running stack needs and does.

pub mod pack;
pub mod secrets;
