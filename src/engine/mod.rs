//! The running stack, and what it needs. `docker compose` builds and starts; bollard, which no other room knows, observes.

pub mod client;
pub mod compose;
pub mod home;
pub mod host;
pub mod image;
pub mod inspect_image;
pub mod observe;
pub mod pack;
pub mod plan;
pub mod progress;
pub mod samples;
pub mod secrets;
pub mod selection;
pub mod status;
pub mod usage;
pub mod volumes;
