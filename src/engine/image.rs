//! The local image of `image = "stackctl"`, built by the `docker` command from a packed binary.

use std::{
    io,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The `docker` command is missing or cannot be started.
    #[error("failed to run `docker`")]
    NoDocker(#[source] io::Error),
    /// It ran and no engine answered.
    #[error("no Docker engine answers: {0}")]
    NoEngine(String),
    /// The build itself failed; `docker` has said why.
    #[error("`docker build` ended with {0}")]
    Failed(ExitStatus),
}

/// Build the packed binary below `root` into the image `name` with that Dockerfile. What `docker` says goes to stderr.
///
/// # Errors
/// When there is no `docker` command or engine, or the build fails.
pub fn build(root: &Path, dockerfile: &str, name: &str) -> Result<(), BuildError> {
    let version = Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]).output();
    let version = version.map_err(BuildError::NoDocker)?;
    if !version.status.success() {
        let said = String::from_utf8_lossy(&version.stderr);
        return Err(BuildError::NoEngine(said.lines().next_back().unwrap_or_default().to_owned()));
    }
    let status = Command::new("docker")
        .args(["build", "--quiet", "--file", dockerfile, "--build-arg", "BINARY=packed", "--tag", name, "."])
        .current_dir(root)
        .stdout(Stdio::null())
        .status()
        .map_err(BuildError::NoDocker)?;
    if status.success() { Ok(()) } else { Err(BuildError::Failed(status)) }
}
