//! `limits`, `reservations`, `memswap_limit`.

use super::{reference::Columns, scalar::BAD_NUMBER, table::Item, tree::Kind};
use crate::model::{Map, Resources, Swap, Value};

/// Decode `limits` or `reservations`, which hold these columns. What is kept for Compose goes into `kept`, under the same name.
pub(super) fn decode(item: &Item<'_, '_>, columns: &'static Columns, kept: &mut Map) -> Resources {
    let mut resources = Resources::default();
    let Some(table) = item.table() else { return resources };
    let mut rest = Map::new();
    for item in table.read(columns, &mut rest) {
        match item.key() {
            "memory" => resources.memory = item.bytes(),
            "cpus" => resources.cpus = item.cpus(),
            "pids" => resources.pids = pids(&item),
            _ => {}
        }
    }
    if !rest.is_empty() {
        kept.insert(item.key().to_owned(), Value::Map(rest));
    }
    resources
}

/// -1 for no limit, or at least 1: Compose drops a 0 without a word.
fn pids(item: &Item<'_, '_>) -> Option<i64> {
    let pids = item.whole(-1, i64::MAX)?;
    let is_limit = item.ensure(pids != 0, || {
        item.error(&BAD_NUMBER, format!("{} is 0", item.path()))
            .label("means no limit at all")
            .help("write how many processes the container may have, or -1 for no limit")
    });
    is_limit.then_some(pids)
}

/// Decode `memswap_limit`: a size, or -1. Compose refuses a variable that gives -1: it takes that only as a number.
pub(super) fn memswap_limit(item: &Item<'_, '_>) -> Option<Swap> {
    let unlimited = match item.node.kind() {
        Kind::Integer(number) => number.digits == "-1",
        Kind::String(text) => text == "-1",
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
            variable-in-proof at `"${X}"`: services.api.memswap_limit contains a variable without a value (`X` is not in .env and has no default)
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
    fn devices_and_what_is_newer_are_kept_for_compose() {
        let service = service(
            "reservations = { memory = \"1m\", devices = [{ driver = \"nvidia\", count = \"all\", capabilities = [\"gpu\"], options = { a = \"b\" } }], generic_resources = [{ discrete_resource_spec = { kind = \"SSD\", value = 2 } }] }\nlimits = { x-a = 1, compose = { io = 5 } }",
        );
        assert!(service.resources["limits"].as_map().unwrap().keys().eq(["x-a", "io"]));
        assert!(
            service.resources["reservations"].as_map().unwrap().keys().eq(["devices", "generic_resources"])
        );
        insta::assert_snapshot!(
            in_service("reservations = { pids = 5, devices = [{ count = 1, device_ids = [\"0\"] }] }\nlimits = { pids = 0, compose = { cpus = 1 } }"),
            @r#"
            unknown-key at `pids`: unknown key `pids` in services.api.reservations (not known here)
            missing-key at `{ count = 1, device_ids = ["0"] }`: services.api.reservations.devices[0] has no `capabilities` (`capabilities` is missing)
            conflicting-keys at `device_ids`: `device_ids` cannot be combined with `count` (beside `count`)
            bad-number at `0`: services.api.limits.pids is 0 (means no limit at all)
            owned-key at `cpus`: `cpus` cannot be set in `compose` (stackctl reads this key)
            "#);
    }
}
