//! `stackctl down`: remove every container and network of the project, whatever its profile.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Context, Exit, Failure,
    project::Project,
    runs_on::no_swarm,
    runtime::block_on,
    session::{run_compose, take_lock_if_writable},
};
use crate::{
    engine::{
        compose::Compose,
        lock::Purpose,
        swarm::{self, StackParts},
    },
    render::Target,
    ui::{Format, all_counted, counted, listed},
};

/// How long the tasks of a stack may take to end. Each has its own grace period.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long it may take without a word.
const SILENCE: Duration = Duration::from_secs(10);

/// How to take the stack down.
#[derive(Debug, Clone, Copy, Default)]
pub struct DownOptions {
    /// Remove the volumes with everything in them.
    pub volumes: bool,
    /// Do not ask.
    pub yes: bool,
    /// Only what runs there; `None` is both.
    pub target: Option<Target>,
}

/// What went away, by name.
#[derive(Debug, Default, serde::Serialize)]
struct Removed {
    containers: Vec<String>,
    networks: Vec<String>,
    volumes: Vec<String>,
    /// Of the swarm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    configs: Vec<String>,
}

/// Take the stack down. Compose finds what belongs to the project by its labels, and so does the swarm: a profile that is
/// not selected or a service that stack.toml no longer has goes too. Generated secrets stay.
///
/// # Errors
/// When the removal of volumes is not confirmed (exit 1 or 2), something cannot be removed (exit 1), or there is no engine, Compose
/// or swarm, or another command changes the stack (exit 3).
pub fn run(context: &Context, options: &DownOptions) -> Result<Exit, Failure> {
    // A stack with mistakes can be taken down as well: only its name matters.
    let project = Project::load(context)?;
    let name = &project.parsed.stack.name;
    if name.is_empty() {
        project.require_valid(context, "take the stack down")?;
    }
    // What `up` starts meanwhile would stay.
    let _lock = take_lock_if_writable(&project.root, Purpose::Down, "take the stack down")?;
    block_on(async {
        let engine = &*context.engine;
        let parts = match options.target {
            Some(Target::Compose) => StackParts::default(),
            Some(Target::Swarm) if !engine.info().await?.swarm => return Err(no_swarm()),
            _ => engine.stack_parts(name).await?,
        };
        let of_compose = match options.target {
            Some(target) => target == Target::Compose,
            // A user of the swarm alone needs no Compose.
            None => parts == StackParts::default() || engine.has_project(name, options.volumes).await?,
        };
        if options.volumes {
            let of_project = if of_compose { engine.volumes(name).await? } else { Vec::new() };
            let mut volumes: Vec<String> = of_project.into_iter().map(|volume| volume.name).collect();
            volumes.extend(parts.volumes.iter().cloned());
            volumes.sort_unstable();
            volumes.dedup();
            agree(context, &volumes, options.yes)?;
        }
        let mut removed = Removed::default();
        if parts != StackParts::default() {
            remove_stack(context, name, parts, options.volumes, &mut removed).await?;
        }
        if of_compose {
            remove(context, name, options.volumes, &mut removed).await?;
        }
        report(context, &removed);
        Ok(Exit::Done)
    })
}

/// Volumes are removed only after a confirmation.
fn agree(context: &Context, volumes: &[String], yes: bool) -> Result<(), Failure> {
    if yes || volumes.is_empty() {
        return Ok(());
    }
    let question = format!("remove {} with all data: {}?", counted(volumes.len(), "volume"), listed(volumes));
    match context.printer.confirm(&question) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Exit::Judged, "nothing was removed")),
        None => Err(Failure::new(Exit::Usage, "cannot ask for confirmation: stdin is not a terminal")
            .hint(format!("`--yes` answers this question with yes: {question}"))),
    }
}

/// What the swarm has of the stack, until it is gone.
async fn remove_stack(
    context: &Context,
    name: &str,
    parts: StackParts,
    volumes: bool,
    removed: &mut Removed,
) -> Result<(), Failure> {
    let engine = &*context.engine;
    let mut lost = parts.lost.clone();
    if !parts.is_gone() {
        swarm::remove(engine, name).await.context("failed to take the stack down")?;
        let (mut last, mut noted) = (usize::MAX, Instant::now());
        let tick = |left: &StackParts| {
            if left.tasks < last {
                last = left.tasks;
                context.printer.detail(&format!("{} to end", counted(left.tasks, "task")));
            }
            if noted.elapsed() >= SILENCE {
                noted = Instant::now();
                context.printer.note(&format!("waiting for {}", still_there(left)));
            }
        };
        let left = engine.stack_gone(name, TIMEOUT, tick).await?;
        if !left.is_gone() {
            return Err(stuck(name, &left));
        }
        lost = left.lost;
    }
    if !lost.is_empty() {
        context.printer.note(&unreachable(&lost));
    }
    if volumes {
        for volume in &parts.volumes {
            engine.remove_volume(volume).await?;
            context.printer.detail(&format!("removed volume {volume}"));
        }
        removed.volumes.extend(parts.volumes);
        if engine.nodes().await?.len() > 1 {
            context.printer.note(&format!(
                "volumes on other nodes stay: `docker volume ls --filter label=com.docker.stack.namespace={name}` there"
            ));
        }
    }
    removed.services.extend(parts.services);
    removed.networks.extend(parts.networks);
    removed.secrets.extend(parts.secrets);
    removed.configs.extend(parts.configs);
    Ok(())
}

/// What is known of the tasks of nodes that are down.
fn unreachable(lost: &BTreeMap<String, usize>) -> String {
    let (names, tasks) = (listed(lost.keys()), counted(lost.values().sum(), "task"));
    let (is, it) = if lost.len() == 1 { ("is", "it answers") } else { ("are", "they answer") };
    format!(
        "warning: {names} {is} down, with {tasks} that the swarm ends once {it} again; `docker node rm --force` forgets a node \
         that stays away"
    )
}

/// What is left, in words.
fn still_there(left: &StackParts) -> String {
    all_counted([
        (left.services.len(), "service"),
        (left.tasks, "task"),
        (left.containers.len(), "container"),
        (left.networks.len(), "network"),
        (left.secrets.len(), "secret"),
        (left.configs.len(), "config"),
    ])
}

fn stuck(name: &str, left: &StackParts) -> Failure {
    let (seconds, left) = (TIMEOUT.as_secs(), still_there(left));
    let message = format!("{name} was removed from the swarm, and after {seconds} s {left} are still there");
    Failure::new(Exit::Judged, message).hint(
        "a task ends within its stop_grace_period, and where its node answers (`docker node ls`); run `stackctl down` again",
    )
}

async fn remove(context: &Context, name: &str, volumes: bool, removed: &mut Removed) -> Result<(), Failure> {
    let compose = Compose::of_project(Arc::clone(&context.engine), name);
    let arguments: &[&str] = if volumes { &["down", "--volumes"] } else { &["down"] };
    run_compose(context, &compose, arguments, |step| {
        let Some((kind, name)) = step.subject().filter(|_| step.phase == "Removed") else { return };
        context.printer.detail(&format!("removed {} {name}", kind.to_lowercase()));
        let list = match kind {
            "Container" => &mut removed.containers,
            "Network" => &mut removed.networks,
            _ => &mut removed.volumes,
        };
        list.push(name.to_owned());
    })
    .await
}

fn report(context: &Context, removed: &Removed) {
    if context.format == Format::Json {
        context.printer.json_line(&json!({ "removed": removed }));
        return;
    }
    let parts = all_counted([
        (removed.services.len(), "service"),
        (removed.containers.len(), "container"),
        (removed.networks.len(), "network"),
        (removed.secrets.len(), "secret"),
        (removed.configs.len(), "config"),
        (removed.volumes.len(), "volume"),
    ]);
    context.printer.note(&match parts.as_str() {
        "" => "nothing was running".to_owned(),
        parts => format!("removed {parts}"),
    });
}
