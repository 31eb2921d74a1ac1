//! `stackctl logs`: what the services print, merged in the order of time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    future::pending,
    pin::Pin,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, future::OptionFuture, stream, stream::SelectAll};

use super::{Context, Exit, Failure, project::Project, running::wait_for, seen};
use crate::{
    engine::{
        client::{Engine, EngineError},
        logs::{LogLine, LogLines, Source},
        observe::State,
        time,
    },
    model::name::nearest,
    render::Target,
    ui::logs::Lines,
};

/// How long a line waits for older ones of other containers while logs are followed.
const PATIENCE: Duration = Duration::from_millis(150);

/// How long followed logs wait for something to run again.
const AFTERLIFE: Duration = Duration::from_secs(2);

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
    wait_for(async {
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
            Some(changes) => Follow::new(wanted, lines).go(sources, changes).await?,
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

/// A line with its container, or the end of a container's lines.
type Heard = (String, Option<Result<LogLine, EngineError>>);

/// Logs that go on.
struct Follow<'a> {
    wanted: Wanted<'a>,
    lines: Lines,
    streams: SelectAll<Pin<Box<dyn Stream<Item = Heard> + Send>>>,
    /// The sources that are listened to.
    open: HashSet<String>,
    /// Every source that was, and the time of its last line.
    known: HashMap<String, Source>,
    last: HashMap<String, String>,
    waiting: BinaryHeap<Reverse<(String, String, String)>>,
}

impl<'a> Follow<'a> {
    fn new(wanted: Wanted<'a>, lines: Lines) -> Self {
        Self {
            wanted,
            lines,
            streams: SelectAll::new(),
            open: HashSet::new(),
            known: HashMap::new(),
            last: HashMap::new(),
            waiting: BinaryHeap::new(),
        }
    }

    async fn go(mut self, sources: Vec<Source>, mut changes: Changes) -> Result<(), Failure> {
        self.listen(sources, self.wanted.options.tail);
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
                    if !self.is_alive().await? {
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
                change = changes.next() => match change {
                    Some(change) => {
                        change?;
                        let sources = self.wanted.sources().await?;
                        self.listen(sources, None);
                    }
                    // The engine went away: the streams say so too.
                    None => changes = Box::pin(stream::once(pending())),
                },
            }
        }
    }

    /// Listen to what runs and is not listened to; from where it left off.
    fn listen(&mut self, sources: Vec<Source>, tail: Option<usize>) {
        for source in sources {
            let is_new = !self.last.contains_key(&source.id);
            if self.open.contains(&source.id) || (source.state != State::Running && !is_new) {
                continue;
            }
            let since = self.last.get(&source.id).and_then(|at| time::seconds(at)).unwrap_or(0.0);
            let id = source.id.clone();
            self.last.entry(id.clone()).or_default();
            let stream = self.wanted.engine.log(&source, tail, true, since as i32);
            let ended = id.clone();
            let lines = stream.map(move |line| (id.clone(), Some(line)));
            let end = stream::once(async move { (ended, None) });
            self.streams.push(Box::pin(lines.chain(end)));
            self.open.insert(source.id.clone());
            self.known.insert(source.id.clone(), source);
        }
    }

    /// Whether anything may still print.
    async fn is_alive(&self) -> Result<bool, Failure> {
        let sources = self.wanted.sources().await?;
        Ok(sources.iter().any(|source| matches!(source.state, State::Running | State::Restarting)))
    }

    /// Print what waits, oldest first; false when nobody reads any more.
    fn print(&mut self) -> bool {
        while let Some(Reverse((at, id, text))) = self.waiting.pop() {
            let Some(source) = self.known.get(&id) else { continue };
            if !self.lines.print(source, &at, &text) {
                return false;
            }
        }
        true
    }
}
