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
/// `.env`. With `prune`, services that the file does not have go away. Returns what it warns of.
///
/// # Errors
/// When the command is missing or fails.
pub async fn deploy(
    root: &Path,
    file: &str,
    name: &str,
    prune: bool,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<String>, DeployError> {
    let mut command = Command::new("docker");
    // Tags are not turned into digests: images of this machine have none that a registry knows.
    command.args(["stack", "deploy", "--compose-file", file, "--resolve-image", "never", "--detach=true"]);
    if prune {
        command.arg("--prune");
    }
    command.arg(name).current_dir(root).envs(variables).stdin(Stdio::null());
    // Ctrl-C is for stackctl, which then ends it.
    #[cfg(unix)]
    command.process_group(0);
    let output = command.kill_on_drop(true).output().await.map_err(DeployError::NoDocker)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        return Ok(lines.map(str::to_owned).collect());
    }
    Err(DeployError::Failed { verb: "deploy", said: said.trim().to_owned() })
}
