//! What goes wrong with Docker Compose.

use std::{io, process::ExitStatus};

use super::compose_version::{OLDEST, Version};

/// Why Compose did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The `docker` command is missing or cannot be started.
    #[error("failed to run `docker`")]
    NoDocker(#[source] io::Error),
    /// `docker` has no `compose`.
    #[error("the `docker` command is installed, and its Compose plugin is not")]
    NoCompose {
        /// The version of a `docker-compose` that is no plugin, where there is one.
        standalone: Option<String>,
    },
    /// It is too old.
    #[error("`docker compose` is version {0}, and {OLDEST} is needed")]
    TooOld(Version),
    /// It printed something other than a version.
    #[error("`docker compose version` printed {0:?}")]
    NoVersion(String),
    /// It ran and failed.
    #[error("`{command}` ended with {status}")]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it printed on stderr.
        stderr: String,
    },
    /// Its output could not be read.
    #[error("failed to read the output of `docker compose`")]
    Output(#[source] io::Error),
}
