//! What the command line of `up` says.

use std::time::Duration;

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// Start these services and what they need; the whole selection without.
    pub services: Vec<String>,
    /// The selected profiles.
    pub profiles: Vec<String>,
    /// Do not wait until everything is up.
    pub no_wait: bool,
    /// How long everything may take to be up, pulling and building not counted.
    pub timeout: Duration,
    /// Remove what runs and is not selected.
    pub remove_unselected: bool,
    /// When Compose pulls: `always` or `missing`; as the services say without.
    pub pull: Option<String>,
    /// Containers are made again where nothing has changed, too.
    pub force_recreate: bool,
    /// Limits that are not held are a warning.
    pub allow_unheld: bool,
}
