//! `[profiles.NAME]` and its overlays.

use super::{
    command, depends_on, environment, limits, names,
    reference::{self, OVERLAY, OVERLAY_LIMITS, OVERLAY_RESERVATIONS, PROFILE},
    service,
    table::Item,
};
use crate::{
    diag::{Allow, Code},
    model::{Map, Overlay, Profile},
};

/// A key that an overlay cannot change.
pub static OVERLAY_KEY: Code = Code::error(
    "overlay-key",
    Allow::Never(Allow::UNREAD),
    "\
`[profiles.NAME.services.SERVICE]` is an overlay: it changes another service while the profile is enabled. It may change \
`environment`, `depends_on`, `limits`, `reservations`, `replicas` and `command`. Compose appends lists when it merges \
override files, so that an overlay of `ports` or `volumes` would add and not change.

```toml
[profiles.tracing.services.order-api]
environment = { OTEL_EXPORTER_OTLP_ENDPOINT = \"http://otel-collector:4317\" }
ports = [\"9000:9000\"]      # error
```

Set the key in the service itself, or write a second service with that profile.",
);

/// Decode one profile.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Profile> {
    let table = item.table()?;
    let mut profile = Profile::default();
    for item in table.items_of(&PROFILE) {
        match item.key() {
            "description" => profile.description = item.plain_text().map(str::to_owned),
            "includes" => profile.includes = names::profile_names(&item),
            "excludes" => profile.excludes = names::profile_names(&item),
            "services" => {
                let Some(table) = item.table() else { continue };
                for item in table.items() {
                    if let Some(overlay) = overlay(&item) {
                        profile.services.insert(item.key().to_owned(), overlay);
                    }
                }
            }
            "notes" => profile.notes = item.plain_text().map(str::to_owned),
            "allow" => profile.allow = service::allow(&item),
            _ => {}
        }
    }
    Some(profile)
}

fn overlay(item: &Item<'_, '_>) -> Option<Overlay> {
    let table = item.table()?.given();
    let mut overlay = Overlay::default();
    // These columns keep nothing.
    let mut none = Map::new();
    for item in table.items_of_or(&OVERLAY, fixed) {
        match item.key() {
            "environment" => overlay.environment = environment::decode(&item),
            "depends_on" => overlay.depends_on = depends_on::decode(&item),
            "limits" => overlay.limits = limits::decode(&item, &OVERLAY_LIMITS, &mut none),
            "reservations" => {
                overlay.reservations = limits::decode(&item, &OVERLAY_RESERVATIONS, &mut none);
            }
            "replicas" => overlay.replicas = item.count(0),
            "command" => overlay.command = command::split(&item),
            _ => {}
        }
    }
    overlay.variables = table.take_texts();
    Some(overlay)
}

/// Report a key of a service that no overlay can change.
fn fixed(item: &Item<'_, '_>) -> bool {
    let key = item.key();
    let known = service::is_known(key);
    if known {
        item.report(|| {
            let changeable: Vec<&str> = reference::names(&OVERLAY).collect();
            item.key_error(&OVERLAY_KEY, format!("an overlay cannot change `{key}`"))
                .label("not in an overlay")
                .help(format!(
                    "an overlay may change {}; set `{key}` in the service itself",
                    changeable.join(", ")
                ))
        });
    }
    known
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HEAD, mistakes, stack};

    #[test]
    fn an_overlay_keeps_only_what_it_sets() {
        let stack =
            stack("[profiles.tracing.services.api]\nreplicas = 2\n[profiles.tracing]\ndescription = \"d\"");
        let overlay = &stack.profiles["tracing"].services["api"];
        assert_eq!((overlay.replicas, &overlay.command), (Some(2), &None));
    }

    #[test]
    fn says_what_is_wrong() {
        let text = "[profiles.core]\n[profiles.x]\n[profiles.aa]\nincludes = [\"core\", \"$X\", \"b b\"]\ndescripton = \"\"\nallow = { privileged = \"\" }\n[profiles.aa.services.api]\nimage = \"x\"\nports = []\nmem_limit = 5\nbogus = 1\nreplicas = -1";
        insta::assert_snapshot!(mistakes(&format!("{HEAD}{text}")), @r#"
            bad-name at `core`: `core` is a reserved name: it means the services that are always active (reserved)
            bad-name at `x`: "x" is not a name for a profile (2 to 236 letters, digits, `.`, `_` and `-`, first a letter or digit)
            bad-name at `"core"`: `core` is a reserved name: it means the services that are always active (reserved)
            variable-in-proof at `"$X"`: profiles.aa.includes[1] contains a variable (must be the same everywhere)
            bad-name at `"b b"`: "b b" is not a name for a profile (2 to 236 letters, digits, `.`, `_` and `-`, first a letter or digit)
            unknown-key at `descripton`: unknown key `descripton` in profiles.aa (did you mean `description`?)
            bad-value at `""`: profiles.aa.allow.privileged has no reason (empty)
            overlay-key at `image`: an overlay cannot change `image` (not in an overlay)
            overlay-key at `ports`: an overlay cannot change `ports` (not in an overlay)
            overlay-key at `mem_limit`: an overlay cannot change `mem_limit` (not in an overlay)
            unknown-key at `bogus`: unknown key `bogus` in profiles.aa.services.api (not known here)
            bad-number at `-1`: profiles.aa.services.api.replicas must be at least 0, not -1 (at least 0)
            "#);
    }
}
