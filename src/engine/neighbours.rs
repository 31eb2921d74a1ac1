//! What else runs on an engine, and takes memory beside a stack.

use std::collections::BTreeMap;

use super::{client::EngineError, interface::Engine};

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
        all.retain(|container| container.project().unwrap_or_default() != stack);
        let (limited, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.limits.memory.is_some());
        let used = self.usage(&open).await?;
        let limited = limited.iter().map(|container| (container, container.limits.memory, None));
        let used = used.into_iter().map(|used| used.map(|used| used.memory_bytes));
        let open = open.iter().zip(used).map(|(container, used)| (container, None, used));
        let mut found: BTreeMap<&str, Neighbour> = BTreeMap::new();
        for (container, limit, used) in limited.chain(open) {
            let project = container.project().unwrap_or_default();
            let new =
                || Neighbour { project: project.to_owned(), used_bytes: Some(0), ..Neighbour::default() };
            let one = found.entry(project).or_insert_with(new);
            one.containers += 1;
            match limit {
                Some(limit) => one.limit_bytes = one.limit_bytes.saturating_add(limit),
                None => {
                    one.without_limit += 1;
                    one.used_bytes = one.used_bytes.zip(used).map(|(sum, used)| sum.saturating_add(used));
                }
            }
        }
        Ok(found.into_values().collect())
    }
}
