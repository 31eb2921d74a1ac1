//! `stackctl logs`: what the services print, merged in the order of time.

use super::{Context, Exit, Failure, project::Project, runs_on::find, runtime::block_on};
use crate::{
    engine::{log_follow::LogFollow, log_scope::LogScope, logs::Source},
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
    let project = Project::load(context)?;
    let stack = &project.parsed.stack;
    let name = &stack.name;
    if name.is_empty() {
        project.require_valid(context, "show the logs")?;
    }
    block_on(async {
        let runs_on = find(context, name, options.target).await?;
        let all = LogScope { engine: &*context.engine, stack: name, runs_on, services: &[] };
        // Listened to before the sources are asked for: what starts in between is not missed.
        let changes = options.follow.then(|| all.changes());
        let mut sources = all.sources().await?;
        require_known(stack, &sources, &options.services)?;
        let scope = LogScope { services: &options.services, ..all };
        sources.retain(|source| scope.has(&source.service));
        if sources.is_empty() {
            context.printer.note(&format!("nothing of {name} runs"));
            return Ok(Exit::Done);
        }
        let mut lines = Lines::new(&context.printer, context.format, &sources);
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

/// Services have to be in stack.toml, or to run.
fn require_known(stack: &Stack, sources: &[Source], services: &[String]) -> Result<(), Failure> {
    let runs = |name: &String| sources.iter().any(|source| source.service == *name);
    let known = || stack.services.keys().map(String::as_str);
    match services.iter().find(|name| !stack.services.contains_key(*name) && !runs(name)) {
        Some(unknown) => Err(Failure::unknown("service", unknown, known())),
        None => Ok(()),
    }
}
