//! `docker stack rm`, and waiting until it is true.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    deploy::{DeployError, run},
    deployed::StackParts,
};
use crate::engine::{client::EngineError, docker_command::DockerCommand, interface::Engine};

/// How often the swarm is asked whether everything is gone.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long the node may take to clear away the containers of tasks that are gone. What is left then is orphaned.
const CLEARING: Duration = Duration::from_secs(5);

/// Remove the stack: the command ends when the swarm has accepted it, and its tasks end later.
///
/// # Errors
/// When the command is missing or fails.
pub async fn remove(engine: &dyn Engine, name: &str) -> Result<(), DeployError> {
    run(engine, "stack rm", &DockerCommand::new(["stack", "rm", name])).await.map(drop)
}

impl dyn Engine + '_ {
    /// Wait until nothing of a stack is there but its volumes, at most `timeout`. `tick` is called with what is left, each time.
    /// Returns what is left at the end.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn stack_gone(
        &self,
        name: &str,
        timeout: Duration,
        mut tick: impl FnMut(&StackParts),
    ) -> Result<StackParts, EngineError> {
        let began = Instant::now();
        let mut orphaned: Option<Instant> = None;
        loop {
            let left = self.stack_parts(name).await?;
            if left.is_gone() || began.elapsed() >= timeout {
                return Ok(left);
            }
            tick(&left);
            if !left.services.is_empty() || left.tasks > 0 {
                orphaned = None;
            } else if orphaned.get_or_insert_with(Instant::now).elapsed() >= CLEARING {
                for container in &left.containers {
                    match self.remove_container(container).await {
                        // Its removal is under way.
                        Err(EngineError::Refused { status: 409, .. }) | Ok(()) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            sleep(POLL_INTERVAL).await;
        }
    }
}
