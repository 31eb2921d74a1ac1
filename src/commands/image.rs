//! `stackctl image`: the local image of `image = "stackctl"`, from the binary that is running.

use std::path::PathBuf;

use super::{Context, Exit, Failure, project::Project};
use crate::{
    engine::{
        home,
        image::{BuildError, build},
        pack::{PackError, pack, running_binary},
    },
    model::Bytes,
    render::{FOLDER, Image},
};

/// Pack the running binary (or `linux_binary`) with the libraries it needs and build the image: no base image, no compiler,
/// no network.
///
/// # Errors
/// When the stack has errors or runs no such image (exit 1), there is no Linux binary to pack, or no engine (exit 3).
pub fn run(context: &Context, linux_binary: Option<PathBuf>) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "build the image")?;
    let image = Image::of(&project.parsed.stack);
    let Some(builder) = image.builder else {
        return Err(Failure::new(Exit::Judged, "no service of this stack has `image = \"stackctl\"`"));
    };
    let dockerfile = format!("{FOLDER}/{builder}/Dockerfile");
    if !project.root.join(&dockerfile).exists() {
        return Err(Failure::new(Exit::Judged, format!("there is no {dockerfile}"))
            .hint("`stackctl render` writes it"));
    }
    let binary = linux_binary.or_else(running_binary).ok_or_else(|| {
        Failure::new(Exit::Surroundings, "this stackctl is no Linux binary, and the image needs one")
            .hint("name one with `--linux-binary PATH`, or compile it: `docker compose -f generated/docker-compose.yml build`")
    })?;
    let home = home::create(&project.root)
        .map_err(|error| Failure::surroundings("failed to make .stackctl", &error))?;
    let packed = pack(&binary, &home.join("image")).map_err(|error| not_packed(&error))?;
    let libraries = crate::ui::counted(packed.libraries, "library file");
    context.printer.detail(&format!("packed {} with {libraries}", binary.display()));
    build(&project.root, &dockerfile, &image.name).map_err(|error| not_built(&error))?;
    context.printer.note(&format!("built {}: {}", image.name, Bytes(packed.bytes)));
    Ok(Exit::Done)
}

fn not_packed(error: &PackError) -> Failure {
    Failure::surroundings("failed to pack the binary", error)
}

fn not_built(error: &BuildError) -> Failure {
    let failure = Failure::surroundings("failed to build the image", error);
    match error {
        BuildError::NoDocker(_) => failure.hint("install Docker with its command line"),
        BuildError::NoEngine(_) => failure.hint("start Docker, or see `docker context ls`"),
        BuildError::Failed(_) => Failure { exit: Exit::Judged, ..failure },
    }
}
