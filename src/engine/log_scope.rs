//! Which logs are read: those of a stack's containers, or of its tasks on a swarm.

use std::{cmp::Reverse, collections::BinaryHeap, pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt as _, stream};

use super::{
    client::EngineError,
    interface::Engine,
    logs::{LogLine, LogLines, Source},
    status::RunsOn,
};

/// How often a swarm is asked for new tasks: it reports none by itself.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The services of which logs are shown.
#[derive(Debug, Clone, Copy)]
pub struct LogScope<'a> {
    /// The engine that has them.
    pub engine: &'a dyn Engine,
    /// The stack.
    pub stack: &'a str,
    /// Where it runs.
    pub runs_on: RunsOn,
    /// Its services; all of them where there is none here.
    pub services: &'a [String],
    /// Nothing older than this, in seconds since 1970; 0 is from the beginning.
    pub since: i32,
}

/// An item each time there may be another log to read.
pub type Changes = Pin<Box<dyn Stream<Item = Result<(), EngineError>> + Send>>;

impl LogScope<'_> {
    /// The containers, or the tasks with their history, by service and replica.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn sources(&self) -> Result<Vec<Source>, EngineError> {
        let mut sources: Vec<Source> = match self.runs_on {
            RunsOn::Compose => {
                self.engine.containers(self.stack).await?.into_iter().map(Source::from).collect()
            }
            RunsOn::Swarm => {
                let tasks = self.engine.tasks().await?.into_iter();
                let own = tasks.filter(|task| task.stack == self.stack && !task.container.is_empty());
                own.map(Source::from).collect()
            }
        };
        sources.sort_by(|a, b| (&a.service, a.replica).cmp(&(&b.service, b.replica)));
        sources.retain(|source| self.has(&source.service));
        Ok(sources)
    }

    /// Whether a service's logs are read.
    pub fn has(&self, service: &String) -> bool {
        self.services.is_empty() || self.services.contains(service)
    }

    /// When to look for other sources.
    pub fn changes(&self) -> Changes {
        match self.runs_on {
            RunsOn::Compose => Box::pin(self.engine.events(self.stack).map(|event| event.map(drop))),
            RunsOn::Swarm => Box::pin(stream::unfold((), async |()| {
                tokio::time::sleep(POLL_INTERVAL).await;
                Some((Ok(()), ()))
            })),
        }
    }

    /// Print all lines that are there (the last `tail` of each source), exactly in order: the next is always the oldest of what
    /// each source has next. `print` returns whether more can be printed.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn print(
        &self,
        sources: &[Source],
        tail: Option<usize>,
        mut print: impl FnMut(&Source, &LogLine) -> bool,
    ) -> Result<(), EngineError> {
        let mut streams: Vec<LogLines> =
            sources.iter().map(|source| self.engine.log(source, tail, false, self.since)).collect();
        let mut heads: BinaryHeap<Reverse<(String, usize, String)>> = BinaryHeap::new();
        for (index, stream) in streams.iter_mut().enumerate() {
            heads.extend(next(stream).await?.map(|line| Reverse((line.at, index, line.text))));
        }
        while let Some(Reverse((at, index, text))) = heads.pop() {
            if !print(&sources[index], &LogLine { at, text }) {
                break;
            }
            heads.extend(next(&mut streams[index]).await?.map(|line| Reverse((line.at, index, line.text))));
        }
        Ok(())
    }
}

/// The next line; none of a container that goes away or has no log to read.
async fn next(stream: &mut LogLines) -> Result<Option<LogLine>, EngineError> {
    match stream.next().await {
        Some(Err(error)) if error.is_not_found() => Ok(None),
        line => line.transpose(),
    }
}
