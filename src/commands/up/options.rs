//! What the command line of `up` says.

use std::time::Duration;

/// How to start.
#[derive(Debug, Clone)]
pub struct UpOptions {
    /// The selected profiles.
    pub profiles: Vec<String>,
    /// Do not wait until everything is up.
    pub no_wait: bool,
    /// How long everything may take to be up, pulling and building not counted.
    pub timeout: Duration,
    /// Remove what runs and is not selected.
    pub remove_unselected: bool,
}
