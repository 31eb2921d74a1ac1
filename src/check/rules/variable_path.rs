//! Paths of the machine that a variable makes relative.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::{Mount, MountKind},
};

static VARIABLE_PATH: Code = Code {
    name: "variable-path",
    severity: Severity::Warning,
    docs: "\
The source of a bind mount begins with a variable, and what is put in its place is relative: `${DATA}:/data` with `DATA` being \
`./data`. Paths in stack.toml count from its own folder and are rewritten for `generated/`; one that only Compose knows cannot \
be, and counts from `generated/`.

```toml
volumes = [\"./${DATA}:/data\"] # counts from stack.toml's folder, with DATA being `data`
```

Begin the path with `./`, or give the variable an absolute path.",
};

pub(super) static CODES: &[&Code] = &[&VARIABLE_PATH];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        for (position, mount) in service.volumes.iter().enumerate() {
            let Some(made) = relative(context, mount) else { continue };
            found.push(
                Diagnostic::new(
                    &VARIABLE_PATH,
                    format!("the bind source of service `{name}` becomes `{made}`, which counts from generated/"),
                )
                .at(service_path(name).key("volumes").index(position))
                .label("relative by a variable")
                .why("a path in stack.toml counts from its own folder, and what a variable holds is known only to Compose")
                .help("begin the path with `./`, or give the variable an absolute path"),
            );
        }
    }
}

/// The path that a variable at the beginning of a bind source makes, where it is a relative one.
fn relative(context: &Context<'_>, mount: &Mount) -> Option<String> {
    let source = mount.source.as_deref().filter(|source| source.starts_with('$'))?;
    let made = context.expand(source)?;
    let is_relative = match mount.kind {
        // SOURCE:TARGET: a name without a dot at its beginning is a volume.
        MountKind::Opaque => made.starts_with('.'),
        MountKind::Bind => !made.is_empty() && !made.starts_with(['/', '~', '$']) && made.chars().nth(1) != Some(':'),
        _ => false,
    };
    let end = if mount.kind == MountKind::Opaque { made.find(':') } else { None };
    is_relative.then(|| made[..end.unwrap_or(made.len())].to_owned())
}
