//! What else runs on an engine, and takes memory beside a stack.

use super::{
    client::EngineError,
    interface::Engine,
    observe::{Observed, PROJECT},
    swarm::NAMESPACE,
};

/// The containers of another project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name; empty for containers of none.
    pub project: String,
    /// Its containers that run.
    pub containers: usize,
    /// Bytes of memory that those with a limit may take.
    pub limit_bytes: u64,
    /// How many have no limit.
    pub without_limit: usize,
    /// Bytes that those without one use; `None` where the engine does not count them.
    pub used_bytes: Option<u64>,
}

impl Neighbour {
    /// Bytes of memory that it counts with.
    pub fn bytes(&self) -> u64 {
        self.limit_bytes.saturating_add(self.used_bytes.unwrap_or(0))
    }
}

impl dyn Engine + '_ {
    /// Every project of the engine that runs, but for this stack's, by name.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn neighbours(&self, stack: &str) -> Result<Vec<Neighbour>, EngineError> {
        let mut all = self.every_container().await?;
        all.retain(|container| project(container) != stack);
        let (limited, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.limits.memory.is_some());
        let used = self.usage(&open).await?;
        let mut found: Vec<Neighbour> = Vec::new();
        let mut entry = |container: &Observed, limit: Option<u64>, used: Option<u64>| {
            let name = project(container);
            let at = found.iter().position(|known| known.project == name).unwrap_or_else(|| {
                found.push(Neighbour {
                    project: name.to_owned(),
                    used_bytes: Some(0),
                    ..Neighbour::default()
                });
                found.len() - 1
            });
            let one = &mut found[at];
            one.containers += 1;
            match limit {
                Some(limit) => one.limit_bytes = one.limit_bytes.saturating_add(limit),
                None => {
                    one.without_limit += 1;
                    one.used_bytes = one.used_bytes.zip(used).map(|(sum, used)| sum.saturating_add(used));
                }
            }
        };
        limited.iter().for_each(|container| entry(container, container.limits.memory, None));
        for (container, used) in open.iter().zip(used) {
            entry(container, None, used.map(|used| used.memory_bytes));
        }
        found.sort_unstable_by(|a, b| a.project.cmp(&b.project));
        Ok(found)
    }
}

/// The project of Compose, or the stack of a swarm.
fn project(container: &Observed) -> &str {
    let label = |name: &str| container.labels.get(name).map(String::as_str);
    label(PROJECT).or_else(|| label(NAMESPACE)).unwrap_or_default()
}
