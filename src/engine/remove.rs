//! Taking single containers away.

use bollard::query_parameters::{RemoveContainerOptions, StopContainerOptions};

use super::client::{Client, EngineError};

impl Client {
    pub(super) async fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        let stopped = self.docker.stop_container(id, None::<StopContainerOptions>).await;
        if self.found(stopped)?.is_some() {
            let options = RemoveContainerOptions { v: true, force: true, link: false };
            self.found(self.docker.remove_container(id, Some(options)).await)?;
        }
        Ok(())
    }
}
