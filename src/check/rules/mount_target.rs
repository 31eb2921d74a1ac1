//! Two mounts on one path of a container.

use std::{borrow::Cow, collections::HashMap};

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    model::{MountKind, Service, variable},
};

static DUPLICATE_MOUNT_TARGET: Code = Code::error(
    "duplicate-mount-target",
    Allow::Anywhere,
    "\
Two of a service's `volumes`, `tmpfs`, `files`, `secrets` and `configs` are mounted on the same path of the container. \
`docker compose config` accepts most of them; the engine refuses the container (`Duplicate mount point`). A trailing slash \
makes no difference. What Compose does refuse, a volume and a `tmpfs` on one path, can be allowed only in a service that is not always active. A secret without a target is mounted on `/run/secrets/NAME`, a config on `/NAME`.

Give one of them another path.",
);

pub(super) static CODES: &[&Code] = &[&DUPLICATE_MOUNT_TARGET];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let mut first: HashMap<Cow<'_, str>, (&str, usize)> = HashMap::new();
        for (key, position, target) in targets(service) {
            if variable::has_variable(&target) {
                continue;
            }
            let normal = normalised(target);
            let Some((other, at)) = first.get(&normal).copied() else {
                first.insert(normal, (key, position));
                continue;
            };
            // Compose itself compares `volumes`, of which `files` become a part, with `tmpfs`.
            let is_volume = |key: &str| ["volumes", "files"].contains(&key);
            let refused = (is_volume(key) && other == "tmpfs") || (is_volume(other) && key == "tmpfs");
            let path =
                |key: &str, position: usize| -> KeyPath { service_path(name).key(key).index(position) };
            let message = format!("service `{name}` mounts two things on `{normal}`");
            found.push(
                Diagnostic::new(&DUPLICATE_MOUNT_TARGET, message)
                    .at(path(key, position))
                    .label("mounted a second time")
                    .related(path(other, at), "first mounted here")
                    .why("the engine refuses the container: \"Duplicate mount point\"")
                    .help("give one of them another path")
                    .allowed(if refused { Allow::OutsideCore } else { Allow::Anywhere }),
            );
        }
    }
}

/// Every mount of a service: the key, the position in it, and the path in the container.
pub(super) fn targets(service: &Service) -> impl Iterator<Item = (&'static str, usize, Cow<'_, str>)> {
    let volumes = service.volumes.iter().enumerate();
    let volumes = volumes
        .filter(|(_, mount)| mount.kind != MountKind::Opaque)
        .map(|(position, mount)| ("volumes", position, Cow::from(&mount.target)));
    let tmpfs =
        service.tmpfs.iter().enumerate().map(|(position, tmpfs)| {
            ("tmpfs", position, Cow::from(tmpfs.split(':').next().unwrap_or(tmpfs)))
        });
    let files =
        service.files.iter().enumerate().map(|(position, file)| ("files", position, Cow::from(&file.target)));
    let secrets = service.secrets.iter().enumerate().map(|(position, grant)| {
        ("secrets", position, under("/run/secrets/", grant.target.as_deref().unwrap_or(&grant.source)))
    });
    let configs = service.configs.iter().enumerate().map(|(position, grant)| {
        ("configs", position, under("/", grant.target.as_deref().unwrap_or(&grant.source)))
    });
    volumes.chain(tmpfs).chain(files).chain(secrets).chain(configs)
}

fn under<'t>(folder: &str, target: &'t str) -> Cow<'t, str> {
    if target.starts_with('/') { target.into() } else { format!("{folder}{target}").into() }
}

/// The path without empty, `.` and `..` steps, as the engine compares it.
pub(super) fn normalised(path: Cow<'_, str>) -> Cow<'_, str> {
    let is_plain = |step: &str| !matches!(step, "" | "." | "..");
    if path.strip_prefix('/').is_some_and(|steps| steps.split('/').all(is_plain)) {
        return path;
    }
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    format!("/{}", steps.join("/")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_paths_as_the_engine_does() {
        for path in ["/x/y", "/x/y/", "//x/./y", "/x/z/../y", "/../x/y"] {
            assert_eq!(normalised(path.into()), "/x/y", "{path}");
        }
        assert_eq!(normalised("/".into()), "/");
    }
}
