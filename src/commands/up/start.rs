//! Compose at work, and the engine watched beside it.

use std::{
    collections::VecDeque,
    future::pending,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use indexmap::IndexMap;
use tokio::time::{sleep_until, timeout};

use super::{
    earlier::{ContainerNames, Doing},
    outcome::{Ended, Outcome},
};
use crate::{
    commands::{
        Context, Failure,
        session::{compose_failure, warning_of_compose},
    },
    engine::{
        client::EngineError,
        compose::{Compose, ComposeError, Running},
        compose_output::ComposeOutput,
        events::{ContainerEvent, Events},
        observe::Observed,
        progress::{Progress, Step},
        watch::{Phase, Watch},
    },
    model::Condition,
    resolve::ResolvedStack,
    ui::{Mark, Steps, listed, pull as pulls},
};

/// How soon after an event the containers are looked at: what happens at once is looked at once.
const EVENT_DELAY: Duration = Duration::from_millis(40);
/// How often they are looked at without an event.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long Compose may take to stop when it is asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// As many of a build's last lines are kept.
const BUILD_LINES: usize = 1000;

/// The time by the runtime's clock.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Everything that a start takes.
pub struct Start<'a> {
    pub context: &'a Context,
    pub selection: &'a ResolvedStack<'a>,
    pub compose: &'a Compose,
    /// What Compose is asked for, one after the other.
    pub arguments: Vec<Vec<String>>,
    /// The services that are watched, each with the number of its containers.
    pub wanted: IndexMap<String, u32>,
    /// Do not wait until they are up.
    pub no_wait: bool,
    /// How long they may take, pulling and building not counted.
    pub timeout: Duration,
    /// Images are built before.
    pub builds: bool,
}

impl Start<'_> {
    /// Build, start and watch until `stop`. `before` are the project's containers, `engine_time` the engine's clock.
    pub async fn run(
        &self,
        before: &[Observed],
        engine_time: &str,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Result<Outcome, Failure> {
        let names = self.wanted.keys().map(String::as_str);
        let mut steps = Steps::new(&self.context.printer, self.context.format, names);
        for (name, service) in &self.selection.services {
            if self.builds
                && self.wanted.contains_key(*name)
                && service.build.is_some()
                && !service.is_stackctl()
            {
                tokio::select! {
                    built = self.build(name, &mut steps) => if let Some(printed) = built? {
                        steps.end();
                        return Ok(Outcome::not_built(name, printed));
                    },
                    () = &mut *stop => {
                        steps.end();
                        return Ok(Outcome::interrupted());
                    }
                }
            }
        }
        // Listened to before anything happens.
        let events = self.context.engine.events(&self.selection.stack.name);
        let mut left: VecDeque<&[String]> = self.arguments.iter().map(Vec::as_slice).collect();
        let running = match left.pop_front() {
            Some(arguments) => Some(self.run_compose(arguments)?),
            None => None,
        };
        let mut work = Work {
            start: self,
            watch: Watch::new(self.wanted.clone(), before, engine_time, now()),
            before: ContainerNames::new(before),
            steps,
            output: ComposeOutput::default(),
            running,
            left,
            events: Some(events),
            result: None,
            look_at: now() + LOOK_INTERVAL,
            deadline: now() + self.timeout,
        };
        let ended = work.go(stop).await;
        work.end(ended).await
    }

    /// Start Compose.
    fn run_compose(&self, arguments: &[String]) -> Result<Running, Failure> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.context.printer.detail(&self.compose.line(&arguments));
        Ok(self.compose.start(&arguments)?)
    }

    /// Build one service; its last words where that fails.
    async fn build(&self, name: &str, steps: &mut Steps) -> Result<Option<Vec<String>>, Failure> {
        let mut running = self.compose.start_with_stdout(&["--progress", "plain", "build", name])?;
        let mut printed: VecDeque<String> = VecDeque::new();
        steps.step(name, "building", "", Mark::Going);
        while let Some(progress) = running.next().await? {
            match progress {
                Progress::Warning(warning) => self.warn(warning, steps),
                Progress::Message { text, .. } | Progress::Text(text) if !text.trim().is_empty() => {
                    steps.step(name, "building", &text, Mark::Going);
                    printed.push_back(text);
                    printed.drain(..printed.len().saturating_sub(BUILD_LINES));
                }
                _ => {}
            }
        }
        if running.end().await.is_ok() {
            return Ok(None);
        }
        if let Err(missing) = Compose::version(&*self.context.engine).await {
            return Err(missing.into());
        }
        steps.step(name, "failed", "its image cannot be built", Mark::Failed);
        Ok(Some(printed.into()))
    }

    /// What Compose warns of, once.
    fn warn(&self, warning: String, steps: &Steps) {
        if let Some(warning) = self.compose.first(warning) {
            steps.say(&warning_of_compose(&warning));
        }
    }
}

/// A start under way.
struct Work<'a> {
    start: &'a Start<'a>,
    watch: Watch,
    before: ContainerNames,
    steps: Steps,
    output: ComposeOutput,
    running: Option<Running>,
    /// What Compose is asked for after that.
    left: VecDeque<&'a [String]>,
    events: Option<Events>,
    result: Option<Result<(), ComposeError>>,
    look_at: Instant,
    deadline: Instant,
}

impl Work<'_> {
    async fn go(&mut self, stop: &mut (impl Future<Output = ()> + Unpin)) -> Result<Ended, Failure> {
        loop {
            let ended = tokio::select! {
                progress = next_progress(&mut self.running) => {
                    match progress? {
                        Some(progress) => self.read_line(progress),
                        None => self.run_next().await?,
                    }
                    None
                }
                event = next_event(&mut self.events) => {
                    match event {
                        Some(Ok(event)) => {
                            self.watch.happened(&event, now());
                            self.look_at = self.look_at.min(now() + EVENT_DELAY);
                        }
                        // An engine that goes away says so when it is looked at.
                        _ => (self.events, self.look_at) = (None, now()),
                    }
                    None
                }
                () = sleep_until(self.look_at.into()) => tokio::select! {
                    ended = self.look() => ended?,
                    () = &mut *stop => Some(Ended::Interrupted),
                },
                () = sleep_until(self.deadline.into()) => Some(Ended::Late(self.start.timeout)),
                () = &mut *stop => Some(Ended::Interrupted),
            };
            if let Some(ended) = ended {
                self.stop().await?;
                return Ok(ended);
            }
        }
    }

    /// A run of Compose has closed its output: the next one, if it did as asked and there is one.
    async fn run_next(&mut self) -> Result<(), Failure> {
        if let Some(running) = self.running.take() {
            self.result = Some(running.end().await);
        }
        if let Some(Ok(())) = self.result {
            if let Some(arguments) = self.left.pop_front() {
                (self.running, self.result) = (Some(self.start.run_compose(arguments)?), None);
                return Ok(());
            }
            self.watch.started();
        }
        self.look_at = now();
        Ok(())
    }

    /// Look at every container; the end, where this is one.
    async fn look(&mut self) -> Result<Option<Ended>, Failure> {
        let found = self.start.context.engine.containers(&self.start.selection.stack.name).await?;
        let now = now();
        self.watch.look(found, now);
        self.look_at = self.watch.next_change(now).unwrap_or(now + LOOK_INTERVAL).min(now + LOOK_INTERVAL);
        self.show(now);
        if !self.watch.troubles(now).is_empty() {
            return Ok(Some(Ended::Troubles));
        }
        Ok(match &self.result {
            Some(Err(_)) => Some(Ended::Compose),
            Some(Ok(())) if self.start.no_wait => Some(Ended::Started),
            Some(Ok(())) if self.watch.is_up(now) => Some(Ended::Up),
            _ => None,
        })
    }

    fn show(&mut self, now: Instant) {
        if self.running.is_some() {
            for (service, since) in self.output.pulls.stalled(now) {
                let pull = self.output.pulls.pull(service);
                let detail = format!("{}, nothing for {} s", pulls::amount(pull), since.as_secs());
                let detail = detail.trim_start_matches(", ");
                self.steps.bytes(service, pulls::phase(pull), detail, pull.current, pull.total);
            }
        }
        let troubles = self.watch.troubles(now);
        let phases: IndexMap<&str, Phase> = self.watch.phases(now).collect();
        for (service, phase) in &phases {
            let (service, phase) = (*service, *phase);
            // What Compose has not judged yet may be the container that it is about to replace.
            if self.running.is_some() && phase != Phase::Failed && self.watch.has_earlier(service) {
                match self.before.doing(service) {
                    Doing::Kept => {}
                    Doing::Unknown => continue,
                    Doing::Word(word) => {
                        self.steps.step(service, word, "", Mark::Going);
                        continue;
                    }
                }
            }
            let mark = match phase {
                Phase::Waiting => continue,
                Phase::Failed => Mark::Failed,
                phase if phase.is_up() => Mark::Done,
                _ => Mark::Going,
            };
            let trouble = troubles.iter().find(|trouble| trouble.service == service);
            let detail = match trouble {
                Some(trouble) => trouble.reason.as_str().to_owned(),
                None if phase == Phase::Created => waits_for(self.start.selection, service, &phases),
                None => String::new(),
            };
            self.steps.step(service, phase.as_str(), &detail, mark);
        }
    }

    /// A line of Compose's progress.
    fn read_line(&mut self, progress: Progress) {
        match progress {
            Progress::Step(step) => {
                if let Some((service, word)) = self.before.step(&step) {
                    self.steps.step(service, word, "", Mark::Going);
                }
                if step.is_of_pull() {
                    // Pulling takes as long as it takes.
                    self.deadline = now() + self.start.timeout;
                }
                if let Some(service) = self.pulled(&step) {
                    self.deadline = now() + self.start.timeout;
                    self.output.pulls.step(&service, &step, now());
                    if step.phase == "Error" {
                        self.steps.step(&service, "failed", &step.words, Mark::Failed);
                    } else {
                        let pull = self.output.pulls.pull(&service);
                        let (phase, detail) = (pulls::phase(pull), pulls::amount(pull));
                        self.steps.bytes(&service, phase, &detail, pull.current, pull.total);
                    }
                }
            }
            Progress::Warning(warning) => self.start.warn(warning, &self.steps),
            Progress::Message { level, text } if level == "error" => self.output.errors.push(text),
            Progress::Message { text, .. } | Progress::Text(text) => {
                self.start.context.printer.detail(&text);
                self.output.remarks.push(text);
            }
        }
    }

    /// The service of the image that a step is about.
    fn pulled(&self, step: &Step) -> Option<String> {
        let services = &self.start.selection.services;
        let of = |id: &str| {
            let id = id.strip_prefix("Image ").unwrap_or(id);
            let by_image = || services.iter().find(|(_, service)| service.image.as_deref() == Some(id));
            services.get_key_value(id).or_else(by_image).map(|(name, _)| (*name).to_owned())
        };
        of(&step.parent).or_else(|| of(&step.id))
    }

    /// The end in words. Where the engine went away, what was started before is named.
    async fn end(self, ended: Result<Ended, Failure>) -> Result<Outcome, Failure> {
        self.steps.end();
        let ended = ended.map_err(|failure| {
            let names = listed(self.watch.newly_started().map(|container| &container.name));
            if names.is_empty() { failure } else { failure.hint(format!("started before that: {names}")) }
        })?;
        match self.result {
            // Without an error in Compose's own form: perhaps there is no Compose.
            Some(Err(error)) if ended == Ended::Compose && self.output.errors.is_empty() => {
                Err(compose_failure(self.start.context, error, &self.output.remarks).await)
            }
            _ => Ok(Outcome::new(ended, &self.watch, &self.output, self.start.selection)),
        }
    }

    /// Ask Compose to stop, read its output to the end, and look a last time.
    async fn stop(&mut self) -> Result<(), Failure> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        running.interrupt();
        let ended = timeout(STOP_TIMEOUT, async { while let Ok(Some(_)) = running.next().await {} }).await;
        if ended.is_ok() {
            // It was interrupted: how it ended says nothing.
            let _ = running.end().await;
        }
        let found = self.start.context.engine.containers(&self.start.selection.stack.name).await?;
        self.watch.look(found, now());
        Ok(())
    }
}

/// What a service waits for that has a container which is not started.
fn waits_for(selection: &ResolvedStack<'_>, service: &str, phases: &IndexMap<&str, Phase>) -> String {
    let Some(service) = selection.services.get(service) else { return String::new() };
    let met = |name: &str, condition: Condition| {
        phases.get(name).is_none_or(|phase| match condition {
            Condition::Healthy => *phase == Phase::Healthy,
            Condition::Completed => *phase == Phase::Completed,
            Condition::Started => *phase > Phase::Created,
        })
    };
    let unmet = service.depends_on.iter().filter(|(name, on)| !met(name, on.condition));
    let names = listed(unmet.map(|(name, _)| name));
    if names.is_empty() { names } else { format!("waits for {names}") }
}

async fn next_progress(running: &mut Option<Running>) -> Result<Option<Progress>, ComposeError> {
    match running {
        Some(running) => running.next().await,
        None => pending().await,
    }
}

async fn next_event(events: &mut Option<Events>) -> Option<Result<ContainerEvent, EngineError>> {
    match events {
        Some(events) => events.next().await,
        None => pending().await,
    }
}
