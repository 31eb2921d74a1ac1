//! A shell in a service, from the live view.

use crate::{
    commands::{
        Context, Failure,
        exec::{self, ExecOptions},
    },
    engine::{
        compose::ComposeError,
        docker_command::DockerCommand,
        observe::{ContainerState, Observed},
    },
    ui::Screen,
};

/// Leave the view for a shell in the first container of a service that runs, and come back when it ends. What there is to say of
/// it is returned; nothing where it ran.
///
/// # Errors
/// When the terminal cannot be taken again.
pub async fn shell(
    context: &Context,
    containers: &[Observed],
    service: &str,
    screen: &mut Screen,
) -> Result<String, Failure> {
    let runs = |it: &&Observed| it.service == service && it.state == ContainerState::Running;
    let Some(container) = containers.iter().find(runs) else {
        return Ok(format!("{service} does not run"));
    };
    let options = ExecOptions { service: service.to_owned(), ..ExecOptions::default() };
    let program = match exec::shell(context, container, &options).await {
        Ok(program) => program,
        Err(failure) => return Ok(failure.error.to_string()),
    };
    let words = ["exec", "-i", "-t", &container.id, &program];
    let command = DockerCommand { has_terminal: true, ..DockerCommand::new(words) };
    let work = async {
        context.printer.note(&format!("{service}: `exit` or Ctrl-D leads back to top"));
        let mut run = context.engine.docker(&command).map_err(ComposeError::NoDocker)?;
        // It ends with the code of the last line that was typed.
        run.status().await.map_err(ComposeError::Output)
    };
    let ended = screen.lend(work).await;
    match ended.map_err(|error| Failure::surroundings("failed to open the terminal again", error))? {
        Ok(_) => Ok(String::new()),
        Err(error) => Ok(format!("no shell in {service}: {error}")),
    }
}
