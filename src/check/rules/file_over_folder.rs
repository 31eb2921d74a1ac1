//! Files that are mounted where a folder is.

use super::{Context, mount_target};
use crate::{
    check::binds::{self, Kind, Sources},
    diag::{Code, Diagnostic},
};

static FILE_OVER_FOLDER: Code = Code::warning(
    "file-over-folder",
    "\
A plain file of the machine is mounted where the container has a folder: the target ends with `/` or `.d`, is one of the folders of every system, or another mount \
of the service lies below it. The engine refuses to start the container (`not a directory: Are you trying to mount a directory onto a file \
(or vice-versa)?`).

```toml
volumes = [\"./init.sql:/docker-entrypoint-initdb.d:ro\"]             # warning
volumes = [\"./init.sql:/docker-entrypoint-initdb.d/init.sql:ro\"]
```",
);

pub(super) static CODES: &[&Code] = &[&FILE_OVER_FOLDER];

/// Folders that every image has (the Filesystem Hierarchy Standard).
const FOLDERS: [&str; 18] = [
    "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/proc", "/root", "/run",
    "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut sources = Sources::default();
    for (name, service) in context.services() {
        for (position, mount) in service.volumes.iter().enumerate() {
            if sources.kind(context, mount) != Some(Kind::File) {
                continue;
            }
            let Some(bind) = binds::of(context, position, mount).filter(|bind| bind.path.is_file()) else {
                continue;
            };
            let target = mount_target::normalised(bind.target.as_str().into());
            let below = || {
                let mut targets = mount_target::targets(service);
                let inside =
                    |other: &str| other.strip_prefix(&*target).is_some_and(|rest| rest.starts_with('/'));
                targets.any(|(_, _, other)| inside(&mount_target::normalised(other)))
            };
            let why = if bind.target.ends_with('/') || target.ends_with(".d") || FOLDERS.contains(&&*target) {
                "the target is a folder, and the engine mounts a file only over a file"
            } else if below() {
                "another mount of the service lies below the target, which is therefore a folder"
            } else {
                continue;
            };
            let file = bind.path.file_name().unwrap_or_default().to_string_lossy();
            let message =
                format!("service `{name}` mounts the file `{}` over the folder `{target}`", bind.source);
            found.push(
                Diagnostic::new(&FILE_OVER_FOLDER, message)
                    .at(bind.place(name))
                    .label("a file")
                    .why(why)
                    .help(format!("mount it on a file, such as `{}/{file}`", target.trim_end_matches('/'))),
            );
        }
    }
}
