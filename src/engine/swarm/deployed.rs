//! What of a stack is there: its services, its containers on this node, and everything else that a deployment makes.

use std::collections::{BTreeMap, HashMap};

use bollard::{
    models::{EndpointPortConfig, Service},
    query_parameters::{
        ListConfigsOptions, ListContainersOptions, ListNetworksOptions, ListNodesOptions, ListSecretsOptions,
        ListServicesOptions, ListTasksOptions, ListVolumesOptions,
    },
};

use super::observe::node;
use crate::engine::{
    client::{Client, EngineError, labelled},
    observe::NAMESPACE,
};

/// A service of a stack, as the swarm has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackService {
    /// Its name without the stack's.
    pub name: String,
    /// How many tasks it should have now (it may have been scaled); `None` for one on every node.
    pub replicas: Option<u64>,
    /// What it publishes: every node's address where Swarm routes, as `0.0.0.0:8080`.
    pub ports: Vec<String>,
}

/// What a deployment left on the swarm and on this node, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackParts {
    /// Services.
    pub services: Vec<String>,
    /// Tasks that have not gone away, with those of services that are gone. Those of a node that is down are not among them.
    pub tasks: usize,
    /// Nodes that are down and had tasks of it, by name, with how many: the manager keeps them until the node answers again.
    pub lost: BTreeMap<String, usize>,
    /// Containers on this node, running or not, by identifier.
    pub containers: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Secrets.
    pub secrets: Vec<String>,
    /// Configs.
    pub configs: Vec<String>,
    /// Volumes on this node: a manager does not know those of others.
    pub volumes: Vec<String>,
}

impl StackParts {
    /// Whether nothing runs and nothing is held; volumes stay unless their removal is asked for, and the tasks of a node that is
    /// down cannot be ended.
    pub fn is_gone(&self) -> bool {
        self.services.is_empty()
            && self.tasks == 0
            && self.containers.is_empty()
            && self.networks.is_empty()
            && self.secrets.is_empty()
            && self.configs.is_empty()
    }
}

impl Client {
    pub(in crate::engine) async fn stack_services(
        &self,
        stack: &str,
    ) -> Result<Vec<StackService>, EngineError> {
        let options = ListServicesOptions {
            filters: Some(labelled(NAMESPACE, stack)),
            ..ListServicesOptions::default()
        };
        let listed = self.docker.list_services(Some(options)).await.map_err(|error| self.error(error));
        let mut found: Vec<StackService> = match listed {
            Err(error) if error.is_no_manager() => Vec::new(),
            listed => listed?.into_iter().map(|found| service(found, stack)).collect(),
        };
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    pub(in crate::engine) async fn stack_parts(&self, stack: &str) -> Result<StackParts, EngineError> {
        match self.parts(stack).await {
            Err(error) if error.is_no_manager() => Ok(StackParts::default()),
            parts => parts,
        }
    }

    async fn parts(&self, stack: &str) -> Result<StackParts, EngineError> {
        let filters = || Some(labelled(NAMESPACE, stack));
        let services = ListServicesOptions { filters: filters(), ..ListServicesOptions::default() };
        let services = self.docker.list_services(Some(services));
        let tasks = self.docker.list_tasks(Some(ListTasksOptions { filters: filters() }));
        let nodes = self.docker.list_nodes(None::<ListNodesOptions>);
        let networks = self.docker.list_networks(Some(ListNetworksOptions { filters: filters() }));
        let secrets = self.docker.list_secrets(Some(ListSecretsOptions { filters: filters() }));
        let configs = self.docker.list_configs(Some(ListConfigsOptions { filters: filters() }));
        let volumes = self.docker.list_volumes(Some(ListVolumesOptions { filters: filters() }));
        let containers = ListContainersOptions { all: true, filters: filters(), ..Default::default() };
        let containers = self.docker.list_containers(Some(containers));
        let (services, tasks, nodes, networks, secrets, configs, volumes, containers) =
            tokio::try_join!(services, tasks, nodes, networks, secrets, configs, volumes, containers)
                .map_err(|error| self.error(error))?;
        let down: HashMap<String, String> = nodes
            .into_iter()
            .map(node)
            .filter(|node| node.closed == Some("down"))
            .map(|node| (node.id, node.name))
            .collect();
        let mut lost = BTreeMap::new();
        for name in tasks.iter().filter_map(|task| down.get(task.node_id.as_deref()?)) {
            *lost.entry(name.clone()).or_default() += 1;
        }
        let sorted = |names: &mut dyn Iterator<Item = Option<String>>| {
            let mut names: Vec<String> = names.flatten().collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        let volumes = volumes.volumes.unwrap_or_default();
        Ok(StackParts {
            services: sorted(&mut services.into_iter().map(|it| it.spec?.name)),
            tasks: tasks.len() - lost.values().sum::<usize>(),
            lost,
            containers: sorted(&mut containers.into_iter().map(|it| it.id)),
            networks: sorted(&mut networks.into_iter().map(|it| it.name)),
            secrets: sorted(&mut secrets.into_iter().map(|it| it.spec?.name)),
            configs: sorted(&mut configs.into_iter().map(|it| it.spec?.name)),
            volumes: sorted(&mut volumes.into_iter().map(|it| Some(it.name))),
        })
    }
}

fn service(found: Service, stack: &str) -> StackService {
    let spec = found.spec.unwrap_or_default();
    let name = spec.name.unwrap_or_default();
    let ports = found.endpoint.and_then(|endpoint| endpoint.ports).unwrap_or_default();
    let mut ports: Vec<String> = ports.iter().filter_map(port).collect();
    ports.sort_unstable();
    StackService {
        name: name.strip_prefix(&format!("{stack}_")).unwrap_or(&name).to_owned(),
        replicas: spec
            .mode
            .and_then(|mode| mode.replicated)
            .and_then(|it| u64::try_from(it.replicas.unwrap_or(1)).ok()),
        ports,
    }
}

fn port(port: &EndpointPortConfig) -> Option<String> {
    port.published_port.map(|published| format!("0.0.0.0:{published}"))
}
