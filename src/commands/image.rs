//! `stackctl image`: the local image of `image = "stackctl"`, from the binary that is running.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::task::spawn_blocking;

use super::{Context, Exit, Failure, project::Project, runtime::block_on, session::take_lock};
use crate::{
    engine::{
        client::EngineInfo,
        image::{BuildError, Freshness, build, fingerprint},
        interface::Engine,
        lock::Purpose,
        pack::{pack, read, running_binary},
        state_dir,
    },
    fs,
    model::Bytes,
    render::{FOLDER, Image, Rendered},
    ui::counted,
};

/// Pack the running binary (or `linux_binary`) with the libraries it needs and build the image: no base image, no compiler,
/// no network.
///
/// # Errors
/// When the stack has errors or runs no such image (exit 1), there is no Linux binary to pack, no engine, or another command changes the
/// stack (exit 3).
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
    let is_chosen = linux_binary.is_some();
    let binary = linux_binary.or_else(running_binary).ok_or_else(no_binary)?;
    let _lock = take_lock(&project.root, Purpose::Image, "build the image")?;
    block_on(async {
        let info = context.engine.info().await?;
        Recipe::new(&project.root, &binary, &dockerfile, is_chosen)?
            .make(context, &image.name, &info)
            .await?;
        Ok(Exit::Done)
    })
}

/// The image as `up` needs it: built when it is missing or holds another binary than the running one. An image that
/// `stackctl image --linux-binary` made, or that was not built by stackctl, stays.
pub(super) async fn ensure(context: &Context, project: &Project, info: &EngineInfo) -> Result<(), Failure> {
    let image = Image::of(&project.parsed.stack);
    let Some(builder) = image.builder else { return Ok(()) };
    let dockerfile = format!("{FOLDER}/{builder}/Dockerfile");
    let labels = context.engine.image(&image.name).await?.map(|found| found.labels);
    let Some(binary) = running_binary() else {
        return if labels.is_some() { Ok(()) } else { Err(no_binary()) };
    };
    let recipe = Recipe::new(&project.root, &binary, &dockerfile, false)?;
    match Freshness::of(labels.as_ref(), &recipe.fingerprint) {
        Freshness::Fresh => Ok(()),
        Freshness::Foreign => {
            context.printer.detail(&format!("{} was not built by stackctl and is kept", image.name));
            Ok(())
        }
        Freshness::Chosen => {
            context.printer.detail(&format!("{} was built with --linux-binary and is kept", image.name));
            Ok(())
        }
        Freshness::Stale => recipe.make(context, &image.name, info).await,
    }
}

/// The name of the image that `up` would build first, with the Dockerfile as it would be rendered: the running binary is
/// another than the one in it, or there is none.
pub(super) async fn rebuilt(
    project: &Project,
    rendered: &Rendered,
    engine: &dyn Engine,
) -> Result<Option<String>, Failure> {
    let image = Image::of(&project.parsed.stack);
    let Some((builder, binary)) = image.builder.zip(running_binary()) else { return Ok(None) };
    let path = format!("{builder}/Dockerfile");
    let Some(dockerfile) = rendered.files.iter().find(|file| file.path == path) else { return Ok(None) };
    let bytes = read(&binary).context("failed to pack the binary")?;
    let fingerprint = fingerprint(&bytes, dockerfile.text.as_bytes(), false);
    let labels = engine.image(&image.name).await?.map(|found| found.labels);
    Ok((Freshness::of(labels.as_ref(), &fingerprint) == Freshness::Stale).then_some(image.name))
}

/// What an image is made from.
struct Recipe<'a> {
    root: &'a Path,
    binary: &'a Path,
    dockerfile: &'a str,
    fingerprint: String,
}

impl<'a> Recipe<'a> {
    fn new(root: &'a Path, binary: &'a Path, dockerfile: &'a str, is_chosen: bool) -> Result<Self, Failure> {
        let file = fs::read(&root.join(dockerfile));
        let file = file.with_context(|| format!("failed to read {dockerfile}"))?;
        let bytes = read(binary).context("failed to pack the binary")?;
        let fingerprint = fingerprint(&bytes, &file, is_chosen);
        Ok(Self { root, binary, dockerfile, fingerprint })
    }

    /// Pack and build, if the binary runs where the engine is.
    async fn make(&self, context: &Context, name: &str, engine: &EngineInfo) -> Result<(), Failure> {
        let home = state_dir::create(self.root).context("failed to create .stackctl")?;
        let (source, folder) = (self.binary.to_owned(), home.join("image"));
        let packed = spawn_blocking(move || pack(&source, &folder))
            .await
            .context("failed to pack the binary")?
            .context("failed to pack the binary")?;
        let (machine, binary) = (packed.machine.name(), self.binary.display());
        if machine != engine.arch {
            let message = format!("{binary} is for {machine}, and the engine is {}", engine.arch);
            return Err(Failure::new(Exit::Surroundings, message).hint(ANOTHER_BINARY));
        }
        let libraries = counted(packed.libraries, "library file");
        context.printer.detail(&format!("packed {binary} with {libraries}"));
        let built = build(&*context.engine, self.root, self.dockerfile, name, &self.fingerprint).await;
        built.map_err(not_built)?;
        context.printer.note(&format!("built {name}: {}", Bytes(packed.bytes)));
        Ok(())
    }
}

/// What to do where the running binary cannot be the image's.
const ANOTHER_BINARY: &str = "name one with `stackctl image --linux-binary PATH`, or compile it where the engine is, from a checkout of stackctl: `docker build -t IMAGE -f generated/SERVICE/Dockerfile .`";

fn no_binary() -> Failure {
    Failure::new(Exit::Surroundings, "this stackctl is not a Linux binary, and the image needs one")
        .hint(ANOTHER_BINARY)
}

fn not_built(error: BuildError) -> Failure {
    let hint = match &error {
        BuildError::NoDocker(_) => Some("install Docker with its command line"),
        BuildError::NoEngine(_) => Some("start Docker, or see `docker context ls`"),
        BuildError::Failed(_) => None,
    };
    let failure = Failure::surroundings("failed to build the image", error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure.judged(),
    }
}
