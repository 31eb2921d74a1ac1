//! The API of the engine and what its kernel enforces.

use super::Check;
use crate::engine::client::EngineInfo;

/// The API: `start_interval`, without which a chain of services starts in 30-second steps, came with 1.44.
pub fn api(info: &EngineInfo) -> Check {
    let number = |text: &str| -> Option<(u32, u32)> {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    match number(&info.api) {
        Some(version) if version >= (1, 44) => Check::ok("api", format!("API {}", info.api)),
        _ => Check::warning(
            "api",
            format!("API {}: `start_interval` of health checks is not supported", info.api),
            "upgrade to Docker 25 or newer",
        ),
    }
}

/// Limits of memory and CPU: without them every proof is void.
pub fn cgroups(info: &EngineInfo) -> Check {
    let missing: Vec<&str> = [("memory", info.memory_limit), ("CPU", info.cpu_limit)]
        .into_iter()
        .filter(|(_, enforced)| !enforced)
        .map(|(what, _)| what)
        .collect();
    if missing.is_empty() {
        let version = info.cgroup_version;
        return Check::ok(
            "limits",
            format!("memory and CPU limits are enforced (cgroup {version}, {})", info.cgroup_driver),
        );
    }
    let detail = format!("the engine cannot limit {}: no budget can be enforced", missing.join(" and "));
    Check::error(
        "limits",
        detail,
        "boot the engine's machine with `cgroup_enable=memory`, or give the engine the cgroup controllers (rootless: delegate them in systemd)",
    )
}

/// Limits of swap.
pub fn swap(info: &EngineInfo) -> Check {
    if info.swap_limit {
        return Check::ok("swap", "swap limits are enforced");
    }
    Check::warning(
        "swap",
        "the engine cannot limit swap: a container may use swap beyond its memory limit",
        "boot the engine's machine with `swapaccount=1`, or turn its swap off",
    )
}

/// Limits of processes.
pub fn pids(info: &EngineInfo) -> Check {
    if info.pids_limit {
        return Check::ok("pids", "process limits are enforced");
    }
    Check::warning(
        "pids",
        "the engine cannot limit processes",
        "give the engine the cgroup controller `pids`",
    )
}

/// An engine that can do everything.
#[cfg(test)]
pub fn capable_engine() -> EngineInfo {
    EngineInfo {
        host: "unix:///var/run/docker.sock".into(),
        is_here: false,
        registry: String::new(),
        memory_bytes: 8 << 30,
        cpus: 4,
        version: "28.5.2".into(),
        api: "1.51".into(),
        os: "linux".into(),
        arch: "amd64".into(),
        name: "vm".into(),
        cgroup_version: 2,
        cgroup_driver: "systemd".into(),
        memory_limit: true,
        swap_limit: true,
        cpu_limit: true,
        pids_limit: true,
        root: "/var/lib/docker".into(),
        swarm: false,
        time: String::new(),
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CheckStatus;
    use super::*;

    #[test]
    fn what_the_kernel_does_not_enforce_is_reported() {
        let all = capable_engine();
        assert!(
            [api(&all), cgroups(&all), swap(&all), pids(&all)].iter().all(|it| it.status == CheckStatus::Ok)
        );
        let none = EngineInfo {
            memory_limit: false,
            swap_limit: false,
            pids_limit: false,
            api: "1.43".into(),
            ..all
        };
        assert_eq!(cgroups(&none).status, CheckStatus::Error);
        assert_eq!(cgroups(&none).detail, "the engine cannot limit memory: no budget can be enforced");
        assert!([api(&none), swap(&none), pids(&none)].iter().all(|it| it.status == CheckStatus::Warning));
    }
}
