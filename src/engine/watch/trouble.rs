//! Why a service is not up.

/// A service that is not up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its name.
    pub service: String,
    /// The container that shows it, where there is one; on a swarm its task.
    pub container: Option<String>,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, in a sentence.
    pub detail: String,
}

impl Trouble {
    /// One that no single container shows.
    pub fn new(service: &str, reason: Reason, detail: impl Into<String>) -> Self {
        Self { service: service.to_owned(), container: None, reason, detail: detail.into() }
    }
}

/// The words of SPEC section 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It ends and is started again, again and again.
    CrashLoop,
    /// It needs more memory than its limit.
    Oom,
    /// Its health check fails.
    Unhealthy,
    /// It ended, or could not be started.
    Exited,
    /// Its image is not there and cannot be pulled.
    MissingImage,
    /// Its image cannot be built.
    Build,
    /// A port that it publishes is taken.
    Port,
    /// Not up in time.
    Timeout,
    /// A node of the swarm went down, and no other takes its tasks.
    NodeDown,
    /// No node of the swarm takes its tasks.
    Unplaceable,
    /// It runs, and the kernel does not hold it to its limits.
    LimitsNotHeld,
}

impl Reason {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CrashLoop => "crash-loop",
            Self::Oom => "oom",
            Self::Unhealthy => "unhealthy",
            Self::Exited => "exited",
            Self::MissingImage => "missing-image",
            Self::Build => "build",
            Self::Port => "port",
            Self::Timeout => "timeout",
            Self::NodeDown => "node-down",
            Self::Unplaceable => "unplaceable",
            Self::LimitsNotHeld => "limits-not-held",
        }
    }
}
