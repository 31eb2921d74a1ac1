//! Where the engine is, found as the `docker` command finds it: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the current
//! context of its configuration, then the usual socket.

use std::{
    env, fmt, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{fs, text::hex};

/// The socket of an engine on this machine.
#[cfg(not(windows))]
const USUAL: &str = "unix:///var/run/docker.sock";
#[cfg(windows)]
const USUAL: &str = "npipe:////./pipe/docker_engine";

/// The address of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// As `DOCKER_HOST` has it: `unix://`, `tcp://`, `npipe://`, `ssh://`.
    pub address: String,
    /// Who says so: a variable or a context; `None` for the usual socket.
    pub named_by: Option<String>,
    /// The folder with the certificates, where TLS is used.
    pub certificates: Option<PathBuf>,
}

/// Why no address was found.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The docker configuration, or a context in it, cannot be read.
    #[error("failed to read {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not JSON of the expected shape.
    #[error("{} is not understood", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A context that does not exist.
    #[error("there is no docker context {name:?}, which {named_by} names")]
    NoContext {
        /// Its name.
        name: String,
        /// A variable, or the configuration file.
        named_by: String,
    },
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.named_by {
            Some(named_by) => write!(f, "{} ({named_by})", self.address),
            None => f.write_str(&self.address),
        }
    }
}

impl Host {
    /// The engine that the `docker` command would talk to in this environment.
    ///
    /// # Errors
    /// When a context is named that does not exist, or the docker configuration cannot be read.
    pub fn find() -> Result<Self, HostError> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let home = set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
        let config = set("DOCKER_CONFIG").map(PathBuf::from).or(home.map(|home| home.join(".docker")));
        let mut host = Self::from(set("DOCKER_HOST"), set("DOCKER_CONTEXT"), config.as_deref())?;
        if host.named_by.as_deref() == Some("DOCKER_HOST") && set("DOCKER_TLS_VERIFY").is_some() {
            host.certificates = set("DOCKER_CERT_PATH").map(PathBuf::from).or(config);
        }
        Ok(host)
    }

    fn from(host: Option<String>, context: Option<String>, config: Option<&Path>) -> Result<Self, HostError> {
        if let Some(address) = host {
            return Ok(Self { address, named_by: Some("DOCKER_HOST".to_owned()), certificates: None });
        }
        let usual = Self { address: USUAL.to_owned(), named_by: None, certificates: None };
        let Some(config) = config else { return Ok(usual) };
        let (name, named_by) = match context {
            Some(name) => (name, "DOCKER_CONTEXT".to_owned()),
            None => {
                let path = config.join("config.json");
                match read::<Configuration>(&path)?.and_then(|read| read.current) {
                    Some(name) => (name, path.display().to_string()),
                    None => return Ok(usual),
                }
            }
        };
        if name == "default" || name.is_empty() {
            return Ok(usual);
        }
        // The store names a context's folder by the SHA-256 of its name (docker/cli, cli/context/store).
        let id = hex(&Sha256::digest(name.as_bytes()));
        let certificates =
            Some(config.join("contexts/tls").join(&id).join("docker")).filter(|folder| folder.is_dir());
        let path = config.join("contexts/meta").join(id).join("meta.json");
        match read::<ContextFile>(&path)?.and_then(|read| read.endpoints.docker) {
            Some(Endpoint { host: Some(address) }) if !address.is_empty() => {
                Ok(Self { address, named_by: Some(format!("the docker context {name:?}")), certificates })
            }
            Some(_) => Ok(usual),
            None => Err(HostError::NoContext { name, named_by }),
        }
    }

    /// Whether it is reached through SSH.
    pub fn is_ssh(&self) -> bool {
        self.address.starts_with("ssh://")
    }

    /// Whether it is reached through a socket or pipe of this machine. Where that leads is another question: to a virtual
    /// machine (Docker Desktop, Colima), or through SSH to anywhere.
    pub fn is_local(&self) -> bool {
        self.address.starts_with("unix://") || self.address.starts_with("npipe://")
    }
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(rename = "currentContext")]
    current: Option<String>,
}

#[derive(Deserialize)]
struct ContextFile {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Option<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host")]
    host: Option<String>,
}

/// What a JSON file says; `None` where there is no such file.
fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, HostError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(HostError::Unreadable { path: path.to_owned(), source }),
    };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|source| HostError::Malformed { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn text(name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    #[test]
    fn the_order_is_that_of_the_docker_command() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path();
        let id = hex(&Sha256::digest(b"far"));
        let meta = config.join("contexts/meta").join(id);
        fs::create_dir_all(&meta).unwrap();
        let context = r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2375","SkipTLSVerify":false}}}"#;
        fs::write(meta.join("meta.json"), context).unwrap();

        let find = |host, context| Host::from(host, context, Some(config));
        assert_eq!(find(None, None).unwrap().address, USUAL);
        fs::write(config.join("config.json"), r#"{"auths":{},"currentContext":"far"}"#).unwrap();
        let far = find(None, None).unwrap();
        assert_eq!(far.to_string(), "tcp://10.0.0.7:2375 (the docker context \"far\")");
        assert!(!far.is_local());
        assert_eq!(far.certificates, None);
        let folder = config.join("contexts/tls").join(meta.file_name().unwrap()).join("docker");
        fs::create_dir_all(&folder).unwrap();
        let closed = find(None, None).unwrap().certificates.unwrap();
        assert!(closed.ends_with("docker") && closed.starts_with(config.join("contexts/tls")));
        assert_eq!(find(None, text("default")).unwrap().address, USUAL);
        let named = find(text("unix:///x.sock"), text("far")).unwrap();
        assert_eq!((named.address.as_str(), named.is_local()), ("unix:///x.sock", true));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Host::from(None, text("nope"), Some(folder.path())).unwrap_err();
        assert_eq!(error.to_string(), "there is no docker context \"nope\", which DOCKER_CONTEXT names");
        fs::write(folder.path().join("config.json"), "{").unwrap();
        assert!(matches!(Host::from(None, None, Some(folder.path())), Err(HostError::Malformed { .. })));
        assert_eq!(Host::from(None, None, None).unwrap().address, USUAL);
    }
}
