//! What is asked for.

use std::time::Duration;

use indexmap::IndexMap;

use crate::{engine::lock::Purpose, resolve::ResolvedStack, ui::listed};

/// What is done with the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// They end and are started again.
    Restart,
    /// Those that have ended are started.
    Start,
    /// They end.
    Stop,
}

impl Verb {
    /// The command, here and in Compose.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }

    /// What the lock is taken for.
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Restart => Purpose::Restart,
            Self::Start => Purpose::Up,
            Self::Stop => Purpose::Stop,
        }
    }
}

/// How.
#[derive(Debug, Clone)]
pub struct RestartOptions {
    /// The services; without, those of the last `up`.
    pub services: Vec<String>,
    /// Do not wait until they are up.
    pub no_wait: bool,
    /// How long they may take to be up.
    pub timeout: Duration,
    /// How long a container may take to end; what stack.toml says without.
    pub grace: Option<Duration>,
}

/// What is restarted or started, with its verb.
pub fn subject(last: &ResolvedStack<'_>, wanted: &IndexMap<String, u32>, options: &RestartOptions) -> String {
    let names = listed(wanted.keys());
    match wanted.len() {
        1 => format!("{names} is"),
        _ if options.services.is_empty() => format!("{} is", last.stack.name),
        _ => format!("{names} are"),
    }
}
