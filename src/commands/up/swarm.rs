//! `stackctl up --target swarm`: prove that a placement exists, deploy, and watch the services converge.

use std::{collections::BTreeMap, io, time::Duration};

use anyhow::Context as _;
use indexmap::IndexMap;
use tokio::time::Instant;

use super::{
    options::UpOptions,
    outcome::LINES,
    placement, prepare,
    run::{selected, unless_stopped, with_last_line},
};
use crate::{
    check,
    commands::{
        Context, Exit, Failure, environment, image,
        project::Project,
        render,
        runs_on::{no_swarm, observe},
        session::lock_failure,
        signal::{Stop, asked_to_stop},
    },
    engine::{
        lock::{self, Purpose},
        selection::{self, Selection as Selected},
        status::StackStatus,
        swarm::{Convergence, DeployError, Goal, ServiceProgress, StackTask, deploy},
        watch::{Reason, Trouble},
    },
    model::Node,
    render::{FOLDER, STACK_FILE, Selection, Target},
    resolve::{Profiles, ResolvedStack},
    ui::{
        Format, Mark, Paint, Steps, counted,
        failures::{self, FailedService},
        status as table,
    },
};

/// How often the swarm is asked.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Deploy the selection.
///
/// # Errors
/// When the stack has errors or no placement exists (exit 1), a profile is unknown (exit 2), or there is no swarm (exit 3).
/// Services that do not converge are named with their reasons: exit 1.
pub fn run(context: &Context, options: &UpOptions, publish_all: bool) -> Result<Exit, Failure> {
    run_until(context, options, publish_all, asked_to_stop)
}

/// The same until something else than a signal stops it.
pub(in crate::commands) fn run_until(
    context: &Context,
    options: &UpOptions,
    publish_all: bool,
    stop: impl FnOnce() -> io::Result<Stop>,
) -> Result<Exit, Failure> {
    with_last_line(context, stop, async |stop| {
        let project = Project::load_to_start(context)?;
        let selected = selected(context, &project, options, "deploy the stack")?;
        let _lock = lock::take(&project.root, Purpose::Up)
            .map_err(|error| lock_failure("deploy the stack", error))?;
        let profiles = Profiles::new(&project.parsed.stack);
        let resolved = ResolvedStack::new(&profiles, &selected);
        let name = resolved.stack.name.as_str();
        let words = format!("nothing of {name} was deployed");
        let prepared = prepared(context, &project, &resolved, publish_all);
        let before = unless_stopped(stop, &words, prepared).await?;
        let words = format!("{name} may be partly deployed; `stackctl down` removes it");
        let deployed = async {
            let (file, variables) = (format!("{FOLDER}/{STACK_FILE}"), variables(&project));
            deploy(&*context.engine, &project.root, &file, name, options.remove_unselected, &variables)
                .await
                .map_err(not_deployed)
        };
        for warning in unless_stopped(stop, &words, deployed).await? {
            context.printer.note(&format!("warning: docker stack deploy: {warning}"));
        }
        if options.no_wait {
            if context.format == Format::Json {
                let status = status(context, &resolved).await?;
                context.printer.json(&failures::last_line("up", &status, &[]));
            }
            context.printer.note(&format!("{name} is deployed; `stackctl status` shows its progress"));
            return Ok(Exit::Done);
        }
        watch(context, &resolved, &before, options.timeout, stop).await
    })
}

/// The swarm before the deployment.
struct Before {
    /// How many tasks each service will have.
    counts: IndexMap<String, u32>,
    /// The tasks of every stack.
    tasks: Vec<StackTask>,
    nodes: Vec<Node>,
}

/// All steps before the deployment: the proof that it can be placed, files, secrets, the image.
async fn prepared(
    context: &Context,
    project: &Project,
    resolved: &ResolvedStack<'_>,
    publish_all: bool,
) -> Result<Before, Failure> {
    let engine = &context.engine;
    let info = engine.info().await?;
    if !info.swarm {
        return Err(no_swarm());
    }
    let (nodes, tasks) = (engine.nodes().await?, engine.tasks().await?);
    let counts = placement::prove(context, resolved, &nodes, &tasks)?;
    let rendering = render::RenderOptions {
        target: Target::Swarm,
        selection: Selection { profiles: resolved.selected.clone(), publish_all },
        ..render::RenderOptions::default()
    };
    render::refresh_for(context, project, &rendering)?;
    prepare::secrets(context, project)?;
    if resolved.services.values().any(|service| service.is_stackctl()) {
        image::ensure(context, project, &info).await?;
    }
    let selection = Selected { profiles: resolved.selected.clone(), services: None };
    selection::save(&project.root, &selection).context("failed to write .stackctl/selection.json")?;
    Ok(Before { counts, tasks, nodes })
}

/// What runs of the stack now.
async fn status(context: &Context, resolved: &ResolvedStack<'_>) -> Result<StackStatus, Failure> {
    observe(context, resolved, Some(Target::Swarm), Duration::ZERO).await
}

/// Variables of the shell and of `.env`: `docker stack deploy` reads only its environment.
fn variables(project: &Project) -> BTreeMap<String, String> {
    check::env::read(&project.root, environment::variables()).values
}

fn not_deployed(error: DeployError) -> Failure {
    let is_secret = error.to_string().contains("only updates to Labels are allowed");
    let is_refused = matches!(error, DeployError::Failed { .. });
    let failure = Failure::surroundings("failed to deploy the stack", error);
    match (is_refused, is_secret) {
        (false, _) => failure.hint("install Docker with its command line"),
        (true, true) => failure.judged().hint("Swarm's secrets never change: a secret with a new value needs a new name in stack.toml, or `stackctl down` first"),
        (true, false) => failure.judged(),
    }
}

/// What each service should become, with these numbers of tasks.
fn wanted(resolved: &ResolvedStack<'_>, counts: &IndexMap<String, u32>) -> IndexMap<String, Goal> {
    let of = |restart: Option<&str>, replicas| {
        let restart = restart.unwrap_or("no");
        let is_once = restart == "no";
        Goal { replicas, may_complete: is_once || restart.starts_with("on-failure"), is_once }
    };
    let services = resolved.services.iter();
    services
        .map(|(name, it)| {
            let count = counts.get(*name).copied().unwrap_or_else(|| it.replica_count());
            ((*name).to_owned(), of(it.restart.as_deref(), count))
        })
        .collect()
}

async fn watch(
    context: &Context,
    resolved: &ResolvedStack<'_>,
    before: &Before,
    timeout: Duration,
    stop: &mut Stop,
) -> Result<Exit, Failure> {
    let name = &resolved.stack.name;
    let own: Vec<StackTask> = before.tasks.iter().filter(|task| task.stack == *name).cloned().collect();
    let mut convergence = Convergence::new(wanted(resolved, &before.counts), &own);
    let mut lost: Vec<String> = Vec::new();
    let mut steps = Steps::new(&context.printer, context.format, resolved.services.keys().copied());
    let began = Instant::now();
    let found = loop {
        let asked = async { tokio::try_join!(context.engine.tasks(), context.engine.nodes()) };
        let answers = tokio::select! {
            answers = asked => Some(answers?),
            () = &mut *stop => None,
        };
        let Some((mut tasks, nodes)) = answers else { break None };
        tasks.retain(|task| task.stack == *name);
        for node in went_down(&before.nodes, &nodes) {
            if !lost.contains(&node) {
                context.printer.note(&format!("warning: node {node} went down"));
                lost.push(node);
            }
        }
        convergence.lose(lost.clone());
        let found = convergence.look(&tasks, Instant::now().into_std());
        for (service, progress) in &found {
            match progress {
                ServiceProgress::Going(detail) => steps.step(service, "converging", detail, Mark::Going),
                ServiceProgress::Done(detail) => steps.step(service, "up", detail, Mark::Done),
                ServiceProgress::Failed(trouble) => {
                    steps.step(service, "failed", &trouble.detail, Mark::Failed)
                }
            }
        }
        let open = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Going(_)));
        let failed = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Failed(_)));
        if failed || !open || began.elapsed() > timeout {
            break Some(found);
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            () = &mut *stop => break None,
        }
    };
    steps.end();
    let Some(found) = found else {
        let message = format!("interrupted: {name} is deployed and still converging");
        return Err(Failure::new(Exit::Judged, message)
            .hint("`stackctl status` shows it, `stackctl down` removes it"));
    };
    let took = began.elapsed();
    let troubles = troubles(&found, &lost, took);
    Ok(report(context, resolved, troubles, &status(context, resolved).await?, took).await)
}

/// The nodes that took tasks before and are down now, by name.
fn went_down(before: &[Node], now: &[Node]) -> Vec<String> {
    let was_open = |node: &&Node| before.iter().any(|it| it.id == node.id && it.closed.is_none());
    let down = now.iter().filter(|node| node.closed == Some("down")).filter(was_open);
    down.map(|node| node.name.clone()).collect()
}

/// The services that failed, or else those that took too long.
fn troubles(found: &[(String, ServiceProgress)], lost: &[String], took: Duration) -> Vec<Trouble> {
    let down = if lost.is_empty() { String::new() } else { format!("; {} went down", lost.join(" and ")) };
    let late = |service: &str, detail: &str| Trouble {
        service: service.to_owned(),
        container: None,
        reason: Reason::Timeout,
        detail: format!("not converged after {}s: {detail}{down}", took.as_secs()),
    };
    let failed = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Failed(_)));
    let troubles = found.iter().filter_map(|(service, progress)| match progress {
        ServiceProgress::Failed(trouble) => Some(trouble.clone()),
        // Beside one that failed, the others were merely not waited for.
        ServiceProgress::Going(detail) if !failed => Some(late(service, detail)),
        _ => None,
    });
    troubles.collect()
}

async fn report(
    context: &Context,
    resolved: &ResolvedStack<'_>,
    troubles: Vec<Trouble>,
    status: &StackStatus,
    took: Duration,
) -> Exit {
    let name = &resolved.stack.name;
    let mut troubled = Vec::new();
    for trouble in troubles {
        let help = format!("`docker service ps --no-trunc {name}_{}` shows its tasks", trouble.service);
        let log = match &trouble.container {
            Some(task) => context.engine.last_lines_of_task(task, LINES).await,
            None => Vec::new(),
        };
        troubled.push(FailedService { log, ..FailedService::new(trouble, Some(help)) });
    }
    let result = if troubled.is_empty() { "up" } else { "failed" };
    match context.format {
        Format::Json => context.printer.json(&failures::last_line(result, status, &troubled)),
        Format::Human => {
            context.printer.page(&table::human(status, Paint { on: context.printer.colors_stdout() }, false))
        }
    };
    if troubled.is_empty() {
        let count = counted(resolved.services.len(), "service");
        context.printer.note(&format!("{name} is up on the swarm: {count} in {:.1} s", took.as_secs_f64()));
        context.printer.note("`stackctl down` removes it");
        return Exit::Done;
    }
    let paint = Paint { on: context.printer.colors_stderr() };
    troubled.iter().for_each(|troubled| context.printer.painted(failures::human(troubled, paint).trim_end()));
    let names: Vec<&str> = troubled.iter().map(|troubled| troubled.trouble.service.as_str()).collect();
    let hints = ["what was deployed stays; `stackctl down` removes it".to_owned()];
    context.printer.failure(&format!("failed to deploy {name}: {}", names.join(", ")), &[], &hints);
    Exit::Judged
}
