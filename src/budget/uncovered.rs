//! What the proof does not cover: memory beyond the declared limits.

use serde::Serialize;

use crate::model::{MountKind, Service, Swap};

/// The services that can use more of the machine than their memory limit. The engine itself is never covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// May swap: `memswap_limit` is unset (the engine then allows as much swap again as memory), above the memory limit,
    /// or unlimited.
    pub swap: Vec<String>,
    /// Built here: a build runs outside every limit.
    pub builds: Vec<String>,
    /// Hold the engine's socket: what they start through it is not part of the stack.
    pub docker_socket: Vec<String>,
}

impl Uncovered {
    /// Of these services, by name.
    pub fn new<'a>(services: impl Iterator<Item = (&'a str, &'a Service)> + Clone) -> Self {
        let named = |with: &dyn Fn(&Service) -> bool| {
            services.clone().filter(|(_, service)| with(service)).map(|(name, _)| name.to_owned()).collect()
        };
        Self {
            swap: named(&may_swap),
            builds: named(&|service| service.build.is_some()),
            docker_socket: named(&holds_socket),
        }
    }
}

fn may_swap(service: &Service) -> bool {
    match (service.memswap_limit, service.limits.memory) {
        (Some(Swap::Limit(limit)), Some(memory)) => limit > memory,
        (Some(Swap::Off), Some(_)) => false,
        _ => true,
    }
}

fn holds_socket(service: &Service) -> bool {
    service.volumes.iter().any(|mount| {
        let source = mount.source.as_deref().unwrap_or_default();
        match mount.kind {
            MountKind::Bind => source.ends_with("/docker.sock"),
            MountKind::Opaque => source.contains("/docker.sock"),
            MountKind::Volume | MountKind::Tmpfs | MountKind::Other => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Build, Bytes, Map, Mount, Resources};

    #[test]
    fn names_what_goes_beyond_the_limits() {
        let limits = Resources { memory: Some(Bytes(8)), ..Resources::default() };
        let with = |memswap_limit| Service { limits: limits.clone(), memswap_limit, ..Service::default() };
        let socket = Mount {
            kind: MountKind::Bind,
            source: Some("/var/run/docker.sock".into()),
            target: "/var/run/docker.sock".into(),
            read_only: false,
            options: Vec::new(),
            is_long: false,
            rest: Map::new(),
        };
        let build =
            Build { context: ".".into(), dockerfile: None, dockerfile_inline: None, rest: Map::new() };
        let off = Some(Swap::Limit(Bytes(8)));
        let services = [
            ("plain", with(None)),
            ("off", with(off)),
            ("some", with(Some(Swap::Limit(Bytes(9))))),
            ("runner", Service { volumes: vec![socket], ..with(off) }),
            ("built", Service { build: Some(build), ..with(off) }),
        ];
        let left_out = Uncovered::new(services.iter().map(|(name, service)| (*name, service)));
        assert_eq!(left_out.swap, ["plain", "some"]);
        assert_eq!((left_out.builds, left_out.docker_socket), (vec!["built".into()], vec!["runner".into()]));
    }
}
