//! The top of stack.toml.

use super::{
    budget,
    compose_keys::UNSUPPORTED_KEY,
    names, profile,
    reference::TOP_TABLE,
    resources,
    scalar::BAD_VALUE,
    service,
    table::{Context, Item, Table},
    toml::{parse, yaml},
    traffic, traffic_table,
    tree::Tree,
    unrepresentable,
    values::Values,
};
use crate::{
    diag::Diagnostic,
    model::{Stack, Swap},
};

/// Read a text with the decoder of its top: the stack, the mistakes, and whether the text is TOML throughout.
pub(super) fn read(
    parsed: &parse::Read,
    text: &str,
    values: &Values,
    decode: fn(&Table<'_, '_>) -> Stack,
) -> (Stack, Vec<Diagnostic>, bool) {
    let context = context(values);
    let mut whole = parsed.is_complete;
    let (yaml, errors) = yaml::find(&parsed.errors, text);
    if let Some(found) = yaml {
        whole = false;
        context.sink.report(|| found);
    }
    for error in errors {
        let structural = parse::is_structural(error);
        let first = whole && structural;
        whole &= !structural;
        context.sink.report(|| {
            let diagnostic = parse::syntax(error, text);
            if first {
                diagnostic.why("everything else is checked once the file is valid TOML")
            } else {
                diagnostic
            }
        });
    }
    if let Some(place) = &parsed.too_deep {
        context.sink.report(|| parse::nested(place.clone()));
    }
    if !whole {
        // A broken line says nothing about the keys around it: follow-up errors would only hide the mistake.
        return (Stack::default(), context.sink.into_found(), false);
    }
    let stack = with_notes(decode(&Table::top(parsed.tree.root(), &context)), &context);
    let mut found = context.sink.into_found();
    found.extend(unrepresentable::check(parsed.tree.root(), text));
    (stack, found, true)
}

/// What the views of one document share.
fn context(values: &Values) -> Context {
    Context { values: values.clone(), is_service_key: Some(service::is_known), ..Context::default() }
}

/// Read a tree with the decoder of its top.
pub(super) fn read_tree(
    tree: &Tree,
    values: &Values,
    decode: fn(&Table<'_, '_>) -> Stack,
) -> (Stack, Vec<Diagnostic>) {
    let context = context(values);
    let stack = with_notes(decode(&Table::top(tree.root(), &context)), &context);
    (stack, context.sink.into_found())
}

/// What was noted beside the values.
fn with_notes(stack: Stack, context: &Context) -> Stack {
    Stack { unknown_keys: context.unknown.take(), assumes: context.assumed.take(), ..stack }
}

/// Decode the top of a file of which only `[traffic]` matters.
pub(super) fn decode_traffic(top: &Table<'_, '_>) -> Stack {
    let mut stack = Stack::default();
    match top.get("traffic") {
        Some(item) => stack.traffic = traffic_table::decode(&item),
        None => top.missing("traffic", "a `[traffic]` table: `target` and `[[traffic.requests]]`"),
    }
    stack
}

/// Decode the top of stack.toml.
pub(super) fn decode(top: &Table<'_, '_>) -> Stack {
    let mut stack = Stack::default();
    let defaults = top.get("defaults");
    let defaults = defaults.as_ref().and_then(Item::table);
    for item in top.read_or(&TOP_TABLE, &mut stack.extensions, composes_own) {
        match item.key() {
            "name" => {
                if let Some(name) = item.plain_text()
                    && item.names(name, names::PROJECT)
                {
                    stack.name = name.to_owned();
                }
            }
            "default_profiles" => stack.default_profiles = names::profile_names(&item),
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
            "models" => stack.models = resources::models(&item),
            "traffic" => {
                stack.traffic_table = item.as_table().map(|table| traffic::document(&table));
                stack.traffic = traffic_table::decode(&item);
            }
            _ => {}
        }
    }
    if stack.budget.no_swap {
        let services = stack.services.values_mut().filter(|service| !service.is_provided());
        services.for_each(|service| service.memswap_limit = service.memswap_limit.or(Some(Swap::Off)));
    }
    top.requires_key("name", "`name = \"my-project\"` as the first line");
    stack
}

/// Report the top-level keys of Compose that stackctl deliberately does not take.
fn composes_own(item: &Item<'_, '_>) -> bool {
    let key = item.key();
    let known = matches!(key, "include" | "version");
    if known {
        item.report(|| {
            let error = item.key_error(&UNSUPPORTED_KEY, format!("`{key}` is not supported"));
            if key == "version" {
                return error.label("obsolete in Compose").help("remove it");
            }
            error
                .label("Compose's key")
                .why("the budget proof does not see the services of another file")
                .help("write its services here")
        });
    }
    known
}

/// The most profiles of a stack. A service is rendered with every aggregate that enables it, so that a chain of aggregates
/// takes the square of its length.
const MOST_PROFILES: usize = 2_048;

fn profiles(item: &Item<'_, '_>, stack: &mut Stack) {
    let Some(table) = item.table() else { return };
    for item in table.items() {
        if stack.profiles.len() == MOST_PROFILES {
            item.report(|| {
                item.error(&BAD_VALUE, format!("a stack has at most {MOST_PROFILES} profiles"))
                    .label("one too many")
                    .help("use one profile for services that start together")
            });
            break;
        }
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

#[cfg(test)]
mod tests {
    use super::super::{parse, testing::mistakes};

    #[test]
    fn says_what_is_wrong_at_the_top() {
        insta::assert_snapshot!(mistakes("x = 1"), @"
        missing-key at ``: stack.toml has no `name` (`name` is missing)
        unknown-key at `x`: unknown key `x` at the top of stack.toml (not known here)
        ");
        insta::assert_snapshot!(
            mistakes("version = \"3\"\ninclude = []\nname = \"Order Shop\"\nservcies = {}\nservices = []\ndefaults = 5\ntraffic = 1\nbudget = { memory = \"1G\", cpus = 1 }"),
            @r#"
            unsupported-key at `version`: `version` is not supported (obsolete in Compose)
            unsupported-key at `include`: `include` is not supported (Compose's key)
            bad-name at `"Order Shop"`: "Order Shop" is not a name for a project (lower case letters, digits, `_` and `-`, first a letter or digit)
            unknown-key at `servcies`: unknown key `servcies` at the top of stack.toml (did you mean `services`?)
            wrong-type at `[]`: services must be a table, not a list (expected a table)
            wrong-type at `5`: defaults must be a table, not an integer (expected a table)
            wrong-type at `1`: traffic must be a table, not an integer (expected a table)
            "#
        );
    }

    #[test]
    fn names_that_compose_refuses() {
        insta::assert_snapshot!(
            mistakes("name = \"x\"\nbudget = { memory = \"1G\", cpus = 1 }\n[services.\"a b\"]\n[services.\"\"]\n[services.x]\n[volumes.\"a/b\"]"),
            @r#"
            bad-name at `"a b"`: "a b" is not a name for a service (letters, digits, `.`, `_` and `-`)
            bad-name at `""`: "" is not a name for a service (letters, digits, `.`, `_` and `-`)
            bad-name at `"a/b"`: "a/b" is not a name for a volume (letters, digits, `.`, `_` and `-`)
            "#
        );
    }

    #[test]
    fn syntax_errors_come_alone_and_duplicates_with_the_rest() {
        insta::assert_snapshot!(mistakes("name = orders\nimage = \"x\n[services.api\nbogus = 1\n"), @r#"
        not-toml at `orders`: stack.toml is not valid TOML: string values must be quoted (write it in quotes)
        not-toml at ``: stack.toml is not valid TOML: invalid basic string (expected `"`)
        not-toml at ``: stack.toml is not valid TOML: unclosed table (expected `]`)
        "#);
        insta::assert_snapshot!(mistakes("name = \"x\"\nname = \"y\"\nbogus = 1\n[budget]\nmemory = \"1G\"\n[budget]\ncpus = 1"), @"
        duplicate-key at `name`: `name` is defined twice (already defined above)
        unknown-key at `bogus`: unknown key `bogus` at the top of stack.toml (not known here)
        duplicate-key at `budget`: `budget` is defined twice (already defined above)
        ");
        assert!(!parse(b"name = orders").is_whole);
        assert!(parse(b"name = 'a'\nname = 'b'").is_whole);
    }
}
