//! What the running stack needs and does.

pub mod home;
pub mod image;
pub mod pack;
pub mod secrets;
