//! What an engine is called, and what it says that it cannot limit.

use super::client::{EngineInfo, EngineKind};
use crate::resolve::ResolvedStack;

impl EngineInfo {
    /// `Docker 28.5.2`.
    pub fn title(&self) -> String {
        let name = match self.kind {
            EngineKind::Docker => "Docker",
            EngineKind::Podman => "Podman",
        };
        format!("{name} {}", self.version)
    }

    /// What it says that it cannot limit: `memory`, `CPU`, `processes`. What Podman 5.8 says counts in neither direction: with
    /// cgroup 2 it denies CPU limits that it holds, without root on cgroup 1 it promises all and holds none.
    pub fn cannot_limit(&self) -> Vec<&'static str> {
        let says_no = |can: bool| match self.kind {
            EngineKind::Docker => !can,
            EngineKind::Podman => false,
        };
        let each = [("memory", self.memory_limit), ("CPU", self.cpu_limit), ("processes", self.pids_limit)];
        // An engine of Windows containers has no such flags.
        let lacks = |can: bool| self.os != "windows" && (says_no(can) || !self.has_groups());
        each.into_iter().filter(|(_, can)| lacks(*can)).map(|(what, _)| what).collect()
    }

    /// What of it the selection asks for.
    pub fn cannot_hold(&self, selection: &ResolvedStack<'_>) -> Vec<&'static str> {
        let limits = || selection.services.values().map(|service| &service.limits);
        let mut cannot = self.cannot_limit();
        cannot.retain(|what| match *what {
            "memory" => limits().any(|it| it.memory.is_some()),
            "CPU" => limits().any(|it| it.cpus.is_some_and(|cpus| cpus.nanos > 0)),
            _ => limits().any(|it| it.pids.is_some_and(|pids| pids > 0)),
        });
        cannot
    }

    /// What makes it hold limits.
    pub fn limits_fix(&self) -> &'static str {
        match (self.is_rootless, self.cgroup_version) {
            (true, 1) => {
                "boot the engine's machine with cgroup 2 (`systemd.unified_cgroup_hierarchy=1` on the kernel's command line), or run the engine as root"
            }
            (true, _) => {
                "delegate the cgroup controllers to the engine's user: `Delegate=cpu cpuset io memory pids` for user@.service in systemd"
            }
            (false, _) => {
                "boot the engine's machine with `cgroup_enable=memory`, or give the engine the cgroup controllers memory, cpu and pids"
            }
        }
    }

    /// Its own warnings, without the word that each begins with.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.warnings.iter().map(|warning| warning.trim_start_matches("WARNING: ").trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::capable_engine;

    #[test]
    fn what_each_engine_says_is_believed_where_it_is_true() {
        let docker = capable_engine();
        assert_eq!(docker.cannot_limit(), [] as [&str; 0]);
        let deaf = EngineInfo { cpu_limit: false, ..docker.clone() };
        assert_eq!(deaf.cannot_limit(), ["CPU"]);
        // As Podman 5.8 says it on cgroup 2.
        let podman = EngineInfo { kind: EngineKind::Podman, version: "5.8.6".into(), ..deaf };
        assert_eq!((podman.title().as_str(), podman.cannot_limit().len()), ("Podman 5.8.6", 0));
        // Without root on cgroup 1, where it says that it can.
        let rootless = EngineInfo { is_rootless: true, cgroup_version: 1, cpu_limit: true, ..podman };
        assert_eq!(rootless.cannot_limit(), ["memory", "CPU", "processes"]);
        assert!(rootless.limits_fix().starts_with("boot the engine's machine with cgroup 2"));
        let none = EngineInfo { cgroup_driver: "none".into(), ..docker.clone() };
        assert_eq!(none.cannot_limit().len(), 3);
        let windows = EngineInfo { os: "windows".into(), memory_limit: false, ..docker };
        assert_eq!(windows.cannot_limit(), [] as [&str; 0]);
    }
}
