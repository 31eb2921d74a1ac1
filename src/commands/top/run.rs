//! What is shown, and whether once or live.

use std::{
    io::{IsTerminal, stdout},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;

use super::{all, disk::soon, live::live};
use crate::{
    commands::{
        Context, Exit, Failure,
        project::Project,
        runs_on::observe,
        runtime::block_on,
        session::{last_selection, last_stack},
        suggest::stack_of,
    },
    render::Target,
    resolve::{Profiles, ResolvedStack},
    ui::{Format, disk::of_stack, top as shown},
};

/// Over which time CPU use is measured where it is shown once.
const WINDOW: Duration = Duration::from_secs(1);

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct TopOptions {
    /// The selection; empty is what the last `up` selected.
    pub profiles: Vec<String>,
    /// Show every project of the engine.
    pub all: bool,
    /// Show it once.
    pub once: bool,
    /// Of a project that has no stack.toml.
    pub project: Option<String>,
    /// Where it runs; `None` is wherever it does.
    pub target: Option<Target>,
}

/// Show what runs, until `q` on a terminal, else once.
///
/// # Errors
/// When stack.toml has errors or there is no such project (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3).
pub fn run(context: &Context, options: &TopOptions) -> Result<Exit, Failure> {
    let is_once = options.once || context.format == Format::Json || !stdout().is_terminal();
    if options.all {
        return block_on(async {
            if is_once { all::once(context, WINDOW).await } else { all::live(context).await }
        });
    }
    let show = |selection: &ResolvedStack<'_>, root: Option<&Path>| match is_once {
        true => once(context, selection, options.target),
        false => block_on(async {
            live(context, selection, options.target, root, None).await?;
            Ok(Exit::Done)
        }),
    };
    if let Some(name) = &options.project {
        let engine = &context.engine;
        let (containers, services) =
            block_on(async { Ok(tokio::try_join!(engine.containers(name), engine.stack_services(name))?) })?;
        if containers.is_empty() && services.is_empty() {
            return Err(Failure::new(Exit::Judged, format!("the engine has no project {name:?}"))
                .hint("`stackctl top --all` shows those that run"));
        }
        let stack = stack_of(name, &containers);
        return show(&ResolvedStack::new(&Profiles::new(&stack), &[] as &[&str]), None);
    }
    let project = Project::load(context)?;
    project.require_sound(context, "show what runs")?;
    let selected = last_selection(context, &project, &options.profiles)?;
    show(&last_stack(&project, &selected, &options.profiles), Some(&project.root))
}

fn once(context: &Context, selection: &ResolvedStack<'_>, target: Option<Target>) -> Result<Exit, Failure> {
    let engine = &*context.engine;
    let (status, disk) = block_on(async {
        let disk = soon(engine.disk_of(&selection.stack.name));
        let (status, disk) = tokio::join!(observe(context, selection, target, WINDOW), disk);
        Ok((status?, disk))
    })?;
    let mut document = serde_json::to_value(&status).context("failed to write JSON")?;
    document["disk"] = serde_json::to_value(disk).context("failed to write JSON")?;
    context.show(
        || document,
        |paint| {
            let disk = disk.map_or("not known".to_owned(), |disk| of_stack(&disk));
            // What is used of a budget stands below the table already.
            let gap = if status.budget.memory_bytes.is_some() { "" } else { "\n" };
            format!("{}{gap}disk: {disk}\n", shown::once(&status, paint))
        },
    );
    Ok(Exit::Done)
}
