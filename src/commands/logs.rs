//! `stackctl logs`: what the services print, merged in the order of time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    future::pending,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, stream, stream::SelectAll};

use super::{Context, Exit, Failure, project::Project, runtime::block_on, seen};
use crate::{
    engine::{
        client::{Engine, EngineError},
        log_merge::LogMerge,
        logs::{LogLine, LogLines, Source},
        observe::State,
    },
    model::name::nearest,
    render::Target,
    ui::logs::Lines,
};

/// How long followed logs wait for something to run again.
const AFTERLIFE: Duration = Duration::from_secs(2);

/// How long after the end of a log it is asked whether its container runs again.
const AGAIN: Duration = Duration::from_millis(250);

/// How often a swarm is asked for new tasks: it tells of none by itself.
const GLANCE: Duration = Duration::from_secs(1);

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Go on with what is printed from now on.
    pub follow: bool,
    /// The last so many lines of each container; all without.
    pub tail: Option<usize>,
    /// Of these services; of all without.
    pub services: Vec<String>,
    /// Where the stack runs; `None` is wherever it does.
    pub target: Option<Target>,
}

/// Whose lines, and where they are to be found.
struct Wanted<'a> {
    project: &'a Project,
    engine: &'a Engine,
    options: &'a Options,
    target: Target,
}

/// Each time there may be something new to listen to.
type Changes = Pin<Box<dyn Stream<Item = Result<(), EngineError>> + Send>>;

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
    block_on(async {
        let engine = &Engine::connect().await?;
        let target = seen::find(context, engine, name, options.target).await?;
        let wanted = Wanted { project: &project, engine, options, target };
        let changes = options.follow.then(|| wanted.changes());
        let sources = wanted.sources().await?;
        if sources.is_empty() {
            context.printer.note(&format!("nothing of {name} runs"));
            return Ok(Exit::Done);
        }
        let lines = Lines::new(&context.printer, context.format, &sources);
        match changes {
            None => print(engine, &sources, options, lines).await?,
            Some(changes) => Follow::new(&wanted).go(sources, changes, lines).await?,
        }
        Ok(Exit::Done)
    })
}

impl Wanted<'_> {
    /// The containers, or the tasks with their history, of the named services.
    async fn sources(&self) -> Result<Vec<Source>, Failure> {
        let Self { project, engine, options, target } = self;
        let stack = &project.parsed.stack;
        let mut sources: Vec<Source> = match target {
            Target::Compose => engine.containers(&stack.name).await?.into_iter().map(Source::from).collect(),
            Target::Swarm => {
                let tasks = engine.tasks().await?.into_iter();
                tasks
                    .filter(|task| task.stack == stack.name && !task.container.is_empty())
                    .map(Source::from)
                    .collect()
            }
        };
        sources.sort_by(|a, b| (&a.service, a.replica).cmp(&(&b.service, b.replica)));
        let is_known = |name: &String| {
            stack.services.contains_key(name) || sources.iter().any(|source| source.service == *name)
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
            sources.retain(|source| options.services.contains(&source.service));
        }
        Ok(sources)
    }

    fn changes(&self) -> Changes {
        match self.target {
            Target::Compose => {
                let events = self.engine.occurrences(&self.project.parsed.stack.name);
                Box::pin(events.map(|event| event.map(drop)))
            }
            Target::Swarm => Box::pin(stream::unfold((), async |()| {
                tokio::time::sleep(GLANCE).await;
                Some((Ok(()), ()))
            })),
        }
    }
}

/// All lines that are there, exactly in order: the next is always the oldest of what each container has next.
async fn print(
    engine: &Engine,
    sources: &[Source],
    options: &Options,
    mut lines: Lines,
) -> Result<(), Failure> {
    let mut streams: Vec<LogLines> =
        sources.iter().map(|source| engine.log(source, options.tail, false, 0)).collect();
    let mut heads: BinaryHeap<Reverse<(String, usize, String)>> = BinaryHeap::new();
    for (index, stream) in streams.iter_mut().enumerate() {
        if let Some(line) = next(stream).await? {
            heads.push(Reverse((line.at, index, line.text)));
        }
    }
    while let Some(Reverse((at, index, text))) = heads.pop() {
        if !lines.print(&sources[index], &at, &text) {
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

/// A line with what printed it, or the end of that log.
type Arrival = (Arc<Source>, Option<Result<LogLine, EngineError>>);

/// The services' containers, asked for while their lines go on.
type Asking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Source>, Failure>> + 'a>>;

/// Logs that go on.
struct Follow<'a> {
    wanted: &'a Wanted<'a>,
    merge: LogMerge,
    streams: SelectAll<Pin<Box<dyn Stream<Item = Arrival> + Send>>>,
    /// The logs that are being read.
    open: HashSet<String>,
    /// Since when none is.
    silent_since: Instant,
    /// When to ask next what runs.
    ask_at: Option<Instant>,
}

impl<'a> Follow<'a> {
    fn new(wanted: &'a Wanted<'a>) -> Self {
        Self {
            wanted,
            merge: LogMerge::default(),
            streams: SelectAll::new(),
            open: HashSet::new(),
            silent_since: Instant::now(),
            ask_at: None,
        }
    }

    /// Print until nothing runs any more or the reader is gone.
    async fn go(mut self, sources: Vec<Source>, changes: Changes, mut lines: Lines) -> Result<(), Failure> {
        let ended = self.print(sources, changes, &mut lines).await;
        // What has come is printed, whatever ended it.
        let _ = lines.print_all(&self.merge.rest());
        ended
    }

    async fn print(
        &mut self,
        sources: Vec<Source>,
        mut changes: Changes,
        lines: &mut Lines,
    ) -> Result<(), Failure> {
        self.listen(sources, self.wanted.options.tail);
        let mut asking: Option<Asking<'a>> = None;
        loop {
            if !lines.print_all(&self.merge.due(Instant::now())) {
                return Ok(());
            }
            if self.open.is_empty() && self.ask_at.is_none() && asking.is_none() {
                self.ask_at = Some(Instant::now() + AFTERLIFE);
            }
            let ask_at = self.ask_at.filter(|_| asking.is_none());
            tokio::select! {
                Some((source, line)) = self.streams.next() => match line {
                    // A container that went away, as the end of its log.
                    Some(Err(error)) if error.is_not_found() => {}
                    Some(line) => self.merge.push(&source, line?, Instant::now()),
                    None => {
                        self.open.remove(&source.id);
                        self.silent_since = Instant::now();
                        // It may run again already.
                        self.ask_soon(AGAIN);
                    }
                },
                () = at(self.merge.deadline()) => {}
                () = at(ask_at) => {
                    self.ask_at = None;
                    asking = Some(Box::pin(self.wanted.sources()));
                }
                found = answer(&mut asking) => {
                    asking = None;
                    if self.is_over(found?) {
                        return Ok(());
                    }
                }
                change = changes.next() => match change {
                    Some(change) => {
                        change?;
                        self.ask_soon(Duration::ZERO);
                    }
                    // The engine went away: the streams say so too.
                    None => changes = Box::pin(stream::pending()),
                },
            }
        }
    }

    /// Ask what runs after this time, if not before.
    fn ask_soon(&mut self, after: Duration) {
        let at = Instant::now() + after;
        self.ask_at = Some(self.ask_at.map_or(at, |before| before.min(at)));
    }

    /// Read the logs of what was found; whether none is left to wait for.
    fn is_over(&mut self, found: Vec<Source>) -> bool {
        self.merge.forget(|id| self.open.contains(id) || found.iter().any(|source| source.id == id));
        let is_alive = found.iter().any(|source| matches!(source.state, State::Running | State::Restarting));
        self.listen(found, None);
        self.open.is_empty() && !is_alive && self.silent_since.elapsed() >= AFTERLIFE
    }

    /// Read the log of what runs and is not read yet, from where it left off.
    fn listen(&mut self, sources: Vec<Source>, tail: Option<usize>) {
        for source in sources {
            let is_new = !self.merge.knows(&source.id);
            if self.open.contains(&source.id) || (source.state != State::Running && !is_new) {
                continue;
            }
            let since = self.merge.connect(&source.id);
            self.open.insert(source.id.clone());
            let stream = self.wanted.engine.log(&source, tail, true, since);
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
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => pending().await,
    }
}

/// The answer, where one is awaited.
async fn answer(asking: &mut Option<Asking<'_>>) -> Result<Vec<Source>, Failure> {
    match asking {
        Some(asking) => asking.await,
        None => pending().await,
    }
}
