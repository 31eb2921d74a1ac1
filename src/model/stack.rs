//! The whole stack.

use indexmap::IndexMap;

use crate::diag::KeyPath;

use super::{
    Assumption, Bytes, Command, Cpus, Dependency, Map, Resources, Service, Value, VariableTexts,
    traffic::Traffic,
};

/// stack.toml as a model. Everything is in declaration order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// The project name.
    pub name: String,
    /// `default_profiles`: what is enabled where no profile is named.
    pub default_profiles: Vec<String>,
    /// `[budget]`.
    pub budget: Budget,
    /// `[profiles]`.
    pub profiles: IndexMap<String, Profile>,
    /// `[services]`, each with `[defaults]` merged in.
    pub services: IndexMap<String, Service>,
    /// `[volumes]`.
    pub volumes: IndexMap<String, Resource>,
    /// `[networks]`.
    pub networks: IndexMap<String, Resource>,
    /// `[secrets]`.
    pub secrets: IndexMap<String, Secret>,
    /// `[configs]`.
    pub configs: IndexMap<String, Config>,
    /// `[models]`, as Compose reads them.
    pub models: IndexMap<String, Map>,
    /// `x-...` keys of the top, passed through.
    pub extensions: Map,
    /// Keys of `compose = { ... }` that stackctl does not know, wherever such a table stands.
    pub unknown_keys: Vec<UnknownKey>,
    /// `[traffic]` as a TOML document of its own, without comments: what the traffic generator mounts.
    pub traffic_table: Option<String>,
    /// `[traffic]` as it is understood; `None` where it is absent or could not be read in full.
    pub traffic: Option<Traffic>,
    /// What the values above were read with, where they hold variables: each once, in the order of the text.
    pub assumes: Vec<Assumption>,
}

impl Stack {
    /// The secrets that stackctl generates, each with the variables of its env file.
    pub fn generated_secrets(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.secrets.iter().filter_map(|(name, secret)| match &secret.source {
            SecretSource::Generated { env } => Some((name.as_str(), env.as_slice())),
            _ => None,
        })
    }
}

/// A key that is passed through to Compose unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its place, `compose` included.
    pub path: KeyPath,
    /// A known key with a similar name.
    pub near: Option<String>,
}

/// `[budget]`: what the machine gives to the stack. What is not set has no bound, and nothing is proved for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budget {
    /// The sum of memory limits may reach this.
    pub memory: Option<Bytes>,
    /// The sum of CPU reservations may reach this.
    pub cpus: Option<Cpus>,
    /// The sum of CPU limits may reach `cpus` times this; 1 where it is not set.
    pub cpu_overcommit: Option<Cpus>,
    /// The ceiling of log files on disk.
    pub log_disk: Option<Bytes>,
    /// `swap = false`: no container may swap.
    pub no_swap: bool,
}

impl Budget {
    /// `cpu_overcommit` with its default; `None` without `cpus`, which it multiplies.
    pub fn overcommit(&self) -> Option<Cpus> {
        self.cpus.map(|_| self.cpu_overcommit.unwrap_or(Cpus::ONE))
    }

    /// What the sum of CPU limits may reach.
    pub fn cpu_limits(&self) -> Option<Cpus> {
        Some(self.cpus?.scaled(self.overcommit()?))
    }
}

/// `[profiles.NAME]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// `description`.
    pub description: Option<String>,
    /// `includes`: makes it an aggregate.
    pub includes: Vec<String>,
    /// `excludes`: alternatives, both ways, which are never enabled together.
    pub excludes: Vec<String>,
    /// `[profiles.NAME.services.SERVICE]`: what enabling it changes elsewhere.
    pub services: IndexMap<String, Overlay>,
    /// `notes`: printed after `up`.
    pub notes: Option<String>,
    /// `allow`: acknowledged findings, code to reason.
    pub allow: IndexMap<String, String>,
}

/// What enabling a profile changes in one service. Only what is set here changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// Added to the service's environment; the overlay's value wins.
    pub environment: IndexMap<String, Option<String>>,
    /// Added to the service's dependencies; the overlay's entry wins.
    pub depends_on: IndexMap<String, Dependency>,
    /// Each set one replaces the service's.
    pub limits: Resources,
    /// Each set one replaces the service's.
    pub reservations: Resources,
    /// Replaces the service's.
    pub replicas: Option<u32>,
    /// Replaces the service's.
    pub command: Option<Command>,
    /// The texts of what is set with a variable.
    pub variables: VariableTexts,
}

/// A top-level volume or network.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// External: created outside of this stack.
    pub external: bool,
    /// `name`, where it is not `PROJECT_KEY`.
    pub name: Option<String>,
    /// `allow`: acknowledged findings, code to reason.
    pub allow: IndexMap<String, String>,
    /// Compose's other keys.
    pub rest: Map,
}

impl Resource {
    /// Its `driver`; empty where it is the usual one.
    pub fn driver(&self) -> &str {
        self.rest.get("driver").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its `driver_opts`.
    pub fn options(&self) -> Option<&Map> {
        self.rest.get("driver_opts")?.as_map()
    }

    /// A text of its `driver_opts`.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options()?.get(key)?.as_str()
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `generate = true`: `up` and `secrets init` make `.stackctl/secrets/NAME`.
    Generated {
        /// `env = ["KEY", ...]`: an env file with a generated value for each, for images that read only their environment.
        env: Vec<String>,
    },
    /// `file`, relative to stack.toml.
    File(String),
    /// `environment`: a variable of the caller.
    Environment(String),
    /// `external = true`: the engine's (Swarm).
    External,
}

/// A secret or config, with a source of the kind `S`.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared<S> {
    /// Where it comes from.
    pub source: S,
    /// `name`.
    pub name: Option<String>,
    /// `allow`: acknowledged findings, code to reason.
    pub allow: IndexMap<String, String>,
    /// Compose's other keys.
    pub rest: Map,
}

/// `[secrets.NAME]`.
pub type Secret = Declared<SecretSource>;

/// Where a config comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// `file`, relative to stack.toml.
    File(String),
    /// `content`, written in stack.toml.
    Content(String),
    /// `environment`: a variable of the caller.
    Environment(String),
    /// `external = true`.
    External,
}

/// `[configs.NAME]`.
pub type Config = Declared<ConfigSource>;

/// Where a generated secret's file is, relative to stack.toml.
pub fn secret_path(name: &str) -> String {
    format!(".stackctl/secrets/{name}")
}
