//! `stackctl logs`: what the services print, merged in the order of time.

use std::time::Duration;

use indexmap::IndexSet;

use super::{
    Context, Exit, Failure, project::Project, runs_on::find, runtime::block_on, session::no_project,
};
use crate::{
    engine::{log_follow::LogFollow, log_scope::LogScope, logs::Source, time},
    model::Stack,
    render::Target,
    ui::logs::Lines,
};

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct LogsOptions {
    /// Go on with what is printed from now on.
    pub follow: bool,
    /// The last so many lines of each container; all without.
    pub tail: Option<usize>,
    /// Only what was printed in this time before now.
    pub since: Option<Duration>,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// Of a project that has no stack.toml.
    pub project: Option<String>,
    /// Of these services; of all without.
    pub services: Vec<String>,
    /// Where the stack runs; `None` is wherever it does.
    pub target: Option<Target>,
}

/// Print the logs.
///
/// # Errors
/// When a service is unknown (exit 2), or there is no engine (exit 3). A reader that goes away is not an error.
pub fn run(context: &Context, options: &LogsOptions) -> Result<Exit, Failure> {
    let loaded = match &options.project {
        Some(_) => None,
        None => Some(Project::load(context)?),
    };
    let bare = Stack { name: options.project.clone().unwrap_or_default(), ..Stack::default() };
    let stack = loaded.as_ref().map_or(&bare, |project| &project.parsed.stack);
    let name = &stack.name;
    if let Some(project) = loaded.as_ref().filter(|_| name.is_empty()) {
        project.require_valid(context, "show the logs")?;
    }
    block_on(async {
        let runs_on = find(context, name, options.target).await?;
        let since = match options.since {
            Some(since) => before_now(context, since).await?,
            None => 0,
        };
        let all = LogScope { engine: &*context.engine, stack: name, runs_on, services: &[], since };
        // Listened to before the sources are asked for: what starts in between is not missed.
        let changes = options.follow.then(|| all.changes());
        let mut sources = all.sources().await?;
        require_known(stack, &sources, &options.services)?;
        let scope = LogScope { services: &options.services, ..all };
        sources.retain(|source| scope.has(&source.service));
        if let Some(name) = options.project.as_deref().filter(|_| sources.is_empty()) {
            return Err(no_project(name));
        }
        if sources.is_empty() {
            context.printer.note(&format!("nothing of {name} runs"));
            return Ok(Exit::Done);
        }
        let mut lines = Lines::new(&context.printer, context.format, &sources, options.timestamps);
        let tail = options.tail;
        match changes {
            None => {
                let print = |source: &Source, line: &_| lines.print(source, line);
                scope.print(&sources, tail, print).await?;
            }
            Some(changes) => {
                LogFollow::new(scope).run(sources, changes, tail, |due| lines.print_all(due)).await?;
            }
        }
        Ok(Exit::Done)
    })
}

/// The time so long ago by the engine's clock, in seconds since 1970.
async fn before_now(context: &Context, ago: Duration) -> Result<i32, Failure> {
    let now = time::seconds(&context.engine.info().await?.time).unwrap_or_default();
    let then = (now - ago.as_secs_f64()).clamp(0.0, f64::from(i32::MAX));
    Ok(then as i32)
}

/// Services have to be in stack.toml, or to run.
fn require_known(stack: &Stack, sources: &[Source], services: &[String]) -> Result<(), Failure> {
    let runs = |name: &String| sources.iter().any(|source| source.service == *name);
    let running = sources.iter().map(|source| source.service.as_str());
    let known: IndexSet<&str> = stack.services.keys().map(String::as_str).chain(running).collect();
    match services.iter().find(|name| !stack.services.contains_key(*name) && !runs(name)) {
        Some(unknown) => Err(Failure::unknown("service", unknown, known.into_iter())),
        None => Ok(()),
    }
}
