//! `stackctl exec SERVICE [CMD...]`: a command in a container that runs, a shell without one.

use std::io::{IsTerminal as _, stdin, stdout};

use super::{Context, Exit, Failure, project::Project, runs_on::find, runtime::block_on};
use crate::{
    engine::{
        compose::ComposeError,
        docker_command::DockerCommand,
        observe::{ContainerState, Observed},
        observed_stack::ObservedStack,
    },
    model::Stack,
};

/// Finds the shell: bash where there is one.
const FIND_SHELL: &str = "command -v bash || command -v sh";

/// What to run, and where.
#[derive(Debug, Clone, Default)]
pub struct ExecOptions {
    /// The service.
    pub service: String,
    /// The program and its arguments; a shell without.
    pub command: Vec<String>,
    /// Which of its replicas, from 1; the first that runs without.
    pub index: Option<u32>,
    /// `--user`.
    pub user: Option<String>,
    /// `--workdir`.
    pub folder: Option<String>,
    /// `--env`.
    pub variables: Vec<String>,
    /// No terminal, also where there is one.
    pub no_tty: bool,
}

/// Become `docker exec` in the container of a service.
///
/// # Errors
/// When the service does not run or has no shell (exit 1), is unknown (exit 2), or there is no engine (exit 3). Otherwise the
/// program's exit code is kept.
pub fn run(context: &Context, options: &ExecOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let stack = &project.parsed.stack;
    if stack.name.is_empty() {
        project.require_valid(context, "run a command")?;
    }
    let command = block_on(async {
        let runs_on = find(context, &stack.name, None).await?;
        let observed = ObservedStack::new(&*context.engine, &stack.name, runs_on).await?;
        let container = choose(stack, &observed.containers, options)?;
        let program = match options.command.as_slice() {
            [] => vec![shell(context, container, options).await?],
            command => command.to_vec(),
        };
        let mut words = vec!["exec".to_owned(), "-i".to_owned()];
        if !options.no_tty && stdin().is_terminal() && stdout().is_terminal() {
            words.push("-t".to_owned());
        }
        words.extend(settings(options));
        words.push(container.id.clone());
        words.extend(program);
        Ok(DockerCommand::new(words))
    })?;
    let status = context.engine.docker_takes_over(&command).map_err(ComposeError::NoDocker)?;
    Ok(Exit::of_program(status))
}

/// The options that are Docker's own.
fn settings(options: &ExecOptions) -> Vec<String> {
    let variables = options.variables.iter().map(|variable| ("--env", variable));
    let user = options.user.iter().map(|user| ("--user", user));
    let folder = options.folder.iter().map(|folder| ("--workdir", folder));
    let all = user.chain(folder).chain(variables);
    all.flat_map(|(name, value)| [name.to_owned(), value.clone()]).collect()
}

/// The container to run it in.
fn choose<'a>(
    stack: &Stack,
    containers: &'a [Observed],
    options: &ExecOptions,
) -> Result<&'a Observed, Failure> {
    let name = &options.service;
    let own: Vec<&Observed> = containers.iter().filter(|container| container.service == *name).collect();
    if own.is_empty() && !stack.services.contains_key(name) {
        return Err(Failure::unknown("service", name, stack.services.keys().map(String::as_str)));
    }
    let chosen = own.iter().copied().filter(|it| options.index.is_none_or(|index| it.replica == index));
    if let Some(container) = chosen.clone().find(|it| it.state == ContainerState::Running) {
        return Ok(container);
    }
    let judged = |message: String| Failure::new(Exit::Judged, message);
    Err(match (chosen.clone().next(), options.index) {
        (None, Some(index)) if !own.is_empty() => judged(format!("{name} has no container {index}"))
            .hint(format!("`--index` may be up to {}", own.iter().map(|it| it.replica).max().unwrap_or(1))),
        (None, _) => judged(format!("{name} has no container")).hint(match stack.services.get(name) {
            Some(service) if !service.profiles.is_empty() => {
                format!("`stackctl up {name} --profile {}` starts it", service.profiles[0])
            }
            _ => format!("`stackctl up {name}` starts it"),
        }),
        (Some(container), _) => {
            let ended = matches!(container.state, ContainerState::Exited | ContainerState::Restarting);
            let code = if ended { format!(" ({})", container.exit_code) } else { String::new() };
            let failure = judged(format!("{name} does not run: it is {}{code}", container.state.as_str()));
            match container.state {
                ContainerState::Paused => {
                    failure.hint(format!("`stackctl compose -- unpause {name}` resumes it"))
                }
                ContainerState::Restarting => failure.hint(format!("`stackctl logs {name}` shows why")),
                _ => failure.hint(format!(
                    "`stackctl start {name}` starts it, `stackctl logs {name}` shows why it ended"
                )),
            }
        }
    })
}

/// The path of a shell in the container.
pub(super) async fn shell(
    context: &Context,
    container: &Observed,
    options: &ExecOptions,
) -> Result<String, Failure> {
    let mut words = vec!["exec".to_owned()];
    words.extend(settings(options));
    words.push(container.id.clone());
    words.extend(["sh", "-c", FIND_SHELL].map(str::to_owned));
    let run = context.engine.docker(&DockerCommand::new(words)).map_err(ComposeError::NoDocker)?;
    let output = run.output().await.map_err(ComposeError::Output)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let found = text(&output.stdout);
    if output.status.success() && !found.is_empty() {
        return Ok(found.lines().next().unwrap_or("sh").to_owned());
    }
    let stderr = text(&output.stderr);
    let service = &options.service;
    // What is missing is the program; anything else is another mistake, such as a user that the image does not have.
    if matches!(output.status.code(), Some(126 | 127)) && !stderr.contains("unable to find user") {
        let name = &container.name;
        return Err(Failure::new(Exit::Judged, format!("{service} has no shell: its image has no `sh`"))
            .hint(format!("`stackctl exec {service} PROGRAM` runs a program that it has"))
            .hint(format!(
                "`docker run --rm -it --network container:{name} --pid container:{name} busybox` brings a shell into its network and beside its processes"
            )));
    }
    Err(Failure::new(Exit::Surroundings, format!("failed to run a shell in {service}"))
        .caused_by(stderr.lines().map(str::to_owned)))
}
