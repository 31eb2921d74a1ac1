//! `stackctl down`: remove every container and network of the project, whatever its profile.

use super::{
    Context, Exit, Failure,
    project::Project,
    running::{explained, wait_for},
};
use crate::{
    engine::{client::Engine, compose::Compose, progress::Progress},
    ui::{Format, counted},
};

/// How to take the stack down.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Remove the volumes with everything in them.
    pub volumes: bool,
    /// Do not ask.
    pub yes: bool,
}

/// What went away, by name.
#[derive(Debug, Default, serde::Serialize)]
struct Removed {
    containers: Vec<String>,
    networks: Vec<String>,
    volumes: Vec<String>,
}

/// Take the stack down. Compose finds what belongs to the project by its labels, so a profile that is not selected or a
/// service that stack.toml no longer has goes too. Secrets stay.
///
/// # Errors
/// When nobody agrees to losing the volumes (exit 1 or 2), or there is no engine or Compose (exit 3).
pub fn run(context: &Context, options: &Options) -> Result<Exit, Failure> {
    // A stack with mistakes can be taken down as well: only its name matters.
    let project = Project::load(context)?;
    let name = &project.parsed.stack.name;
    if name.is_empty() {
        project.require_valid(context, "take the stack down")?;
    }
    wait_for(async {
        let engine = Engine::connect().await?;
        if options.volumes {
            agree(context, &engine, name, options.yes).await?;
        }
        let removed = remove(context, name, options.volumes).await?;
        report(context, &removed);
        Ok(Exit::Done)
    })
}

/// Data is lost only when somebody says so.
async fn agree(context: &Context, engine: &Engine, name: &str, yes: bool) -> Result<(), Failure> {
    let volumes = engine.volumes(name).await?;
    if yes || volumes.is_empty() {
        return Ok(());
    }
    let question =
        format!("remove {} with all data: {}?", counted(volumes.len(), "volume"), volumes.join(", "));
    match context.printer.confirm(&question) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Exit::Judged, "nothing was removed")),
        None => {
            Err(Failure::new(Exit::Usage, format!("nobody is here to ask: {question}"))
                .hint("`--yes` says yes"))
        }
    }
}

async fn remove(context: &Context, name: &str, volumes: bool) -> Result<Removed, Failure> {
    let compose = Compose::of_project(name);
    let arguments: &[&str] =
        if volumes { &["--progress", "json", "down", "--volumes"] } else { &["--progress", "json", "down"] };
    let mut running = compose.start(arguments)?;
    let mut removed = Removed::default();
    let mut said = Vec::new();
    while let Some(line) = running.next_line().await? {
        match Progress::parse(&line) {
            Progress::Step(step) => {
                let Some((kind, name)) = step.subject() else { continue };
                if step.status != "Removed" {
                    continue;
                }
                context.printer.detail(&format!("removed {} {name}", kind.to_lowercase()));
                let list = match kind {
                    "Container" => &mut removed.containers,
                    "Network" => &mut removed.networks,
                    _ => &mut removed.volumes,
                };
                list.push(name.to_owned());
            }
            // That there is nothing to remove is said below.
            Progress::Message { level, .. } if level == "warning" => {}
            Progress::Message { text, .. } | Progress::Text(text) => said.push(text),
        }
    }
    match running.end().await {
        Ok(()) => Ok(removed),
        Err(error) => Err(explained(error, &said).await),
    }
}

fn report(context: &Context, removed: &Removed) {
    if context.format == Format::Json {
        let text = serde_json::to_string(&serde_json::json!({ "removed": removed })).unwrap_or_default();
        context.printer.data(&(text + "\n"));
        return;
    }
    let kinds =
        [(&removed.containers, "container"), (&removed.networks, "network"), (&removed.volumes, "volume")];
    let parts: Vec<String> = kinds
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, noun)| counted(names.len(), noun))
        .collect();
    context.printer.note(&match parts.is_empty() {
        true => "nothing was running".to_owned(),
        false => format!("removed {}", parts.join(", ")),
    });
}
