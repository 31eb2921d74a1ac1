//! `stackctl up --target swarm`: prove that a placement exists, deploy, and watch the services converge.

use std::io;

use anyhow::Context as _;

use super::{
    options::UpOptions,
    outcome::Words,
    placement, prepare,
    rollout::{Before, Rollout},
    run::{selected, unless_stopped, with_last_line},
};
use crate::{
    check,
    commands::{
        Context, Exit, Failure, environment, project::Project, render, runs_on::no_swarm, session::take_lock,
        signal::Stop,
    },
    engine::{
        lock::Purpose,
        selection::{self, Selection as Selected},
        swarm::{DeployError, deploy},
    },
    render::{FOLDER, STACK_FILE, Selection, Target},
    resolve::ResolvedStack,
};

/// Deploy the selection, until it has converged or `stop` ends.
///
/// # Errors
/// When the stack has errors or no placement exists (exit 1), a profile is unknown (exit 2), or there is no swarm (exit 3).
/// Services that do not converge are named with their reasons: exit 1.
pub fn run(
    context: &Context,
    options: &UpOptions,
    publish_all: bool,
    stop: impl FnOnce() -> io::Result<Stop>,
) -> Result<Exit, Failure> {
    with_last_line(context, stop, async |stop| {
        let project = Project::load_to_start(context)?;
        let selected = selected(context, &project, options, "deploy the stack")?;
        let _lock = take_lock(&project.root, Purpose::Up, "deploy the stack")?;
        let resolved = project.resolved(&selected);
        let name = resolved.stack.name.as_str();
        let words = format!("nothing of {name} was deployed");
        let prepared = prepared(context, &project, &resolved, publish_all);
        let before = unless_stopped(stop, &words, prepared).await?;
        let words = format!("{name} may be partly deployed; `stackctl down` removes it");
        let deployed = async {
            // `docker stack deploy` reads no `.env`.
            let variables = check::env::read(&project.root, environment::variables()).values;
            let file = format!("{FOLDER}/{STACK_FILE}");
            deploy(&*context.engine, &project.root, &file, name, options.remove_unselected, &variables)
                .await
                .map_err(not_deployed)
        };
        for warning in unless_stopped(stop, &words, deployed).await? {
            context.printer.note(&format!("warning: docker stack deploy: {warning}"));
        }
        let subject = format!("{name} is");
        let words = Words { subject, done: ["up", "deployed"], to: "deploy" };
        let judges_limits = !options.allow_unheld;
        let rollout =
            Rollout { context, resolved: &resolved, before, words, is_restart: false, judges_limits };
        if options.no_wait { rollout.leave().await } else { rollout.watch(options.timeout, stop).await }
    })
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
    render::refresh(context, project, &rendering)?;
    prepare::secrets(context, project)?;
    prepare::image(context, project, resolved, &info).await?;
    let selection = Selected { profiles: resolved.selected.clone(), services: None };
    selection::save(&project.root, &selection).context("failed to write .stackctl/selection.json")?;
    Ok(Before { counts, tasks, nodes })
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
