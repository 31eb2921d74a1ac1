//! What an image brings along: whatever a service does not set, its container has from there.

use std::collections::BTreeMap;

use bollard::models::{HealthConfig, ImageConfig};

use super::client::{Client, EngineError};

/// An image as the engine has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// `sha256:...`.
    pub id: String,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// The command.
    pub command: Vec<String>,
    /// The entrypoint.
    pub entrypoint: Vec<String>,
    /// The user.
    pub user: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The health check.
    pub healthcheck: Option<HealthSpec>,
}

/// A health check as the engine holds it, durations in nanoseconds; 0 is the engine's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthSpec {
    /// `["CMD", ...]`, `["CMD-SHELL", ...]`, `["NONE"]`; empty takes the image's.
    pub test: Vec<String>,
    /// Between two probes.
    pub interval: i64,
    /// How long a probe may take.
    pub timeout: i64,
    /// Failures in a row that make it unhealthy.
    pub retries: i64,
    /// Time in which failures do not count.
    pub start_period: i64,
    /// Between two probes in that time.
    pub start_interval: i64,
}

impl HealthSpec {
    /// From bollard's.
    pub(super) fn new(found: HealthConfig) -> Self {
        let number = |number: Option<i64>| number.unwrap_or(0);
        Self {
            test: found.test.unwrap_or_default(),
            interval: number(found.interval),
            timeout: number(found.timeout),
            retries: number(found.retries),
            start_period: number(found.start_period),
            start_interval: number(found.start_interval),
        }
    }
}

impl Client {
    pub(super) async fn image(&self, name: &str) -> Result<Option<LocalImage>, EngineError> {
        let found = self.found(self.docker.inspect_image(name).await)?;
        Ok(found.map(|found| of(found.id.unwrap_or_default(), found.config.unwrap_or_default())))
    }
}

/// The variables of a container or an image, from `NAME=VALUE` each.
pub(super) fn variables(list: Option<Vec<String>>) -> BTreeMap<String, String> {
    let split = |variable: &str| {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        (name.to_owned(), value.to_owned())
    };
    list.iter().flatten().map(|variable| split(variable)).collect()
}

fn of(id: String, config: ImageConfig) -> LocalImage {
    LocalImage {
        id,
        environment: variables(config.env),
        command: config.cmd.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        user: config.user.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        healthcheck: config.healthcheck.map(HealthSpec::new),
    }
}
