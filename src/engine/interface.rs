//! What commands ask of an engine. The real one is [`super::docker::DockerEngine`]; tests bring one that is made of data.

use std::{fmt, io, process::ExitStatus, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::{
    client::{EngineError, EngineInfo},
    disk::EngineDisk,
    docker_command::{DockerCommand, Running},
    events::Events,
    held::Held,
    inspect_image::LocalImage,
    logs::{LogLine, LogLines, Source},
    observe::Observed,
    ports::Taken,
    resources::{ResourceKind, Volume},
    swarm::{StackParts, StackService, StackTask},
    time,
    usage::{Reading, Usage},
};
use crate::model::Node;

/// How long another node of a swarm may take to send the log of a task.
const NODE_PATIENCE: Duration = Duration::from_secs(5);

/// An engine, and the `docker` command beside it. It is connected to when it is first asked something: every method fails when
/// there is no engine, it may not be used, or it does not answer.
#[async_trait(?Send)]
pub trait Engine: fmt::Debug + Send + Sync {
    /// What it is and what it can enforce.
    async fn info(&self) -> Result<EngineInfo, EngineError>;

    /// Every container of a Compose project, by service and replica: those of every profile, running or not, and none that
    /// `docker compose run` made. One that goes away meanwhile is left out.
    async fn containers(&self, project: &str) -> Result<Vec<Observed>, EngineError>;

    /// One container, by its identifier or name.
    async fn container(&self, id: &str) -> Result<Observed, EngineError>;

    /// Every container of this engine that runs, of whatever project, by name.
    async fn every_container(&self) -> Result<Vec<Observed>, EngineError>;

    /// What the kernel holds each of these containers to; `None` for one that does not run or goes away meanwhile.
    async fn held(&self, containers: &[Observed]) -> Result<Vec<Option<Held>>, EngineError>;

    /// What each of these containers uses now; `None` for one that does not run or goes away meanwhile, and for all where the
    /// engine counts the whole machine for each.
    async fn usage(&self, containers: &[Observed]) -> Result<Vec<Option<Usage>>, EngineError>;

    /// What happens from now on to the containers of a project.
    fn events(&self, project: &str) -> Events;

    /// Which services of a project were killed because they ran out of memory, each with the time in seconds since 1970: of the
    /// last day, as far as the engine remembers (Docker: 256 events). `now` is the engine's time. Nothing where it does not say.
    async fn oom_kills(&self, project: &str, now: &str) -> Vec<(String, i64)>;

    /// The log of a container or task: its last `tail` lines (all with `None`), and with `follow` what it prints from then
    /// on. Nothing older than `since`, in seconds since 1970.
    fn log(&self, source: &Source, tail: Option<usize>, follow: bool, since: i32) -> LogLines;

    /// The image of this name or identifier; `None` where the engine has none.
    async fn image(&self, name: &str) -> Result<Option<LocalImage>, EngineError>;

    /// Whether it has a volume or network of this name.
    async fn exists(&self, kind: ResourceKind, name: &str) -> Result<bool, EngineError>;

    /// The volumes of a Compose project, by name.
    async fn volumes(&self, project: &str) -> Result<Vec<Volume>, EngineError>;

    /// What images, volumes and build cache take on its disk. It may take minutes to find out.
    async fn disk(&self) -> Result<EngineDisk, EngineError>;

    /// Whether it has containers or networks of a Compose project, or volumes where those count too.
    async fn has_project(&self, project: &str, volumes: bool) -> Result<bool, EngineError>;

    /// Who holds ports: the containers of every project and, where the engine may be on this machine and that is a Linux, its
    /// processes.
    async fn taken_ports(&self) -> Result<Taken, EngineError>;

    /// Stop a container, within the time that it was given when it was created, and remove it. Its named volumes stay.
    /// One that is gone already is not a failure.
    async fn remove_container(&self, id: &str) -> Result<(), EngineError>;

    /// Remove a volume with everything in it. One that is gone already is not a failure.
    async fn remove_volume(&self, name: &str) -> Result<(), EngineError>;

    /// The nodes of its swarm; only a manager knows them.
    async fn nodes(&self) -> Result<Vec<Node>, EngineError>;

    /// Every task of every service of its swarm; only a manager knows them.
    async fn tasks(&self) -> Result<Vec<StackTask>, EngineError>;

    /// The services of a stack on its swarm, by name; none where it is not a manager.
    async fn stack_services(&self, stack: &str) -> Result<Vec<StackService>, EngineError>;

    /// Everything that carries a stack's label; nothing where it is not a manager.
    async fn stack_parts(&self, stack: &str) -> Result<StackParts, EngineError>;

    /// Start the `docker` command, whether there is an engine or not.
    fn docker(&self, command: &DockerCommand) -> io::Result<Running>;

    /// Hand this process' terminal over to the `docker` command, as [`DockerCommand::take_over`] does.
    fn docker_takes_over(&self, command: &DockerCommand) -> io::Result<ExitStatus>;
}

impl dyn Engine + '_ {
    /// What each of these containers uses, with the CPUs that it uses over a `window` (none when that is zero).
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn readings<'a>(
        &self,
        containers: &'a [Observed],
        window: Duration,
    ) -> Result<Vec<Reading<'a>>, EngineError> {
        let first = if window.is_zero() {
            vec![None; containers.len()]
        } else {
            let first = self.usage(containers).await?;
            tokio::time::sleep(window).await;
            first
        };
        let now = self.usage(containers).await?;
        let readings = containers.iter().zip(first.into_iter().zip(now));
        Ok(readings.map(|(container, (first, now))| Reading::new(container, first, now)).collect())
    }

    /// The last lines of a container's log, oldest first; none where the engine has no log to give (another driver). Of those
    /// that it printed since the last of these `starts` that has any.
    pub async fn last_lines(&self, id: &str, count: usize, starts: &[String]) -> Vec<String> {
        let container = Source { id: id.to_owned(), ..Source::default() };
        let lines = self.log(&container, Some(count), false, 0);
        let mut lines: Vec<LogLine> = lines.filter_map(|line| async { line.ok() }).collect().await;
        let first = starts.iter().rev().find_map(|start| {
            let start = time::seconds(start)?;
            lines.iter().position(|line| time::seconds(&line.at).is_some_and(|at| at >= start))
        });
        lines.drain(..first.unwrap_or(0)).for_each(drop);
        lines.into_iter().map(|line| line.text).collect()
    }

    /// The last lines of a task's log, on whichever node; none where that does not answer.
    pub async fn last_lines_of_task(&self, id: &str, count: usize) -> Vec<String> {
        let task = Source { id: id.to_owned(), is_task: true, ..Source::default() };
        let lines = self.log(&task, Some(count), false, 0);
        let texts = lines.filter_map(|line| async { line.ok().map(|line| line.text) }).collect();
        tokio::time::timeout(NODE_PATIENCE, texts).await.unwrap_or_default()
    }
}
