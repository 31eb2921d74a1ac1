//! Keys of `compose = { ... }` that stackctl does not know.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, KeyPath, Allow, Severity, service_path},
    source::reference,
};

static UNKNOWN_COMPOSE_KEY: Code = Code {
    name: "unknown-compose-key",
    severity: Severity::Warning,
    allow: Allow::Anywhere,
    docs: "\
`compose = { ... }` holds a key that this stackctl does not know, in the service or in a table below it. A newer Compose may know \
it, so it is passed through as it is; one that does not know it refuses the whole file.

```toml
compose = { hostnam = \"x\" }       # warning: did you mean `hostname`?
```

Correct the name. Where the key is newer than stackctl, say so:

```toml
allow = { unknown-compose-key = \"Compose 2.45\" }
```",
};

pub(super) static CODES: &[&Code] = &[&UNKNOWN_COMPOSE_KEY];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.project.document.text().contains("compose") {
        return;
    }
    for (name, service) in context.services() {
        for unknown in reference::unknown_keys(&service.rest, &service.compose) {
            let key = KeyPath(unknown.path.clone());
            let mut at = service_path(name).key("compose");
            at.0.extend(unknown.path);
            let message = format!("`compose` of service `{name}` holds `{key}`, which stackctl does not know");
            let diagnostic = Diagnostic::new(&UNKNOWN_COMPOSE_KEY, message)
                .at_key(at)
                .why("it is passed through, and a Compose that does not know it refuses the whole file");
            found.push(match unknown.near {
                Some(near) => diagnostic.label(format!("did you mean `{near}`?")).help(format!("write `{near}`")),
                None => diagnostic.label("not known").help(
                    "remove it, or write `allow = { unknown-compose-key = \"reason\" }` where Compose is newer",
                ),
            });
        }
    }
}
