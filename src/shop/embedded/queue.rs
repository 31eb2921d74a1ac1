//! A queue in memory. It is empty after a restart, as Redis may be: the store knows better.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::shop::queue::{OrderQueue, QueueError, Taken, Task};

/// How long a taken task may be silent before it is handed out again.
const SILENCE: Duration = Duration::from_secs(5);

/// Orders on their way to a worker of this process.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    tasks: Mutex<Tasks>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct Tasks {
    waiting: VecDeque<Task>,
    taken: BTreeMap<u64, (Task, Instant)>,
    receipts: u64,
}

impl MemoryQueue {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    fn take(&mut self, limit: usize) -> Vec<Taken> {
        let now = Instant::now();
        let silent: Vec<u64> =
            self.taken.iter().filter(|(_, (_, at))| now - *at >= SILENCE).map(|(id, _)| *id).collect();
        for id in silent {
            self.waiting.extend(self.taken.remove(&id).map(|(task, _)| task));
        }
        let many = self.waiting.len().min(limit);
        let tasks: Vec<Task> = self.waiting.drain(..many).collect();
        tasks
            .into_iter()
            .map(|task| {
                self.receipts += 1;
                self.taken.insert(self.receipts, (task.clone(), now));
                Taken { receipt: self.receipts.to_string(), task: Some(task) }
            })
            .collect()
    }
}

#[async_trait]
impl OrderQueue for MemoryQueue {
    async fn push(&self, tasks: &[Task]) -> Result<(), QueueError> {
        self.tasks().waiting.extend(tasks.iter().cloned());
        self.pushed.notify_one();
        Ok(())
    }

    async fn take(&self, limit: usize, wait: Duration) -> Result<Vec<Taken>, QueueError> {
        let taken = self.tasks().take(limit);
        if !taken.is_empty() {
            return Ok(taken);
        }
        let _ = tokio::time::timeout(wait, self.pushed.notified()).await;
        Ok(self.tasks().take(limit))
    }

    async fn done(&self, receipts: &[String]) -> Result<(), QueueError> {
        let mut tasks = self.tasks();
        for receipt in receipts.iter().filter_map(|receipt| receipt.parse().ok()) {
            tasks.taken.remove(&receipt);
        }
        Ok(())
    }

    async fn depth(&self) -> Result<u64, QueueError> {
        let tasks = self.tasks();
        Ok((tasks.waiting.len() + tasks.taken.len()) as u64)
    }
}
