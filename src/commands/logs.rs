//! `stackctl logs`: what the services print, merged in the order of time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    future::pending,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::OptionFuture, stream::SelectAll};

use super::{Context, Exit, Failure, project::Project, running::wait_for};
use crate::{
    engine::{
        client::{Engine, EngineError},
        events::Occurrences,
        logs::{LogLine, LogLines},
        observe::{Observed, State},
        time,
    },
    model::name::nearest,
    ui::logs::Lines,
};

/// How long a line waits for older ones of other containers while logs are followed.
const PATIENCE: Duration = Duration::from_millis(150);

/// How long followed logs wait for something to run again.
const AFTERLIFE: Duration = Duration::from_secs(2);

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Go on with what is printed from now on.
    pub follow: bool,
    /// The last so many lines of each container; all without.
    pub tail: Option<usize>,
    /// Of these services; of all without.
    pub services: Vec<String>,
}

/// Print the logs.
///
/// # Errors
/// When a service is unknown (exit 2), or there is no engine (exit 3). A reader that goes away is no error.
pub fn run(context: &Context, options: &Options) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let name = &project.parsed.stack.name;
    if name.is_empty() {
        project.require_valid(context, "show the logs")?;
    }
    wait_for(async {
        let engine = Engine::connect().await?;
        let events = options.follow.then(|| engine.occurrences(name));
        let containers = wanted(&project, &engine, options).await?;
        if containers.is_empty() {
            context.printer.note(&format!("nothing of {name} runs"));
            return Ok(Exit::Done);
        }
        let lines = Lines::new(&context.printer, context.format, &containers);
        match events {
            None => print(&engine, &containers, options, lines).await?,
            Some(events) => {
                let project = &project;
                Follow::new(&engine, options, lines).go(project, containers, events).await?;
            }
        }
        Ok(Exit::Done)
    })
}

/// The containers of the named services.
async fn wanted(project: &Project, engine: &Engine, options: &Options) -> Result<Vec<Observed>, Failure> {
    let stack = &project.parsed.stack;
    let mut containers = engine.containers(&stack.name).await?;
    let is_known = |name: &String| {
        stack.services.contains_key(name) || containers.iter().any(|container| container.service == *name)
    };
    if let Some(unknown) = options.services.iter().find(|name| !is_known(name)) {
        let failure = Failure::new(Exit::Usage, format!("unknown service {unknown:?}"));
        return Err(match nearest(unknown, stack.services.keys().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None => {
                let names: Vec<&str> = stack.services.keys().map(String::as_str).collect();
                failure.hint(format!("the services are: {}", names.join(", ")))
            }
        });
    }
    if !options.services.is_empty() {
        containers.retain(|container| options.services.contains(&container.service));
    }
    Ok(containers)
}

/// All lines that are there, exactly in order: the next is always the oldest of what each container has next.
async fn print(
    engine: &Engine,
    containers: &[Observed],
    options: &Options,
    mut lines: Lines,
) -> Result<(), Failure> {
    let mut streams: Vec<LogLines> =
        containers.iter().map(|container| engine.log(&container.id, options.tail, false, 0)).collect();
    let mut heads: BinaryHeap<Reverse<(String, usize, String)>> = BinaryHeap::new();
    for (index, stream) in streams.iter_mut().enumerate() {
        if let Some(line) = next(stream).await? {
            heads.push(Reverse((line.at, index, line.text)));
        }
    }
    while let Some(Reverse((at, index, text))) = heads.pop() {
        if !lines.print(&containers[index], &at, &text) {
            break;
        }
        if let Some(line) = next(&mut streams[index]).await? {
            heads.push(Reverse((line.at, index, line.text)));
        }
    }
    Ok(())
}

/// The next line; none of a container that goes away or has no log to read.
async fn next(stream: &mut LogLines) -> Result<Option<LogLine>, EngineError> {
    match stream.next().await {
        Some(Err(error @ EngineError::Refused { .. })) if !error.is_not_found() => Err(error),
        Some(Err(error)) if !matches!(error, EngineError::Refused { .. }) => Err(error),
        Some(Ok(line)) => Ok(Some(line)),
        Some(Err(_)) | None => Ok(None),
    }
}

/// A line with its container, or the end of a container's lines.
type Heard = (String, Option<Result<LogLine, EngineError>>);

/// Logs that go on.
struct Follow<'a> {
    engine: &'a Engine,
    options: &'a Options,
    lines: Lines,
    streams: SelectAll<std::pin::Pin<Box<dyn futures_util::Stream<Item = Heard> + Send>>>,
    /// The containers that are listened to.
    open: HashSet<String>,
    /// Every container that was, and the time of its last line.
    known: HashMap<String, Observed>,
    last: HashMap<String, String>,
    waiting: BinaryHeap<Reverse<(String, String, String)>>,
}

impl<'a> Follow<'a> {
    fn new(engine: &'a Engine, options: &'a Options, lines: Lines) -> Self {
        Self {
            engine,
            options,
            lines,
            streams: SelectAll::new(),
            open: HashSet::new(),
            known: HashMap::new(),
            last: HashMap::new(),
            waiting: BinaryHeap::new(),
        }
    }

    async fn go(
        mut self,
        project: &Project,
        containers: Vec<Observed>,
        mut events: Occurrences,
    ) -> Result<(), Failure> {
        self.listen(containers, self.options.tail);
        let mut heard_last = Instant::now();
        let mut ends_at = Instant::now() + AFTERLIFE;
        loop {
            let flush: OptionFuture<_> = (!self.waiting.is_empty())
                .then(|| tokio::time::sleep_until((heard_last + PATIENCE).into()))
                .into();
            tokio::select! {
                Some((id, line)) = self.streams.next() => match line {
                    Some(line) => {
                        let line = line?;
                        heard_last = Instant::now();
                        if self.last.get(&id).is_none_or(|last| *last < line.at) {
                            self.last.insert(id.clone(), line.at.clone());
                            self.waiting.push(Reverse((line.at, id, line.text)));
                        }
                    }
                    None => {
                        self.open.remove(&id);
                        ends_at = Instant::now() + AFTERLIFE;
                    }
                },
                () = tokio::time::sleep_until(ends_at.into()), if self.open.is_empty() => {
                    if !self.is_alive(project).await? {
                        self.print();
                        return Ok(());
                    }
                    ends_at = Instant::now() + AFTERLIFE;
                }
                Some(()) = flush => {
                    if !self.print() {
                        return Ok(());
                    }
                }
                event = events.next() => match event {
                    Some(event) => {
                        event?;
                        let containers = wanted(project, self.engine, self.options).await?;
                        self.listen(containers, None);
                    }
                    // The engine went away: the streams say so too.
                    None => events = Box::pin(futures_util::stream::once(pending())),
                },
            }
        }
    }

    /// Listen to what runs and is not listened to; from where it left off.
    fn listen(&mut self, containers: Vec<Observed>, tail: Option<usize>) {
        for container in containers {
            let is_new = !self.last.contains_key(&container.id);
            if self.open.contains(&container.id) || (container.state != State::Running && !is_new) {
                continue;
            }
            let since = self.last.get(&container.id).and_then(|at| time::seconds(at)).unwrap_or(0.0);
            let id = container.id.clone();
            self.last.entry(id.clone()).or_default();
            let stream = self.engine.log(&id, tail, true, since as i32);
            let ended = id.clone();
            let lines = stream.map(move |line| (id.clone(), Some(line)));
            let end = futures_util::stream::once(async move { (ended, None) });
            self.streams.push(Box::pin(lines.chain(end)));
            self.open.insert(container.id.clone());
            self.known.insert(container.id.clone(), container);
        }
    }

    /// Whether anything may still print.
    async fn is_alive(&self, project: &Project) -> Result<bool, Failure> {
        let containers = wanted(project, self.engine, self.options).await?;
        Ok(containers.iter().any(|container| matches!(container.state, State::Running | State::Restarting)))
    }

    /// Print what waits, oldest first; false when nobody reads any more.
    fn print(&mut self) -> bool {
        while let Some(Reverse((at, id, text))) = self.waiting.pop() {
            let Some(container) = self.known.get(&id) else { continue };
            if !self.lines.print(container, &at, &text) {
                return false;
            }
        }
        true
    }
}
