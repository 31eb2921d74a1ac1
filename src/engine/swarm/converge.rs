//! Whether the services of a stack get where they should: pure judgement of what the tasks show over time.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use indexmap::IndexMap;

use super::observe::{StackTask, TaskState};
use crate::engine::watch::{Reason, Trouble};

/// A service with all tasks running for this long has converged: a process that ends at once has ended by then.
const STABLE: Duration = Duration::from_secs(3);
/// How long the scheduler may look for a node before it is believed.
const PLACING: Duration = Duration::from_secs(5);
/// Tasks that fail one after the other before it is a loop.
const LOOP: usize = 3;

/// What a service should become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// How many tasks.
    pub replicas: u32,
    /// Its tasks may end with 0 and stay so.
    pub may_complete: bool,
    /// A task that fails is not replaced.
    pub is_once: bool,
}

/// How far a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceProgress {
    /// Under way, with what it waits for.
    Going(String),
    /// There.
    Done(String),
    /// It will not get there.
    Failed(Trouble),
}

/// Looks at the tasks of one stack over time.
#[derive(Debug)]
pub struct Convergence {
    wanted: IndexMap<String, Goal>,
    /// Tasks of earlier deployments: their failures are history.
    before: HashSet<String>,
    /// Since when all tasks of a service run, or wait for a node.
    running: IndexMap<String, Instant>,
    placing: IndexMap<String, Instant>,
    /// Nodes that went down since the deployment, by name.
    lost: Vec<String>,
}

impl Convergence {
    /// Of these services; `before` are the tasks that were there before the deployment.
    pub fn new(wanted: IndexMap<String, Goal>, before: &[StackTask]) -> Self {
        let before = before.iter().map(|task| task.id.clone()).collect();
        Self { wanted, before, running: IndexMap::new(), placing: IndexMap::new(), lost: Vec::new() }
    }

    /// These nodes have gone down since the deployment: the reason why tasks find no place.
    pub fn lose(&mut self, nodes: Vec<String>) {
        self.lost = nodes;
    }

    /// How far each service is, by all tasks of the stack as they are at `now`.
    pub fn look(&mut self, tasks: &[StackTask], now: Instant) -> Vec<(String, ServiceProgress)> {
        let wanted = self.wanted.clone();
        wanted.iter().map(|(name, wanted)| (name.clone(), self.service(name, *wanted, tasks, now))).collect()
    }

    fn service(&mut self, name: &str, wanted: Goal, tasks: &[StackTask], now: Instant) -> ServiceProgress {
        let own: Vec<&StackTask> = tasks.iter().filter(|task| task.service == name).collect();
        let count = |state: TaskState| own.iter().filter(|it| it.is_wanted && it.state == state).count();
        let (replicas, running) = (wanted.replicas as usize, count(TaskState::Running));
        let complete = own.iter().filter(|it| it.state == TaskState::Complete).count();
        if let Some(trouble) = self.trouble(name, wanted, &own, now) {
            return ServiceProgress::Failed(trouble);
        }
        let updating = own.iter().any(|task| task.is_updating);
        if wanted.may_complete && complete >= replicas {
            return ServiceProgress::Done("completed".to_owned());
        }
        if running < replicas || updating {
            self.running.shift_remove(name);
            let what = if updating { "updating" } else { "starting" };
            return ServiceProgress::Going(format!("{what} {running}/{replicas}"));
        }
        let since = *self.running.entry(name.to_owned()).or_insert(now);
        match now.duration_since(since) >= STABLE {
            true => ServiceProgress::Done(format!("running {running}/{replicas}")),
            false => ServiceProgress::Going(format!("running {running}/{replicas}")),
        }
    }

    fn trouble(&mut self, name: &str, wanted: Goal, own: &[&StackTask], now: Instant) -> Option<Trouble> {
        let trouble = |reason, task: Option<&&StackTask>, detail: String| {
            let container = task.map(|task| task.id.clone());
            Some(Trouble { service: name.to_owned(), container, reason, detail })
        };
        let new = || own.iter().filter(|task| !self.before.contains(&task.id));
        let ended = |state: TaskState| new().filter(move |task| task.state == state);
        let error_of = |task: Option<&&StackTask>| task.map(|task| task.error.clone()).unwrap_or_default();
        let rejected = ended(TaskState::Rejected).count();
        if rejected >= 2 || (wanted.is_once && rejected > 0) {
            let error = error_of(ended(TaskState::Rejected).next());
            let missing = error.contains("No such image") || error.contains("pull access denied");
            let reason = if missing { Reason::MissingImage } else { Reason::Exited };
            return trouble(reason, None, format!("a node rejected its task: {error}"));
        }
        let failed = ended(TaskState::Failed).count();
        if failed >= LOOP || (wanted.is_once && failed > 0) {
            let error = error_of(ended(TaskState::Failed).next());
            let oom = error.contains("(137)");
            let reason = match (oom, wanted.is_once) {
                (true, _) => Reason::Oom,
                (false, true) => Reason::Exited,
                (false, false) => Reason::CrashLoop,
            };
            let last = ended(TaskState::Failed).max_by_key(|task| task.version);
            return trouble(reason, last, format!("{failed} of its tasks failed: {error}"));
        }
        if let Some(message) = own.iter().find_map(|task| task.paused_update.clone()) {
            return trouble(Reason::CrashLoop, None, format!("its update stopped: {message}"));
        }
        let waiting = own.iter().find(|it| {
            it.is_wanted && it.state == TaskState::Pending && it.error.contains("no suitable node")
        });
        let Some(waiting) = waiting else {
            self.placing.shift_remove(name);
            return None;
        };
        let since = *self.placing.entry(name.to_owned()).or_insert(now);
        if now.duration_since(since) < PLACING {
            return None;
        }
        match self.lost.as_slice() {
            [] => trouble(Reason::Unplaceable, None, waiting.error.clone()),
            lost => {
                let detail =
                    format!("{} went down, and its tasks wait: {}", lost.join(" and "), waiting.error);
                trouble(Reason::NodeDown, None, detail)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, state: TaskState, error: &str) -> StackTask {
        StackTask {
            id: id.to_owned(),
            stack: "x".into(),
            service: "a".into(),
            node: String::new(),
            slot: 1,
            version: 0,
            container: String::new(),
            exit_code: None,
            state,
            is_wanted: !matches!(state, TaskState::Failed | TaskState::Rejected | TaskState::Gone),
            error: error.to_owned(),
            reserves: (0, 0),
            paused_update: None,
            is_updating: false,
        }
    }

    /// What is reported of one service after these looks, five seconds apart.
    fn progress(wanted: Goal, before: &[StackTask], looks: &[&[StackTask]]) -> ServiceProgress {
        let mut it = Convergence::new([("a".to_owned(), wanted)].into(), before);
        let mut now = Instant::now();
        let mut last = ServiceProgress::Going(String::new());
        for tasks in looks {
            last = it.look(tasks, now).remove(0).1;
            now += Duration::from_secs(5);
        }
        last
    }

    const ONE: Goal = Goal { replicas: 1, may_complete: false, is_once: false };
    const ONCE: Goal = Goal { replicas: 1, may_complete: true, is_once: true };

    fn reason(progress: &ServiceProgress) -> Option<Reason> {
        match progress {
            ServiceProgress::Failed(trouble) => Some(trouble.reason),
            _ => None,
        }
    }

    #[test]
    fn running_for_a_while_is_done_and_running_now_is_not() {
        let running = [task("1", TaskState::Running, "")];
        assert_eq!(progress(ONE, &[], &[&running]), ServiceProgress::Going("running 1/1".into()));
        assert_eq!(progress(ONE, &[], &[&running, &running]), ServiceProgress::Done("running 1/1".into()));
        assert_eq!(
            progress(ONE, &[], &[&running, &[], &running]),
            ServiceProgress::Going("running 1/1".into())
        );
        let two = Goal { replicas: 2, ..ONE };
        assert_eq!(progress(two, &[], &[&running, &running]), ServiceProgress::Going("starting 1/2".into()));
        let updating = [StackTask { is_updating: true, ..running[0].clone() }];
        assert_eq!(
            progress(ONE, &[], &[&updating, &updating]),
            ServiceProgress::Going("updating 1/1".into())
        );
    }

    #[test]
    fn failures_are_distinguished_and_history_is_none() {
        let failed = |n| -> Vec<StackTask> {
            (0..n).map(|id| task(&id.to_string(), TaskState::Failed, "task: non-zero exit (1)")).collect()
        };
        assert_eq!(reason(&progress(ONE, &[], &[&failed(2)])), None);
        assert_eq!(reason(&progress(ONE, &[], &[&failed(3)])), Some(Reason::CrashLoop));
        assert_eq!(reason(&progress(ONE, &failed(2), &[&failed(3)])), None);
        assert_eq!(reason(&progress(ONCE, &[], &[&failed(1)])), Some(Reason::Exited));
        let killed = [task("1", TaskState::Failed, "task: non-zero exit (137)")];
        assert_eq!(reason(&progress(ONCE, &[], &[&killed])), Some(Reason::Oom));
        assert_eq!(
            progress(ONCE, &[], &[&[task("1", TaskState::Complete, "")]]),
            ServiceProgress::Done("completed".into())
        );
        let rejected = [
            task("1", TaskState::Rejected, "No such image: x:1"),
            task("2", TaskState::Rejected, "No such image: x:1"),
        ];
        assert_eq!(reason(&progress(ONE, &[], &[&rejected])), Some(Reason::MissingImage));
        let nowhere = [task("1", TaskState::Pending, "no suitable node (insufficient resources on 1 node)")];
        assert_eq!(reason(&progress(ONE, &[], &[&nowhere])), None);
        assert_eq!(reason(&progress(ONE, &[], &[&nowhere, &nowhere])), Some(Reason::Unplaceable));
    }

    #[test]
    fn a_node_that_went_down_is_the_reason_and_the_last_failed_task_is_named() {
        let nowhere = [task("1", TaskState::Pending, "no suitable node (1 node not available)")];
        let mut it = Convergence::new([("a".to_owned(), ONE)].into(), &[]);
        it.lose(vec!["beta".to_owned()]);
        let now = Instant::now();
        it.look(&nowhere, now);
        let found = it.look(&nowhere, now + PLACING).remove(0).1;
        let ServiceProgress::Failed(trouble) = found else { panic!("{found:?}") };
        let detail = "beta went down, and its tasks wait: no suitable node (1 node not available)";
        assert_eq!((trouble.reason, trouble.detail.as_str()), (Reason::NodeDown, detail));

        let failed = |id: &str, version| StackTask {
            version,
            ..task(id, TaskState::Failed, "task: non-zero exit (1)")
        };
        let found = progress(ONE, &[], &[&[failed("x", 1), failed("z", 3), failed("y", 2)]]);
        let ServiceProgress::Failed(trouble) = found else { panic!("{found:?}") };
        assert_eq!(trouble.container.as_deref(), Some("z"));
    }
}
