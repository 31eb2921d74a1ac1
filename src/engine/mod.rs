//! The running stack, and what it needs. `docker compose` builds and starts; bollard, which no other room knows, observes.

pub mod client;
pub mod compose;
pub mod doctor;
pub mod events;
pub mod fault;
pub mod home;
pub mod host;
pub mod image;
pub mod inspect_image;
pub mod lock;
pub mod logs;
pub mod observe;
pub mod pack;
pub mod plan;
pub mod ports;
pub mod progress;
pub mod remove;
pub mod samples;
pub mod secrets;
pub mod selection;
pub mod status;
pub mod swarm;
pub mod time;
pub mod usage;
pub mod volumes;
pub mod watch;
