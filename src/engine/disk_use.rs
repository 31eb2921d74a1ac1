//! What a stack takes on the disk of its engine: volumes, images, logs.

use std::{fs, io, path::Path};

use serde::Serialize;

use super::{
    client::EngineError,
    disk::EngineDiskUse,
    interface::Engine,
    observe::{NAMESPACE, Observed},
};

/// The logging driver that writes a file beside the container.
const JSON_FILE: &str = "json-file";

/// What a stack has on the disk of its engine, in bytes; `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DiskUse {
    /// Its volumes: those of the project, and what its containers have mounted.
    pub volumes_bytes: Option<u64>,
    /// The images of its containers, at most: layers that they share count for each, up to all that the engine has.
    pub images_bytes: Option<u64>,
    /// The logs of its containers; known where they are files of this machine that may be read.
    pub logs_bytes: Option<u64>,
    /// What the engine has, of whatever stack.
    pub engine: EngineDiskUse,
}

impl dyn Engine + '_ {
    /// What a project takes on the disk. It may take the engine minutes to find out.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn disk_of(&self, project: &str) -> Result<DiskUse, EngineError> {
        let (disk, containers, info) = tokio::try_join!(self.disk(), self.own(project), self.info())?;
        Ok(DiskUse {
            volumes_bytes: disk.volumes_of(project, &containers),
            images_bytes: disk.images_of(&containers),
            logs_bytes: if info.is_here { logs(&containers) } else { None },
            engine: disk.whole(),
        })
    }

    /// The containers of a project of Compose; where it has none, those of the swarm's stack that run on this node.
    async fn own(&self, project: &str) -> Result<Vec<Observed>, EngineError> {
        let mut containers = self.containers(project).await?;
        if containers.is_empty() {
            containers = self.every_container().await?;
            containers.retain(|it| it.label(NAMESPACE) == Some(project));
        }
        Ok(containers)
    }
}

/// Bytes of these containers' logs, the rotated ones included; `None` where one cannot be looked at, or is not a file.
fn logs(containers: &[Observed]) -> Option<u64> {
    let of = |container: &Observed| match container.limits.log_driver.as_str() {
        // It was never started.
        JSON_FILE if container.log_path.is_empty() => Some(0),
        JSON_FILE => log_files(Path::new(&container.log_path)),
        "none" => Some(0),
        _ => None,
    };
    containers.iter().map(of).sum()
}

/// The file of this path and those beside it with a number behind its name.
fn log_files(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let folder = match fs::read_dir(path.parent()?) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(0),
        Err(_) => return None,
    };
    let own = folder.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(name));
    own.map(|entry| entry.metadata().map(|it| it.len())).sum::<io::Result<u64>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observe::Limits;

    #[test]
    fn logs_are_files_with_those_that_were_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id-json.log");
        let container = |driver: &str, path: &Path| Observed {
            log_path: path.display().to_string(),
            limits: Limits { log_driver: driver.to_owned(), ..Limits::default() },
            ..Observed::default()
        };
        let own = container(JSON_FILE, &path);
        assert_eq!(logs(std::slice::from_ref(&own)), Some(0), "nothing was printed yet");
        for (name, text) in [("id-json.log", "12345"), ("id-json.log.1", "123"), ("hostname", "1234567")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(logs(std::slice::from_ref(&own)), Some(8));
        assert_eq!(logs(&[own.clone(), container("none", Path::new(""))]), Some(8));
        assert_eq!(logs(&[own.clone(), container(JSON_FILE, Path::new(""))]), Some(8));
        assert_eq!(logs(&[own.clone(), container("fluentd", Path::new(""))]), None);
        assert_eq!(logs(&[own, container(JSON_FILE, Path::new("/nowhere/at/all"))]), Some(8));
    }
}
