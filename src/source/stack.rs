//! The top of stack.toml.

use super::{
    budget,
    compose_keys::UNSUPPORTED_KEY,
    names, parse, profile, resources, service,
    table::{Context, Item, Table},
    traffic, traffic_table,
};
use crate::{diag::Diagnostic, model::Stack};

const KEYS: [&str; 10] = [
    "name", "budget", "defaults", "profiles", "services", "volumes", "networks", "secrets", "configs",
    "traffic",
];

/// Read a text: the stack, the mistakes, and whether the text is TOML throughout.
pub(super) fn read(text: &str) -> (Stack, Vec<Diagnostic>, bool) {
    read_with(text, decode)
}

/// Read a text of which only `[traffic]` matters.
pub(super) fn read_traffic(text: &str) -> (Stack, Vec<Diagnostic>, bool) {
    read_with(text, |top| {
        let mut stack = Stack::default();
        match top.get("traffic") {
            Some(item) => stack.traffic = traffic_table::decode(&item),
            None => top.missing("traffic", "a `[traffic]` table: `target` and `[[traffic.requests]]`"),
        }
        stack
    })
}

fn read_with(text: &str, decode: impl FnOnce(&Table<'_, '_>) -> Stack) -> (Stack, Vec<Diagnostic>, bool) {
    let (document, errors) = parse::read(text);
    let too_deep = parse::too_deep(document.get_ref());
    let mut whole = too_deep.is_none();
    let mut found: Vec<Diagnostic> = Vec::new();
    for error in &errors {
        let (diagnostic, structure) = parse::syntax(error, text);
        whole &= structure;
        found.push(diagnostic);
    }
    found.extend(too_deep);
    let mut stack = Stack::default();
    // A broken line says nothing about the keys around it: follow-up errors would only hide the mistake.
    if whole {
        let context = Context { text, ..Context::default() };
        stack = decode(&Table::top(document.get_ref(), &context));
        found.extend(context.sink.into_found());
    }
    parse::dismantle(document);
    (stack, found, whole)
}

fn decode(top: &Table<'_, '_>) -> Stack {
    let mut stack = Stack::default();
    let defaults = top.get("defaults");
    let defaults = defaults.as_ref().and_then(Item::table);
    for item in top.items() {
        match item.key() {
            "name" => {
                if let Some(name) = item.plain_text()
                    && item.names(name, names::PROJECT)
                {
                    stack.name = name.to_owned();
                }
            }
            "budget" => stack.budget = budget::decode(&item),
            // Decoded once for its own sake, so that a mistake in it is reported once and not for every service.
            "defaults" => {
                if let Some(table) = &defaults {
                    service::decode(table);
                }
            }
            "profiles" => profiles(&item, &mut stack),
            "services" => services(&item, defaults.as_ref(), &mut stack),
            "volumes" => stack.volumes = resources::volumes(&item),
            "networks" => stack.networks = resources::networks(&item),
            "secrets" => stack.secrets = resources::secrets(&item),
            "configs" => stack.configs = resources::configs(&item),
            "traffic" => {
                stack.traffic_table = item.table().map(|table| traffic::document(&table));
                stack.traffic = traffic_table::decode(&item);
            }
            "include" => item.report(|| {
                item.key_error(&UNSUPPORTED_KEY, "`include` is not supported")
                    .label("Compose's key")
                    .why("services of another file would have profiles and limits that no proof sees")
                    .help("write its services here")
            }),
            "version" => item.report(|| {
                item.key_error(&UNSUPPORTED_KEY, "`version` is not supported")
                    .label("obsolete in Compose")
                    .help("remove it")
            }),
            _ => item.unknown(KEYS),
        }
    }
    if top.get("name").is_none() {
        top.missing("name", "`name = \"my-project\"` as the first line");
    }
    if top.get("budget").is_none() {
        top.missing(
            "budget",
            "`[budget]` with `memory = \"12G\"` and `cpus = 8.0`: what this machine gives to the stack",
        );
    }
    stack
}

fn profiles(item: &Item<'_, '_>, stack: &mut Stack) {
    let Some(table) = item.table() else { return };
    for item in table.items() {
        let named = item.named(names::PROFILE);
        if let Some(profile) = profile::decode(&item)
            && named
        {
            stack.profiles.insert(item.key().to_owned(), profile);
        }
    }
}

fn services(item: &Item<'_, '_>, defaults: Option<&Table<'_, '_>>, stack: &mut Stack) {
    let Some(table) = item.table() else { return };
    stack.services.reserve(table.own_len());
    for item in table.items() {
        let named = item.named(names::resource("service"));
        let Some(table) = item.table() else { continue };
        let service = service::decode(&table.above(defaults));
        if named {
            stack.services.insert(item.key().to_owned(), service);
        }
    }
}
