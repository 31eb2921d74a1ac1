//! `stackctl top`: what the running stack uses, live beside what it may use.

mod all;
mod disk;
mod live;
mod log;
mod restart;
mod run;
mod shell;

pub use run::{TopOptions, run};
