//! The volumes that Compose made for a project.

use std::collections::{BTreeMap, HashMap};

use bollard::{models::Volume, query_parameters::ListVolumesOptions};

use super::{
    client::{Engine, EngineError},
    observe::PROJECT,
    time::seconds,
};

impl Engine {
    /// The names of a project's volumes, sorted.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn volumes(&self, project: &str) -> Result<Vec<String>, EngineError> {
        let found = self.listed(project).await?;
        let mut names: Vec<String> = found.into_iter().map(|volume| volume.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// A project's volumes with the second since 1970 in which each was made; one without a time is left out.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn volume_ages(&self, project: &str) -> Result<BTreeMap<String, f64>, EngineError> {
        let found = self.listed(project).await?;
        let age = |volume: Volume| Some((volume.name, seconds(&volume.created_at?)?));
        Ok(found.into_iter().filter_map(age).collect())
    }

    async fn listed(&self, project: &str) -> Result<Vec<Volume>, EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{PROJECT}={project}")])]);
        let options = ListVolumesOptions { filters: Some(filters) };
        let found = self.docker.list_volumes(Some(options)).await.map_err(|error| self.error(error))?;
        Ok(found.volumes.unwrap_or_default())
    }
}
