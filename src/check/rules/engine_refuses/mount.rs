//! Mounts: their targets and parts of volumes.

use super::fault::{Fault, Judge};
use crate::model::{Mount, MountKind, PROPAGATION, Value};

/// Judge `volumes`.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    for (position, mount) in judge.service.volumes.iter().enumerate() {
        if let Some(fault) = judge.value(&mount.target).and_then(|target| root(&target)) {
            let path = judge.path().key("volumes").index(position);
            judge.refuse(if mount.rest.is_empty() { path } else { path.key("target") }, fault);
        }
        let bound =
            mount.source.as_deref().filter(|_| mount.kind == MountKind::Bind).and_then(|it| judge.value(it));
        if let Some(fault) =
            judge.value(&mount.target).and_then(|target| kernel(mount.kind, &target, bound.as_deref()))
        {
            judge.refuse(judge.path().key("volumes").index(position), fault);
        }
        let table = if mount.kind == MountKind::Volume { "volume" } else { "image" };
        let text = mount.option(table, "subpath").and_then(|subpath| judge.value(subpath.as_str()?));
        if let Some(fault) = text.and_then(|text| part(mount, &text)) {
            judge.refuse(judge.path().key("volumes").index(position).key(table).key("subpath"), fault);
        }
        if let Some(fault) = of_another_type(mount).or_else(|| source(judge, mount)) {
            judge.refuse(judge.path().key("volumes").index(position), fault);
        }
    }
}

/// Options that only the other type of mount has.
fn of_another_type(mount: &Mount) -> Option<Fault> {
    let short = |known: &[&str]| mount.options.iter().find(|option| known.contains(&option.as_str()));
    match mount.kind {
        MountKind::Bind => {
            if short(&["nocopy"]).is_some() || mount.option("volume", "nocopy") == Some(&Value::Bool(true)) {
                return Some(Fault::new(
                    "`nocopy` belongs to volumes, and this is a bind",
                    "remove `nocopy`",
                ));
            }
            let recursive = mount.option("bind", "recursive").and_then(Value::as_str).unwrap_or_default();
            (!mount.read_only && ["readonly", "writable"].contains(&recursive)).then(|| {
                let problem = format!("`recursive = \"{recursive}\"` needs a bind that is read-only");
                Fault::new(problem, "write `read_only = true` beside it, or remove `recursive`")
            })
        }
        MountKind::Volume => {
            let mode = short(&PROPAGATION).map(String::as_str);
            let mode = mode.or_else(|| mount.option("bind", "propagation").and_then(Value::as_str))?;
            let problem = format!("the propagation `{mode}` belongs to binds, and this is a volume");
            PROPAGATION.contains(&mode).then(|| Fault::new(problem, format!("remove `{mode}`")))
        }
        MountKind::Other => match mount.rest.get("type").and_then(Value::as_str)? {
            "image" if mount.source.is_none() => {
                Some(Fault::new("a mount of an image has no `source`", "write `source = \"IMAGE:TAG\"`"))
            }
            "npipe" if !cfg!(windows) => Some(Fault::new(
                "named pipes exist on Windows only",
                "remove it, or mount a socket as a bind",
            )),
            "cluster" => Some(Fault::new(
                "`cluster` volumes exist in a swarm only",
                "write `type = \"volume\"`, or `allow = { engine-refuses = \"REASON\" }` for `--target swarm`",
            )),
            _ => None,
        },
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

/// Files of `/proc` that the runtime lets a mount replace.
const PROC_FILES: [&str; 10] = [
    "cpuinfo",
    "diskstats",
    "loadavg",
    "meminfo",
    "slabinfo",
    "stat",
    "swaps",
    "sys/crypto/fips_enabled",
    "sys/kernel/ns_last_pid",
    "uptime",
];

/// A mount in the place of what the runtime itself mounts: `/proc` and everything in it, and `/dev`. The machine's own may take
/// their place, and a volume on `/dev` begins with what the image has there.
pub(super) fn kernel(kind: MountKind, target: &str, source: Option<&str>) -> Option<Fault> {
    let steps: Vec<&str> = target.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
    let path = steps.join("/");
    let whole = match path.split_once('/') {
        Some(("proc", file)) if !PROC_FILES.contains(&file) => "/proc",
        None if path == "proc" => "/proc",
        None if path == "dev" && kind != MountKind::Volume => "/dev",
        _ => return None,
    };
    let is_same = source.is_some_and(|source| source.trim_end_matches('/') == whole) && steps.len() == 1;
    (target.starts_with('/') && !is_same).then(|| {
        Fault::new(
            format!("`{target}` cannot be mounted over: `{whole}` is the container's own"),
            "choose another `target`",
        )
    })
}

fn part(mount: &Mount, text: &str) -> Option<Fault> {
    if mount.kind == MountKind::Volume && mount.source.is_none() && !text.is_empty() {
        return Some(Fault::new(
            "an anonymous volume has no subpath",
            "add `source = \"VOLUME\"`, or remove `subpath`",
        ));
    }
    (text.starts_with('/') || leaves(text).is_none()).then(|| {
        Fault::new(
            format!("`{text}` leaves the volume"),
            "write a folder inside of it, such as \"data\", without `..`",
        )
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
