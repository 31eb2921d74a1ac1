//! Lists in which Compose refuses an item that is there twice.

use std::collections::HashSet;

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::Value,
};

static DUPLICATE_ITEM: Code = Code {
    name: "duplicate-item",
    severity: Severity::Error,
    docs: "\
`security_opt`, `group_add`, `external_links`, `device_cgroup_rules`, `extra_hosts` or `volumes_from` holds an item twice, \
and Compose's schema refuses that (`items at 0 and 1 are equal`). Other lists may repeat an item.

Remove one of them.",
};

pub(super) static CODES: &[&Code] = &[&DUPLICATE_ITEM];

/// The lists of a service whose items are unique, measured on Compose 2.40.3.
const UNIQUE: [&str; 5] =
    ["security_opt", "group_add", "external_links", "device_cgroup_rules", "extra_hosts"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let mut look = |key: &str, items: &mut dyn Iterator<Item = &str>| {
            let mut seen = HashSet::new();
            for (position, item) in items.enumerate() {
                if !seen.insert(item) {
                    found.push(
                        Diagnostic::new(
                            &DUPLICATE_ITEM,
                            format!("`{key}` of service `{name}` holds `{item}` twice"),
                        )
                        .at(service_path(name).key(key).index(position))
                        .why("Compose refuses it: the items of this list are unique")
                        .help("remove one of them"),
                    );
                }
            }
        };
        for key in UNIQUE {
            let items = service.rest.get(key).and_then(Value::as_list).unwrap_or_default();
            // Decoding makes texts of all of them.
            look(key, &mut items.iter().filter_map(Value::as_str));
        }
        look("volumes_from", &mut service.volumes_from.iter().map(String::as_str));
    }
}
