//! Volumes and networks that exist outside of the stack (`external = true`).

use super::Check;
use crate::{
    engine::{client::EngineError, interface::Engine, resources::ResourceKind},
    model::{Resource, Service, Stack},
};

const NAME: &str = "external";

impl dyn Engine + '_ {
    /// Whether the external volumes and networks of a stack exist; nothing where it has none.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn external(&self, stack: &Stack) -> Result<Vec<Check>, EngineError> {
        let mut checks = Vec::new();
        let wanted = external(stack);
        for (kind, name, user) in &wanted {
            if !self.exists(*kind, name).await? {
                checks.push(missing(*kind, name, user));
            }
        }
        if checks.is_empty() && !wanted.is_empty() {
            let names: Vec<&str> = wanted.iter().map(|(_, name, _)| *name).collect();
            checks.push(Check::ok(NAME, format!("{} exist outside of the stack", names.join(", "))));
        }
        Ok(checks)
    }
}

fn missing(kind: ResourceKind, name: &str, user: &str) -> Check {
    let kind = kind.as_str();
    Check::error(
        NAME,
        format!("the external {kind} {name} of {user} does not exist"),
        format!(
            "`docker {kind} create {name}`, or remove `external = true` in stack.toml to create it with the stack"
        ),
    )
}

/// The external volumes and networks that a service uses: their names for the engine, and the first service. Names with a
/// variable are left out.
fn external(stack: &Stack) -> Vec<(ResourceKind, &str, &str)> {
    let mut found: Vec<(ResourceKind, &str, &str)> = Vec::new();
    for (kind, table) in [(ResourceKind::Volume, &stack.volumes), (ResourceKind::Network, &stack.networks)] {
        for (key, Resource { name, .. }) in table.iter().filter(|(_, resource)| resource.external) {
            let name = name.as_ref().unwrap_or(key).as_str();
            let user = stack.services.iter().find(|(_, service)| uses(service, kind, key));
            found.extend(user.filter(|_| !name.contains('$')).map(|(user, _)| (kind, name, user.as_str())));
        }
    }
    found
}

fn uses(service: &Service, kind: ResourceKind, key: &str) -> bool {
    match kind {
        ResourceKind::Volume => service.named_volumes().any(|name| name == key),
        ResourceKind::Network => service.networks.contains_key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mount, MountKind, Value};

    #[test]
    fn what_is_external_and_used() {
        let resource = |external, name: Option<&str>| Resource {
            external,
            name: name.map(str::to_owned),
            allow: Default::default(),
            rest: Default::default(),
        };
        let mount = |source: &str| Mount {
            kind: MountKind::Volume,
            source: Some(source.to_owned()),
            target: "/d".to_owned(),
            read_only: false,
            options: Vec::new(),
            is_long: false,
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
        assert_eq!(
            external(&stack),
            [(ResourceKind::Volume, "old-data", "a"), (ResourceKind::Network, "edge", "a")]
        );
        let check = missing(ResourceKind::Network, "edge", "a");
        assert_eq!(check.detail, "the external network edge of a does not exist");
        assert!(check.fix.is_some_and(|fix| fix.starts_with("`docker network create edge`")));
    }
}
