//! What the kernel holds a container to, whatever the engine was asked for: an engine may accept limits, show them, and hold
//! none (rootless with cgroup 1, or without delegated controllers).

use std::path::Path;

use bollard::models::ContainerStatsResponse;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    cgroup::OwnGroups,
    client::{AT_ONCE, Client, EngineError},
    observe::Observed,
    usage::memory,
};
use crate::model::Cpus;

/// Above this, cgroup 1 means no limit: it is the largest page-aligned number.
const UNLIMITED: u64 = 1 << 62;

/// One bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bound {
    /// It cannot be found out.
    #[default]
    Unknown,
    /// There is none.
    Unlimited,
    /// This much.
    At(u64),
}

/// The bounds of a container that runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes of memory.
    pub memory: Bound,
    /// Billionths of a CPU.
    pub nano_cpus: Bound,
    /// Processes.
    pub pids: Bound,
    /// Bytes of memory in use, where the engine was asked.
    pub memory_used: Option<u64>,
}

impl Held {
    fn of_groups(groups: &OwnGroups) -> Self {
        let number = |text: Option<String>| match text.as_deref() {
            None => Bound::Unknown,
            Some("max") => Bound::Unlimited,
            Some(text) => text.parse().map_or(Bound::Unknown, bound),
        };
        Self {
            memory: number(groups.read("memory", "memory.limit_in_bytes", "memory.max")),
            nano_cpus: cpus(groups),
            pids: number(groups.read("pids", "pids.max", "pids.max")),
            memory_used: None,
        }
    }

    /// What the engine itself sees: no CPU limit. Docker gives the machine's memory where there is no limit.
    fn of_stats(stats: &ContainerStatsResponse) -> Self {
        let limit = stats.memory_stats.as_ref().and_then(|memory| memory.limit);
        let pids = stats.pids_stats.as_ref().and_then(|pids| pids.limit);
        let known = |limit: Option<u64>| limit.filter(|limit| *limit > 0).map_or(Bound::Unknown, bound);
        Self { memory: known(limit), pids: known(pids), memory_used: memory(stats), ..Self::default() }
    }
}

fn bound(limit: u64) -> Bound {
    if limit >= UNLIMITED { Bound::Unlimited } else { Bound::At(limit) }
}

fn cpus(groups: &OwnGroups) -> Bound {
    let Some(quota) = groups.read("cpu", "cpu.cfs_quota_us", "cpu.max") else { return Bound::Unknown };
    // cgroup 2 has both in one file: `50000 100000`, `max 100000`.
    let (quota, period) = match quota.split_once(' ') {
        Some((quota, period)) => (quota.to_owned(), Some(period.to_owned())),
        None => (quota, groups.read("cpu", "cpu.cfs_period_us", "cpu.max")),
    };
    if quota == "max" || quota == "-1" {
        return Bound::Unlimited;
    }
    let period = period.and_then(|period| period.parse().ok());
    let cpus = quota.parse().ok().and_then(|quota| Cpus::of_quota(quota, period));
    cpus.map_or(Bound::Unknown, |cpus| Bound::At(cpus.nanos))
}

impl Client {
    /// Files of this machine where it is the engine's, else one reading of each.
    pub(super) async fn held(&self, containers: &[Observed]) -> Result<Vec<Option<Held>>, EngineError> {
        let each = containers.iter().map(|container| async move {
            let groups = || OwnGroups::of(Path::new("/"), container);
            if let Some(groups) = container.state.has_processes().then(groups).flatten() {
                return Ok(Some(Held::of_groups(&groups)));
            }
            Ok(self.stats(container).await?.map(|stats| Held::of_stats(&stats)))
        });
        stream::iter(each).buffered(AT_ONCE).try_collect().await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn both_versions_of_control_groups() {
        let root = tempfile::tempdir().unwrap();
        let id = "0f3c".repeat(16);
        let of = |pid: i64, lines: &str, files: &[(&str, &str)]| {
            for (path, text) in [&[(&*format!("proc/{pid}/cgroup"), lines)], files].concat() {
                let path = root.path().join(path.replace("ID", &id));
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text.replace("ID", &id)).unwrap();
            }
            let container = Observed { id: id.clone(), pid, ..Observed::default() };
            Held::of_groups(&OwnGroups::of(root.path(), &container).unwrap())
        };
        let two = |name: &str| format!("sys/fs/cgroup/docker-ID.scope/{name}");
        let files =
            |memory, cpu, pids| [(two("memory.max"), memory), (two("cpu.max"), cpu), (two("pids.max"), pids)];
        let second = |files: [(String, &str); 3]| {
            let files = files.each_ref().map(|(path, text)| (path.as_str(), *text));
            of(7, "0::/docker-ID.scope\n", &files)
        };
        let held = second(files("67108864\n", "50000 100000\n", "max\n"));
        assert_eq!(
            (held.memory, held.nano_cpus, held.pids),
            (Bound::At(64 << 20), Bound::At(500_000_000), Bound::Unlimited)
        );
        let open = second(files("max\n", "max 100000\n", "7\n"));
        assert_eq!(
            (open.memory, open.nano_cpus, open.pids),
            (Bound::Unlimited, Bound::Unlimited, Bound::At(7))
        );
        let one = |name: &str| format!("sys/fs/cgroup/{name}");
        let paths = [
            one("memory/docker/ID/memory.limit_in_bytes"),
            one("cpu/docker/ID/cpu.cfs_quota_us"),
            one("cpu/docker/ID/cpu.cfs_period_us"),
        ];
        let [memory, quota, period] = paths.each_ref().map(String::as_str);
        let lines = "4:memory:/docker/ID\n3:cpu,cpuacct:/docker/ID\n0::/\n";
        let held = of(8, lines, &[(memory, "67108864\n"), (quota, "25000\n"), (period, "50000\n")]);
        assert_eq!(
            (held.memory, held.nano_cpus, held.pids),
            (Bound::At(64 << 20), Bound::At(500_000_000), Bound::Unknown)
        );
        let open = of(8, lines, &[(memory, "9223372036854771712\n"), (quota, "-1\n")]);
        assert_eq!((open.memory, open.nano_cpus), (Bound::Unlimited, Bound::Unlimited));
    }

    #[test]
    fn what_the_engine_sees() {
        let of = |text: &str| Held::of_stats(&serde_json::from_str(text).unwrap());
        let held = of(
            r#"{"memory_stats":{"usage":100,"limit":67108864,"stats":{"inactive_file":30}},"pids_stats":{"current":1,"limit":9}}"#,
        );
        let expected = Held {
            memory: Bound::At(64 << 20),
            pids: Bound::At(9),
            memory_used: Some(70),
            ..Held::default()
        };
        assert_eq!(held, expected);
        assert_eq!(of("{}"), Held::default());
    }
}
