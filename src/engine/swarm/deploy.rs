//! `docker stack deploy`, and `docker service update --force`.

use std::{collections::BTreeMap, io, path::Path};

use crate::engine::{docker_command::DockerCommand, interface::Engine};

/// Why nothing was deployed, removed, or restarted.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The `docker` command is missing or cannot be started.
    #[error("failed to run `docker`")]
    NoDocker(#[source] io::Error),
    /// It failed.
    #[error("`docker {command}` failed: {stderr}")]
    Failed {
        /// Such as `stack deploy`.
        command: &'static str,
        /// Its words.
        stderr: String,
    },
}

/// Deploy `file` (relative to `root`) as the stack `name`, with these variables in the environment: `docker stack` reads no
/// `.env`. With `prune`, services that the file does not have go away. Returns what it warns of.
///
/// # Errors
/// When the command is missing or fails.
pub async fn deploy(
    engine: &dyn Engine,
    root: &Path,
    file: &str,
    name: &str,
    prune: bool,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<String>, DeployError> {
    // Tags are not turned into digests: images of this machine have none that a registry knows.
    let fixed = ["stack", "deploy", "--compose-file", file, "--resolve-image", "never", "--detach=true"];
    let arguments = fixed.into_iter().chain(prune.then_some("--prune")).chain([name]);
    let command = DockerCommand {
        variables: variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        has_own_group: true,
        ..DockerCommand::new(arguments).in_folder(root)
    };
    let stderr = run(engine, "stack deploy", &command).await?;
    Ok(stderr.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Let the swarm replace the tasks of a service of this stack by new ones of the same kind, in the way of its `update_config`.
///
/// # Errors
/// When the command is missing or fails.
pub async fn restart(engine: &dyn Engine, stack: &str, service: &str) -> Result<(), DeployError> {
    let name = format!("{stack}_{service}");
    let arguments = ["service", "update", "--force", "--detach=true", "--quiet", &name];
    run(engine, "service update", &DockerCommand::new(arguments)).await.map(drop)
}

/// Run a command, which an error calls `name`, and return what it prints to stderr.
pub(super) async fn run(
    engine: &dyn Engine,
    name: &'static str,
    command: &DockerCommand,
) -> Result<String, DeployError> {
    let run = engine.docker(command).map_err(DeployError::NoDocker)?;
    let output = run.output().await.map_err(DeployError::NoDocker)?;
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(stderr) } else { Err(DeployError::Failed { command: name, stderr }) }
}
