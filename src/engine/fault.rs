//! What the engine's words for a failure mean.

/// A kind of failure that has a next step of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The registry has no such image, or not for everybody.
    NoImage,
    /// The registry wants to know who asks.
    NoLogin,
    /// The registry cannot be reached.
    NoRegistry,
    /// A port is taken.
    Port,
    /// A volume with `external = true` does not exist.
    NoVolume,
    /// A network with `external = true` does not exist.
    NoNetwork,
    /// The engine's disk is full.
    DiskFull,
    /// `ssh` does not lead to the engine, or not every time.
    Ssh,
    /// The engine is gone.
    NoEngine,
    /// Anything else.
    Other,
}

/// Words by what they mean, most telling first (moby, containerd and docker/cli as of version 28).
const WORDS: [(Fault, &[&str]); 10] = [
    (Fault::DiskFull, &["no space left on device", "disk quota exceeded"]),
    (Fault::Ssh, &["dial-stdio] has exited", "kex_exchange_identification"]),
    (
        Fault::NoEngine,
        &[
            "cannot connect to the docker daemon",
            "error during connect",
            "permission denied while trying to connect",
        ],
    ),
    (Fault::NoVolume, &["external volume"]),
    (Fault::NoNetwork, &["declared as external"]),
    // Of a file or a program, not of an image.
    (Fault::Other, &["permission denied", "file not found"]),
    (Fault::Port, &["address already in use", "port is already allocated"]),
    (Fault::NoLogin, &["no basic auth credentials", "authentication required"]),
    (
        Fault::NoImage,
        &[
            "pull access denied",
            "manifest unknown",
            "no such image",
            "repository does not exist",
            "no matching manifest",
            "manifest for",
            "unauthorized",
        ],
    ),
    (
        Fault::NoRegistry,
        &[
            "no such host",
            "connection refused",
            "connection reset by peer",
            "unexpected eof",
            "i/o timeout",
            "network is unreachable",
            "no route to host",
            "tls handshake",
            "client.timeout",
            "context deadline exceeded",
            "toomanyrequests",
            "server misbehaving",
            "x509",
        ],
    ),
];

/// Words of a registry that mean [`Fault::NoImage`], and others where no registry is spoken of: a mount, a program, a plugin.
const REFUSALS: [&str; 4] = [": not found", ": denied", "denied: ", "is denied"];
/// What speaks of a registry.
const OF_REGISTRY: [&str; 7] =
    ["manifest", "registry", "failed to resolve", "requested access", "repository", "http", "pull"];

impl Fault {
    /// What these words mean.
    pub fn of(words: &str) -> Self {
        let words = words.to_lowercase();
        let has = |any: &[&str]| any.iter().any(|known| words.contains(known));
        let known = WORDS.iter().find(|(_, known)| has(known)).map(|(fault, _)| *fault);
        match known {
            None if has(&REFUSALS) && has(&OF_REGISTRY) => Self::NoImage,
            known => known.unwrap_or(Self::Other),
        }
    }

    /// Whether the surroundings are at fault, and not the stack.
    pub fn is_surroundings(self) -> bool {
        !matches!(self, Self::NoImage | Self::Other)
    }

    /// The next step.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::NoImage => {
                Some("check the image's name and tag; `docker login` where the registry requires a login")
            }
            Self::NoLogin => Some("`docker login` with the registry's name, and run `stackctl up` again"),
            Self::NoRegistry => Some(
                "check the network and the registry's name; an image that is already present (`docker image ls`) needs no registry",
            ),
            Self::NoVolume => Some(
                "`docker volume create NAME` creates it; without `external = true` in stack.toml it belongs to this stack and is created with it",
            ),
            Self::NoNetwork => Some(
                "`docker network create NAME` creates it; without `external = true` in stack.toml it belongs to this stack and is created with it",
            ),
            Self::DiskFull => Some(
                "`docker system df` shows what takes the space, `docker system prune` frees what nothing uses",
            ),
            Self::Ssh => Some(
                "the server may limit concurrent connections: `ControlMaster auto` and `ControlPersist 1m` in ~/.ssh/config keep one open",
            ),
            Self::NoEngine => Some("check that `docker info` responds, and run `stackctl up` again"),
            Self::Port | Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_engines_say_them() {
        for (words, fault) in [
            (
                r#"Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host"#,
                Fault::NoRegistry,
            ),
            (
                r#"Get "http://localhost:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused"#,
                Fault::NoRegistry,
            ),
            ("Error response from daemon: No such image: nowhere/none:1", Fault::NoImage),
            (
                "pull access denied for x/y, repository does not exist or may require 'docker login'",
                Fault::NoImage,
            ),
            ("Head \"http://localhost:5000/v2/a/manifests/1\": no basic auth credentials", Fault::NoLogin),
            ("unauthorized: access to the requested resource is not authorized", Fault::NoImage),
            ("manifest for nginx:0 not found: manifest unknown: manifest unknown", Fault::NoImage),
            (
                "failed to resolve reference \"docker.io/library/none:1\": docker.io/library/none:1: not found",
                Fault::NoImage,
            ),
            ("Head \"https://ghcr.io/v2/a/b/manifests/1\": denied", Fault::NoImage),
            ("denied: requested access to the resource is denied", Fault::NoImage),
            (
                "Error response from daemon: error mounting \"/dev/loop9\": lsetxattr: access is denied: unknown",
                Fault::Other,
            ),
            (
                "Error response from daemon: crun: mount `x` to `y`: device: not found: OCI runtime error",
                Fault::Other,
            ),
            (
                "initializing source docker://nowhere/none:1: reading manifest 1 in docker.io/nowhere/none: requested access to the resource is denied",
                Fault::NoImage,
            ),
            ("external volume \"data\" not found", Fault::NoVolume),
            ("network edge declared as external, but could not be found", Fault::NoNetwork),
            ("OCI runtime create failed: exec: \"/run.sh\": permission denied: unknown", Fault::Other),
            ("exec: \"srv\": executable file not found in $PATH: unknown", Fault::Other),
            ("Error response from daemon: plugin \"fluent\" not found", Fault::Other),
            ("permission denied while trying to connect to the Docker daemon socket", Fault::NoEngine),
            ("write /var/lib/docker/tmp/x: no space left on device", Fault::DiskFull),
            ("Bind for 127.0.0.1:80 failed: port is already allocated", Fault::Port),
            (
                "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
                Fault::NoEngine,
            ),
            ("dependency failed to start: container x-a-1 is unhealthy", Fault::Other),
        ] {
            assert_eq!(Fault::of(words), fault, "{words}");
        }
    }
}
