//! Everything that runs on an engine, by project, beside its machine.

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    observe::{NAMESPACE, Observed},
    usage::Reading,
};

/// The machine and what runs on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineUse {
    /// The machine.
    pub machine: Machine,
    /// The projects that run, by name; containers of none are one of them, the last.
    pub projects: Vec<ProjectUse>,
}

/// What an engine's machine has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// CPUs.
    pub cpus: u64,
}

/// What a project uses and may use.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ProjectUse {
    /// Its name; `null` for containers of none.
    pub project: Option<String>,
    /// Services that run.
    pub services: usize,
    /// Bytes in use; `null` where nothing is measured.
    pub memory_bytes: Option<u64>,
    /// What those with a memory limit may take, in sum; `null` where none has one.
    pub memory_limit_bytes: Option<u64>,
    /// Services without a memory limit.
    pub without_limit: usize,
    /// Their names.
    pub unlimited: Vec<String>,
    /// CPUs in use; `null` where nothing is measured.
    pub cpu: Option<f64>,
    /// The services by name.
    #[serde(skip)]
    pub parts: Vec<ServiceUse>,
}

/// What a service uses and may use, its containers together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceUse {
    /// Its name; that of the container where it belongs to no service.
    pub service: String,
    /// Bytes in use.
    pub memory_bytes: Option<u64>,
    /// Bytes that it may use; `None` where a container has no limit.
    pub memory_limit_bytes: Option<u64>,
    /// CPUs in use.
    pub cpu: Option<f64>,
    /// CPUs that it may use; `None` where a container has no limit.
    pub cpu_limit: Option<f64>,
}

impl EngineUse {
    /// From a reading of every container that runs.
    pub fn new(machine: Machine, readings: &[Reading<'_>]) -> Self {
        let mut projects: IndexMap<Option<String>, IndexMap<String, Vec<&Reading<'_>>>> = IndexMap::new();
        for reading in readings {
            let services = projects.entry(reading.container.project().map(str::to_owned)).or_default();
            services.entry(service(reading.container)).or_default().push(reading);
        }
        projects.sort_unstable_by(|a, _, b, _| (a.is_none(), a).cmp(&(b.is_none(), b)));
        let projects = projects.into_iter().map(|(project, mut services)| {
            services.sort_unstable_keys();
            let parts = services.into_iter().map(|(name, found)| ServiceUse::new(name, &found)).collect();
            ProjectUse::new(project, parts)
        });
        Self { machine, projects: projects.collect() }
    }

    /// Bytes in use, in sum; `None` where nothing is measured.
    pub fn memory_bytes(&self) -> Option<u64> {
        add(self.projects.iter().map(|it| it.memory_bytes))
    }

    /// The sum of memory limits.
    pub fn memory_limit_bytes(&self) -> u64 {
        self.projects.iter().filter_map(|it| it.memory_limit_bytes).sum()
    }

    /// CPUs in use, in sum.
    pub fn cpu(&self) -> f64 {
        self.projects.iter().filter_map(|it| it.cpu).fold(0.0, |sum, cpus| sum + cpus)
    }

    /// Services without a memory limit.
    pub fn without_limit(&self) -> usize {
        self.projects.iter().map(|it| it.without_limit).sum()
    }
}

impl ProjectUse {
    fn new(project: Option<String>, parts: Vec<ServiceUse>) -> Self {
        let open = parts.iter().filter(|it| it.memory_limit_bytes.is_none());
        let unlimited: Vec<String> = open.map(|it| it.service.clone()).collect();
        Self {
            project,
            services: parts.len(),
            memory_bytes: add(parts.iter().map(|it| it.memory_bytes)),
            memory_limit_bytes: add(parts.iter().map(|it| it.memory_limit_bytes)),
            without_limit: unlimited.len(),
            unlimited,
            cpu: parts.iter().filter_map(|it| it.cpu).reduce(|sum, cpus| sum + cpus),
            parts,
        }
    }
}

impl ServiceUse {
    fn new(service: String, found: &[&Reading<'_>]) -> Self {
        let nanos: Option<u64> = found.iter().map(|it| it.container.limits.nano_cpus).sum();
        Self {
            service,
            memory_bytes: add(found.iter().map(|it| it.usage.map(|usage| usage.memory_bytes))),
            memory_limit_bytes: found.iter().map(|it| it.container.limits.memory).sum(),
            cpu: found.iter().filter_map(|it| it.cpus).reduce(|sum, cpus| sum + cpus),
            cpu_limit: nanos.map(|nanos| nanos as f64 / 1e9),
        }
    }
}

/// The sum of what is known; `None` where nothing is.
fn add(amounts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    amounts.flatten().reduce(u64::saturating_add)
}

fn service(container: &Observed) -> String {
    if !container.service.is_empty() {
        return container.service.clone();
    }
    let stack = container.label(NAMESPACE).unwrap_or_default();
    let task = container.label("com.docker.swarm.service.name");
    let service = task.map(|name| name.strip_prefix(&format!("{stack}_")).unwrap_or(name));
    service.unwrap_or(&container.name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::engine_use;

    #[test]
    fn every_container_is_in_one_row() {
        let found = engine_use();
        let json = serde_json::to_value(&found).unwrap();
        let projects = json["projects"].as_array().unwrap();
        let rows: Vec<String> = projects.iter().map(ToString::to_string).collect();
        assert_eq!(
            rows,
            [
                r#"{"project":"blog","services":1,"memory_bytes":20971520,"memory_limit_bytes":67108864,"without_limit":0,"unlimited":[],"cpu":0.25}"#,
                r#"{"project":"orders","services":2,"memory_bytes":1677721600,"memory_limit_bytes":1073741824,"without_limit":1,"unlimited":["db"],"cpu":0.75}"#,
                r#"{"project":null,"services":1,"memory_bytes":31457280,"memory_limit_bytes":null,"without_limit":1,"unlimited":["a-runner"],"cpu":0.25}"#,
            ]
        );
        assert_eq!(json["machine"].to_string(), r#"{"memory_bytes":17179869184,"cpus":8}"#);
        assert_eq!((found.without_limit(), found.memory_limit_bytes()), (2, 1088 << 20));
        assert_eq!(EngineUse::new(found.machine, &[]).memory_bytes(), None);
    }
}
