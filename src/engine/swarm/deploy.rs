//! `docker stack deploy`.

use std::{collections::BTreeMap, io, path::Path, process::Stdio};

use tokio::process::Command;

/// Why nothing was deployed, or removed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The `docker` command is missing or cannot be started.
    #[error("failed to run `docker`")]
    NoDocker(#[source] io::Error),
    /// It said no.
    #[error("`docker stack {verb}` failed: {said}")]
    Failed {
        /// `deploy` or `rm`.
        verb: &'static str,
        /// Its words.
        said: String,
    },
}

/// Deploy `file` (relative to `root`) as the stack `name`, with these variables in the environment: `docker stack` reads no
/// `.env`. With `prune`, services that the file does not have go away.
///
/// # Errors
/// When the command is missing or fails.
pub async fn deploy(
    root: &Path,
    file: &str,
    name: &str,
    prune: bool,
    variables: &BTreeMap<String, String>,
) -> Result<(), DeployError> {
    let mut command = Command::new("docker");
    // Tags are not turned into digests: images of this machine have none that a registry knows.
    command.args(["stack", "deploy", "--compose-file", file, "--resolve-image", "never", "--detach=true"]);
    if prune {
        command.arg("--prune");
    }
    command.arg(name).current_dir(root).envs(variables).stdin(Stdio::null());
    let output = command.output().await.map_err(DeployError::NoDocker)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(DeployError::Failed { verb: "deploy", said: said.trim().to_owned() })
}
