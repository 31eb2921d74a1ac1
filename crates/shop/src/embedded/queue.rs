//! A queue in memory. It is empty after a restart, as Redis may be: the store knows better.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Notify, time::Instant};

use crate::queue::{OrderQueue, QueueError, Taken, Task};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{order::OrderId, trace::TraceContext};

    fn task(order: i64) -> Task {
        Task { order: OrderId::new(order).unwrap(), trace: TraceContext::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_comes_until_it_is_done() {
        let queue = MemoryQueue::default();
        queue.push(&[task(1), task(2)]).await.unwrap();
        let take = async || queue.take(10, Duration::ZERO).await.unwrap();
        let taken = take().await;
        assert_eq!(taken.len(), 2);
        queue.done(&[taken[0].receipt.clone()]).await.unwrap();
        assert!(take().await.is_empty(), "another worker has it");
        assert_eq!(queue.depth().await.unwrap(), 1);
        tokio::time::advance(SILENCE).await;
        let again = take().await;
        assert_eq!(again.into_iter().map(|taken| taken.task).collect::<Vec<_>>(), [Some(task(2))]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken() {
        let queue = std::sync::Arc::new(MemoryQueue::default());
        let waiting = tokio::spawn({
            let queue = std::sync::Arc::clone(&queue);
            async move { queue.take(1, Duration::from_secs(3600)).await.unwrap() }
        });
        tokio::task::yield_now().await;
        queue.push(&[task(1)]).await.unwrap();
        assert_eq!(waiting.await.unwrap().len(), 1);
    }
}
