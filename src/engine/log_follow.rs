//! Logs that go on: which are read, and when it is over.

use std::{collections::HashSet, future::pending, pin::Pin, sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt as _, stream, stream::SelectAll};
use tokio::time::{Instant, sleep_until};

use super::{
    client::EngineError,
    log_merge::{LogMerge, MergedLine},
    log_scope::{Changes, LogScope},
    logs::{LogLine, Source},
    observe::ContainerState,
};

/// How long after the last log has ended it is waited for another one.
const IDLE_EXIT: Duration = Duration::from_secs(2);

/// How long after the end of a log it is asked whether its container runs again.
const RECHECK: Duration = Duration::from_millis(250);

/// A line with what printed it, or the end of that log.
type Arrival = (Arc<Source>, Option<Result<LogLine, EngineError>>);

/// The question for all sources, under way while lines go on.
type Query<'a> = Pin<Box<dyn Future<Output = Result<Vec<Source>, EngineError>> + 'a>>;

/// Logs that go on.
pub struct LogFollow<'a> {
    scope: LogScope<'a>,
    merge: LogMerge,
    streams: SelectAll<Pin<Box<dyn Stream<Item = Arrival> + Send>>>,
    /// The logs that are being read.
    open: HashSet<String>,
    /// Since when there may be none.
    idle_since: Instant,
    /// When to ask for the sources next.
    query_at: Option<Instant>,
}

impl<'a> LogFollow<'a> {
    /// Of these.
    pub fn new(scope: LogScope<'a>) -> Self {
        Self {
            scope,
            merge: LogMerge::default(),
            streams: SelectAll::new(),
            open: HashSet::new(),
            idle_since: Instant::now(),
            query_at: None,
        }
    }

    /// Print the last `tail` lines of these sources (all with `None`) and what comes from then on, until nothing runs any more
    /// or `print` returns that nothing more can be printed.
    ///
    /// # Errors
    /// When the engine goes away.
    pub async fn run(
        mut self,
        sources: Vec<Source>,
        changes: Changes,
        tail: Option<usize>,
        mut print: impl FnMut(&[MergedLine]) -> bool,
    ) -> Result<(), EngineError> {
        self.listen(sources, tail);
        let ended = self.read(changes, &mut print).await;
        // What has come is printed, whatever ended it.
        print(&self.merge.rest());
        ended
    }

    async fn read(
        &mut self,
        mut changes: Changes,
        print: &mut impl FnMut(&[MergedLine]) -> bool,
    ) -> Result<(), EngineError> {
        let mut query: Option<Query<'a>> = None;
        loop {
            if !print(&self.merge.due(Instant::now().into_std())) {
                return Ok(());
            }
            if self.open.is_empty() && self.query_at.is_none() && query.is_none() {
                self.query_at = Some(Instant::now() + IDLE_EXIT);
            }
            let query_at = self.query_at.filter(|_| query.is_none());
            tokio::select! {
                Some((source, line)) = self.streams.next() => match line {
                    // A container that went away, as the end of its log.
                    Some(Err(error)) if error.is_not_found() => {}
                    Some(line) => self.merge.push(&source, line?, Instant::now().into_std()),
                    None => {
                        self.open.remove(&source.id);
                        self.idle_since = Instant::now();
                        // It may run again already.
                        self.query_after(RECHECK);
                    }
                },
                () = at(self.merge.deadline().map(Instant::from_std)) => {}
                () = at(query_at) => {
                    self.query_at = None;
                    let scope = self.scope;
                    query = Some(Box::pin(async move { scope.sources().await }));
                }
                found = answer(&mut query) => {
                    query = None;
                    if self.is_over(found?) {
                        return Ok(());
                    }
                }
                change = changes.next() => match change {
                    Some(change) => {
                        change?;
                        self.query_after(Duration::ZERO);
                    }
                    // The engine went away: the streams say so too.
                    None => changes = Box::pin(stream::pending()),
                },
            }
        }
    }

    /// Ask for the sources after this time, if not before.
    fn query_after(&mut self, after: Duration) {
        let at = Instant::now() + after;
        self.query_at = Some(self.query_at.map_or(at, |before| before.min(at)));
    }

    /// Read the logs of what was found; whether none is left to wait for.
    fn is_over(&mut self, found: Vec<Source>) -> bool {
        self.merge.forget(|id| self.open.contains(id) || found.iter().any(|source| source.id == id));
        let is_alive = found
            .iter()
            .any(|source| matches!(source.state, ContainerState::Running | ContainerState::Restarting));
        self.listen(found, None);
        self.open.is_empty() && !is_alive && self.idle_since.elapsed() >= IDLE_EXIT
    }

    /// Read the log of what runs and is not read yet, from where it left off.
    fn listen(&mut self, sources: Vec<Source>, tail: Option<usize>) {
        for source in sources {
            let is_new = !self.merge.knows(&source.id);
            if self.open.contains(&source.id) || (source.state != ContainerState::Running && !is_new) {
                continue;
            }
            let since = self.merge.connect(&source.id).max(self.scope.since);
            self.open.insert(source.id.clone());
            let stream = self.scope.engine.log(&source, tail, true, since);
            let source = Arc::new(source);
            let ended = Arc::clone(&source);
            let lines = stream.map(move |line| (Arc::clone(&source), Some(line)));
            let end = stream::once(async move { (ended, None) });
            self.streams.push(Box::pin(lines.chain(end)));
        }
    }
}

/// That time; never without one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// The answer, where a query is under way.
async fn answer(query: &mut Option<Query<'_>>) -> Result<Vec<Source>, EngineError> {
    match query {
        Some(query) => query.await,
        None => pending().await,
    }
}
