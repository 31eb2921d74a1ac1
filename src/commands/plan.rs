//! `stackctl plan`: what `up` would change, and why, before it does.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tempfile::TempDir;

use super::{
    Context, Exit, Failure, image,
    project::Project,
    runtime::block_on,
    session::{compose, compose_failure, warn},
};
use crate::{
    engine::{
        client::{AT_ONCE, EngineError},
        compose::Compose,
        inspect_image::LocalImage,
        interface::Engine,
        observe::Observed,
        plan::{Action, Change, DesiredStack, Present, changes, hide_variables},
        state_dir,
    },
    fs,
    render::{Comparison, FOLDER, Rendered},
    resolve::ResolvedStack,
    ui::plan as shown,
};

/// What to plan for.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The selection.
    pub profiles: Vec<String>,
    /// Exit 2 when something would change.
    pub exit_code: bool,
    /// Plan for `up --remove-unselected`.
    pub remove_unselected: bool,
}

/// Say what `up` would do.
///
/// # Errors
/// When the stack has errors (exit 1), a profile is unknown (exit 2), or there is no engine or Compose (exit 3).
pub fn run(context: &Context, options: &PlanOptions) -> Result<Exit, Failure> {
    let project = Project::load_to_start(context)?;
    let selected = project.select(context, &options.profiles)?;
    project.require_valid(context, "plan")?;
    project.require_startable(context, &selected, "plan")?;
    let resolved = project.resolved(&selected);
    let rendered = project.render().map_err(|error| project.not_rendered(context, error))?;
    let comparison =
        Comparison::new(&project.root, &rendered).with_context(|| format!("failed to read {FOLDER}/"))?;
    if let Some(change) = comparison.conflicts().next() {
        let message = format!("`up` would not start: {FOLDER}/{} was edited by hand", change.path);
        return Err(Failure::new(Exit::Judged, message).hint("see `stackctl render` for the difference"));
    }
    let compose = compose(context, &project, &resolved);
    let plan = |compose| {
        block_on(plan(context, &project, &rendered, &resolved, &compose, options.remove_unselected))
    };
    let mut changes = if comparison.is_fresh() {
        plan(compose)?
    } else {
        context.printer.note(&format!("{FOLDER}/ is stale: `up` renders it first"));
        let scratch = scratch(&project.root, &rendered).context("failed to write the files to plan with")?;
        plan(compose.reading_from(FOLDER, scratch.path()))?
    };
    hide_variables(&mut changes, &project.parsed.stack);
    context.show(|| shown::json(&changes), |paint| shown::human(&changes, paint));
    let changed = changes.iter().any(|change| change.action != Action::None);
    Ok(if options.exit_code && changed { Exit::Changed } else { Exit::Done })
}

/// Ask Compose what it would create and the engine what there is.
async fn plan(
    context: &Context,
    project: &Project,
    rendered: &Rendered,
    resolved: &ResolvedStack<'_>,
    compose: &Compose,
    remove_unselected: bool,
) -> Result<Vec<Change>, Failure> {
    let engine = &*context.engine;
    let mut wanted = wanted(context, compose).await?;
    for (name, _) in resolved.services.iter().filter(|(_, service)| !service.env_file.is_empty()) {
        wanted.forget_hash(name);
    }
    let containers = engine.containers(&resolved.stack.name).await?;
    let images = images(engine, &wanted, &containers).await?;
    let swap_limit = engine.info().await?.swap_limit;
    let services: Vec<&str> = resolved.services.keys().copied().collect();
    let rebuilt = image::rebuilt(project, rendered, engine).await?;
    let rebuilt = rebuilt.as_deref();
    let present = Present { containers: &containers, images: &images, swap_limit, rebuilt };
    Ok(changes(&services, &wanted, &present, remove_unselected))
}

async fn wanted(context: &Context, compose: &Compose) -> Result<DesiredStack, Failure> {
    let config = compose.run(&["config", "--format", "json"]).await;
    let config = match config {
        Ok(config) => config,
        Err(error) => return Err(compose_failure(context, error, &[]).await),
    };
    let hashes = compose.run(&["config", "--hash", "*"]).await?;
    warn(context, &[config.warnings, hashes.warnings].concat());
    Ok(DesiredStack::parse(&config.text, &hashes.text)
        .context("failed to read the output of Docker Compose")?)
}

/// The images that are asked for and those that containers were made from, by the name or identifier that was asked.
async fn images(
    engine: &dyn Engine,
    wanted: &DesiredStack,
    containers: &[Observed],
) -> Result<BTreeMap<String, LocalImage>, EngineError> {
    let wanted = wanted.services.values().map(|service| service.image.as_str());
    let mut names: Vec<&str> = wanted.chain(containers.iter().map(|it| it.image_id.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let asked = names.into_iter().filter(|name| !name.is_empty());
    let each = asked.map(|name| async move { engine.image(name).await.map(|image| (name, image)) });
    let found: Vec<_> = stream::iter(each).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().filter_map(|(name, image)| Some((name.to_owned(), image?))).collect())
}

/// Rendered files in a folder of their own, gone with the value: `plan` changes nothing in `generated/`.
fn scratch(root: &Path, rendered: &Rendered) -> io::Result<TempDir> {
    let folder = fs::scratch_folder(&state_dir::create(root)?)?;
    // Only what Compose itself reads lies at the top; side files it merely names.
    for file in rendered.files.iter().filter(|file| !file.path.contains('/')) {
        fs::write(&folder.path().join(&file.path), file.text.as_bytes(), state_dir::FILE_MODE)?;
    }
    Ok(folder)
}
