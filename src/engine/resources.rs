//! Volumes and networks.

use bollard::query_parameters::{ListNetworksOptions, ListVolumesOptions, RemoveVolumeOptions};

use super::{
    client::{Client, EngineError, labelled},
    observe::PROJECT,
    time::seconds,
};

/// What exists beside containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceKind {
    /// A volume.
    Volume,
    /// A network.
    Network,
}

impl ResourceKind {
    /// Its word in the `docker` command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Network => "network",
        }
    }
}

/// A volume of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// The engine's name of it.
    pub name: String,
    /// When it was created, in seconds since 1970; `None` where the engine does not say.
    pub created_at: Option<f64>,
}

impl Client {
    pub(super) async fn exists(&self, kind: ResourceKind, name: &str) -> Result<bool, EngineError> {
        let found = match kind {
            ResourceKind::Volume => self.docker.inspect_volume(name).await.map(drop),
            ResourceKind::Network => self.docker.inspect_network(name, None).await.map(drop),
        };
        Ok(self.found(found)?.is_some())
    }

    pub(super) async fn volumes(&self, project: &str) -> Result<Vec<Volume>, EngineError> {
        let options = ListVolumesOptions { filters: Some(labelled(PROJECT, project)) };
        let found = self.docker.list_volumes(Some(options)).await.map_err(|error| self.error(error))?;
        let volumes = found.volumes.unwrap_or_default().into_iter().map(|volume| Volume {
            created_at: volume.created_at.as_deref().and_then(seconds),
            name: volume.name,
        });
        let mut volumes: Vec<Volume> = volumes.collect();
        volumes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(volumes)
    }

    pub(super) async fn has_project(&self, project: &str, volumes: bool) -> Result<bool, EngineError> {
        let options = ListNetworksOptions { filters: Some(labelled(PROJECT, project)) };
        let networks = self.docker.list_networks(Some(options)).await;
        Ok(!networks.map_err(|error| self.error(error))?.is_empty()
            || !self.containers(project).await?.is_empty()
            || (volumes && !self.volumes(project).await?.is_empty()))
    }

    pub(super) async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        let removed = self.docker.remove_volume(name, None::<RemoveVolumeOptions>).await;
        self.found(removed).map(drop)
    }
}
