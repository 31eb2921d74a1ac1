//! `stackctl doctor`: what would stop `up`, each with its fix. It works without an engine and without a valid stack, and says
//! so.

use std::{collections::BTreeMap, path::Path, time::Duration};

use tokio::time::timeout;

use super::{Context, Exit, Failure, project::Project, runtime::block_on, session::last_selection};
use crate::{
    budget::{Machine, Scope, Shortfall, prove},
    diag::Severity,
    engine::{
        client::{EngineError, EngineInfo},
        compose::Compose,
        doctor::{self, Check, CheckStatus, Registry},
        interface::Engine,
        ports::{Holder, PortConflict, Taken},
        unheld::LimitsHeld,
    },
    model::{Bytes, Service, Stack},
    render::{Comparison, FOLDER, Image, RenderError},
    resolve::{Profiles, ResolvedStack},
    ui::{budget as proof, counted, disk as on_disk, doctor as shown, listed, shortfall},
};

/// How long it is waited for the sizes of volumes and images.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// Look at everything.
///
/// # Errors
/// When there is no runtime. A check that fails is exit 1, one of the surroundings (engine, Compose) exit 3.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let mut checks = Vec::new();
    let project = Project::load(context);
    let project = match &project {
        Ok(project) => {
            checks.push(stack(project));
            project.parsed.is_whole.then_some(project)
        }
        Err(failure) => {
            checks.push(failed("stack", failure));
            None
        }
    };
    if let Some(project) = project {
        checks.extend(files(project));
    }
    let around = block_on(async { Ok(surroundings(context, project).await) })?;
    let reachable = around
        .iter()
        .all(|check| check.status != CheckStatus::Error || !["engine", "compose"].contains(&check.name));
    checks.extend(around);
    context.show(|| shown::json(&checks), |paint| shown::human(&checks, paint));
    let worst = checks.iter().map(|check| check.status).max();
    Ok(match worst {
        _ if !reachable => Exit::Surroundings,
        Some(CheckStatus::Error) => Exit::Judged,
        _ => Exit::Done,
    })
}

/// A failure of a command as a check.
fn failed(name: &'static str, failure: &Failure) -> Check {
    let detail = failure.error.root_cause().to_string();
    let fix = failure.hints.first().cloned().unwrap_or_else(|| "see the message".to_owned());
    Check::error(name, detail, fix)
}

fn stack(project: &Project) -> Check {
    let count = |severity| project.diagnostics.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let detail =
        format!("{} has {} and {}", project.shown, counted(errors, "error"), counted(warnings, "warning"));
    match (errors, warnings) {
        (0, 0) => Check::ok("stack", format!("{} is valid", project.shown)),
        (0, _) => Check::warning("stack", detail, "see `stackctl validate`"),
        _ => Check::error("stack", detail, "see `stackctl validate`"),
    }
}

/// What can be judged without an engine: the budget, `generated/`, permissions.
fn files(project: &Project) -> Vec<Check> {
    let mut checks = Vec::new();
    let stack = &project.parsed.stack;
    if project.is_valid() {
        checks.push(budget(stack));
        checks.extend(generated(project));
    }
    checks.push(writable(&project.root));
    checks.push(doctor::folder(&project.root));
    checks
}

fn budget(stack: &Stack) -> Check {
    let verdict = prove(&Profiles::new(stack), &stack.budget, &Scope::Every);
    let warning = |detail: String| Check::warning("budget", detail, "see `stackctl budget check`");
    if verdict.fits {
        let checked = usize::try_from(verdict.checked).unwrap_or(usize::MAX);
        return Check::ok("budget", format!("each of {} fits", counted(checked, "combination")));
    }
    match (verdict.over(), proof::unproved(&verdict)) {
        (None, Some(line)) => warning(line),
        _ => warning("a combination of profiles does not fit".to_owned()),
    }
}

fn generated(project: &Project) -> Option<Check> {
    let rendered = match project.render() {
        Ok(rendered) => rendered,
        // FailedService by the check of the stack.
        Err(RenderError::Mistakes(_)) => return None,
        Err(fault) => {
            let fix = "this is a bug in stackctl: please report it, with stack.toml";
            return Some(Check::error("generated", fault.to_string(), fix));
        }
    };
    let comparison = match Comparison::new(&project.root, &rendered) {
        Ok(comparison) => comparison,
        Err(error) => return Some(Check::error("generated", error.to_string(), "move it out of the way")),
    };
    let edited = listed(comparison.conflicts().map(|change| format!("{FOLDER}/{}", change.path)));
    Some(if !edited.is_empty() {
        let fix = "move the edit into stack.toml or templates/, or discard it with `stackctl render --force`";
        Check::error("generated", format!("edited by hand: {edited}"), fix)
    } else if comparison.is_fresh() {
        Check::ok("generated", format!("{FOLDER}/ is fresh"))
    } else {
        let detail = format!("{FOLDER}/ has {}", counted(comparison.changes.len(), "stale file"));
        Check::warning("generated", detail, "run `stackctl render`; `up` does so too")
    })
}

#[cfg(unix)]
fn writable(root: &Path) -> Check {
    use rustix::fs::{Access, access};
    match access(root, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Check::ok("permissions", format!("{} can be written", root.display())),
        Err(error) => Check::error(
            "permissions",
            format!("{} cannot be written: {error}", root.display()),
            "take ownership of the folder, as in `sudo chown -R $USER`",
        ),
    }
}

#[cfg(not(unix))]
fn writable(root: &Path) -> Check {
    Check::ok("permissions", format!("{} is there", root.display()))
}

/// Docker's command line, the engine, and what the stack needs of it.
async fn surroundings(context: &Context, project: Option<&Project>) -> Vec<Check> {
    let mut checks = vec![match Compose::version(&*context.engine).await {
        Ok(version) => Check::ok("compose", format!("Docker Compose {version}")),
        Err(error) => failed("compose", &error.into()),
    }];
    let info = match context.engine.info().await {
        Ok(info) => info,
        Err(error) => {
            checks.push(failed("engine", &error.into()));
            return checks;
        }
    };
    checks.push(Check::ok("engine", format!("{} at {}", info.title(), info.host)));
    checks.extend(doctor::warnings(&info));
    let running = match project.filter(|project| project.is_valid()) {
        Some(project) => limits_held(context, project).await.unwrap_or_default(),
        None => LimitsHeld::default(),
    };
    checks.extend([
        doctor::api(&info),
        doctor::cgroups(&info, &running),
        doctor::swap(&info),
        doctor::pids(&info),
    ]);
    let logs = project.and_then(|project| project.parsed.stack.budget.log_disk);
    checks.push(doctor::disk(&info.root, info.is_here, logs));
    checks.push(storage(&*context.engine, project).await);
    if let Some(project) = project.filter(|project| project.is_valid()) {
        checks.extend(room(&project.parsed.stack, &info));
        match needs(&*context.engine, &info, project).await {
            Ok(found) => checks.extend(found),
            Err(error) => checks.push(failed("engine", &error.into())),
        }
    }
    checks
}

/// What the stack takes on the disk; without one, what the engine has there.
async fn storage(engine: &dyn Engine, project: Option<&Project>) -> Check {
    let line = async {
        Ok::<_, EngineError>(match project {
            Some(project) => on_disk::of_stack(&engine.disk_of(&project.parsed.stack.name).await?),
            None => on_disk::of_engine(&engine.disk().await?.whole()),
        })
    };
    Check::ok(
        "storage",
        match timeout(STORAGE_TIMEOUT, line).await {
            Ok(Ok(line)) => line,
            Ok(Err(error)) => format!("not known: {error}"),
            Err(_) => {
                format!("not known: measuring takes the engine more than {} s", STORAGE_TIMEOUT.as_secs())
            }
        },
    )
}

/// Whether what runs of the stack is held to its limits.
async fn limits_held(context: &Context, project: &Project) -> Result<LimitsHeld, Failure> {
    let selection = project.resolved(&last_selection(context, project, &[])?);
    let containers = context.engine.containers(&selection.stack.name).await?;
    let held = context.engine.held(&containers).await?;
    Ok(LimitsHeld::of(&selection, &containers, &held))
}

/// Whether the machine has what the stack may ask for.
fn room(stack: &Stack, info: &EngineInfo) -> Vec<Check> {
    let machine = Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus };
    let mut checks = Vec::new();
    let lacks = machine.lacks(&ResolvedStack::new(&Profiles::new(stack), &stack.default_profiles), 0);
    let over = lacks.iter().find(|lack| matches!(lack, Shortfall::Memory { .. }));
    checks.push(match (stack.budget.memory, over) {
        (Some(budget), _) if budget > machine.memory => {
            let detail = format!("the budget is {budget}, and the engine has {}", machine.memory);
            Check::error(
                "memory",
                detail,
                "lower `memory` in [budget], or add memory to the engine's machine",
            )
        }
        (Some(budget), _) => Check::ok("memory", format!("a budget of {budget} of {}", machine.memory)),
        (None, Some(lack)) => {
            let detail = shortfall::text(lack, &machine);
            Check::error("memory", detail, "lower `memory` in limits, or add memory to the engine's machine")
        }
        (None, None) => Check::ok(
            "memory",
            format!("no budget; the limits of the default selection fit in {}", machine.memory),
        ),
    });
    let cpus = lacks.iter().filter(|lack| !matches!(lack, Shortfall::Memory { .. }));
    let worst = cpus.max_by_key(|lack| lack.is_error());
    checks.push(match worst {
        None => Check::ok("cpus", format!("the core services fit in {} CPUs", machine.cpus)),
        Some(lack) => {
            let (detail, fix) =
                (shortfall::text(lack, &machine), "lower `cpus` in limits, or use a larger machine");
            if lack.is_error() {
                Check::error("cpus", detail, fix)
            } else {
                Check::warning("cpus", detail, fix)
            }
        }
    });
    checks
}

/// Ports, images with their registries, what is external, secrets beside volumes.
async fn needs(engine: &dyn Engine, info: &EngineInfo, project: &Project) -> Result<Vec<Check>, EngineError> {
    let stack = &project.parsed.stack;
    let mut checks = ports(stack, &engine.taken_ports().await?.observed(info.is_here));
    let mut images = Vec::new();
    for name in stack.services.values().filter_map(|service| image(service, stack)) {
        if !images.iter().any(|(known, _)| *known == name) {
            let present = engine.image(&name).await?.is_some();
            images.push((name, present));
        }
    }
    checks.push(doctor::registries(&Registry::of(&images, &info.registry)).await);
    checks.extend(engine.external(stack).await?);
    let volumes = engine.volumes(&stack.name).await?.into_iter();
    let volumes: BTreeMap<String, f64> = volumes.filter_map(|it| Some((it.name, it.created_at?))).collect();
    checks.extend(doctor::secrets(&project.root, stack, &volumes));
    Ok(checks)
}

/// The image that a registry is asked for: none where it is built here, or named by a variable.
fn image(service: &Service, stack: &Stack) -> Option<String> {
    let image = service.image.as_deref()?;
    let own = Image::of(stack).name;
    let here = service.build.is_some() || service.is_stackctl() || image == own || image.contains('$');
    (!here).then(|| image.to_owned())
}

/// Published ports that something else holds.
fn ports(stack: &Stack, taken: &Taken) -> Vec<Check> {
    let services = stack.services.iter().map(|(name, service)| (name.as_str(), service));
    let is_own =
        |holder: &Holder| matches!(holder, Holder::Container { project, .. } if *project == stack.name);
    let (count, conflicts) = taken.conflicts(services, is_own);
    let mut checks: Vec<Check> = conflicts
        .into_iter()
        .map(|PortConflict { service, address, holder }| {
            let detail = format!("{address} of {service} is taken by {holder}");
            Check::error("ports", detail, "stop it, or publish another port in stack.toml")
        })
        .collect();
    if checks.is_empty() {
        checks.push(Check::ok("ports", format!("{} free or held by this stack", counted(count, "port"))));
    }
    checks
}
