//! How far a service or container is.

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It will not get up.
    Failed,
    /// There is no container yet, or it is one from before.
    Waiting,
    /// Its container is made.
    Created,
    /// Its container ended and is started again.
    Restarting,
    /// It runs, and its health check has not passed yet.
    Starting,
    /// It runs, and has no health check to prove more.
    Settling,
    /// Up: it ended with 0, and is a one-shot.
    Completed,
    /// Up: without a health check.
    Running,
    /// Up.
    Healthy,
}

impl Phase {
    /// Whether this is as far as it goes.
    pub fn is_up(self) -> bool {
        self >= Self::Completed
    }

    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Created => "created",
            Self::Restarting => "restarting",
            Self::Starting | Self::Settling => "starting",
            Self::Completed => "completed",
            Self::Running => "running",
            Self::Healthy => "healthy",
        }
    }
}
