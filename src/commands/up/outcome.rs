//! How a start ended, and its report.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use super::preflight::unheld_help;
use crate::{
    commands::{Context, Exit, runs_on::observe},
    engine::{
        compose_output::ComposeOutput,
        fault::Fault,
        status::StackStatus,
        watch::{Reason, Trouble, Watch},
    },
    render::Target,
    resolve::ResolvedStack,
    ui::{
        Format, counted,
        failures::{self, FailedService},
        status as table,
    },
};

/// How many of a service's last lines are shown.
pub(super) const LINES: usize = 10;

/// What ended it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ended {
    /// Everything is up.
    #[default]
    Up,
    /// Everything is started, and nothing more is waited for.
    Started,
    /// Something will not get up.
    Troubles,
    /// The time was over.
    Late(Duration),
    /// Compose gave up.
    Compose,
    /// It was stopped.
    Interrupted,
    /// Everything is up, and not held to its limits.
    Unheld,
}

/// The words of a command that starts something.
#[derive(Debug, Clone)]
pub struct Words {
    /// What is up then, with its verb: `orders is`.
    pub subject: String,
    /// What it is when all went well, `up`, and when nothing was waited for, `started`.
    pub done: [&'static str; 2],
    /// The verb that completes "failed to ...".
    pub to: &'static str,
}

impl Words {
    /// Those of `up`.
    pub fn of_up(name: &str) -> Self {
        Self { subject: format!("{name} is"), done: ["up", "started"], to: "start" }
    }

    /// Whether containers may be new.
    fn is_up(&self) -> bool {
        self.done[0] == "up"
    }
}

/// The end of a start.
#[derive(Debug, Default)]
pub struct Outcome {
    ended: Ended,
    failed: Vec<FailedService>,
    /// Nothing was started by this run.
    new: Vec<String>,
    /// Services that are up, but were short of memory on the way.
    short_of_memory: Vec<String>,
    /// The surroundings are at fault.
    is_surroundings: bool,
    took: Duration,
    /// How many services were watched.
    watched: usize,
    /// When each container of a failed service was started, oldest first.
    starts: HashMap<String, Vec<String>>,
    /// What was started has to be held to its limits.
    judges_limits: bool,
}

impl Outcome {
    /// The end of a watch.
    pub fn new(ended: Ended, watch: &Watch, output: &ComposeOutput, selection: &ResolvedStack<'_>) -> Self {
        let now = tokio::time::Instant::now().into_std();
        let mut troubles = watch.troubles(now);
        if let Ended::Late(after) = ended {
            troubles.extend(watch.late(after, now).into_iter().filter(|late| late.reason == Reason::Timeout));
        }
        let mut is_surroundings = troubles.iter().any(|trouble| trouble.reason == Reason::Port);
        let mut failed: Vec<FailedService> =
            troubles.into_iter().map(|trouble| FailedService::new(trouble, None)).collect();
        if ended == Ended::Compose && failed.is_empty() {
            let found = output.troubles(selection).into_iter();
            failed = found.map(|(trouble, help)| FailedService::new(trouble, help)).collect();
            is_surroundings = output.is_surroundings();
        }
        if let Ended::Late(after) = ended
            && failed.is_empty()
        {
            // Every container is as it was before, and Compose has not come to the end of what it changes.
            let detail = format!("Docker Compose was still at work after {} s", after.as_secs());
            let trouble = Trouble::new("", Reason::Timeout, detail);
            failed.push(FailedService::new(trouble, Some("`--timeout 15m` waits longer".to_owned())));
        }
        let ids = failed.iter().filter_map(|failed| failed.trouble.container.clone());
        let starts = ids.map(|id| (id.clone(), watch.starts(&id))).collect();
        Self {
            ended,
            failed,
            new: watch.newly_started().map(|container| container.name.clone()).collect(),
            short_of_memory: watch.short_of_memory().into_iter().map(str::to_owned).collect(),
            is_surroundings,
            took: watch.lasted(now),
            watched: watch.services(),
            starts,
            judges_limits: false,
        }
    }

    /// Ports are taken, or the engine cannot hold limits: nothing was touched.
    pub fn refused(failed: Vec<FailedService>) -> Self {
        let is_surroundings = failed.iter().any(|failed| failed.trouble.reason == Reason::Port);
        Self { ended: Ended::Troubles, failed, is_surroundings, ..Self::default() }
    }

    /// An image cannot be built; nothing was started.
    pub fn not_built(service: &str, printed: Vec<String>) -> Self {
        let all = printed.join("\n");
        let last =
            printed.iter().rev().find(|line| line.contains("failed to solve") || line.contains("ERROR"));
        let fault = Fault::of(&all);
        let detail = last.map_or("its image cannot be built", |line| line.trim());
        let trouble = Trouble::new(service, Reason::Build, detail);
        let help = fault.help().filter(|_| fault.is_surroundings()).map(str::to_owned);
        let mut failed = FailedService::new(trouble, help);
        failed.log = printed[printed.len().saturating_sub(2 * LINES)..].to_vec();
        let is_surroundings = matches!(fault, Fault::DiskFull | Fault::NoRegistry);
        Self { ended: Ended::Troubles, failed: vec![failed], is_surroundings, ..Self::default() }
    }

    /// It was stopped before anything was started.
    pub fn interrupted() -> Self {
        Self { ended: Ended::Interrupted, ..Self::default() }
    }

    /// The same where what was started has to be held to its limits, unless that is allowed.
    #[must_use]
    pub fn judging_limits(self, judges_limits: bool) -> Self {
        Self { judges_limits, ..self }
    }

    /// Say it: the table, what is wrong and what to do, and for programs the last line.
    pub async fn report(mut self, context: &Context, selection: &ResolvedStack<'_>, words: &Words) -> Exit {
        for failed in &mut self.failed {
            if let Some(container) = &failed.trouble.container {
                let starts = self.starts.get(container).map_or(&[][..], Vec::as_slice);
                failed.log = context.engine.last_lines(container, LINES, starts).await;
            }
            failed.path = path(selection, &failed.trouble.service);
            failed.help = failed.help.take().or_else(|| help(&failed.trouble));
        }
        let status = status(context, selection).await;
        if self.judges_limits {
            self.judge_limits(context, &status).await;
        }
        let is_up = matches!(self.ended, Ended::Up | Ended::Started);
        if context.format == Format::Json {
            let result = if is_up { "up" } else { "failed" };
            context.printer.json_line(&failures::last_line(result, &status, &self.failed));
        } else if !status.services.is_empty() {
            let (paint, links) = (context.printer.paint(), context.printer.stdout_is_terminal());
            context.printer.page(&table::human(&status, paint, links));
        }
        match is_up {
            true => self.report_success(context, selection, words),
            false => self.report_failure(context, selection, words),
        }
    }

    /// What was started has to be held to its limits. It is left running.
    async fn judge_limits(&mut self, context: &Context, status: &StackStatus) {
        let is_up = matches!(self.ended, Ended::Up | Ended::Started);
        let unheld = unheld(context, status).await;
        if unheld.is_empty() || !(is_up || matches!(self.ended, Ended::Late(_))) {
            return;
        }
        self.failed.extend(unheld);
        if is_up {
            self.ended = Ended::Unheld;
        }
    }

    fn report_success(&self, context: &Context, selection: &ResolvedStack<'_>, words: &Words) -> Exit {
        let (count, seconds) = (counted(self.watched, "service"), self.took.as_secs_f64());
        let word = words.done[usize::from(self.ended != Ended::Up)];
        for service in &self.short_of_memory {
            context.printer.note(&format!(
                "warning: {service} ran out of memory while it started; raise limits.memory of [services.{service}]"
            ));
        }
        for note in notes(selection).filter(|_| words.is_up()) {
            context.printer.note(note.trim());
        }
        context.printer.note(&format!("{} {word}: {count} in {seconds:.1} s", words.subject));
        Exit::Done
    }

    fn report_failure(&self, context: &Context, selection: &ResolvedStack<'_>, words: &Words) -> Exit {
        let paint = context.printer.paint_stderr();
        for failed in &self.failed {
            context.printer.painted(failures::human(failed, paint).trim_end());
        }
        let mut hints = Vec::new();
        if !self.new.is_empty() && words.is_up() {
            hints.push(format!("started and left in place: {}", self.new.join(", ")));
            hints.push("`stackctl down` removes all of it, `stackctl logs SERVICE` shows more".to_owned());
        }
        let name = &selection.stack.name;
        let mut down: Vec<&str> = self.failed.iter().map(|failed| failed.trouble.service.as_str()).collect();
        down.dedup();
        let message = match self.ended {
            Ended::Interrupted if self.new.is_empty() => {
                format!("interrupted: nothing of {name} was {}", words.done[1])
            }
            Ended::Interrupted => format!("interrupted: {name} is partly {}", words.done[1]),
            Ended::Unheld => not_held(name),
            _ if down.iter().all(|service| service.is_empty()) => format!("failed to {} {name}", words.to),
            _ => format!("failed to {} {name}: {}", words.to, down.join(", ")),
        };
        context.printer.failure(&message, &[], &hints);
        if self.is_surroundings { Exit::Surroundings } else { Exit::Judged }
    }
}

/// The last line for programs when nothing came of it.
pub fn nothing(context: &Context) {
    if context.format == Format::Json {
        let status = StackStatus::empty();
        context.printer.json_line(&failures::last_line("failed", &status, &[]));
    }
}

/// What runs now; nothing where the engine does not say.
async fn status(context: &Context, selection: &ResolvedStack<'_>) -> StackStatus {
    let status = observe(context, selection, Some(Target::Compose), Duration::ZERO).await;
    status.unwrap_or_else(|_| StackStatus::empty())
}

/// The services that run without the limits that they should have.
pub(super) async fn unheld(context: &Context, status: &StackStatus) -> Vec<FailedService> {
    let unheld = &status.limits.unheld;
    if unheld.is_empty() {
        return Vec::new();
    }
    let info = context.engine.info().await.ok();
    let help = info.as_ref().map(unheld_help);
    let failed = unheld.iter().map(|it| {
        let detail = format!("it runs with {}", it.detail);
        FailedService::new(Trouble::new(&it.service, Reason::LimitsNotHeld, detail), help.clone())
    });
    failed.collect()
}

/// The failure of a stack that is up, and not held to its limits.
pub(super) fn not_held(name: &str) -> String {
    format!("{name} runs, and the engine does not hold its limits: no budget holds")
}

/// Who needs a service: the shortest path to it from one that no other service needs.
fn path(selection: &ResolvedStack<'_>, service: &str) -> Vec<String> {
    let mut needed_by: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, dependent) in &selection.services {
        for on in dependent.depends_on.keys() {
            needed_by.entry(on.as_str()).or_default().push(name);
        }
    }
    let mut queue = VecDeque::from([vec![service]]);
    let mut seen = HashSet::from([service]);
    while let Some(way) = queue.pop_front() {
        let above = way.last().and_then(|last| needed_by.get(last));
        let Some(above) = above else { return way.iter().rev().map(|name| (*name).to_owned()).collect() };
        for name in above.iter().filter(|name| seen.insert(name)) {
            queue.push_back([way.as_slice(), &[*name]].concat());
        }
    }
    vec![service.to_owned()]
}

fn help(trouble: &Trouble) -> Option<String> {
    let service = &trouble.service;
    match trouble.reason {
        Reason::Oom => Some(format!(
            "raise limits.memory of [services.{service}] (and its reservation with it), or reduce its use; `stackctl budget check` shows what fits"
        )),
        Reason::CrashLoop | Reason::Exited | Reason::Unhealthy if trouble.container.is_some() => {
            Some(format!("`stackctl logs {service}` shows its whole log"))
        }
        Reason::Timeout => {
            Some(format!("`--timeout 15m` waits longer; `stackctl logs {service}` shows its log"))
        }
        _ => None,
    }
}

/// The notes of what is enabled: profiles, then services.
fn notes<'a>(selection: &'a ResolvedStack<'_>) -> impl Iterator<Item = &'a str> {
    let profiles =
        selection.enabled.iter().filter_map(|name| selection.stack.profiles[*name].notes.as_deref());
    profiles.chain(selection.services.values().filter_map(|service| service.notes.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Condition, Dependency, Map, Service, Stack},
        resolve::Profiles,
    };

    #[test]
    fn the_path_leads_to_who_needs_it() {
        let dependency =
            Dependency { condition: Condition::Healthy, required: true, restart: false, rest: Map::new() };
        let service = |on: &[&str]| Service {
            depends_on: on.iter().map(|name| ((*name).to_owned(), dependency.clone())).collect(),
            ..Service::default()
        };
        let services = [
            ("db", service(&[])),
            ("api", service(&["db"])),
            ("web", service(&["api"])),
            ("worker", service(&["db"])),
            ("alone", service(&[])),
        ];
        let services = services.into_iter().map(|(name, service)| (name.to_owned(), service)).collect();
        let stack = Stack { services, ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        assert_eq!(path(&selection, "db"), ["worker", "db"]);
        assert_eq!(path(&selection, "api"), ["web", "api"]);
        assert_eq!(path(&selection, "alone"), ["alone"]);
    }
}
