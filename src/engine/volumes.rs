//! The volumes that Compose made for a project.

use std::collections::HashMap;

use bollard::query_parameters::ListVolumesOptions;

use super::{
    client::{Engine, EngineError},
    observe::PROJECT,
};

impl Engine {
    /// The names of a project's volumes, sorted.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn volumes(&self, project: &str) -> Result<Vec<String>, EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{PROJECT}={project}")])]);
        let options = ListVolumesOptions { filters: Some(filters) };
        let found = self.docker.list_volumes(Some(options)).await.map_err(|error| self.error(error))?;
        let mut names: Vec<String> =
            found.volumes.unwrap_or_default().into_iter().map(|volume| volume.name).collect();
        names.sort_unstable();
        Ok(names)
    }
}
