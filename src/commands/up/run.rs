//! `stackctl up`: judge the stack, make what it needs, start it, and watch until it is really up.

use std::io;

use anyhow::Context as _;

use super::{
    options::UpOptions,
    outcome::{self, Outcome, Words},
    preflight, prepare, start,
};
use crate::{
    check::with_needs,
    commands::{
        Context, Exit, Failure,
        project::Project,
        runtime::block_on,
        session::{compose, last_stack, take_lock},
        signal::Stop,
    },
    engine::{lock::Purpose, plan::drifted, selection},
    resolve::{Profiles, ResolvedStack},
};

/// Start the stack, until it is up or `stop` ends.
///
/// # Errors
/// When the stack or its budget is rejected (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3). A
/// stack that does not get up is shown with its reasons, and is exit 1, or 3 where the surroundings are at fault.
pub fn run(
    context: &Context,
    options: &UpOptions,
    stop: impl FnOnce() -> io::Result<Stop>,
) -> Result<Exit, Failure> {
    with_last_line(context, stop, async |stop| {
        let project = Project::load_to_start(context)?;
        let selected = selected(context, &project, options, "start the stack")?;
        let _lock = take_lock(&project.root, Purpose::Up, "start the stack")?;
        let profiles = Profiles::new(&project.parsed.stack);
        let selection = ResolvedStack::new(&profiles, &selected);
        let services = services(&selection, &options.services)?;
        start(context, options, &project, &profiles, &selection, services, stop).await
    })
}

/// The selected profiles of a stack without errors.
pub fn selected(
    context: &Context,
    project: &Project,
    options: &UpOptions,
    to: &str,
) -> Result<Vec<String>, Failure> {
    if project.is_valid() {
        let selected = project.select(context, &options.profiles)?;
        project.require_valid_aside(context, to)?;
        project.require_startable(context, &selected, to)?;
        return Ok(selected);
    }
    project.require_valid_aside(context, to)?;
    Ok(Vec::new())
}

/// Run a start until it ends or is stopped. Programs read one last line, whatever happens.
pub fn with_last_line(
    context: &Context,
    stop: impl FnOnce() -> io::Result<Stop>,
    start: impl AsyncFnOnce(&mut Stop) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let result = block_on(async {
        // From the first moment: what is interrupted has its last line too.
        let mut stop = stop().context("failed to listen for signals")?;
        start(&mut stop).await
    });
    if result.is_err() {
        outcome::nothing(context);
    }
    result
}

/// Wait for work that can be given up; what was under way then is in `words`.
pub async fn unless_stopped<T>(
    stop: &mut Stop,
    words: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = stop => Err(Failure::new(Exit::Judged, format!("interrupted: {words}"))),
    }
}

/// The services to start: those that were named, and what they need.
fn services<'a>(selection: &ResolvedStack<'a>, named: &[String]) -> Result<Vec<&'a str>, Failure> {
    let stack = selection.stack;
    if let Some(name) = named.iter().find(|name| !selection.services.contains_key(name.as_str())) {
        let Some(profile) = stack.services.get(name).and_then(|service| service.profiles.first()) else {
            return Err(Failure::unknown("service", name, stack.services.keys().map(String::as_str)));
        };
        let message = format!("{name} belongs to the profile {profile:?}, which is not selected");
        return Err(
            Failure::new(Exit::Usage, message).hint(format!("`stackctl up {name} --profile {profile}`"))
        );
    }
    Ok(match named {
        [] => selection.services.keys().copied().collect(),
        named => with_needs(selection, named),
    })
}

/// What `status` and the like take for selected from now on. Services that were named come to those that the last `up` selected,
/// unless nothing of the stack is there.
fn selection_after(
    project: &Project,
    options: &UpOptions,
    profiles: &[String],
    services: &[&str],
    is_there: bool,
) -> selection::Selection {
    let named =
        (!options.services.is_empty()).then(|| services.iter().map(|name| (*name).to_owned()).collect());
    let services = named.and_then(|mut names: Vec<String>| {
        if is_there {
            let before = selection::load(&project.root)?.services?;
            names.extend(before);
            names.sort_unstable();
            names.dedup();
        }
        Some(names)
    });
    selection::Selection { profiles: profiles.to_vec(), services }
}

/// What Compose is asked for. `up --pull always` would also pull the image of `image = "stackctl"`, which no registry has: others
/// are pulled before.
fn arguments(options: &UpOptions, target: &ResolvedStack<'_>) -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    let mut up = vec!["up", "-d"];
    match options.pull.as_deref() {
        Some("always") => {
            let pulled = target.services.iter();
            let pulled = pulled.filter(|(_, service)| service.build.is_none() && !service.is_stackctl());
            let pulled: Vec<String> = pulled.map(|(name, _)| (*name).to_owned()).collect();
            if !pulled.is_empty() {
                let words = ["pull", "--policy", "always"].map(str::to_owned);
                runs.push(words.into_iter().chain(pulled).collect());
            }
        }
        Some(when) => up.extend(["--pull", when]),
        None => {}
    }
    up.extend(options.force_recreate.then_some("--force-recreate"));
    if !options.services.is_empty() {
        up.extend(target.services.keys());
    }
    runs.push(up.into_iter().map(str::to_owned).collect());
    runs
}

async fn start(
    context: &Context,
    options: &UpOptions,
    project: &Project,
    profiles: &Profiles<'_>,
    selection: &ResolvedStack<'_>,
    services: Vec<&str>,
    stop: &mut Stop,
) -> Result<Exit, Failure> {
    preflight::budget(context, profiles, selection)?;
    let name = &selection.stack.name;
    let compose = compose(context, project, selection);
    let mut target = ResolvedStack::new(profiles, &selection.selected);
    target.services.retain(|name, _| services.contains(name));
    let prepared = async {
        let engine = &context.engine;
        let (info, containers, taken) =
            tokio::try_join!(engine.info(), engine.containers(name), engine.taken_ports())?;
        let unheld = preflight::limits(context, options, selection, &info);
        if !unheld.is_empty() {
            return Ok((info, containers, unheld));
        }
        preflight::podman(context, selection, &info);
        let unselected = preflight::unselected(selection, &containers);
        preflight::machine(context, options, selection, &info, &unselected)?;
        let taken = taken.observed(info.is_here);
        let refusals = preflight::ports(&target, &taken, options.remove_unselected);
        if refusals.is_empty() {
            prepare::files(context, project)?;
            prepare::image(context, project, &target, &info).await?;
            let after =
                selection_after(project, options, &selection.selected, &services, !containers.is_empty());
            selection::save(&project.root, &after).context("failed to write .stackctl/selection.json")?;
            prepare::room(context, options, &unselected).await?;
            let drifted = drifted(&target, &containers, info.swap_limit);
            prepare::drift(context, &compose, &drifted).await?;
        }
        Ok((info, containers, refusals))
    };
    let words = format!("nothing of {name} was started");
    let (info, containers, refusals) = unless_stopped(stop, &words, prepared).await?;
    let words = Words::of_up(name);
    if !refusals.is_empty() {
        return Ok(Outcome::refused(refusals).report(context, selection, &words).await);
    }
    let wanted = target.services.iter().filter(|(_, service)| service.replica_count() > 0);
    let start = start::Start {
        context,
        selection: &target,
        compose: &compose,
        arguments: arguments(options, &target),
        wanted: wanted.map(|(name, service)| ((*name).to_owned(), service.replica_count())).collect(),
        no_wait: options.no_wait,
        timeout: options.timeout,
        builds: true,
    };
    let outcome = start.run(&containers, &info.time, stop).await?;
    let last = last_stack(project, &selection.selected, &[]);
    Ok(outcome.judging_limits(!options.allow_unheld).report(context, &last, &words).await)
}
