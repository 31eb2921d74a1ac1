//! Where `validate` refuses what `docker compose config` takes: the codes, where, and why.

use serde_json::Value;

use super::oracle::Case;

struct Reason {
    codes: &'static [&'static str],
    /// How the place ends; nothing is any place.
    at: &'static [&'static str],
    values: fn(&Value) -> bool,
    why: &'static str,
}

const fn reason(codes: &'static [&'static str], at: &'static [&'static str], why: &'static str) -> Reason {
    Reason { codes, at, values: |_| true, why }
}

const fn of(values: fn(&Value) -> bool, reason: Reason) -> Reason {
    Reason { values, ..reason }
}

/// Keys that take true or false.
const BOOLEANS: &[&str] = &[
    ".attach",
    ".attachable",
    ".create_host_path",
    ".disable",
    ".enable_ipv4",
    ".enable_ipv6",
    ".external",
    ".init",
    ".internal",
    ".no_cache",
    ".nocopy",
    ".oom_kill_disable",
    ".privileged",
    ".pull",
    ".read_only",
    ".required",
    ".restart",
    ".stdin_open",
    ".tty",
];

const REASONS: &[Reason] = &[
    // What a proof reads.
    reason(&["variable-in-proof"], &[], "a proof reads the value, before Compose knows the variable"),
    reason(&["missing-limit"], &[], "without limits nothing can be proved"),
    reason(&["bad-size"], &[], "a size of 0 or without a unit means no limit, or not what it looks like"),
    reason(
        &["bad-cpus"],
        &[],
        "CPUs are a number above 0 with at most nine decimals, as the engine holds them",
    ),
    reason(
        &["reservation-above-limit", "swap-below-limit"],
        &[],
        "the engine refuses it, or more is kept than is given",
    ),
    of(
        |value| value.is_number() || value.is_string(),
        reason(
            &["bad-number"],
            &[".pids", ".replicas", ".retries", ".max_file", ".weight", ".rate", ".shm_size"],
            "a number below what means anything, or above what the engine takes",
        ),
    ),
    reason(
        &["bad-number"],
        &[".blkio_config", "_bps", "_iops", ".weight_device"],
        "the engine takes weights from 10 to 1000, and no rate below 0",
    ),
    // What Compose takes, and means nothing.
    of(
        |value| value.is_string() || value.is_object(),
        reason(
            &["wrong-type"],
            BOOLEANS,
            "TOML has booleans; a variable is taken where nothing reads the value",
        ),
    ),
    of(
        |value| value.to_string().contains("privileged") || value.to_string().contains("required"),
        reason(&["wrong-type"], &[".post_start", ".pre_stop", ".env_file"], "the same inside"),
    ),
    of(|value| value.is_object(), reason(&["wrong-type"], &[".healthcheck"], "the same inside")),
    of(
        |value| value.is_f64(),
        reason(
            &["wrong-type", "compose-refuses"],
            &[
                ".cpu_shares",
                ".cpu_rt_period",
                ".cpu_rt_runtime",
                ".cpu_quota",
                ".discrete_resource_spec.value",
                ".cpu_period",
                ".retries",
                ".max_file",
            ],
            "Compose cuts the fraction off without a word",
        ),
    ),
    of(
        |value| value.is_string(),
        reason(
            &["wrong-type"],
            &[".mem_swappiness", ".max_failure_ratio", ".max_file"],
            "Compose reads the text as a size, or as Go writes numbers",
        ),
    ),
    reason(
        &["missing-key"],
        &["configs.CONFIG.external"],
        "a config that is not external comes from somewhere",
    ),
    of(
        |value| value.to_string().contains("x-a") || value.to_string().contains("\"a\":\"b\""),
        reason(
            &["unknown-key"],
            &[],
            "extension keys belong to the service; a table that is read holds nothing else",
        ),
    ),
    reason(&["bad-mode"], &[], "a decimal number is not a file mode: 440 would be 0670"),
    reason(&["bad-duration"], &[], "a duration is not negative, and the engine counts from 1 us on"),
    reason(&["bad-value"], &[".pull_policy"], "Compose looks for the word anywhere, and fails when it pulls"),
    reason(&["bad-value"], &[".environment"], "not a variable name, or one that Compose does not put in"),
    reason(&["bad-value", "bad-expanded-value"], &[".propagation"], "the engine refuses the word"),
    reason(&["bad-value"], &[".test", ".healthcheck"], "an empty test is none"),
    reason(
        &["bad-value", "bad-expanded-value"],
        &[".image", ".target", ".environment"],
        "an empty text is no value",
    ),
    // What Compose does not look at, and the engine or a build refuses.
    reason(
        &["bad-healthcheck-test", "duration-below-minimum", "start-interval-without-start-period"],
        &[],
        "it fails at the engine, or the check never runs",
    ),
    reason(
        &["bad-image", "bad-name", "bad-restart", "unknown-log-option", "memory-below-minimum"],
        &[],
        "the engine refuses it",
    ),
    reason(&["missing-build-context", "missing-dockerfile"], &[], "the build fails"),
    reason(&["duplicate-mount-target"], &[], "of two mounts at one path one is hidden"),
    reason(
        &["bad-mount"],
        &[],
        "the engine refuses a relative target, and Compose ignores an option that it does not know",
    ),
    reason(&["bad-port"], &[], "a port, address or protocol that the engine refuses"),
    reason(
        &["bad-value", "bad-expanded-value"],
        &[".ports[].mode"],
        "Swarm knows no other word than host and ingress",
    ),
    reason(
        &["engine-refuses", "bad-fixed-address", "bad-subnet", "overlapping-subnets"],
        &[],
        "only the engine refuses it: tests/it/engine_oracle asks the engine",
    ),
    reason(&["healthy-without-check"], &[], "a dependency that is never met"),
];

/// Why the code may refuse the case.
pub fn explained(code: &str, case: &Case) -> Option<&'static str> {
    let holds = |reason: &&Reason| {
        reason.codes.contains(&code)
            && (reason.at.is_empty() || reason.at.iter().any(|end| case.place.ends_with(end)))
            && (reason.values)(&case.value)
    };
    REASONS.iter().find(holds).map(|reason| reason.why)
}

/// Every reason.
pub fn all() -> impl Iterator<Item = &'static str> {
    REASONS.iter().map(|reason| reason.why)
}
