//! Taking single containers away.

use bollard::query_parameters::{RemoveContainerOptions, StopContainerOptions};

use super::client::{Client, EngineError};

impl Client {
    pub(super) async fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        let stopped = self.docker.stop_container(id, None::<StopContainerOptions>).await;
        let options = RemoveContainerOptions { v: true, force: true, link: false };
        let removed = match stopped.map_err(|error| self.error(error)) {
            Err(error) => Err(error),
            Ok(()) => {
                self.docker.remove_container(id, Some(options)).await.map_err(|error| self.error(error))
            }
        };
        match removed {
            Err(error) if error.is_not_found() => Ok(()),
            removed => removed,
        }
    }
}
