//! What containers use: memory now and at its peak, CPU time.

use std::{path::Path, time::Instant};

use bollard::{models::ContainerStatsResponse, query_parameters::StatsOptions};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    cgroup::OwnGroups,
    client::{AT_ONCE, Client, EngineError},
    observe::{ContainerState, Observed},
};

/// One reading of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory in use, without the file cache that the kernel takes back at once: the figure of `docker stats`.
    pub memory_bytes: u64,
    /// The largest that the kernel has counted since the container started, file cache included; `None` where it is not
    /// measured: with cgroup 2 the engine does not give it, and only its own machine has the file.
    pub memory_peak_bytes: Option<u64>,
    /// Nanoseconds of CPU that it has used since it started.
    pub cpu_nanos: u64,
    /// When that was, by this machine's clock.
    pub at: Instant,
}

impl Usage {
    /// CPUs in use between an earlier reading and this one; 0 when the container was restarted in between.
    pub fn cpus_since(&self, earlier: &Self) -> f64 {
        let seconds = self.at.duration_since(earlier.at).as_secs_f64();
        if seconds <= 0.0 {
            return 0.0;
        }
        self.cpu_nanos.saturating_sub(earlier.cpu_nanos) as f64 / 1e9 / seconds
    }
}

/// A container with what it uses.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The container.
    pub container: &'a Observed,
    /// What it uses; `None` where it does not run.
    pub usage: Option<Usage>,
    /// CPUs in use; `None` where they were not measured.
    pub cpus: Option<f64>,
}

impl<'a> Reading<'a> {
    /// A container with what it used first, perhaps, and what it uses now.
    pub fn new(container: &'a Observed, first: Option<Usage>, now: Option<Usage>) -> Self {
        let cpus = now.zip(first).map(|(now, first)| now.cpus_since(&first));
        Self { container, usage: now, cpus }
    }
}

/// Bytes of memory that all of them use; `None` where some run and none of them is measured.
pub fn memory_in_use(readings: &[Reading<'_>]) -> Option<u64> {
    let runs = |it: &Reading<'_>| it.container.state == ContainerState::Running;
    let mut used = readings.iter().filter_map(|it| it.usage).map(|usage| usage.memory_bytes).peekable();
    (used.peek().is_some() || !readings.iter().any(runs)).then(|| used.sum())
}

impl Client {
    /// Nothing where containers have no control groups of their own: what the engine counts there is the whole machine's.
    pub(super) async fn usage(&self, containers: &[Observed]) -> Result<Vec<Option<Usage>>, EngineError> {
        let (counts, found) = tokio::try_join!(self.counts_containers(), self.counted(containers))?;
        Ok(if counts { found } else { vec![None; containers.len()] })
    }

    /// What the kernel counts for a container; `None` where it has no processes, or is gone.
    pub(super) async fn stats(
        &self,
        container: &Observed,
    ) -> Result<Option<ContainerStatsResponse>, EngineError> {
        if !container.state.has_processes() {
            return Ok(None);
        }
        let options = StatsOptions { stream: false, one_shot: true };
        let stats = self.docker.stats(&container.id, Some(options)).next().await;
        stats.map_or(Ok(None), |stats| self.found(stats))
    }

    async fn counted(&self, containers: &[Observed]) -> Result<Vec<Option<Usage>>, EngineError> {
        let readings = containers.iter().map(|container| async move {
            let stats = self.stats(container).await?;
            Ok(stats.and_then(|stats| usage(&stats, || peak(Path::new("/"), container))))
        });
        stream::iter(readings).buffered(AT_ONCE).try_collect().await
    }
}

/// A reading; `None` for a container that has ended, which the engine answers with an empty one. `peak` is asked where the
/// engine does not give it.
fn usage(stats: &ContainerStatsResponse, peak: impl FnOnce() -> Option<u64>) -> Option<Usage> {
    let peak_of_engine = stats.memory_stats.as_ref().and_then(|memory| memory.max_usage);
    let cpu = stats.cpu_stats.as_ref()?.cpu_usage.as_ref()?;
    Some(Usage {
        memory_bytes: memory(stats)?,
        memory_peak_bytes: peak_of_engine.filter(|peak| *peak > 0).or_else(peak),
        cpu_nanos: cpu.total_usage.unwrap_or(0),
        at: Instant::now(),
    })
}

/// Bytes of memory in use, as `docker stats` counts them.
pub(super) fn memory(stats: &ContainerStatsResponse) -> Option<u64> {
    let memory = stats.memory_stats.as_ref()?;
    let details = memory.stats.as_ref();
    // As docker/cli: cgroup 1 counts a hierarchy's inactive file cache under another name than cgroup 2.
    let cache = ["total_inactive_file", "inactive_file"].iter().find_map(|name| details?.get(*name).copied());
    Some(memory.usage?.saturating_sub(cache.unwrap_or(0)))
}

/// `memory.peak` of the container's control group (cgroup 2, Linux 5.19), where the engine's machine is this one.
fn peak(root: &Path, container: &Observed) -> Option<u64> {
    OwnGroups::of(root, container)?.read("memory", "memory.max_usage_in_bytes", "memory.peak")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> ContainerStatsResponse {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn memory_is_counted_as_docker_stats_counts_it() {
        let old = stats(
            r#"{"cpu_stats":{"cpu_usage":{"total_usage":7}},
                "memory_stats":{"usage":100,"max_usage":150,"stats":{"total_inactive_file":30,"inactive_file":1}}}"#,
        );
        let read = usage(&old, || Some(1)).unwrap();
        assert_eq!((read.memory_bytes, read.memory_peak_bytes, read.cpu_nanos), (70, Some(150), 7));
        let new = stats(
            r#"{"cpu_stats":{"cpu_usage":{"total_usage":7}},"memory_stats":{"usage":100,"stats":{"inactive_file":30}}}"#,
        );
        let read = usage(&new, || None).unwrap();
        assert_eq!((read.memory_bytes, read.memory_peak_bytes), (70, None));
        assert!(
            usage(&stats(r#"{"cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}"#), || None)
                .is_none()
        );
    }

    #[test]
    fn the_peak_of_cgroup_2_is_read_where_it_is() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let container = Observed { id: "0f3c".repeat(16), pid: 7, ..Observed::default() };
        let scope = format!("system.slice/docker-{}.scope", container.id);
        write("proc/7/cgroup", &format!("0::/{scope}\n"));
        assert_eq!(peak(root.path(), &container), None);
        write(&format!("sys/fs/cgroup/{scope}/memory.peak"), "4096\n");
        assert_eq!(peak(root.path(), &container), Some(4096));
    }

    #[test]
    fn what_runs_and_is_not_measured_is_not_nothing() {
        let container = |state| Observed { state, ..Observed::default() };
        let (runs, ended) = (container(ContainerState::Running), container(ContainerState::Exited));
        let usage = Usage { memory_bytes: 7, memory_peak_bytes: None, cpu_nanos: 0, at: Instant::now() };
        let none = |container| Reading { container, usage: None, cpus: None };
        assert_eq!(memory_in_use(&[]), Some(0));
        assert_eq!(memory_in_use(&[none(&ended)]), Some(0));
        assert_eq!(memory_in_use(&[none(&runs)]), None);
        assert_eq!(memory_in_use(&[none(&runs), Reading { usage: Some(usage), ..none(&runs) }]), Some(7));
    }

    #[test]
    fn cpus_are_time_over_time() {
        let at = Instant::now();
        let first = Usage { memory_bytes: 0, memory_peak_bytes: None, cpu_nanos: 1_000_000_000, at };
        let later = Usage { cpu_nanos: 4_000_000_000, at: at + std::time::Duration::from_secs(2), ..first };
        assert!((later.cpus_since(&first) - 1.5).abs() < 1e-9);
        assert_eq!(first.cpus_since(&later), 0.0);
    }
}
