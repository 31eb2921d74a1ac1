//! `[services.NAME]` and `[defaults]`.

use indexmap::IndexMap;

use super::{
    build, command, compose_keys, depends_on, environment, figures, grants, healthcheck, limits, logging,
    names as rules, networks, passthrough, ports,
    reference::{ATTACHMENT, LIMITS, MODEL_ATTACHMENT, RESERVATIONS, SERVICE, has, service_names},
    scalar::BAD_VALUE,
    table::{Item, Table},
    volumes,
};
use crate::model::{Cpus, Service, variable};

/// Whether a key means something in a service.
pub fn is_known(key: &str) -> bool {
    has(&SERVICE, key) || compose_keys::shape(key).is_some() || compose_keys::instead(key).is_some()
}

/// Decode one service with its defaults beneath.
pub(super) fn decode(table: &Table<'_, '_>) -> Service {
    let mut service = Service::default();
    let table = &table.given();
    for item in table.items() {
        let key = item.key();
        if !has(&SERVICE, key) {
            rest(&item, table, &mut service);
            continue;
        }
        match key {
            "image" => service.image = item.text().filter(|image| filled(&item, image)),
            "build" => service.build = build::decode(&item),
            "profiles" => service.profiles = rules::profile_names(&item),
            "container_name" => service.container_name = item.text().filter(|name| container(&item, name)),
            "limits" => service.limits = limits::decode(&item, &LIMITS, &mut service.resources),
            "reservations" => {
                service.reservations = limits::decode(&item, &RESERVATIONS, &mut service.resources);
            }
            "cpu_quota" => service.cpu_quota = item.whole(i64::MIN, i64::MAX),
            "cpu_period" => service.cpu_period = item.whole(i64::MIN, i64::MAX),
            "memswap_limit" => service.memswap_limit = limits::memswap_limit(&item),
            "replicas" => service.replicas = item.count(0),
            "restart" => service.restart = item.text(),
            "logging" => service.logging = logging::decode(&item),
            "healthcheck" => service.healthcheck = healthcheck::decode(&item),
            "depends_on" => service.depends_on = depends_on::decode(&item),
            "deploy" => item.keep_in(&mut service.rest, passthrough::deploy(&item)),
            "environment" => service.environment = environment::decode(&item),
            "env_file" => service.env_file = environment::env_file(&item),
            "command" => service.command = command::split(&item),
            "entrypoint" => service.entrypoint = command::split(&item),
            "ports" => service.ports = ports::decode(&item),
            "volumes" => service.volumes = volumes::decode(&item),
            "tmpfs" => service.tmpfs = item.text_or_texts().unwrap_or_default(),
            "networks" => service.networks = networks::decode(&item, &ATTACHMENT),
            "models" => service.models = networks::decode(&item, &MODEL_ATTACHMENT),
            "network_mode" => service.network_mode = item.text(),
            "ipc" => service.ipc = item.text(),
            "pid" => service.pid = item.text(),
            "links" => service.links = item.texts().unwrap_or_default(),
            "volumes_from" => service.volumes_from = item.texts().unwrap_or_default(),
            "secrets" => service.secrets = item.each(grants::grant),
            "configs" => service.configs = item.each(grants::grant),
            "files" => service.files = item.each(grants::file),
            "privileged" => service.privileged = item.given_boolean().unwrap_or_default(),
            "notes" => service.notes = item.plain_text().map(str::to_owned),
            "allow" => service.allow = allow(&item),
            "compose" => passthrough::decode(&item, table, &mut service),
            _ => {}
        }
    }
    if service.limits.cpus.is_none() && table.get("limits").is_none_or(|limits| !has_cpus(&limits)) {
        service.limits.cpus = service.cpu_quota.and_then(|quota| Cpus::of_quota(quota, service.cpu_period));
        service.is_quota_limit = service.limits.cpus.is_some();
    }
    misplaced(table, &service);
    service.variables = table.take_texts();
    service
}

/// Report keys of a service that stand below a table of it that takes any text, where the service has no image for that reason.
fn misplaced(table: &Table<'_, '_>, service: &Service) {
    if service.image.is_some() || service.build.is_some() || service.is_provided() {
        return;
    }
    for below in ["environment", "labels"].iter().filter_map(|key| table.get(key)) {
        let Some(below) = below.as_table() else { continue };
        if !["image", "build"].iter().any(|key| below.get(key).is_some()) {
            continue;
        }
        for item in below.items().filter(|item| !item.node.is_array() && !item.node.is_table()) {
            if let Some(found) = item.misplaced() {
                item.report(|| found);
            }
        }
    }
}

/// Whether `limits` sets CPUs, also where they could not be read.
fn has_cpus(limits: &Item<'_, '_>) -> bool {
    limits.as_table().is_some_and(|limits| limits.get("cpus").is_some())
}

fn rest(item: &Item<'_, '_>, table: &Table<'_, '_>, service: &mut Service) {
    let key = item.key();
    if let Some(shape) = compose_keys::shape(key) {
        item.keep_in(&mut service.rest, item.shaped(shape));
    } else if let Some((code, help)) = compose_keys::instead(key) {
        item.report(|| {
            if let Some(found) = figures::owned(item, table) {
                return found;
            }
            let message = if code == &compose_keys::OWNED_KEY {
                format!("`{key}` has another name in stack.toml")
            } else {
                format!("`{key}` is not supported")
            };
            item.key_error(code, message).label("Compose's key").help(help)
        });
    } else {
        item.unknown(service_names());
    }
}

fn filled(item: &Item<'_, '_>, text: &str) -> bool {
    item.ensure(!text.trim().is_empty(), || {
        item.error(&BAD_VALUE, format!("{} is empty", item.path()))
            .label("empty")
            .help("write the image, such as \"postgres:17-alpine\", or remove the key")
    })
}

fn container(item: &Item<'_, '_>, name: &str) -> bool {
    variable::has_variable(name) || item.names(name, rules::CONTAINER)
}

/// Decode `allow`: warnings to acknowledge, each with a reason.
pub(super) fn allow(item: &Item<'_, '_>) -> IndexMap<String, String> {
    let mut allowed = IndexMap::new();
    let Some(table) = item.table() else { return allowed };
    for item in table.items() {
        let Some(reason) = item.plain_text() else { continue };
        let has_reason = item.ensure(!reason.trim().is_empty(), || {
            item.error(&BAD_VALUE, format!("{} has no reason", item.path()))
                .label("empty")
                .help("write why the finding is acceptable")
        });
        if has_reason {
            allowed.insert(item.key().to_owned(), reason.to_owned());
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::super::{
        reference,
        testing::{HEAD, in_service, mistakes, service, stack},
    };
    use super::*;

    #[test]
    fn every_listed_key_is_decoded() {
        for key in reference::names(&SERVICE) {
            let found = in_service(&format!("{key} = 1979-05-27"));
            assert!(!found.is_empty() && !found.starts_with("unknown-key"), "{key}: {found}");
        }
        assert!(reference::names(&SERVICE).is_sorted());
    }

    #[test]
    fn a_quota_is_the_cpu_limit_where_none_is_set() {
        let cpus = |lines: &str| service(lines).limits.cpus.map(|cpus| cpus.to_string());
        assert_eq!(cpus("cpu_quota = 25_000").as_deref(), Some("0.25"));
        assert_eq!(cpus("cpu_quota = \"50000\"\ncpu_period = 25_000").as_deref(), Some("2.0"));
        assert_eq!(cpus("cpu_quota = -1"), None);
        assert_eq!(cpus("cpu_period = 50_000\nlimits = { cpus = 1.5 }").as_deref(), Some("1.5"));
    }

    #[test]
    fn defaults_lie_beneath_and_the_own_value_wins() {
        let stack = stack(
            "[defaults]\nrestart = \"always\"\nuser = \"1\"\nlabels = { a = \"1\", b = \"2\" }\ncap_drop = [\"ALL\"]\n[services.api]\nuser = \"2\"\nlabels = { b = \"3\" }\ncap_drop = []",
        );
        let api = &stack.services["api"];
        assert_eq!(api.restart.as_deref(), Some("always"));
        assert_eq!(api.rest["user"].as_str(), Some("2"));
        assert_eq!(api.rest["labels"].as_map().unwrap().len(), 2);
        assert_eq!(api.rest["cap_drop"].as_list().unwrap().len(), 0);
    }

    #[test]
    fn a_mistake_in_defaults_is_reported_once() {
        let text = "[defaults]\nrestrt = \"always\"\nlogging = { max_size = 10 }\n[services.a]\nimage = \"a\"\nlogging = { max_file = 0 }\n[services.b]\nimage = \"b\"";
        insta::assert_snapshot!(mistakes(&format!("{HEAD}{text}")), @"
        unknown-key at `restrt`: unknown key `restrt` in defaults (did you mean `restart`?)
        bad-size at `10`: defaults.logging.max_size is a number without a unit (which unit?)
        bad-number at `0`: services.a.logging.max_file must be at least 1, not 0 (at least 1)
        ");
    }

    #[test]
    fn composes_other_spellings_have_a_place_here() {
        insta::assert_snapshot!(
            in_service("mem_limit = \"1g\"\ncpus = 1\ndeploy = {}\nscale = 2\nextends = \"base\"\nimge = \"x\"\nzzz = 1\nx-ours = [1]"),
            @"
            owned-key at `mem_limit`: `mem_limit` has another name in stack.toml (Compose's key)
            owned-key at `cpus`: `cpus` has another name in stack.toml (Compose's key)
            owned-key at `scale`: `scale` has another name in stack.toml (Compose's key)
            unsupported-key at `extends`: `extends` is not supported (Compose's key)
            unknown-key at `imge`: unknown key `imge` in services.api (did you mean `image`?)
            unknown-key at `zzz`: unknown key `zzz` in services.api (not known here)
            "
        );
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("image = \" \"\ncontainer_name = \"a\"\nprofiles = [\"core\", \"${P}\", 1]\nreplicas = -1\nrestart = false\nprivileged = \"yes\"\nallow = { privileged = true }\ntmpfs = 5\nlinks = \"db\""),
            @r#"
            bad-value at `" "`: services.api.image is empty (empty)
            bad-name at `"a"`: "a" is not a name for a container (two or more letters, digits, `.`, `_` and `-`, first a letter or digit)
            bad-name at `"core"`: `core` is a reserved name: it means the services that are always active (reserved)
            variable-in-proof at `"${P}"`: services.api.profiles[1] contains a variable (must be the same everywhere)
            wrong-type at `1`: services.api.profiles[2] must be a string in quotes, not an integer (expected a string in quotes)
            bad-number at `-1`: services.api.replicas must be at least 0, not -1 (at least 0)
            wrong-type at `false`: services.api.restart must be a string in quotes, not a boolean (expected a string in quotes)
            wrong-type at `"yes"`: services.api.privileged must be true or false, not a string (expected true or false)
            wrong-type at `true`: services.api.allow.privileged must be a string in quotes, not a boolean (expected a string in quotes)
            wrong-type at `5`: services.api.tmpfs must be a string or a list of strings, not an integer (expected a string or a list of strings)
            wrong-type at `"db"`: services.api.links must be a list of strings, not a string (expected a list of strings)
            "#
        );
    }
}
