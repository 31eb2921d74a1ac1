//! Docker as an engine: bollard for what is observed, the `docker` command for what is built and started.

use std::{io, process::ExitStatus, sync::Arc};

use async_trait::async_trait;
use futures_util::TryFutureExt as _;
use tokio::sync::OnceCell;

use super::{
    client::{Client, EngineError, EngineInfo},
    disk::EngineDisk,
    docker_command::{DockerCommand, Running},
    events::Events,
    held::Held,
    inspect_image::LocalImage,
    interface::Engine,
    logs::{LogLines, Source},
    observe::Observed,
    ports::Taken,
    resources::{ResourceKind, Volume},
    swarm::{StackParts, StackService, StackTask},
    usage::Usage,
};
use crate::model::Node;

/// The engine that the `docker` command would use here.
#[derive(Debug, Clone, Default)]
pub struct DockerEngine(Arc<OnceCell<Client>>);

impl DockerEngine {
    async fn client(&self) -> Result<&Client, EngineError> {
        self.0.get_or_try_init(Client::connect).await
    }
}

#[async_trait(?Send)]
impl Engine for DockerEngine {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.client().await?.info().await
    }

    async fn containers(&self, project: &str) -> Result<Vec<Observed>, EngineError> {
        self.client().await?.containers(project).await
    }

    async fn container(&self, id: &str) -> Result<Observed, EngineError> {
        self.client().await?.container(id).await
    }

    async fn every_container(&self) -> Result<Vec<Observed>, EngineError> {
        self.client().await?.every_container().await
    }

    async fn held(&self, containers: &[Observed]) -> Result<Vec<Option<Held>>, EngineError> {
        self.client().await?.held(containers).await
    }

    async fn usage(&self, containers: &[Observed]) -> Result<Vec<Option<Usage>>, EngineError> {
        self.client().await?.usage(containers).await
    }

    fn events(&self, project: &str) -> Events {
        let (engine, project) = (self.clone(), project.to_owned());
        Box::pin(async move { Ok(engine.client().await?.events(&project)) }.try_flatten_stream())
    }

    async fn oom_kills(&self, project: &str, now: &str) -> Vec<(String, i64)> {
        match self.client().await {
            Ok(client) => client.oom_kills(project, now).await,
            Err(_) => Vec::new(),
        }
    }

    fn log(&self, source: &Source, tail: Option<usize>, follow: bool, since: i32) -> LogLines {
        let (engine, source) = (self.clone(), source.clone());
        let lines = async move { Ok(engine.client().await?.log(&source, tail, follow, since)) };
        Box::pin(lines.try_flatten_stream())
    }

    async fn image(&self, name: &str) -> Result<Option<LocalImage>, EngineError> {
        self.client().await?.image(name).await
    }

    async fn exists(&self, kind: ResourceKind, name: &str) -> Result<bool, EngineError> {
        self.client().await?.exists(kind, name).await
    }

    async fn volumes(&self, project: &str) -> Result<Vec<Volume>, EngineError> {
        self.client().await?.volumes(project).await
    }

    async fn disk(&self) -> Result<EngineDisk, EngineError> {
        self.client().await?.disk().await
    }

    async fn has_project(&self, project: &str, volumes: bool) -> Result<bool, EngineError> {
        self.client().await?.has_project(project, volumes).await
    }

    async fn taken_ports(&self) -> Result<Taken, EngineError> {
        self.client().await?.taken_ports().await
    }

    async fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        self.client().await?.remove_container(id).await
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        self.client().await?.remove_volume(name).await
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        self.client().await?.nodes().await
    }

    async fn tasks(&self) -> Result<Vec<StackTask>, EngineError> {
        self.client().await?.tasks().await
    }

    async fn stack_services(&self, stack: &str) -> Result<Vec<StackService>, EngineError> {
        self.client().await?.stack_services(stack).await
    }

    async fn stack_parts(&self, stack: &str) -> Result<StackParts, EngineError> {
        self.client().await?.stack_parts(stack).await
    }

    fn docker(&self, command: &DockerCommand) -> io::Result<Running> {
        command.spawn()
    }

    fn docker_takes_over(&self, command: &DockerCommand) -> io::Result<ExitStatus> {
        command.take_over()
    }
}
