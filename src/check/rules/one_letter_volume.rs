//! Volumes whose name reads as a Windows drive.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::MountKind,
};

static ONE_LETTER_VOLUME: Code = Code {
    name: "one-letter-volume",
    severity: Severity::Error,
    docs: "\
A named volume of one letter, `v:/data`, is read by Compose as a Windows path: it mounts an anonymous volume on the path \
`v:/data` in the container, uses no named volume and says nothing. The data is lost with the container.

Give the volume a longer name.",
};

pub(super) static CODES: &[&Code] = &[&ONE_LETTER_VOLUME];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        for (position, mount) in service.volumes.iter().enumerate() {
            let Some(volume) = mount.source.as_deref().filter(|_| mount.kind == MountKind::Volume) else { continue };
            if volume.len() == 1 && volume.bytes().all(|letter| letter.is_ascii_alphabetic()) {
                found.push(
                    Diagnostic::new(
                        &ONE_LETTER_VOLUME,
                        format!("service `{name}` mounts the volume `{volume}`, which Compose reads as a drive letter"),
                    )
                    .at(service_path(name).key("volumes").index(position))
                    .why("Compose mounts an anonymous volume on a path that starts with the letter, without a word")
                    .help("give the volume a name of two or more characters"),
                );
            }
        }
    }
}
