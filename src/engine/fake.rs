//! An engine that is made of data: what it shows over time, what its `docker` prints. Times count from the start of
//! `docker compose up`, on the runtime's clock, which tests pause.

use std::{
    collections::BTreeMap,
    io::{self, Cursor},
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use tokio::{
    io::AsyncWriteExt as _,
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use super::{
    client::{EngineError, EngineInfo},
    disk::EngineDisk,
    docker_command::{DockerCommand, Pipe, Process, Running},
    events::{ContainerEvent, Events},
    held::{Bound, Held},
    inspect_image::LocalImage,
    interface::Engine,
    logs::{LogLine, LogLines, Source},
    observe::{ContainerState, Limits, NAMESPACE, Observed, PROJECT},
    ports::Taken,
    projects::{EngineUse, Machine},
    resources::{ResourceKind, Volume},
    swarm::{StackParts, StackService, StackTask},
    time,
    usage::{Reading, Usage},
};
use crate::model::Node;

/// An engine that can do everything.
pub fn capable_engine() -> EngineInfo {
    EngineInfo {
        host: "unix:///var/run/docker.sock".into(),
        memory_bytes: 8 << 30,
        cpus: 4,
        version: "28.5.2".into(),
        api: "1.51".into(),
        os: "linux".into(),
        arch: "amd64".into(),
        name: "vm".into(),
        cgroup_version: 2,
        cgroup_driver: "systemd".into(),
        memory_limit: true,
        swap_limit: true,
        cpu_limit: true,
        pids_limit: true,
        root: "/var/lib/docker".into(),
        ..EngineInfo::default()
    }
}

/// What holds a container to exactly its limits.
pub fn held_to(limits: &Limits) -> Held {
    let bound = |limit: Option<u64>| limit.map_or(Bound::Unlimited, Bound::At);
    Held {
        memory: bound(limits.memory),
        nano_cpus: bound(limits.nano_cpus),
        pids: bound(limits.pids.and_then(|pids| u64::try_from(pids).ok())),
        memory_used: None,
    }
}

/// Five containers: two of a service with a limit, one without, a task of a swarm, one of no project.
pub fn engine_use() -> EngineUse {
    let machine = Machine { memory_bytes: 16 << 30, cpus: 8 };
    let container = |labels: &[(&str, &str)], name: &str, limit: Option<u64>| Observed {
        service: labels.iter().find(|it| it.0.ends_with("compose.service")).map_or("", |it| it.1).to_owned(),
        name: name.to_owned(),
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        limits: Limits { memory: limit, nano_cpus: limit.map(|_| 500_000_000), ..Limits::default() },
        ..Observed::default()
    };
    let of = |project, service| [(PROJECT, project), ("com.docker.compose.service", service)];
    let task = [(NAMESPACE, "blog"), ("com.docker.swarm.service.name", "blog_web")];
    let containers = [
        container(&[], "a-runner", None),
        container(&of("orders", "api"), "orders-api-1", Some(512 << 20)),
        container(&of("orders", "api"), "orders-api-2", Some(512 << 20)),
        container(&of("orders", "db"), "orders-db-1", None),
        container(&task, "blog_web.1.x", Some(64 << 20)),
    ];
    let usage = |bytes| {
        Some(Usage {
            memory_bytes: bytes,
            memory_peak_bytes: None,
            cpu_nanos: 0,
            at: Instant::now().into_std(),
        })
    };
    let readings = containers.iter().zip([30, 400, 300, 900, 20]).map(|(container, used)| Reading {
        container,
        usage: usage(used << 20),
        cpus: Some(0.25),
    });
    EngineUse::new(machine, &readings.collect::<Vec<_>>())
}

/// The engine.
#[derive(Debug)]
pub struct FakeEngine {
    /// What it is; `None` where nothing answers.
    pub info: Option<EngineInfo>,
    /// Its containers before anything is started.
    pub before: Vec<Observed>,
    /// The nodes of its swarm.
    pub nodes: Vec<Node>,
    /// What its swarm has of the stack.
    pub parts: StackParts,
    /// The services of the stack on its swarm.
    pub services: Vec<StackService>,
    /// The tasks on its swarm before anything is started.
    pub tasks_before: Vec<StackTask>,
    /// The tasks on its swarm from each of these times on, counted from `docker stack deploy` or `docker service update`.
    pub tasks: Vec<(Duration, Vec<StackTask>)>,
    /// Its containers from each of these times on.
    pub moments: Vec<(Duration, Vec<Observed>)>,
    /// What happens to containers, and when.
    pub events: Vec<(Duration, ContainerEvent)>,
    /// The services that were killed because they ran out of memory, and when.
    pub oom_kills: Vec<(String, i64)>,
    /// The lines of each container's log, by its identifier.
    pub logs: BTreeMap<String, Vec<LogLine>>,
    /// What is asked for by name or identifier and is there.
    pub images: BTreeMap<String, LocalImage>,
    /// The volumes of the project.
    pub volumes: Vec<Volume>,
    /// The ports that are taken.
    pub taken: Taken,
    /// Containers of other projects.
    pub others: Vec<Observed>,
    /// What it has on its disk, as it answers.
    pub disk: &'static str,
    /// What the kernel holds every container to; `None` is what each was created with.
    pub held: Option<Held>,
    /// Whether there is a `docker` command.
    pub has_docker: bool,
    /// What `docker` does; the first run with all its words among the arguments counts.
    pub runs: Vec<Run>,
    /// What became of it.
    pub state: Mutex<Progress>,
}

/// A run of `docker`.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Words that its arguments have, in this order.
    pub words: &'static str,
    /// What it prints on stdout.
    pub stdout: String,
    /// What it prints on stderr, line by line, and when.
    pub stderr: Vec<(Duration, String)>,
    /// When it ends.
    pub ends_at: Duration,
    /// The code that it ends with.
    pub code: i32,
}

/// What has been done with the engine.
#[derive(Debug, Default)]
pub struct Progress {
    started_at: Option<Instant>,
    is_down: bool,
    removed: Vec<String>,
    commands: Vec<String>,
}

impl Default for FakeEngine {
    /// One that can do everything and has nothing, with a `docker` that does as it is asked.
    fn default() -> Self {
        let version = Run { words: "compose version", stdout: "2.40.3\n".to_owned(), ..Run::default() };
        Self {
            info: Some(capable_engine()),
            before: Vec::new(),
            nodes: Vec::new(),
            parts: StackParts::default(),
            services: Vec::new(),
            tasks_before: Vec::new(),
            tasks: Vec::new(),
            moments: Vec::new(),
            events: Vec::new(),
            oom_kills: Vec::new(),
            logs: BTreeMap::new(),
            images: BTreeMap::new(),
            volumes: Vec::new(),
            taken: Taken::default(),
            others: Vec::new(),
            disk: r#"{"LayersSize":3000000000,"Images":[],"Volumes":[],"BuildCache":[{"Size":70000000}]}"#,
            held: None,
            has_docker: true,
            runs: vec![version],
            state: Mutex::default(),
        }
    }
}

impl FakeEngine {
    /// The commands that were run and the containers that were removed, in order.
    pub fn done(&self) -> Vec<String> {
        self.state().commands.clone()
    }

    fn state(&self) -> MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T>(&self, answer: T) -> Result<T, EngineError> {
        let host = "unix:///fake.sock".to_owned();
        self.info.as_ref().map(|_| answer).ok_or(EngineError::NoEngine { host, source: None })
    }
}

/// Whether a command of Compose stands in a line, with or without more behind it.
fn has_words(line: &str, words: &str) -> bool {
    line.ends_with(words) || line.contains(&format!("{words} "))
}

/// What is shown when this time has passed.
fn latest<T>(moments: &[(Duration, T)], passed: Option<Duration>) -> Option<&T> {
    let passed = passed?;
    moments.iter().rev().find(|(at, _)| *at <= passed).map(|(_, shown)| shown)
}

/// A container of a service that runs, with the limits of the tests' stack.
pub fn container(service: &str) -> Observed {
    Observed {
        service: service.to_owned(),
        replica: 1,
        id: format!("{service}-id"),
        name: format!("fake-{service}-1"),
        state: ContainerState::Running,
        started_at: "2026-11-29T10:00:10Z".to_owned(),
        finished_at: "0001-01-01T00:00:00Z".to_owned(),
        limits: Limits {
            memory: Some(64 << 20),
            memory_swap: Some(128 << 20),
            nano_cpus: Some(100_000_000),
            restart: "unless-stopped".to_owned(),
            ..Limits::default()
        },
        ..Observed::default()
    }
}

#[async_trait(?Send)]
impl Engine for FakeEngine {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.answer(())?;
        Ok(self.info.clone().unwrap_or_else(capable_engine))
    }

    async fn containers(&self, _: &str) -> Result<Vec<Observed>, EngineError> {
        let state = self.state();
        let passed = state.started_at.map(|at| at.elapsed());
        let mut found = latest(&self.moments, passed).unwrap_or(&self.before).clone();
        found.retain(|container| !state.is_down && !state.removed.contains(&container.id));
        self.answer(found)
    }

    async fn container(&self, id: &str) -> Result<Observed, EngineError> {
        let found = self.containers("").await?.into_iter().find(|it| it.id == id);
        found.ok_or(EngineError::Refused { status: 404, message: "No such container".to_owned() })
    }

    async fn every_container(&self) -> Result<Vec<Observed>, EngineError> {
        Ok([self.containers("").await?, self.others.clone()].concat())
    }

    async fn held(&self, containers: &[Observed]) -> Result<Vec<Option<Held>>, EngineError> {
        let of = |it: &Observed| self.held.unwrap_or_else(|| held_to(&it.limits));
        let runs = |it: &&Observed| it.state == ContainerState::Running;
        self.answer(containers.iter().map(|it| Some(it).filter(runs).map(of)).collect())
    }

    async fn usage(&self, containers: &[Observed]) -> Result<Vec<Option<Usage>>, EngineError> {
        let at = Instant::now().into_std();
        let usage = Usage { memory_bytes: 32 << 20, memory_peak_bytes: Some(48 << 20), cpu_nanos: 0, at };
        let counts = self.info().await?.has_groups();
        let of = |it: &Observed| (counts && it.state == ContainerState::Running).then_some(usage);
        Ok(containers.iter().map(of).collect())
    }

    fn events(&self, _: &str) -> Events {
        let began = Instant::now();
        let events = stream::iter(self.events.clone()).then(move |(at, event)| async move {
            sleep_until(began + at).await;
            Ok(event)
        });
        Box::pin(events.chain(stream::pending()))
    }

    async fn oom_kills(&self, _: &str, _: &str) -> Vec<(String, i64)> {
        self.oom_kills.clone()
    }

    fn log(&self, source: &Source, tail: Option<usize>, _: bool, since: i32) -> LogLines {
        let mut lines = self.logs.get(&source.id).cloned().unwrap_or_default();
        lines.retain(|line| time::seconds(&line.at).is_none_or(|at| at >= f64::from(since)));
        let first = lines.len().saturating_sub(tail.unwrap_or(usize::MAX));
        Box::pin(stream::iter(lines.into_iter().skip(first).map(Ok)))
    }

    async fn image(&self, name: &str) -> Result<Option<LocalImage>, EngineError> {
        self.answer(self.images.get(name).cloned())
    }

    async fn exists(&self, _: ResourceKind, name: &str) -> Result<bool, EngineError> {
        self.answer(self.volumes.iter().any(|volume| volume.name == name))
    }

    async fn volumes(&self, _: &str) -> Result<Vec<Volume>, EngineError> {
        self.answer(self.volumes.clone())
    }

    async fn disk(&self) -> Result<EngineDisk, EngineError> {
        self.answer(serde_json::from_str(self.disk).unwrap_or_default())
    }

    async fn has_project(&self, project: &str, volumes: bool) -> Result<bool, EngineError> {
        Ok(!self.containers(project).await?.is_empty() || (volumes && !self.volumes.is_empty()))
    }

    async fn taken_ports(&self) -> Result<Taken, EngineError> {
        self.answer(self.taken.clone())
    }

    async fn remove_container(&self, id: &str) -> Result<(), EngineError> {
        let mut state = self.state();
        state.commands.push(format!("remove {id}"));
        state.removed.push(id.to_owned());
        self.answer(())
    }

    async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        self.state().commands.push(format!("remove volume {name}"));
        self.answer(())
    }

    async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        self.answer(self.nodes.clone())
    }

    async fn tasks(&self) -> Result<Vec<StackTask>, EngineError> {
        let passed = self.state().started_at.map(|at| at.elapsed());
        let tasks = if passed.is_none() { Some(&self.tasks_before) } else { latest(&self.tasks, passed) };
        self.answer(tasks.cloned().unwrap_or_default())
    }

    async fn stack_services(&self, _: &str) -> Result<Vec<StackService>, EngineError> {
        self.answer(self.services.clone())
    }

    async fn stack_parts(&self, _: &str) -> Result<StackParts, EngineError> {
        self.answer(self.parts.clone())
    }

    fn docker(&self, command: &DockerCommand) -> io::Result<Running> {
        if !self.has_docker {
            return Err(io::ErrorKind::NotFound.into());
        }
        let line = command.arguments.join(" ");
        let has = |words: &str| words.split(' ').all(|word| line.contains(word));
        let run = self.runs.iter().find(|run| has(run.words)).cloned().unwrap_or_default();
        let mut state = self.state();
        let starts = [" up -d", " restart", " start", " stop"];
        let on_swarm = ["stack deploy", "service update"].iter().any(|words| line.starts_with(words));
        if starts.iter().any(|words| has_words(&line, words)) || on_swarm {
            state.started_at = Some(Instant::now());
        }
        state.is_down |= has(" down");
        state.commands.push(format!("docker {line}"));
        Ok(run.play(command))
    }

    fn docker_takes_over(&self, command: &DockerCommand) -> io::Result<ExitStatus> {
        if !self.has_docker {
            return Err(io::ErrorKind::NotFound.into());
        }
        let line = command.arguments.join(" ");
        let code = self.runs.iter().find(|run| run.words.split(' ').all(|word| line.contains(word)));
        self.state().commands.push(format!("docker {line}"));
        Ok(exit_status(code.map_or(0, |run| run.code)))
    }
}

fn exit_status(code: i32) -> ExitStatus {
    #[cfg(unix)]
    {
        std::os::unix::process::ExitStatusExt::from_raw(code << 8)
    }
    #[cfg(windows)]
    {
        std::os::windows::process::ExitStatusExt::from_raw(code.unsigned_abs())
    }
}

/// A run at work.
struct Played {
    code: i32,
    stop: Arc<Notify>,
}

impl Run {
    fn play(self, command: &DockerCommand) -> Running {
        let stop = Arc::new(Notify::new());
        let (mut writer, reader) = tokio::io::duplex(1 << 20);
        let (began, stopped) = (Instant::now(), Arc::clone(&stop));
        tokio::spawn(async move {
            let print = async {
                for (at, line) in self.stderr {
                    sleep_until(began + at).await;
                    let _ = writer.write_all(format!("{line}\n").as_bytes()).await;
                }
                sleep(self.ends_at.saturating_sub(began.elapsed())).await;
            };
            tokio::select! {
                () = print => {}
                () = stopped.notified() => {}
            }
        });
        let stdout: Pipe = Box::new(Cursor::new(self.stdout.into_bytes()));
        let stdout = (!command.drops_stdout).then_some(stdout);
        Running::new(stdout, Some(Box::new(reader)), Played { code: self.code, stop })
    }
}

#[async_trait(?Send)]
impl Process for Played {
    fn interrupt(&mut self) {
        self.code = 130;
        self.stop.notify_one();
    }

    async fn wait(&mut self) -> io::Result<ExitStatus> {
        Ok(exit_status(self.code))
    }
}
