//! The local image of `image = "stackctl"`, built by the `docker` command from a packed binary.

use std::{collections::BTreeMap, io, path::Path, process::ExitStatus};

use sha2::{Digest, Sha256};

use super::{docker_command::DockerCommand, interface::Engine};

use crate::text::hex;

/// The label that says which binary an image holds.
const LABEL: &str = "stackctl.binary";

/// Why no image was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The `docker` command is missing or cannot be started.
    #[error("failed to run `docker`")]
    NoDocker(#[source] io::Error),
    /// It ran and no engine answered.
    #[error("no Docker engine answers: {0}")]
    NoEngine(String),
    /// The build itself failed; `docker` has printed why.
    #[error("`docker build` ended with {0}")]
    Failed(ExitStatus),
}

/// Build the packed binary below `root` into the image `name` with that Dockerfile, labelled with the binary's
/// `fingerprint`. What `docker` says goes to stderr. It ends when the future is dropped.
///
/// # Errors
/// When there is no `docker` command or engine, or the build fails.
pub async fn build(
    engine: &dyn Engine,
    root: &Path,
    dockerfile: &str,
    name: &str,
    fingerprint: &str,
) -> Result<(), BuildError> {
    let version = DockerCommand::new(["version", "--format", "{{.Server.Version}}"]);
    let version = engine.docker(&version).map_err(BuildError::NoDocker)?;
    let version = version.output().await.map_err(BuildError::NoDocker)?;
    if !version.status.success() {
        let stderr = String::from_utf8_lossy(&version.stderr);
        return Err(BuildError::NoEngine(stderr.lines().next_back().unwrap_or_default().to_owned()));
    }
    let label = format!("{LABEL}={fingerprint}");
    let arguments =
        ["build", "--quiet", "--file", dockerfile, "--build-arg", "BINARY=packed", "--label", &label];
    let build = DockerCommand {
        drops_stdout: true,
        inherits_stderr: true,
        ..DockerCommand::new(arguments.into_iter().chain(["--tag", name, "."])).in_folder(root)
    };
    let mut build = engine.docker(&build).map_err(BuildError::NoDocker)?;
    let status = build.status().await.map_err(BuildError::NoDocker)?;
    if status.success() { Ok(()) } else { Err(BuildError::Failed(status)) }
}

/// The fingerprint of an image of this binary and Dockerfile. One that a person chose is distinguished from the running one, so that
/// it is not replaced by it.
pub fn fingerprint(binary: &[u8], dockerfile: &[u8], is_chosen: bool) -> String {
    let mut hash = Sha256::new();
    hash.update((binary.len() as u64).to_le_bytes());
    hash.update(binary);
    hash.update(dockerfile);
    let digits = hex(&hash.finalize()[..16]);
    if is_chosen { format!("chosen-{digits}") } else { digits }
}

/// Whether an image holds what would be packed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It holds just that.
    Fresh,
    /// It holds something else, or is missing.
    Stale,
    /// It holds what a person chose by `--linux-binary`.
    Chosen,
    /// It was not built by stackctl.
    Foreign,
}

impl Freshness {
    /// From the labels of the image, where there is one, and the fingerprint of what would be packed.
    pub fn of(labels: Option<&BTreeMap<String, String>>, fingerprint: &str) -> Self {
        match labels.map(|labels| labels.get(LABEL)) {
            Some(Some(label)) if label == fingerprint => Self::Fresh,
            Some(Some(label)) if label.starts_with("chosen-") => Self::Chosen,
            Some(None) => Self::Foreign,
            Some(Some(_)) | None => Self::Stale,
        }
    }
}
