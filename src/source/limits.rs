//! `limits`, `reservations`, `memswap_limit`.

use toml::de::DeValue;

use super::{
    compose_keys::UNSUPPORTED_KEY,
    reference::{Form, Key, LIMIT_KEYS, RESERVATION_KEYS},
    scalar::BAD_NUMBER,
    table::Item,
};
use crate::model::{Resources, Swap};

/// Decode `limits`.
pub(super) fn limits(item: &Item<'_, '_>) -> Resources {
    decode(item, true)
}

/// Decode `reservations`: no `pids`.
pub(super) fn reservations(item: &Item<'_, '_>) -> Resources {
    decode(item, false)
}

fn decode(item: &Item<'_, '_>, limits: bool) -> Resources {
    let mut resources = Resources::default();
    let Some(table) = item.table() else { return resources };
    let keys: &[Key<Form>] = if limits { &LIMIT_KEYS } else { &RESERVATION_KEYS };
    for item in table.items_of_or(keys, |item| !limits && elsewhere(item)) {
        match item.key() {
            "memory" => resources.memory = item.bytes(),
            "cpus" => resources.cpus = item.cpus(),
            "pids" => resources.pids = pids(&item),
            _ => {}
        }
    }
    resources
}

/// Report what Compose reserves and stackctl does not.
fn elsewhere(item: &Item<'_, '_>) -> bool {
    let known = matches!(item.key(), "devices" | "generic_resources");
    if known {
        item.report(|| {
            item.key_error(&UNSUPPORTED_KEY, format!("{} is not supported", item.path()))
                .label("not supported")
                .help("write `gpus` in the service, which means the same outside Swarm")
        });
    }
    known
}

/// -1 for no limit, or at least 1: Compose drops a 0 without a word.
fn pids(item: &Item<'_, '_>) -> Option<i64> {
    let pids = item.whole(-1, i64::MAX)?;
    if pids == 0 {
        return item.reject(|| {
            item.error(&BAD_NUMBER, format!("{} is 0", item.path()))
                .label("means no limit at all")
                .help("write how many processes the container may have, or -1 for no limit")
        });
    }
    Some(pids)
}

/// Decode `memswap_limit`: a size, or -1.
pub(super) fn memswap_limit(item: &Item<'_, '_>) -> Option<Swap> {
    let unlimited = match item.node.value() {
        DeValue::Integer(number) => number.as_str() == "-1",
        DeValue::String(text) => text == "-1",
        _ => false,
    };
    if unlimited { Some(Swap::Unlimited) } else { item.bytes().map(Swap::Limit) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use crate::model::{Bytes, Swap};

    #[test]
    fn numbers_and_texts_mean_the_same() {
        let service = service(
            "limits = { memory = \"0.5g\", cpus = \"0.50\", pids = -1 }\nreservations = { cpus = 1 }\nmemswap_limit = \"512m\"",
        );
        assert_eq!(service.limits.memory, Some(Bytes(512 << 20)));
        assert_eq!(service.limits.cpus.unwrap().to_string(), "0.5");
        assert_eq!(service.limits.pids, Some(-1));
        assert_eq!(service.memswap_limit, Some(Swap::Limit(Bytes(512 << 20))));
    }

    #[test]
    fn absurd_sizes_are_refused() {
        for (memory, what) in [
            ("512", "512 has no unit"),
            ("1.5", "1.5 has no unit"),
            ("\"-1G\"", "negative"),
            ("\"0.5\"", "truncates to 0"),
            ("\"0\"", "0"),
            ("\"9999999P\"", "above 64 bits"),
            ("\"512 pounds\"", "no unit of Docker"),
            ("true", "no size"),
            ("\"${MEM}\"", "a variable"),
            ("99999999999999999999999", "no size either"),
        ] {
            let found = in_service(&format!("limits = {{ memory = {memory} }}"));
            assert_eq!(found.lines().count(), 1, "{what}: {found}");
        }
        insta::assert_snapshot!(in_service("limits = { memory = 512 }\nmemswap_limit = \"${X}\""), @r#"
        bad-size at `512`: services.api.limits.memory is a number without a unit (which unit?)
        variable-in-proof at `"${X}"`: services.api.memswap_limit contains a variable (only known when Compose runs)
        "#);
    }

    #[test]
    fn absurd_cpus_are_refused() {
        for cpus in [
            "-1",
            "0",
            "0.0",
            "nan",
            "inf",
            "-inf",
            "1e3",
            "\"two\"",
            "\"${C}\"",
            "1000001",
            "0.0000000001",
            "[1]",
        ] {
            let found = in_service(&format!("limits = {{ cpus = {cpus} }}"));
            assert_eq!(found.lines().count(), 1, "{cpus}: {found}");
        }
        insta::assert_snapshot!(in_service("limits = { cpus = nan }"), @"
        bad-cpus at `nan`: nan is not a number of CPUs (CPUs are a plain decimal number that is not negative, such as 0.5 or 2)
        ");
    }

    #[test]
    fn reservations_have_no_pids_and_no_devices() {
        insta::assert_snapshot!(in_service("reservations = { pids = 5, devices = [] }\nlimits = { pids = 0 }"), @"
        unknown-key at `pids`: unknown key `pids` in services.api.reservations (not known here)
        unsupported-key at `devices`: services.api.reservations.devices is not supported (not supported)
        bad-number at `0`: services.api.limits.pids is 0 (means no limit at all)
        ");
    }
}
