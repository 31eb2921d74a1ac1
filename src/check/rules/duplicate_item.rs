//! Lists in which Compose refuses an item that is there twice.

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
        let mut look = |key: &str, items: &[Value]| {
            for (position, item) in items.iter().enumerate() {
                if items[..position].contains(item) {
                    let shown = item.as_str().unwrap_or("the same item");
                    found.push(
                        Diagnostic::new(
                            &DUPLICATE_ITEM,
                            format!("`{key}` of service `{name}` holds `{shown}` twice"),
                        )
                        .at(service_path(name).key(key).index(position))
                        .why("Compose refuses it: the items of this list are unique")
                        .help("remove one of them"),
                    );
                }
            }
        };
        for key in UNIQUE {
            look(key, service.rest.get(key).and_then(Value::as_list).unwrap_or_default());
        }
        if service.volumes_from.len() > 1 {
            let items: Vec<Value> = service.volumes_from.iter().map(|item| Value::from(item.as_str())).collect();
            look("volumes_from", &items);
        }
    }
}
