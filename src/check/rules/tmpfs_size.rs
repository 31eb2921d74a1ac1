//! Mounts in memory that have more room than the container has memory.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, KeyPath, service_path},
    model::{Bytes, MountKind, Value},
};

static TMPFS_ABOVE_LIMIT: Code = Code::warning(
    "tmpfs-above-limit",
    "\
A tmpfs may hold more than the container's memory limit. What is written to it counts as memory of the container, so it is killed before the tmpfs is \
full. Overlays that lower the limit count.

```toml
limits = { memory = \"64M\", cpus = 0.5 }
tmpfs = [\"/tmp:size=128m\"]      # warning
```

Give it a size below the limit, or raise the limit.",
);

pub(super) static CODES: &[&Code] = &[&TMPFS_ABOVE_LIMIT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let short = service.tmpfs.iter().enumerate().filter_map(|(position, text)| {
            let text = context.value(text)?;
            let option =
                text.split_once(':')?.1.split(',').rev().find_map(|option| option.strip_prefix("size="))?;
            // The kernel's suffixes are among Compose's, which has no percentage.
            Some((service_path(name).key("tmpfs").index(position), Bytes::parse(option).ok()?))
        });
        let long = service.volumes.iter().enumerate().filter_map(|(position, mount)| {
            let size = match mount.option("tmpfs", "size").filter(|_| mount.kind == MountKind::Tmpfs)? {
                Value::Int(bytes) => Bytes(u64::try_from(*bytes).ok()?),
                other => Bytes::parse(&context.value(other.as_str()?)?).ok()?,
            };
            let at = service_path(name).key("volumes").index(position).key("tmpfs").key("size");
            Some((at, size))
        });
        for (at, size) in short.chain(long) {
            found.extend(above(context, name, at, size));
        }
    }
}

fn above(context: &Context<'_>, name: &str, at: KeyPath, size: Bytes) -> Option<Diagnostic> {
    let own = context.services()[name].limits.memory;
    let choices = context.choices(name, own, |overlay| overlay.limits.memory);
    choices.iter().find_map(|choice| {
        let limit = choice.value.filter(|limit| size > *limit)?;
        let combination = context.when(name).chosen(choice, &choices).witness()?;
        let message = format!("a tmpfs of service `{name}` may hold {size}, and its memory limit is {limit}");
        let diagnostic = Diagnostic::new(&TMPFS_ABOVE_LIMIT, message)
            .at(at.clone())
            .label(format!("more than {limit}"))
            .related(choice.path(name, &["limits", "memory"]), "the memory limit")
            .why("what is written to it counts as memory: the container is killed before it is full")
            .help("give it a size below the limit, or raise the limit")
            .in_combination(combination);
        Some(diagnostic)
    })
}
