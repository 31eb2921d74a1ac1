//! Volumes and networks that exist outside of the stack (`external = true`).

use super::Check;
use crate::{
    engine::client::{Engine, EngineError},
    model::{MountKind, Resource, Service, Stack},
};

const NAME: &str = "external";

/// What kind of thing is external.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Volume,
    Network,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Network => "network",
        }
    }
}

impl Engine {
    /// Whether the external volumes and networks of a stack exist; nothing where it has none.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn external(&self, stack: &Stack) -> Result<Vec<Check>, EngineError> {
        let mut checks = Vec::new();
        let wanted = external(stack);
        for (kind, name, user) in &wanted {
            let found = match kind {
                Kind::Volume => self.docker.inspect_volume(name).await.map(drop),
                Kind::Network => self.docker.inspect_network(name, None).await.map(drop),
            };
            match found.map_err(|error| self.error(error)) {
                Ok(()) => {}
                Err(error) if error.is_not_found() => checks.push(missing(*kind, name, user)),
                Err(error) => return Err(error),
            }
        }
        if checks.is_empty() && !wanted.is_empty() {
            let names: Vec<&str> = wanted.iter().map(|(_, name, _)| *name).collect();
            checks.push(Check::ok(NAME, format!("{} exist outside of the stack", names.join(", "))));
        }
        Ok(checks)
    }
}

fn missing(kind: Kind, name: &str, user: &str) -> Check {
    let kind = kind.as_str();
    Check::error(
        NAME,
        format!("the external {kind} {name} of {user} does not exist"),
        format!(
            "`docker {kind} create {name}`, or remove `external = true` in stack.toml to make it with the stack"
        ),
    )
}

/// The external volumes and networks that a service uses: their names for the engine, and the first service. Names with a
/// variable are left out.
fn external(stack: &Stack) -> Vec<(Kind, &str, &str)> {
    let mut found: Vec<(Kind, &str, &str)> = Vec::new();
    for (kind, table) in [(Kind::Volume, &stack.volumes), (Kind::Network, &stack.networks)] {
        for (key, Resource { name, .. }) in table.iter().filter(|(_, resource)| resource.external) {
            let name = name.as_ref().unwrap_or(key).as_str();
            let user = stack.services.iter().find(|(_, service)| uses(service, kind, key));
            found.extend(user.filter(|_| !name.contains('$')).map(|(user, _)| (kind, name, user.as_str())));
        }
    }
    found
}

fn uses(service: &Service, kind: Kind, key: &str) -> bool {
    match kind {
        Kind::Volume => service
            .volumes
            .iter()
            .any(|mount| mount.kind == MountKind::Volume && mount.source.as_deref() == Some(key)),
        Kind::Network => service.networks.contains_key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mount, Value};

    #[test]
    fn what_is_external_and_used() {
        let resource = |external, name: Option<&str>| Resource {
            external,
            name: name.map(str::to_owned),
            rest: Default::default(),
        };
        let mount = |source: &str| Mount {
            kind: MountKind::Volume,
            source: Some(source.to_owned()),
            target: "/d".to_owned(),
            read_only: false,
            options: Vec::new(),
            rest: Default::default(),
        };
        let service = Service {
            volumes: vec![mount("data"), mount("own"), mount("v")],
            networks: [("edge".to_owned(), Value::Null)].into(),
            ..Service::default()
        };
        let stack = Stack {
            services: [("a".to_owned(), service)].into(),
            volumes: [
                ("data".to_owned(), resource(true, Some("old-data"))),
                ("own".to_owned(), resource(false, None)),
                ("unused".to_owned(), resource(true, None)),
                ("v".to_owned(), resource(true, Some("${V}"))),
            ]
            .into(),
            networks: [("edge".to_owned(), resource(true, None))].into(),
            ..Stack::default()
        };
        assert_eq!(external(&stack), [(Kind::Volume, "old-data", "a"), (Kind::Network, "edge", "a")]);
        let check = missing(Kind::Network, "edge", "a");
        assert_eq!(check.detail, "the external network edge of a does not exist");
        assert!(check.fix.is_some_and(|fix| fix.starts_with("`docker network create edge`")));
    }
}
