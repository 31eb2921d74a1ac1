//! Services of `volumes_from` that are there twice, which Compose refuses.

use std::collections::HashSet;

use super::Context;
use crate::{
    diag::{Code, Diagnostic, service_path},
    source::DUPLICATE_ITEM,
};

pub(super) static CODES: &[&Code] = &[];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let mut seen = HashSet::new();
        for (position, item) in service.volumes_from.iter().enumerate() {
            if !seen.insert(item) {
                let message = format!("`volumes_from` of service `{name}` contains `{item}` twice");
                found.push(
                    Diagnostic::new(&DUPLICATE_ITEM, message)
                        .at(service_path(name).key("volumes_from").index(position))
                        .why("Compose refuses it: the items of this list are unique")
                        .help("remove one of them"),
                );
            }
        }
    }
}
