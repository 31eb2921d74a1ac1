//! Keys of `compose = { ... }` that stackctl does not know.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, KeyPath, Segment},
    model::UnknownKey,
};

static UNKNOWN_COMPOSE_KEY: Code = Code::warning(
    "unknown-compose-key",
    "\
`compose = { ... }` of a service, or of another table that is Compose's, holds a key that this stackctl does not know. A newer Compose may know \
it, so it is passed through as it is; one that does not know it refuses the whole file.

```toml
compose = { hostnam = \"x\" }       # warning: did you mean `hostname`?
```

Correct the name. Where the key is newer than stackctl, say so:

```toml
allow = { unknown-compose-key = \"Compose 2.45\" }
```",
);

pub(super) static CODES: &[&Code] = &[&UNKNOWN_COMPOSE_KEY];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for UnknownKey { path, near } in &context.stack.unknown_keys {
        // A mistake in `[defaults]` is reported with the services that have it.
        if path.0.first() == Some(&Segment::Key("defaults".to_owned())) {
            continue;
        }
        let door =
            path.0.iter().rposition(|step| *step == Segment::Key("compose".to_owned())).unwrap_or_default();
        let key = KeyPath(path.0[door + 1..].to_vec());
        let message = match &path.0[..door] {
            [Segment::Key(table), Segment::Key(name)] if table == "services" => {
                format!("`compose` of service `{name}` holds `{key}`, which stackctl does not know")
            }
            table => format!(
                "`compose` of `{}` holds `{key}`, which stackctl does not know",
                KeyPath(table.to_vec())
            ),
        };
        let diagnostic = Diagnostic::new(&UNKNOWN_COMPOSE_KEY, message)
            .at_key(path.clone())
            .why("it is passed through, and a Compose that does not know it refuses the whole file");
        found.push(match near {
            Some(near) => diagnostic.label(format!("did you mean `{near}`?")).help(format!("write `{near}`")),
            None => diagnostic.label("not known").help(
                "remove it, or write `allow = { unknown-compose-key = \"reason\" }` where Compose is newer",
            ),
        });
    }
}
