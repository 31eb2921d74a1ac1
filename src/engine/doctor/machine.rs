//! The API of the engine and what its kernel enforces.

use super::Check;
use crate::engine::{
    client::{EngineInfo, EngineKind},
    compose_version::Version,
    unheld::LimitsHeld,
};

/// The API: `start_interval`, without which a chain of services starts in 30-second steps, came with 1.44.
pub fn api(info: &EngineInfo) -> Check {
    if info.kind == EngineKind::Podman {
        return Check::warning(
            "api",
            format!("API {}: Podman ignores `start_interval` of health checks", info.api),
            "set a shorter `interval` where a chain of services starts too slowly",
        );
    }
    if Version::parse(&info.api) >= Some(Version { major: 1, minor: 44 }) {
        return Check::ok("api", format!("API {}", info.api));
    }
    Check::warning(
        "api",
        format!("API {}: `start_interval` of health checks is not supported", info.api),
        "upgrade to Docker 25 or newer",
    )
}

/// Limits of memory and CPU: without them every proof is void. `running` is what is known of the containers of the stack.
pub fn cgroups(info: &EngineInfo, running: &LimitsHeld) -> Check {
    const NAME: &str = "limits";
    let missing: Vec<&str> = info.cannot_limit().into_iter().filter(|what| *what != "processes").collect();
    if !missing.is_empty() {
        let detail = format!("the engine cannot limit {}: no budget can be enforced", missing.join(" and "));
        return Check::error(NAME, detail, info.limits_fix());
    }
    if let Some(unheld) = running.unheld.first() {
        let more = match running.unheld.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let detail = format!("{} runs with {}{more}: no budget is enforced", unheld.service, unheld.detail);
        return Check::error(NAME, detail, info.limits_fix());
    }
    let groups = format!("cgroup {}, {}", info.cgroup_version, info.cgroup_driver);
    Check::ok(
        NAME,
        match (running.held, info.memory_limit && info.cpu_limit) {
            (Some(_), _) => format!("the kernel holds what runs to its limits ({groups})"),
            (None, true) => format!("memory and CPU limits are enforced ({groups})"),
            (None, false) => format!(
                "the engine does not say which limits are enforced: `up` looks after the start ({groups})"
            ),
        },
    )
}

/// What the engine itself warns of.
pub fn warnings(info: &EngineInfo) -> Option<Check> {
    let warnings: Vec<&str> = info.warnings().collect();
    let fix = "these are the engine's own words, as `docker info` shows them: its documentation says what each means";
    (!warnings.is_empty()).then(|| Check::warning("engine", warnings.join("; "), fix))
}

/// Limits of swap.
pub fn swap(info: &EngineInfo) -> Check {
    if info.swap_limit {
        return Check::ok("swap", "swap limits are enforced");
    }
    if info.kind == EngineKind::Podman && info.has_groups() {
        return Check::ok("swap", "Podman does not say whether swap limits are enforced");
    }
    Check::warning(
        "swap",
        "the engine cannot limit swap: a container may use swap beyond its memory limit",
        if info.has_groups() {
            "boot the engine's machine with `swapaccount=1`, or turn its swap off"
        } else {
            info.limits_fix()
        },
    )
}

/// Limits of processes.
pub fn pids(info: &EngineInfo) -> Check {
    if !info.cannot_limit().contains(&"processes") {
        return Check::ok("pids", "process limits are enforced");
    }
    Check::warning(
        "pids",
        "the engine cannot limit processes",
        if info.has_groups() { "give the engine the cgroup controller `pids`" } else { info.limits_fix() },
    )
}

#[cfg(test)]
mod tests {
    use super::super::CheckStatus;
    use super::*;
    use crate::engine::{fake::capable_engine, unheld::Unheld};

    #[test]
    fn what_the_kernel_does_not_enforce_is_reported() {
        let all = capable_engine();
        let cgroups = |info: &EngineInfo| super::cgroups(info, &LimitsHeld::default());
        assert!(
            [api(&all), cgroups(&all), swap(&all), pids(&all)].iter().all(|it| it.status == CheckStatus::Ok)
        );
        assert_eq!(warnings(&all), None);
        let none = EngineInfo {
            memory_limit: false,
            swap_limit: false,
            pids_limit: false,
            api: "1.43".into(),
            warnings: vec!["WARNING: No cpuset support".into(), "WARNING: No io.max".into()],
            ..all.clone()
        };
        assert_eq!(cgroups(&none).status, CheckStatus::Error);
        assert_eq!(cgroups(&none).detail, "the engine cannot limit memory: no budget can be enforced");
        assert!([api(&none), swap(&none), pids(&none)].iter().all(|it| it.status == CheckStatus::Warning));
        assert_eq!(warnings(&none).unwrap().detail, "No cpuset support; No io.max");
        // What runs says more than the engine.
        let unheld = |service: &str| Unheld {
            service: service.into(),
            container: String::new(),
            detail: "no memory limit instead of 16 MiB".into(),
        };
        let running = LimitsHeld { held: Some(false), unheld: vec![unheld("a"), unheld("b")] };
        let found = super::cgroups(&all, &running);
        assert_eq!(found.status, CheckStatus::Error);
        assert_eq!(
            found.detail,
            "a runs with no memory limit instead of 16 MiB (and 1 more): no budget is enforced"
        );
    }

    #[test]
    fn podman_is_believed_where_it_is_right() {
        let podman =
            EngineInfo { kind: EngineKind::Podman, cpu_limit: false, swap_limit: false, ..capable_engine() };
        let found = cgroups(&podman, &LimitsHeld::default());
        assert_eq!(found.status, CheckStatus::Ok);
        assert!(found.detail.contains("`up` looks after the start"), "{}", found.detail);
        assert_eq!(swap(&podman).status, CheckStatus::Ok);
        let held = LimitsHeld { held: Some(true), ..LimitsHeld::default() };
        assert!(cgroups(&podman, &held).detail.starts_with("the kernel holds what runs"));
        let rootless = EngineInfo { is_rootless: true, cgroup_version: 1, cpu_limit: true, ..podman };
        assert_eq!(cgroups(&rootless, &LimitsHeld::default()).status, CheckStatus::Error);
    }
}
