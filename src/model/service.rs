//! A service: what a rule, the budget or a renderer reads is typed, every other Compose key is kept as it is.

use indexmap::IndexMap;

use super::{Bytes, Cpus, Duration, Map, Port, Value, VariableTexts};

/// A scalar as the user wrote it, with what it means; `value` is `None` where it contains a variable that only Compose
/// can resolve.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The text, in Compose's syntax.
    pub text: String,
    /// Its value.
    pub value: Option<T>,
}

/// A service with the defaults merged in, before any overlay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Service {
    /// `image`; the word `stackctl` means the local image that holds this binary.
    pub image: Option<String>,
    /// `build`.
    pub build: Option<Build>,
    /// The profiles it names; none is core.
    pub profiles: Vec<String>,
    /// `container_name`.
    pub container_name: Option<String>,
    /// `limits`.
    pub limits: Resources,
    /// `reservations`; `pids` has no meaning there and is never set.
    pub reservations: Resources,
    /// `cpu_quota`, in microseconds: how long it may run in each `cpu_period`.
    pub cpu_quota: Option<i64>,
    /// `cpu_period`, in microseconds.
    pub cpu_period: Option<i64>,
    /// Whether `limits.cpus` is what `cpu_quota` allows, because it is not set itself.
    pub is_quota_limit: bool,
    /// `memswap_limit`: memory and swap together.
    pub memswap_limit: Option<Swap>,
    /// `replicas`; `None` is one.
    pub replicas: Option<u32>,
    /// `restart`, as written: `no`, `always`, `on-failure[:N]`, `unless-stopped`.
    pub restart: Option<String>,
    /// `logging`.
    pub logging: Logging,
    /// `healthcheck`.
    pub healthcheck: Option<Healthcheck>,
    /// `depends_on`, whichever way it was written.
    pub depends_on: IndexMap<String, Dependency>,
    /// `environment`; `None` takes the value from the caller's environment.
    pub environment: IndexMap<String, Option<String>>,
    /// `env_file`, in order.
    pub env_file: Vec<EnvFile>,
    /// `command`.
    pub command: Option<Command>,
    /// `entrypoint`.
    pub entrypoint: Option<Command>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `volumes`.
    pub volumes: Vec<Mount>,
    /// `tmpfs`, in short syntax.
    pub tmpfs: Vec<String>,
    /// `networks`: attachments with their options (`Null` for none). Empty means the default network.
    pub networks: IndexMap<String, Value>,
    /// `network_mode`.
    pub network_mode: Option<String>,
    /// `ipc`.
    pub ipc: Option<String>,
    /// `pid`.
    pub pid: Option<String>,
    /// `links`, as written: `SERVICE[:ALIAS]`.
    pub links: Vec<String>,
    /// `volumes_from`, as written: `SERVICE[:MODE]` or `container:NAME[:MODE]`.
    pub volumes_from: Vec<String>,
    /// `secrets`.
    pub secrets: Vec<Grant>,
    /// `configs`.
    pub configs: Vec<Grant>,
    /// `files`: side files rendered from templates and mounted read-only.
    pub files: Vec<SideFile>,
    /// `privileged`.
    pub privileged: bool,
    /// `notes`: printed after `up`.
    pub notes: Option<String>,
    /// `allow`: acknowledged findings, code to reason.
    pub allow: IndexMap<String, String>,
    /// What else `limits` and `reservations` hold, such as GPUs, by these names.
    pub resources: Map,
    /// `models`: attachments with their options (`Null` for none).
    pub models: IndexMap<String, Value>,
    /// Every other Compose key that stackctl knows, its shape checked.
    pub rest: Map,
    /// `compose`: any other Compose key, passed through untouched.
    pub compose: Map,
    /// The texts of typed values that hold a variable. The fields above are what they become.
    pub variables: VariableTexts,
}

/// `limits` or `reservations`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// Memory.
    pub memory: Option<Bytes>,
    /// CPUs.
    pub cpus: Option<Cpus>,
    /// Processes; limits only, -1 is unlimited.
    pub pids: Option<i64>,
}

impl Resources {
    /// Replace what `with` sets.
    pub fn replace(&mut self, with: &Self) {
        let Self { memory, cpus, pids } = with;
        *self = Self { memory: memory.or(self.memory), cpus: cpus.or(self.cpus), pids: pids.or(self.pids) };
    }

    /// Raise each to that of `with` where it is larger.
    pub fn raise(&mut self, with: &Self) {
        let Self { memory, cpus, pids } = with;
        let pids = self.pids.max(*pids);
        *self = Self { memory: self.memory.max(*memory), cpus: self.cpus.max(*cpus), pids };
    }
}

/// `memswap_limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// -1: swap without bound.
    Unlimited,
    /// Memory and swap together; equal to the memory limit turns swap off.
    Limit(Bytes),
    /// Equal to the memory limit, whatever profiles make of it: `swap = false` of `[budget]`. Unset without a memory limit.
    Off,
}

impl Swap {
    /// Memory and swap together, in bytes, beside this memory limit; -1 is without bound, `None` is unset.
    pub fn bytes(self, memory: Option<Bytes>) -> Option<i64> {
        let limit = match self {
            Self::Unlimited => return Some(-1),
            Self::Limit(limit) => limit,
            Self::Off => memory?,
        };
        i64::try_from(limit.0).ok()
    }
}

/// `build`.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// The folder, relative to stack.toml, or a URL.
    pub context: String,
    /// The Dockerfile, resolved inside the context.
    pub dockerfile: Option<String>,
    /// A Dockerfile written in stack.toml.
    pub dockerfile_inline: Option<String>,
    /// Every other key of `build`.
    pub rest: Map,
}

/// `logging`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Logging {
    /// `driver`; unset is the daemon's `json-file`.
    pub driver: Option<String>,
    /// `max_size`: the size at which a log file is rotated.
    pub max_size: Option<Bytes>,
    /// `max_file`: how many files are kept.
    pub max_file: Option<u32>,
    /// `options`: other options of the driver, under the driver's own names.
    pub options: IndexMap<String, String>,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// `healthcheck`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Healthcheck {
    /// `healthcheck = "image"`: the image brings the check, and nothing is written for Compose.
    pub from_image: bool,
    /// `disable = true`, or the test `["NONE"]`.
    pub disable: bool,
    /// `test`: a text is run by the container's shell, a list starts with `CMD`, `CMD-SHELL` or `NONE`.
    pub test: Option<Command>,
    /// `interval`.
    pub interval: Option<Written<Duration>>,
    /// `timeout`.
    pub timeout: Option<Written<Duration>>,
    /// `retries`; `None` also where a variable without a value holds it, since no proof reads it.
    pub retries: Option<u32>,
    /// `start_period`.
    pub start_period: Option<Written<Duration>>,
    /// `start_interval`.
    pub start_interval: Option<Written<Duration>>,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// `command`, `entrypoint` and `healthcheck.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A text.
    Shell(String),
    /// A list of arguments.
    Exec(Vec<String>),
}

/// When a dependency is met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Condition {
    /// `started`: the container was started.
    #[default]
    Started,
    /// `healthy`: its health check passes.
    Healthy,
    /// `completed`: it ended with exit code 0.
    Completed,
}

impl Condition {
    /// Compose's name, `service_healthy`.
    pub fn compose_name(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::Completed => "service_completed_successfully",
        }
    }

    /// The condition of that name, ours or Compose's.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "started" | "service_started" => Some(Self::Started),
            "healthy" | "service_healthy" => Some(Self::Healthy),
            "completed" | "service_completed_successfully" => Some(Self::Completed),
            _ => None,
        }
    }
}

/// One entry of `depends_on`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// When it is met.
    pub condition: Condition,
    /// Whether the other service has to be active.
    pub required: bool,
    /// Whether an explicit restart of the other restarts this one.
    pub restart: bool,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// One entry of `env_file`.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvFile {
    /// Where it is.
    pub source: EnvFileSource,
    /// Whether it has to exist; a generated secret never has to when Compose only reads the configuration.
    pub required: bool,
    /// `format`: `raw` switches interpolation off.
    pub format: Option<String>,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// Where an env file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvFileSource {
    /// A file, relative to stack.toml.
    Path(String),
    /// `{ secret = "NAME" }`: the file of a secret.
    Secret(String),
}

/// What a mount mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the machine.
    Bind,
    /// A named volume, or an anonymous one without a source.
    Volume,
    /// Memory.
    Tmpfs,
    /// `npipe`, `cluster`, `image`: passed through.
    Other,
    /// A short form with a variable in it, which only Compose can take apart; `source` holds the whole text.
    Opaque,
}

/// How mounts and unmounts below a bind mount reach its source and come from there, by the words of mount(8).
pub const PROPAGATION: [&str; 6] = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

/// One entry of `volumes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// What it mounts.
    pub kind: MountKind,
    /// A path relative to stack.toml (bind), a volume's name, or nothing.
    pub source: Option<String>,
    /// The absolute path in the container; empty for `Opaque`.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// The other options of the short syntax (`z`, `nocopy`, ...), in order and without `ro` and `rw`.
    pub options: Vec<String>,
    /// Written in the long syntax. For a bind of the short syntax Compose resolves `create_host_path: true`; for one of the long
    /// syntax it resolves nothing, with the same effect.
    pub is_long: bool,
    /// The other keys of the long syntax, `type` included when the kind is `Other`. Empty for the short syntax.
    pub rest: Map,
}

impl Mount {
    /// A key of one of the tables of the long syntax, such as `size` of `tmpfs`.
    pub fn option(&self, table: &str, key: &str) -> Option<&Value> {
        self.rest.get(table)?.as_map()?.get(key)
    }
}

/// One entry of a service's `secrets` or `configs`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grant {
    /// The top-level name.
    pub source: String,
    /// The path in the container; secrets default to `/run/secrets/NAME`, configs to `/NAME`.
    pub target: Option<String>,
    /// `uid`, which Compose ignores for file secrets.
    pub uid: Option<String>,
    /// `gid`, likewise.
    pub gid: Option<String>,
    /// `mode`, likewise.
    pub mode: Option<u32>,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// One entry of `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideFile {
    /// The template, relative to `templates/`.
    pub template: String,
    /// The absolute path in the container.
    pub target: String,
}

impl Service {
    /// The named volumes that it mounts.
    pub fn named_volumes(&self) -> impl Iterator<Item = &str> {
        let volumes = self.volumes.iter().filter(|mount| mount.kind == MountKind::Volume);
        volumes.filter_map(|mount| mount.source.as_deref())
    }

    /// How many containers it has.
    pub fn replica_count(&self) -> u32 {
        self.replicas.unwrap_or(1)
    }

    /// What its `deploy` holds beside limits, reservations and replicas: written in the service itself, or in `compose`.
    pub fn deploy(&self) -> Option<&Value> {
        self.rest.get("deploy").or_else(|| self.compose.get("deploy"))
    }

    /// Whether a program of the machine provides it: it has no container, so no limit and no log.
    pub fn is_provided(&self) -> bool {
        self.rest.contains_key("provider")
    }

    /// Whether it runs the local image that holds this binary.
    pub fn is_stackctl(&self) -> bool {
        self.image.as_deref() == Some("stackctl")
    }
}
