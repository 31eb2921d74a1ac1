//! Compose's service keys that no proof reads, with the shape of their values; and those that stackctl writes differently.
//! The keys and shapes are those of the Compose Specification's schema.

use super::{reference::REST, shape::Shape};
use crate::diag::{Allow, Code};

/// A Compose key that stackctl has a place of its own for.
pub static OWNED_KEY: Code = Code::error(
    "owned-key",
    Allow::Never(Allow::UNREAD),
    "\
Compose has several spellings for what a proof reads; stackctl has one. `mem_limit`, `cpus`, `pids_limit` and \
`deploy.resources` are all `limits` and `reservations`, `scale` and `deploy.replicas` are `replicas`. Compose itself \
refuses a file in which two spellings disagree. The same holds for a key inside `compose = { ... }` that stackctl reads: \
it would be written twice.

```toml
mem_limit = \"512m\"                                # error
limits = { memory = \"512M\", cpus = 1.0 }

compose = { ports = [\"80:80\"] }                   # error: write `ports` in the service
deploy = { replicas = 2 }                         # error: write `replicas` in the service
deploy = { endpoint_mode = \"dnsrr\" }             # fine: nothing that stackctl reads
```

Write the key where the help says.",
);

/// A Compose feature that stackctl does not have.
pub static UNSUPPORTED_KEY: Code = Code::error(
    "unsupported-key",
    Allow::Never(Allow::UNREAD),
    "\
Compose has the key, and stackctl deliberately does not support it, because the budget proof over every combination of \
profiles would be wrong with it: `extends` and `include` pull in services with profiles of their own, an override file would not \
see them. The help says what does the same.

```toml
[services.api]
extends = { service = \"base\" }     # error: [defaults] is what every service starts from
```",
);

/// The shape of a key of `Service::rest`. Extension keys (`x-...`) hold anything.
pub(super) fn shape(key: &str) -> Option<Shape> {
    if key.starts_with("x-") {
        return Some(Shape::Any);
    }
    REST.binary_search_by(|known| known.name.cmp(key)).ok().map(|at| REST[at].form)
}

/// What to write instead of a Compose key that has another place here, with its code.
pub(super) fn instead(key: &str) -> Option<(&'static Code, &'static str)> {
    Some(match key {
        "mem_limit" => (&OWNED_KEY, "write `limits = { memory = \"...\" }`"),
        "mem_reservation" => (&OWNED_KEY, "write `reservations = { memory = \"...\" }`"),
        "cpus" => (&OWNED_KEY, "write `limits = { cpus = ... }`"),
        "pids_limit" => (&OWNED_KEY, "write `limits = { pids = ... }`"),
        "scale" => (&OWNED_KEY, "write `replicas = ...`"),
        "extends" => (
            &UNSUPPORTED_KEY,
            "put what services share into [defaults]; `extends` would also inherit profiles, which the budget proof does not follow",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(REST.is_sorted_by(|left, right| left.name < right.name));
        assert!(matches!(shape("user"), Some(Shape::Text)));
        assert!(matches!(shape("x-anything"), Some(Shape::Any)));
        assert!(shape("users").is_none());
    }

    #[test]
    fn what_has_another_place_is_not_kept() {
        for key in ["mem_limit", "extends", "scale", "cpus"] {
            assert!(instead(key).is_some() && shape(key).is_none(), "{key}");
        }
    }
}
