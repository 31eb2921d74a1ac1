//! The connection to the engine, what it is, and what goes wrong on the way to it.

use std::{collections::HashMap, error::Error as _, io, path::Path, sync::Arc, time::Duration};

use bollard::{ClientVersion, Docker, errors::Error, models::SystemVersion};
use tokio::sync::OnceCell;

use super::{
    host::{Host, HostError},
    ssh::{self, LastStderr},
    tls::{self, TlsError},
};
use crate::fs;

/// The API version that is used: that of Docker 25, the first engine with `start_interval`. Newer engines support it too.
const API: ClientVersion = ClientVersion { major_version: 1, minor_version: 44 };
/// The oldest that is understood: that of Docker 20.10.
const OLDEST: ClientVersion = ClientVersion { major_version: 1, minor_version: 41 };
/// How long an engine may take for an answer. A busy one takes seconds; one that takes longer is stuck.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take for the first one: Podman asks its helpers before it answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// The same where `ssh` leads there, which has its own timeout.
const SSH_CONNECT_TIMEOUT: Duration = Duration::from_secs(40);
/// How long the last words of an `ssh` that has ended may take.
const STDERR_DELAY: Duration = Duration::from_millis(100);

/// As many things of one kind are asked of an engine at once: each takes a connection, here and there.
pub const AT_ONCE: usize = 32;

/// Where Linux has the name of its machine.
const HOSTNAME: &str = "/proc/sys/kernel/hostname";

/// A connection to an engine.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) docker: Docker,
    pub(super) host: Host,
    /// What `ssh` says, where it leads there.
    ssh: LastStderr,
    /// Which program it is, once it was asked.
    pub(super) kind: EngineKind,
    /// Whether it counts what each container uses, once it was asked.
    counts_containers: Arc<OnceCell<bool>>,
}

/// Which program an engine is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// Docker, or what does not say otherwise.
    #[default]
    Docker,
    /// Podman.
    Podman,
}

/// What an engine is and what it can enforce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineInfo {
    /// Which program it is.
    pub kind: EngineKind,
    /// It runs without root.
    pub is_rootless: bool,
    /// Its address, and who says so.
    pub host: String,
    /// Whether its machine is this one, so that its disk, ports and processes can be looked at.
    pub is_here: bool,
    /// The host of the registry that it asks for an image without one in its name; empty where it says none.
    pub registry: String,
    /// The memory of its machine, in bytes.
    pub memory_bytes: u64,
    /// The CPUs of its machine.
    pub cpus: u64,
    /// `28.5.2`.
    pub version: String,
    /// The newest API version that it supports, `1.51`.
    pub api: String,
    /// `linux` or `windows`.
    pub os: String,
    /// Docker's name for its processor: `amd64`, `arm64`.
    pub arch: String,
    /// The name of its machine.
    pub name: String,
    /// 1 or 2; 0 where it has none (Windows).
    pub cgroup_version: u8,
    /// `systemd` or `cgroupfs`; `none` where containers have no control groups.
    pub cgroup_driver: String,
    /// Memory limits are enforced.
    pub memory_limit: bool,
    /// Limits of memory and swap together are enforced.
    pub swap_limit: bool,
    /// CPU limits are enforced.
    pub cpu_limit: bool,
    /// Limits of processes are enforced.
    pub pids_limit: bool,
    /// Where it keeps images and containers, on its machine.
    pub root: String,
    /// Whether it is a node of a swarm.
    pub swarm: bool,
    /// Its clock, RFC 3339.
    pub time: String,
    /// Its own warnings.
    pub warnings: Vec<String>,
}

/// Why the engine gave no answer, or which.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Its address could not be found out.
    #[error(transparent)]
    Host(#[from] HostError),
    /// An address with an unsupported scheme.
    #[error("stackctl connects to an engine through a socket, SSH or TCP, not through {0}")]
    Scheme(String),
    /// TLS cannot be set up.
    #[error("failed to set up TLS to the engine")]
    Tls(#[from] TlsError),
    /// The certificate of one side is not trusted by the other.
    #[error("the Docker engine at {host} and this machine do not trust each other: {reason}")]
    Trust {
        /// Where.
        host: String,
        /// Why.
        reason: String,
    },
    /// `ssh` does not lead there.
    #[error("failed to reach a Docker engine at {host}: {reason}")]
    Ssh {
        /// Where.
        host: String,
        /// What `ssh` printed.
        reason: String,
    },
    /// Nothing listens there.
    #[error("no Docker engine answers at {host}")]
    NoEngine {
        /// Where.
        host: String,
        /// Why, where the system says so.
        source: Option<io::Error>,
    },
    /// The socket is there and not for this user.
    #[error("no permission to talk to the Docker engine at {host}")]
    Permission {
        /// Where.
        host: String,
    },
    /// It supports only older versions of the API.
    #[error("the Docker engine at {host} supports API {api} at most, and {OLDEST} is needed (Docker 20.10)")]
    TooOld {
        /// Where.
        host: String,
        /// Its newest.
        api: String,
    },
    /// It accepted the connection and sent nothing.
    #[error("the Docker engine at {host} did not answer in time")]
    Timeout {
        /// Where.
        host: String,
    },
    /// It refused.
    #[error("the Docker engine answered {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        message: String,
    },
    /// It answered something that is not understood, or broke off.
    #[error("the Docker engine at {host} sent an invalid or incomplete response")]
    Answer {
        /// Where.
        host: String,
        /// What was wrong with it.
        source: Box<Error>,
    },
}

impl EngineKind {
    fn of(version: &SystemVersion) -> Self {
        let parts = version.components.as_deref().unwrap_or_default();
        if parts.iter().any(|part| part.name.starts_with("Podman")) { Self::Podman } else { Self::Docker }
    }
}

impl EngineInfo {
    /// Whether it gives each container control groups: without them no limit is held, and use is the whole machine's. Neither
    /// engine can without root on cgroup 1; Docker says so (`none`), Podman 5 does not.
    pub fn has_groups(&self) -> bool {
        self.cgroup_driver != "none" && !(self.is_rootless && self.cgroup_version == 1)
    }
}

impl EngineError {
    /// Whether what was asked about does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the engine manages no swarm, which is what it was asked about.
    pub fn is_no_manager(&self) -> bool {
        // Podman has no such pages at all.
        matches!(self, Self::Refused { status: 503 | 404, .. })
    }
}

impl Client {
    /// Connect to the engine that the `docker` command would use here, and hear its first word.
    ///
    /// # Errors
    /// When there is none, it may not be used, or it is too old.
    pub async fn connect() -> Result<Self, EngineError> {
        Self::connect_to(Host::find()?).await
    }

    /// Connect to the engine at this address.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect_to(host: Host) -> Result<Self, EngineError> {
        let (docker, ssh) = open(&host, &API)?;
        let mut client =
            Self { docker, host, ssh, kind: EngineKind::default(), counts_containers: Arc::default() };
        let version = match client.ping().await {
            Err(EngineError::Refused { status: 400, message }) => {
                // "client version 1.44 is too new. Maximum supported API version is 1.41", or the other way round.
                let bound = message.rsplit(' ').next().and_then(api).filter(|_| message.contains("version"));
                let Some(bound) = bound else { return Err(EngineError::Refused { status: 400, message }) };
                if bound < OLDEST {
                    return Err(EngineError::TooOld {
                        host: client.host.to_string(),
                        api: bound.to_string(),
                    });
                }
                bound
            }
            answer => {
                client.kind = answer?;
                return Ok(client);
            }
        };
        (client.docker, client.ssh) = open(&client.host, &version)?;
        client.kind = client.ping().await?;
        Ok(client)
    }

    async fn ping(&self) -> Result<EngineKind, EngineError> {
        let is_remote = self.host.is_ssh();
        let timeout = if is_remote { SSH_CONNECT_TIMEOUT } else { CONNECT_TIMEOUT };
        match tokio::time::timeout(timeout, self.docker.version()).await {
            Ok(Err(error)) => {
                // What `ssh` says comes beside the end of its connection.
                tokio::time::sleep(if is_remote { STDERR_DELAY } else { Duration::ZERO }).await;
                Err(self.error(error))
            }
            Ok(Ok(version)) => Ok(EngineKind::of(&version)),
            Err(_) => Err(EngineError::Timeout { host: self.host.to_string() }),
        }
    }

    /// Whether its machine has this name and is this one: it is reached through a socket of this machine, which has the name
    /// too. Behind a forwarded socket, or one of a virtual machine, the name is another; so it is where this process runs in a
    /// container that was given the socket. Only Linux can tell.
    fn is_here(&self, name: &str) -> bool {
        let own = fs::read_text(Path::new(HOSTNAME)).unwrap_or_default();
        self.host.is_local() && !name.is_empty() && own.trim() == name
    }

    pub(super) async fn info(&self) -> Result<EngineInfo, EngineError> {
        let (info, version) =
            tokio::try_join!(self.docker.info(), self.docker.version()).map_err(|error| self.error(error))?;
        let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let text = |value: Option<String>| value.unwrap_or_default();
        let can = |ability: Option<bool>| ability.unwrap_or(false);
        let cgroup_version = info.cgroup_version.map(|version| version.to_string());
        let node = info.swarm.and_then(|swarm| swarm.local_node_state).map(|state| state.to_string());
        let name = text(info.name);
        let registry = text(info.index_server_address);
        let registry = registry.split_once("://").map_or(registry.as_str(), |(_, rest)| rest);
        let security = info.security_options.unwrap_or_default();
        Ok(EngineInfo {
            kind: EngineKind::of(&version),
            is_rootless: security.iter().any(|option| option.starts_with("name=rootless")),
            host: self.host.to_string(),
            is_here: self.is_here(&name),
            registry: registry.split('/').next().unwrap_or_default().to_owned(),
            memory_bytes: number(info.mem_total),
            cpus: number(info.ncpu),
            version: text(version.version),
            api: text(version.api_version),
            os: text(version.os),
            arch: text(version.arch),
            name,
            cgroup_version: cgroup_version.and_then(|version| version.parse().ok()).unwrap_or(0),
            cgroup_driver: info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default(),
            memory_limit: can(info.memory_limit),
            swap_limit: can(info.swap_limit),
            cpu_limit: can(info.cpu_cfs_quota),
            pids_limit: can(info.pids_limit),
            root: text(info.docker_root_dir),
            swarm: node.as_deref() == Some("active"),
            time: text(info.system_time),
            warnings: info.warnings.unwrap_or_default(),
        })
    }

    /// Whether what it says of a container's use is the container's alone.
    pub(super) async fn counts_containers(&self) -> Result<bool, EngineError> {
        let asked = async { self.info().await.map(|info| info.has_groups()) };
        self.counts_containers.get_or_try_init(|| asked).await.copied()
    }

    /// An answer about one thing; `None` where the engine has no such thing, or no longer.
    pub(super) fn found<T>(&self, answer: Result<T, Error>) -> Result<Option<T>, EngineError> {
        match answer.map_err(|error| self.error(error)) {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// What bollard says, in our words.
    pub(super) fn error(&self, error: Error) -> EngineError {
        let reason = self.ssh.get();
        match explain(&self.host, error) {
            refused @ EngineError::Refused { .. } => refused,
            _ if !reason.is_empty() => EngineError::Ssh { host: self.host.to_string(), reason },
            error => error,
        }
    }
}

/// The filter for what has this label.
pub(super) fn labelled(label: &str, value: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{label}={value}")])])
}

/// A connection for this API version; nothing is sent yet.
fn open(host: &Host, version: &ClientVersion) -> Result<(Docker, LastStderr), EngineError> {
    let address = host.address.as_str();
    let seconds = TIMEOUT.as_secs();
    let opened = match address.split_once("://").map_or("", |(scheme, _)| scheme) {
        #[cfg(unix)]
        "unix" => Docker::connect_with_unix(address, seconds, version),
        #[cfg(windows)]
        "npipe" => Docker::connect_with_named_pipe(address, seconds, version),
        "tcp" | "http" | "https" => match &host.certificates {
            Some(folder) => tls::open(address, folder, seconds, version)?,
            None if address.starts_with("https") => return Err(EngineError::Scheme(address.to_owned())),
            None => Docker::connect_with_http(address, seconds, version),
        },
        "ssh" => match ssh::open(address, seconds, version) {
            Some(opened) => return opened.map_err(|error| explain(host, error)),
            // Not the address itself: it may hold a password.
            None => {
                return Err(EngineError::Scheme(
                    "an address that is not of the form ssh://[USER@]HOST[:PORT]".to_owned(),
                ));
            }
        },
        _ => return Err(EngineError::Scheme(address.to_owned())),
    };
    opened.map(|docker| (docker, LastStderr::default())).map_err(|error| explain(host, error))
}

fn explain(host: &Host, error: Error) -> EngineError {
    let host = host.to_string();
    match error {
        Error::DockerResponseServerError { status_code: status, message } => {
            EngineError::Refused { status, message }
        }
        Error::RequestTimeoutError => EngineError::Timeout { host },
        Error::SocketNotFoundError(_) => EngineError::NoEngine { host, source: None },
        error if untrusted(&error).is_some() => {
            EngineError::Trust { host, reason: untrusted(&error).unwrap_or_default() }
        }
        error => match system_error(&error) {
            Some(io::ErrorKind::PermissionDenied) => EngineError::Permission { host },
            Some(kind) => EngineError::NoEngine { host, source: Some(kind.into()) },
            None => EngineError::Answer { host, source: Box::new(error) },
        },
    }
}

/// What TLS says at the end of a chain of errors.
fn untrusted(error: &Error) -> Option<String> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(reason) = error.downcast_ref::<io::Error>().and_then(tls::reason) {
            return Some(reason);
        }
        next = error.source();
    }
    None
}

/// The system's reason at the end of a chain of errors, where it is one of no connection.
fn system_error(error: &Error) -> Option<io::ErrorKind> {
    let direct = match error {
        Error::IOError { err } => Some(err.kind()),
        _ => None,
    };
    let mut found = None;
    let mut next = error.source();
    while let Some(error) = next {
        found = error.downcast_ref::<io::Error>().map(io::Error::kind).or(found);
        next = error.source();
    }
    found.or(direct).filter(|kind| *kind != io::ErrorKind::InvalidData)
}

fn api(text: &str) -> Option<ClientVersion> {
    let (major, minor) = text.trim_end_matches('.').split_once('.')?;
    Some(ClientVersion { major_version: major.parse().ok()?, minor_version: minor.parse().ok()? })
}
