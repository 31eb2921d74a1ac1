//! Build contexts and Dockerfiles.

use std::path::PathBuf;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    model::Build,
};

static MISSING_BUILD_CONTEXT: Code = Code::error(
    "missing-build-context",
    Allow::Anywhere,
    "\
The folder that `build` names does not exist or is not a folder. `docker compose config` does not look; `build` fails.

Paths are relative to stack.toml, and the context may be outside the project. A URL is not looked at.",
);

static MISSING_DOCKERFILE: Code = Code::error(
    "missing-dockerfile",
    Allow::Anywhere,
    "\
The Dockerfile of a `build` does not exist. It is looked up inside the build context, not beside stack.toml, and is called \
`Dockerfile` unless `dockerfile` says otherwise.

```toml
build = { context = \"..\", dockerfile = \"docker/api.Dockerfile\" }   # ../docker/api.Dockerfile
```",
);

pub(super) static CODES: &[&Code] = &[&MISSING_BUILD_CONTEXT, &MISSING_DOCKERFILE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let Some(build) = &service.build else { continue };
        let path = service_path(name).key("build");
        if !is_url(&build.context) {
            found.extend(
                context.path(&build.context).and_then(|folder| local(context, name, build, folder, &path)),
            );
        }
    }
}

fn local(
    context: &Context<'_>,
    name: &str,
    build: &Build,
    folder: PathBuf,
    path: &KeyPath,
) -> Option<Diagnostic> {
    let short = if context.is_written(&path.key("context")) { path.key("context") } else { path.clone() };
    if !folder.is_dir() {
        let problem = if folder.exists() { "is not a folder" } else { "does not exist" };
        let message = format!("the build context `{}` of service `{name}` {problem}", build.context);
        return Some(
            Diagnostic::new(&MISSING_BUILD_CONTEXT, message)
                .at(short)
                .label(problem)
                .why("`docker compose config` does not look, and the build fails")
                .help("correct the path; it is relative to stack.toml"),
        );
    }
    if build.dockerfile_inline.is_some() {
        return None;
    }
    let dockerfile = build.dockerfile.as_deref().filter(|it| !it.is_empty()).unwrap_or("Dockerfile");
    let written = context.expand(dockerfile)?;
    let file = folder.join(written.as_ref());
    if is_url(&written) || file.is_file() {
        return None;
    }
    let at = if build.dockerfile.is_some() { path.key("dockerfile") } else { short };
    let shown = context.masked(dockerfile);
    let within = if build.context.is_empty() { "." } else { &build.context };
    let message = format!("service `{name}` has no Dockerfile `{shown}` in its build context `{within}`");
    Some(
        Diagnostic::new(&MISSING_DOCKERFILE, message)
            .at(at)
            .label("no such Dockerfile")
            .why("a Dockerfile is looked up inside its build context")
            .help(format!("create `{shown}` in `{within}`, or set `build.dockerfile`")),
    )
}

/// What Docker fetches instead of reading a folder.
pub(super) fn is_url(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}
