//! What the services of a stack do on a swarm after a change, until each is where it should be, and the report of that.

use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use super::outcome::{LINES, Words, not_held, unheld};
use crate::{
    commands::{Context, Exit, Failure, runs_on::observe},
    engine::{
        status::StackStatus,
        swarm::{Convergence, Goal, ServiceProgress, StackTask},
        watch::{Reason, Trouble},
    },
    model::Node,
    render::Target,
    resolve::ResolvedStack,
    ui::{
        Format, Mark, Steps, counted,
        failures::{self, FailedService},
        listed, status as table,
    },
};

/// How often the swarm is asked.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The swarm before the change.
pub struct Before {
    /// How many tasks each service that is watched will have.
    pub counts: IndexMap<String, u32>,
    /// The tasks of every stack.
    pub tasks: Vec<StackTask>,
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// A change of a stack.
pub struct Rollout<'a> {
    pub context: &'a Context,
    /// What is reported.
    pub resolved: &'a ResolvedStack<'a>,
    pub before: Before,
    pub words: Words,
    /// Every task is replaced: none of those before counts.
    pub is_restart: bool,
    /// What runs on this node has to be held to its limits.
    pub judges_limits: bool,
}

impl Rollout<'_> {
    /// Say that nothing is waited for.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn leave(&self) -> Result<Exit, Failure> {
        let Self { context, words, .. } = self;
        if context.format == Format::Json {
            context.printer.json_line(&failures::last_line("up", &self.status().await?, &[]));
        }
        context
            .printer
            .note(&format!("{} {}; `stackctl status` shows its progress", words.subject, words.done[1]));
        Ok(Exit::Done)
    }

    /// Watch until every service is where it should be, one will not get there, or the time is over.
    ///
    /// # Errors
    /// When the engine does not answer, or it is interrupted.
    pub async fn watch(
        &self,
        timeout: Duration,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Result<Exit, Failure> {
        let Self { context, before, words, .. } = self;
        let name = &self.resolved.stack.name;
        let own: Vec<StackTask> = before.tasks.iter().filter(|task| task.stack == *name).cloned().collect();
        let mut convergence = Convergence::new(self.goals(), &own);
        let mut lost: Vec<String> = Vec::new();
        let names = before.counts.keys().map(String::as_str);
        let mut steps = Steps::new(&context.printer, context.format, names);
        let began = Instant::now();
        let found = loop {
            let asked = async { tokio::try_join!(context.engine.tasks(), context.engine.nodes()) };
            let answers = tokio::select! {
                answers = asked => Some(answers?),
                () = &mut *stop => None,
            };
            let Some((mut tasks, nodes)) = answers else { break None };
            tasks.retain(|task| task.stack == *name);
            if self.is_restart {
                tasks.retain(|task| own.iter().all(|old| old.id != task.id));
            }
            for node in went_down(&before.nodes, &nodes) {
                if !lost.contains(&node) {
                    context.printer.note(&format!("warning: node {node} went down"));
                    lost.push(node);
                }
            }
            convergence.lose(lost.clone());
            let found = convergence.look(&tasks, Instant::now().into_std());
            for (service, progress) in &found {
                match progress {
                    ServiceProgress::Going(detail) => steps.step(service, "converging", detail, Mark::Going),
                    ServiceProgress::Done(detail) => steps.step(service, "up", detail, Mark::Done),
                    ServiceProgress::Failed(trouble) => {
                        steps.step(service, "failed", &trouble.detail, Mark::Failed)
                    }
                }
            }
            let open = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Going(_)));
            let failed = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Failed(_)));
            if failed || !open || began.elapsed() > timeout {
                break Some(found);
            }
            tokio::select! {
                () = tokio::time::sleep(POLL_INTERVAL) => {}
                () = &mut *stop => break None,
            }
        };
        steps.end();
        let Some(found) = found else {
            let message = format!("interrupted: {} {} and still converging", words.subject, words.done[1]);
            return Err(Failure::new(Exit::Judged, message)
                .hint("`stackctl status` shows it, `stackctl down` removes it"));
        };
        let took = began.elapsed();
        Ok(self.report(troubles(&found, &lost, took), &self.status().await?, took).await)
    }

    /// What each service should become. A service that stack.toml no longer has runs for good, as Swarm's default is.
    fn goals(&self) -> IndexMap<String, Goal> {
        let ResolvedStack { stack, services, .. } = self.resolved;
        let goal = |name: &str, replicas| {
            let service = services.get(name).map(AsRef::as_ref).or_else(|| stack.services.get(name));
            let restart = service.map_or("always", |service| service.restart.as_deref().unwrap_or("no"));
            let is_once = restart == "no";
            Goal { replicas, may_complete: is_once || restart.starts_with("on-failure"), is_once }
        };
        self.before.counts.iter().map(|(name, count)| (name.clone(), goal(name, *count))).collect()
    }

    /// What runs of the stack now.
    async fn status(&self) -> Result<StackStatus, Failure> {
        observe(self.context, self.resolved, Some(Target::Swarm), Duration::ZERO).await
    }

    async fn report(&self, troubles: Vec<Trouble>, status: &StackStatus, took: Duration) -> Exit {
        let Self { context, words, .. } = self;
        let name = &self.resolved.stack.name;
        let mut troubled = Vec::new();
        for trouble in troubles {
            let help = format!("`docker service ps --no-trunc {name}_{}` shows its tasks", trouble.service);
            let log = match &trouble.container {
                Some(task) => context.engine.last_lines_of_task(task, LINES).await,
                None => Vec::new(),
            };
            troubled.push(FailedService { log, ..FailedService::new(trouble, Some(help)) });
        }
        let is_up = troubled.is_empty();
        if self.judges_limits && troubled.iter().all(|it| it.trouble.reason == Reason::Timeout) {
            troubled.extend(unheld(context, status).await);
        }
        let result = if troubled.is_empty() { "up" } else { "failed" };
        match context.format {
            Format::Json => context.printer.json_line(&failures::last_line(result, status, &troubled)),
            Format::Human => context.printer.page(&table::human(status, context.printer.paint(), false)),
        };
        if troubled.is_empty() {
            let count = counted(self.before.counts.len(), "service");
            context.printer.note(&format!(
                "{} {} on the swarm: {count} in {:.1} s",
                words.subject,
                words.done[0],
                took.as_secs_f64()
            ));
            if !self.is_restart {
                context.printer.note("`stackctl down` removes it");
            }
            return Exit::Done;
        }
        let paint = context.printer.paint_stderr();
        troubled
            .iter()
            .for_each(|troubled| context.printer.painted(failures::human(troubled, paint).trim_end()));
        let names = listed(troubled.iter().map(|troubled| &troubled.trouble.service));
        let hint = "what was deployed stays; `stackctl down` removes it".to_owned();
        let hints = if self.is_restart { Vec::new() } else { vec![hint] };
        let message = match is_up {
            true => not_held(name),
            false => format!("failed to {} {name}: {names}", words.to),
        };
        context.printer.failure(&message, &[], &hints);
        Exit::Judged
    }
}

/// The nodes that took tasks before and are down now, by name.
fn went_down(before: &[Node], now: &[Node]) -> Vec<String> {
    let was_open = |node: &&Node| before.iter().any(|it| it.id == node.id && it.closed.is_none());
    let down = now.iter().filter(|node| node.closed == Some("down")).filter(was_open);
    down.map(|node| node.name.clone()).collect()
}

/// The services that failed, or else those that took too long.
fn troubles(found: &[(String, ServiceProgress)], lost: &[String], took: Duration) -> Vec<Trouble> {
    let down = if lost.is_empty() { String::new() } else { format!("; {} went down", lost.join(" and ")) };
    let late = |service: &str, detail: &str| {
        let detail = format!("not converged after {}s: {detail}{down}", took.as_secs());
        Trouble::new(service, Reason::Timeout, detail)
    };
    let failed = found.iter().any(|(_, progress)| matches!(progress, ServiceProgress::Failed(_)));
    let troubles = found.iter().filter_map(|(service, progress)| match progress {
        ServiceProgress::Failed(trouble) => Some(trouble.clone()),
        // Beside one that failed, the others were merely not waited for.
        ServiceProgress::Going(detail) if !failed => Some(late(service, detail)),
        _ => None,
    });
    troubles.collect()
}
