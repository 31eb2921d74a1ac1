//! Mounts: their targets and parts of volumes.

use super::rule::{Fault, Judge};
use crate::model::{Mount, MountKind, Value};

/// Judge `volumes`.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    for (position, mount) in judge.service.volumes.iter().enumerate() {
        if let Some(fault) = judge.value(&mount.target).and_then(|target| root(&target)) {
            let path = judge.path().key("volumes").index(position);
            judge.refuse(if mount.rest.is_empty() { path } else { path.key("target") }, fault);
        }
        let table = if mount.kind == MountKind::Volume { "volume" } else { "image" };
        let subpath = mount.rest.get(table).and_then(Value::as_map).and_then(|options| options.get("subpath"));
        let text = subpath.and_then(Value::as_str).and_then(|text| judge.value(text));
        if let Some(fault) = text.and_then(|text| part(mount, &text)) {
            judge.refuse(judge.path().key("volumes").index(position).key(table).key("subpath"), fault);
        }
        if let Some(fault) = of_another_type(mount).or_else(|| source(judge, mount)) {
            judge.refuse(judge.path().key("volumes").index(position), fault);
        }
    }
}

/// The propagation modes of binds.
const PROPAGATION: [&str; 6] = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

/// Options that only the other type of mount has.
fn of_another_type(mount: &Mount) -> Option<Fault> {
    let option = |table: &str, key: &str| mount.rest.get(table)?.as_map()?.get(key);
    let short = |known: &[&str]| mount.options.iter().find(|option| known.contains(&option.as_str()));
    match mount.kind {
        MountKind::Bind => {
            if short(&["nocopy"]).is_some() || option("volume", "nocopy") == Some(&Value::Bool(true)) {
                return Some(Fault::new("`nocopy` belongs to volumes, and this is a bind", "remove `nocopy`"));
            }
            let recursive = option("bind", "recursive").and_then(Value::as_str).unwrap_or_default();
            (!mount.read_only && ["readonly", "writable"].contains(&recursive)).then(|| {
                let problem = format!("`recursive = \"{recursive}\"` needs a bind that is read-only");
                Fault::new(problem, "write `read_only = true` beside it, or remove `recursive`")
            })
        }
        MountKind::Volume => {
            let mode = short(&PROPAGATION).map(String::as_str);
            let mode = mode.or_else(|| option("bind", "propagation").and_then(Value::as_str))?;
            let problem = format!("the propagation `{mode}` belongs to binds, and this is a volume");
            PROPAGATION.contains(&mode).then(|| Fault::new(problem, format!("remove `{mode}`")))
        }
        _ => None,
    }
}

/// The source of a bind, which has no colon outside of Windows.
fn source(judge: &Judge<'_, '_>, mount: &Mount) -> Option<Fault> {
    let written = mount.source.as_deref().filter(|_| mount.kind == MountKind::Bind && !cfg!(windows))?;
    let source = judge.value(written)?;
    source.contains(':').then(|| {
        let problem = format!("the source of a bind has no colon, and `{source}` has one");
        Fault::new(problem, "write a path of the machine that runs the engine, such as \"./data\"")
    })
}

/// A mount on `/`, however it is spelled.
pub(super) fn root(target: &str) -> Option<Fault> {
    // A path that leads there ends with a slash, `.` or `..`.
    let may_be = target.ends_with(['/', '.']);
    let is_root = may_be && target.strip_prefix('/').is_some_and(|steps| leaves(steps) == Some(0));
    is_root.then(|| Fault::new("nothing can be mounted on `/`", "mount it on a folder of the container"))
}

fn part(mount: &Mount, text: &str) -> Option<Fault> {
    if mount.kind == MountKind::Volume && mount.source.is_none() && !text.is_empty() {
        return Some(Fault::new("a volume without a name has no parts", "add `source = \"VOLUME\"`, or remove `subpath`"));
    }
    (text.starts_with('/') || leaves(text).is_none()).then(|| {
        Fault::new(format!("`{text}` leaves the volume"), "write a folder inside of it, such as \"data\", without `..`")
    })
}

/// How deep a relative path ends below the folder that it counts from; `None` where it leaves it on its way.
fn leaves(path: &str) -> Option<usize> {
    path.split('/').try_fold(0_usize, |depth, step| match step {
        "" | "." => Some(depth),
        ".." => depth.checked_sub(1),
        _ => Some(depth + 1),
    })
}
