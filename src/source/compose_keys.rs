//! Compose's service keys that no proof reads, with the shape of their values; and those that stackctl writes differently.
//! The keys and shapes are those of the Compose Specification's schema.

use super::shape::Shape::{
    self, Bool, Command, Duration, Each, Hosts, Int, Keys, List, ListOrMap, MapOf, Mode, Number, OneOf, Or,
    PullPolicy, Scalar, Scalars, Size, Text, TextOrBool, TextOrList,
};
use crate::diag::{Code, Severity};

/// A Compose key that stackctl has a place of its own for.
pub static OWNED_KEY: Code = Code {
    name: "owned-key",
    severity: Severity::Error,
    docs: "\
Compose has several spellings for what a proof reads; stackctl has one. `mem_limit`, `cpus`, `pids_limit` and \
`deploy.resources` are all `limits` and `reservations`, `scale` and `deploy.replicas` are `replicas`. Compose itself \
refuses a file in which two spellings disagree. The same holds for a key inside `compose = { ... }` that stackctl reads: \
it would be written twice.

```toml
mem_limit = \"512m\"                                # error
limits = { memory = \"512M\", cpus = 1.0 }

compose = { ports = [\"80:80\"] }                   # error: write `ports` in the service
compose = { deploy = { endpoint_mode = \"dnsrr\" } } # fine: nothing that stackctl reads
```

Write the key where the help says.",
};

/// A Compose feature that stackctl does not have.
pub static UNSUPPORTED_KEY: Code = Code {
    name: "unsupported-key",
    severity: Severity::Error,
    docs: "\
Compose knows the key, and stackctl deliberately does not take it, because a proof over every combination of profiles \
would not hold with it: `extends` and `include` pull in services with profiles of their own, an override file would not \
see them. The help says what does the same.

```toml
[services.api]
extends = { service = \"base\" }     # error: [defaults] is what every service starts from
```",
};

const LIMIT: Shape = Keys(&[("path", Text), ("rate", Scalar)], &[]);
const WEIGHT: Shape = Keys(&[("path", Text), ("weight", Int)], &[]);
const HOOK: Shape = Keys(
    &[
        ("command", Command),
        ("environment", ListOrMap),
        ("privileged", Bool),
        ("user", Text),
        ("working_dir", Text),
    ],
    &["command"],
);
const WATCH: Shape = Keys(
    &[
        ("action", OneOf(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("exec", HOOK),
        ("ignore", TextOrList),
        ("include", TextOrList),
        ("initial_sync", Bool),
        ("path", Text),
        ("target", Text),
    ],
    &["path", "action"],
);
const GPU: Shape = Keys(
    &[
        ("capabilities", List),
        ("count", Scalar),
        ("device_ids", List),
        ("driver", Text),
        ("options", ListOrMap),
    ],
    &[],
);
const DEVICE: Shape =
    Keys(&[("permissions", Text), ("source", Text), ("target", Text)], &["source", "target"]);

/// `ulimits`, of a service and of a build.
pub(super) const ULIMITS: Shape = MapOf(&Or(&Int, &Keys(&[("hard", Int), ("soft", Int)], &["soft", "hard"])));

/// Options of a driver.
pub(super) const OPTIONS: Shape = MapOf(&Scalar);

/// `ipam` of a network.
pub(super) const IPAM: Shape = Keys(
    &[
        (
            "config",
            Each(&Keys(
                &[("aux_addresses", MapOf(&Text)), ("gateway", Text), ("ip_range", Text), ("subnet", Text)],
                &[],
            )),
        ),
        ("driver", Text),
        ("options", MapOf(&Text)),
    ],
    &[],
);

/// Service keys that are kept in `Service::rest`, sorted by name.
pub(super) const REST: [(&str, Shape); 57] = [
    ("annotations", ListOrMap),
    ("attach", Bool),
    (
        "blkio_config",
        Keys(
            &[
                ("device_read_bps", Each(&LIMIT)),
                ("device_read_iops", Each(&LIMIT)),
                ("device_write_bps", Each(&LIMIT)),
                ("device_write_iops", Each(&LIMIT)),
                ("weight", Int),
                ("weight_device", Each(&WEIGHT)),
            ],
            &[],
        ),
    ),
    ("cap_add", List),
    ("cap_drop", List),
    ("cgroup", OneOf(&["host", "private"])),
    ("cgroup_parent", Text),
    ("cpu_count", Int),
    ("cpu_percent", Int),
    ("cpu_rt_period", Scalar),
    ("cpu_rt_runtime", Scalar),
    ("cpu_shares", Int),
    ("cpuset", Text),
    ("credential_spec", Keys(&[("config", Text), ("file", Text), ("registry", Text)], &[])),
    ("develop", Keys(&[("watch", Each(&WATCH))], &[])),
    ("device_cgroup_rules", List),
    ("devices", Each(&Or(&Text, &DEVICE))),
    ("dns", TextOrList),
    ("dns_opt", List),
    ("dns_search", TextOrList),
    ("domainname", Text),
    ("expose", Scalars),
    ("external_links", List),
    ("extra_hosts", Hosts),
    ("gpus", Or(&OneOf(&["all"]), &Each(&GPU))),
    ("group_add", Scalars),
    ("hostname", Text),
    ("init", Bool),
    ("isolation", Text),
    ("label_file", TextOrList),
    ("labels", ListOrMap),
    ("mac_address", Text),
    ("mem_swappiness", Int),
    ("oom_kill_disable", Bool),
    ("oom_score_adj", Int),
    ("platform", Text),
    ("post_start", Each(&HOOK)),
    ("pre_stop", Each(&HOOK)),
    ("provider", Keys(&[("options", MapOf(&Or(&Scalar, &Scalars))), ("type", Text)], &["type"])),
    ("pull_policy", PullPolicy),
    ("pull_refresh_after", Text),
    ("read_only", Bool),
    ("runtime", Text),
    ("security_opt", List),
    ("shm_size", Size),
    ("stdin_open", Bool),
    ("stop_grace_period", Duration),
    ("stop_signal", Text),
    ("storage_opt", OPTIONS),
    ("sysctls", ListOrMap),
    ("tty", Bool),
    ("ulimits", ULIMITS),
    ("use_api_socket", Bool),
    ("user", Text),
    ("userns_mode", Text),
    ("uts", Text),
    ("working_dir", Text),
];

/// The keys of `build` that are kept in `Build::rest`.
pub(super) const BUILD: [(&str, Shape); 21] = [
    ("additional_contexts", ListOrMap),
    ("args", ListOrMap),
    ("cache_from", List),
    ("cache_to", List),
    ("entitlements", List),
    ("extra_hosts", Hosts),
    ("isolation", Text),
    ("labels", ListOrMap),
    ("network", Text),
    ("no_cache", Bool),
    ("platforms", List),
    ("privileged", Bool),
    ("provenance", TextOrBool),
    ("pull", Bool),
    ("sbom", TextOrBool),
    (
        "secrets",
        Each(&Or(
            &Text,
            &Keys(
                &[("gid", Text), ("mode", Mode), ("source", Text), ("target", Text), ("uid", Text)],
                &["source"],
            ),
        )),
    ),
    ("shm_size", Size),
    ("ssh", ListOrMap),
    ("tags", List),
    ("target", Text),
    ("ulimits", ULIMITS),
];

/// The keys of a network attachment.
pub(super) const ATTACHMENT: [(&str, Shape); 9] = [
    ("aliases", List),
    ("driver_opts", OPTIONS),
    ("gw_priority", Number),
    ("interface_name", Text),
    ("ipv4_address", Text),
    ("ipv6_address", Text),
    ("link_local_ips", List),
    ("mac_address", Text),
    ("priority", Number),
];

/// The shape of a key of `Service::rest`. Extension keys (`x-...`) hold anything.
pub(super) fn shape(key: &str) -> Option<Shape> {
    if key.starts_with("x-") {
        return Some(Shape::Any);
    }
    REST.binary_search_by(|(known, _)| (*known).cmp(key)).ok().map(|at| REST[at].1)
}

/// What to write instead of a Compose key that has another place here, with its code.
pub(super) fn instead(key: &str) -> Option<(&'static Code, &'static str)> {
    Some(match key {
        "mem_limit" => (&OWNED_KEY, "write `limits = { memory = \"...\" }`"),
        "mem_reservation" => (&OWNED_KEY, "write `reservations = { memory = \"...\" }`"),
        "cpus" | "cpu_quota" | "cpu_period" => (&OWNED_KEY, "write `limits = { cpus = ... }`"),
        "pids_limit" => (&OWNED_KEY, "write `limits = { pids = ... }`"),
        "scale" => (&OWNED_KEY, "write `replicas = ...`"),
        "deploy" => (
            &OWNED_KEY,
            "write `limits`, `reservations` and `replicas` in the service, and what else `deploy` holds in \
             `compose = { deploy = { ... } }`",
        ),
        "extends" => (
            &UNSUPPORTED_KEY,
            "put what services share into [defaults]; `extends` would also inherit profiles, which no proof follows",
        ),
        "models" => {
            (&UNSUPPORTED_KEY, "stack.toml has no top-level `models`; run the model as a service of its own")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(REST.is_sorted_by(|left, right| left.0 < right.0));
        assert!(matches!(shape("user"), Some(Text)));
        assert!(matches!(shape("x-anything"), Some(Shape::Any)));
        assert!(shape("users").is_none());
    }

    #[test]
    fn what_has_another_place_is_not_kept() {
        for key in ["mem_limit", "deploy", "extends", "scale", "cpus", "models"] {
            assert!(instead(key).is_some() && shape(key).is_none(), "{key}");
        }
    }
}
