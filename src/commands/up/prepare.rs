//! What a start needs: fresh files, secrets, the image, and room.

use anyhow::Context as _;

use super::options::UpOptions;
use crate::{
    commands::{
        Context, Failure, image,
        project::Project,
        render::{self, RenderOptions},
        session::{compose_failure, warn},
    },
    engine::{
        client::EngineInfo,
        compose::Compose,
        observe::Observed,
        secrets::{self, Made},
    },
    resolve::ResolvedStack,
    ui::counted,
};

/// `generated/` as stack.toml has it, and the generated secrets. A file that was edited by hand is kept, and is a failure.
pub fn files(context: &Context, project: &Project) -> Result<(), Failure> {
    let written = render::refresh(context, project, &RenderOptions::default())?;
    if written > 0 {
        context.printer.note(&format!("rendered {}", counted(written, "file")));
    }
    secrets(context, project)
}

/// The generated secrets that do not exist yet.
pub fn secrets(context: &Context, project: &Project) -> Result<(), Failure> {
    let made =
        secrets::generate(&project.root, &project.parsed.stack).context("failed to create the secrets")?;
    let new = made.iter().filter(|(_, made)| *made == Made::New).count();
    if new > 0 {
        context.printer.note(&format!("created {} in .stackctl/secrets", counted(new, "secret")));
    }
    Ok(())
}

/// The image of `image = "stackctl"`, where the selection runs it.
pub async fn image(
    context: &Context,
    project: &Project,
    selection: &ResolvedStack<'_>,
    info: &EngineInfo,
) -> Result<(), Failure> {
    match selection.services.values().any(|service| service.is_stackctl()) {
        true => image::ensure(context, project, info).await,
        false => Ok(()),
    }
}

/// Remove what is not selected, where that is wanted.
pub async fn room(context: &Context, options: &UpOptions, unselected: &[&Observed]) -> Result<(), Failure> {
    for container in unselected.iter().filter(|_| options.remove_unselected) {
        context.engine.remove_container(&container.id).await?;
        context.printer.note(&format!("removed {}, which is not selected", container.name));
    }
    Ok(())
}

/// Recreate containers with other limits than stack.toml asks for: Compose would keep those that were changed with
/// `docker update`.
pub async fn drift(context: &Context, compose: &Compose, services: &[&str]) -> Result<(), Failure> {
    if services.is_empty() {
        return Ok(());
    }
    context.printer.note(&format!("limits differ from stack.toml, recreating: {}", services.join(", ")));
    let arguments = [&["create", "--no-build", "--force-recreate"], services].concat();
    match compose.run(&arguments).await {
        Ok(printed) => {
            warn(context, &printed.warnings);
            Ok(())
        }
        Err(error) => Err(compose_failure(context, error, &[]).await),
    }
}
