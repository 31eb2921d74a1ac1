//! `stackctl restart`, `start` and `stop`: the containers that are there, of some services or of the last selection.

use std::{io, sync::Arc, time::Duration};

use indexmap::IndexMap;

use super::{
    options::{RestartOptions, Verb, subject},
    swarm,
};
use crate::{
    commands::{
        Context, Exit, Failure,
        project::Project,
        runs_on::{find, observe},
        session::{last_selection, last_stack, run_compose, take_lock_if_writable},
        signal::Stop,
        up::{Outcome, Start, Words, with_last_line},
    },
    engine::{
        compose::Compose,
        observe::{ContainerState, Observed},
        status::RunsOn,
    },
    fs,
    render::{COMPOSE_FILE, FOLDER, Target},
    resolve::ResolvedStack,
    ui::{Format, Mark, Steps, counted, failures, listed},
};

/// Do it, and watch until it is done or `stop` ends.
///
/// # Errors
/// When the stack has errors, a container is missing, or a service does not get up (exit 1); a service is unknown (exit 2); there is
/// no engine, or another command changes the stack (exit 3).
pub fn run(
    context: &Context,
    verb: Verb,
    options: &RestartOptions,
    stop: impl FnOnce() -> io::Result<Stop>,
) -> Result<Exit, Failure> {
    with_last_line(context, stop, async |stop| {
        let project = Project::load(context)?;
        let to = format!("{} the stack", verb.as_str());
        if !project.is_valid() {
            project.require_valid_aside(context, &to)?;
        }
        let _lock = take_lock_if_writable(&project.root, verb.purpose(), &to)?;
        let name = &project.parsed.stack.name;
        let selected = last_selection(context, &project, &[])?;
        let last = last_stack(&project, &selected, &[]);
        if find(context, name, None).await? == RunsOn::Swarm {
            return swarm::run(context, &last, verb, options, stop).await;
        }
        let containers = context.engine.containers(name).await?;
        let wanted = wanted(&last, &containers, verb, &options.services)?;
        let compose = Compose::of_project(Arc::clone(&context.engine), name);
        let arguments = arguments(verb, options, wanted.keys());
        let work = Work { context, last: &last, compose: &compose, arguments, wanted };
        match verb {
            Verb::Stop => work.stop(&containers, stop).await,
            _ => work.start(&project, verb, options, &containers, stop).await,
        }
    })
}

/// The services, each with the number of its containers.
fn wanted(
    last: &ResolvedStack<'_>,
    containers: &[Observed],
    verb: Verb,
    services: &[String],
) -> Result<IndexMap<String, u32>, Failure> {
    let found = |name: &str| containers.iter().filter(|it| it.service == name).count();
    let stack = last.stack;
    let known = |name: &String| stack.services.contains_key(name) || found(name) > 0;
    if let Some(unknown) = services.iter().find(|name| !known(name)) {
        return Err(Failure::unknown("service", unknown, stack.services.keys().map(String::as_str)));
    }
    let count = |name: &str| last.services.get(name).map_or(found(name), |it| it.replica_count() as usize);
    let names: Vec<&str> = match services {
        [] => last.services.keys().copied().filter(|name| count(name) > 0).collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    if verb == Verb::Stop {
        let there = names.into_iter().filter(|name| found(name) > 0);
        return Ok(there.map(|name| (name.to_owned(), 0)).collect());
    }
    let missing: Vec<&str> =
        names.iter().copied().filter(|name| found(name) == 0 || found(name) < count(name)).collect();
    if missing.is_empty() {
        let wanted =
            names.into_iter().map(|name| (name.to_owned(), u32::try_from(count(name)).unwrap_or(u32::MAX)));
        return Ok(wanted.collect());
    }
    let name = &stack.name;
    Err(match containers.is_empty() {
        true => Failure::new(Exit::Judged, format!("{name} is not created")).hint("`stackctl up` starts it"),
        false => {
            let message = format!("containers are missing of {}; nothing was touched", listed(&missing));
            Failure::new(Exit::Judged, message)
                .hint(format!("`stackctl up {}` creates and starts them", missing.join(" ")))
        }
    })
}

fn arguments<'a>(
    verb: Verb,
    options: &RestartOptions,
    services: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let mut words = vec![verb.as_str().to_owned()];
    if let Some(grace) = options.grace {
        words.extend(["--timeout".to_owned(), grace.as_secs().to_string()]);
    }
    words.extend(services.cloned());
    words
}

struct Work<'a> {
    context: &'a Context,
    last: &'a ResolvedStack<'a>,
    compose: &'a Compose,
    arguments: Vec<String>,
    wanted: IndexMap<String, u32>,
}

impl Work<'_> {
    /// Restart or start, and watch as `up` does.
    async fn start(
        self,
        project: &Project,
        verb: Verb,
        options: &RestartOptions,
        containers: &[Observed],
        stop: &mut Stop,
    ) -> Result<Exit, Failure> {
        let Self { context, last, compose, arguments, wanted } = self;
        let engine_time = context.engine.info().await?.time;
        if is_stale(project) {
            context.printer.note("stack.toml has changed since it was rendered: `stackctl up` applies that");
        }
        let subject = subject(last, &wanted, options);
        let (done, to) = if verb == Verb::Restart { ("restarted", "restart") } else { ("started", "start") };
        let words = Words { subject, done: [done, done], to };
        let (no_wait, timeout) = (options.no_wait, options.timeout);
        let start = Start {
            context,
            selection: last,
            compose,
            arguments: vec![arguments],
            wanted,
            no_wait,
            timeout,
            builds: false,
        };
        let outcome: Outcome = start.run(containers, &engine_time, stop).await?;
        Ok(outcome.report(context, last, &words).await)
    }

    /// Stop, and look whether nothing runs.
    async fn stop(self, containers: &[Observed], stop: &mut Stop) -> Result<Exit, Failure> {
        let Self { context, last, compose, arguments, wanted } = self;
        let name = &last.stack.name;
        let is_wanted = |container: &&Observed| wanted.contains_key(&container.service);
        let running = containers.iter().filter(is_wanted).filter(|container| runs(container)).count();
        if running == 0 {
            last_line(context, last).await?;
            context.printer.note(&match containers.is_empty() {
                true => format!("{name} is not created: nothing to stop"),
                false => "nothing was running".to_owned(),
            });
            return Ok(Exit::Done);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        context.printer.detail(&compose.line(&arguments));
        let mut steps = Steps::new(&context.printer, context.format, wanted.keys().map(String::as_str));
        let stopped = run_compose(context, compose, &arguments, |step| {
            let is_it = |it: &&Observed| step.subject() == Some(("Container", it.name.as_str()));
            let Some(container) = containers.iter().find(is_it) else { return };
            match step.phase.as_str() {
                "Stopping" => steps.step(&container.service, "stopping", "", Mark::Going),
                "Stopped" => steps.step(&container.service, "stopped", "", Mark::Done),
                _ => {}
            }
        });
        let ended = tokio::select! {
            ended = stopped => Some(ended),
            () = stop => None,
        };
        steps.end();
        let Some(ended) = ended else {
            return Err(Failure::new(Exit::Judged, format!("interrupted: {name} is partly stopped")));
        };
        ended?;
        let left = context.engine.containers(name).await?;
        let left = left.iter().filter(|container| is_wanted(container) && runs(container));
        let left = listed(left.map(|container| &container.name));
        if !left.is_empty() {
            return Err(Failure::new(Exit::Judged, format!("still running: {left}")));
        }
        last_line(context, last).await?;
        context.printer.note(&format!(
            "stopped {}; `stackctl start` starts what was stopped, `stackctl down` removes the stack",
            counted(running, "container")
        ));
        Ok(Exit::Done)
    }
}

/// The last line of `stop` for programs.
async fn last_line(context: &Context, last: &ResolvedStack<'_>) -> Result<(), Failure> {
    if context.format == Format::Json {
        let status = observe(context, last, Some(Target::Compose), Duration::ZERO).await?;
        context.printer.json_line(&failures::last_line("stopped", &status, &[]));
    }
    Ok(())
}

fn runs(container: &Observed) -> bool {
    use ContainerState::{Paused, Restarting, Running};
    matches!(container.state, Running | Restarting | Paused)
}

/// Whether stack.toml has another Compose file than was rendered last.
fn is_stale(project: &Project) -> bool {
    let Ok(rendered) = project.render() else { return false };
    let old = fs::read_text(&project.root.join(FOLDER).join(COMPOSE_FILE)).ok();
    let new = rendered.files.iter().find(|file| file.path == COMPOSE_FILE);
    matches!((old, new), (Some(old), Some(new)) if old != new.text)
}
