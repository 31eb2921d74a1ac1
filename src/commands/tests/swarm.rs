use std::future::pending;

use super::{FakeEngine, Format, Ran, STACK, run, seconds, unlimited};
use crate::{
    commands::{
        restart::{self, RestartOptions, Verb},
        signal::Stop,
        up::{UpOptions, swarm},
    },
    engine::{
        fake::container,
        logs::LogLine,
        swarm::{StackService, StackTask, TaskState},
    },
    model::Node,
};

fn task(state: TaskState, error: &str) -> StackTask {
    StackTask {
        id: format!("a-1-{state:?}"),
        stack: "fake".into(),
        service: "a".into(),
        node: "n1".into(),
        slot: 1,
        version: 1,
        container: String::new(),
        exit_code: (state == TaskState::Failed).then_some(1),
        state,
        is_wanted: state != TaskState::Failed,
        error: error.to_owned(),
        reserves: (0, 0),
        paused_update: None,
        is_updating: false,
    }
}

/// A manager with one node that shows these tasks, each from its second on.
fn manager(tasks: &[(u64, &[StackTask])]) -> FakeEngine {
    let node = Node { id: "n1".into(), name: "alpha".into(), memory: 8 << 30, ..Node::default() };
    let node = Node { nanos: 4_000_000_000, os: "linux".into(), architecture: "x86_64".into(), ..node };
    let tasks = tasks.iter().map(|(at, tasks)| (seconds(*at), tasks.to_vec())).collect();
    let mut engine = FakeEngine { nodes: vec![node], tasks, ..FakeEngine::default() };
    if let Some(info) = &mut engine.info {
        info.swarm = true;
    }
    engine
}

fn up(engine: FakeEngine) -> Ran {
    let options = UpOptions { timeout: seconds(60), ..UpOptions::default() };
    let never = || -> std::io::Result<Stop> { Ok(Box::pin(pending())) };
    run(STACK, engine, Format::Human, |context| swarm::run(context, &options, true, never))
}

#[test]
fn a_service_converges() {
    let ran = up(manager(&[(0, &[task(TaskState::Preparing, "")]), (2, &[task(TaskState::Running, "")])]));
    insta::assert_snapshot!(ran.text);
    insta::assert_snapshot!(ran.done.join("\n"));
}

#[test]
fn limits_are_judged_on_this_node_and_the_others_are_named() {
    let two = STACK.replace("ports = [\"8080:80\"]", "replicas = 2");
    let tasks = |slot, container: &str| StackTask {
        id: container.into(),
        slot,
        container: container.into(),
        ..task(TaskState::Running, "")
    };
    let tasks = [tasks(1, "a-id"), tasks(2, "on-another-node")];
    let ran = |held, allow_unheld, format| {
        let engine = FakeEngine { held, before: vec![container("a")], ..manager(&[(0, &tasks)]) };
        let options = UpOptions { timeout: seconds(60), allow_unheld, ..UpOptions::default() };
        let never = || -> std::io::Result<Stop> { Ok(Box::pin(pending())) };
        run(&two, engine, format, |context| swarm::run(context, &options, true, never)).text
    };
    insta::assert_snapshot!("held_here", ran(None, false, Format::Human));
    insta::assert_snapshot!("not_held_here", ran(Some(unlimited()), false, Format::Human));
    let allowed = ran(Some(unlimited()), true, Format::Human);
    assert!(
        allowed.starts_with("Done") && allowed.contains("warning: limits are not held: a: "),
        "{allowed}"
    );
    let json = ran(Some(unlimited()), false, Format::Json);
    assert!(json.contains(r#""limits_unchecked":["a.2"]"#), "{json}");
    assert!(json.contains(r#""reason":"limits-not-held""#), "{json}");
}

#[test]
fn a_task_fails_again_and_again() {
    let failed = |n: u64| StackTask {
        id: format!("failed-{n}"),
        version: n,
        ..task(TaskState::Failed, "task: non-zero exit (1)")
    };
    let tasks = [failed(1), failed(2), failed(3)];
    let mut engine = manager(&[(0, &tasks[..1]), (3, &tasks[..2]), (6, &tasks)]);
    let line = LogLine { at: "2026-11-29T10:00:10Z".to_owned(), text: "no data to work on".to_owned() };
    engine.logs.insert("failed-3".to_owned(), vec![line]);
    insta::assert_snapshot!(up(engine).text);
}

#[test]
fn it_takes_too_long() {
    insta::assert_snapshot!(up(manager(&[(0, &[task(TaskState::Preparing, "")])])).text);
}

#[test]
fn there_is_no_swarm_or_no_room() {
    insta::assert_snapshot!(up(FakeEngine::default()).text);
    let mut closed = manager(&[]);
    closed.nodes[0].closed = Some("drained");
    insta::assert_snapshot!(up(closed).text);
}

fn ran(engine: FakeEngine, verb: Verb, services: &[&str], grace: Option<u64>) -> Ran {
    let services = services.iter().map(|name| (*name).to_owned()).collect();
    let grace = grace.map(seconds);
    let options = RestartOptions { services, no_wait: false, timeout: seconds(60), grace };
    let never = || -> std::io::Result<Stop> { Ok(Box::pin(pending())) };
    run(STACK, engine, Format::Human, |context| restart::run(context, verb, &options, never))
}

/// A manager on which `a` runs before a restart, with these tasks after it.
fn running(tasks: &[(u64, &[StackTask])]) -> FakeEngine {
    let services = vec![StackService { name: "a".into(), replicas: Some(1), ports: Vec::new() }];
    FakeEngine { services, tasks_before: vec![task(TaskState::Running, "")], ..manager(tasks) }
}

#[test]
fn the_tasks_are_replaced() {
    let old = task(TaskState::Running, "");
    let gone = StackTask { is_wanted: false, ..task(TaskState::Gone, "") };
    let gone = StackTask { id: old.id.clone(), ..gone };
    let new = StackTask { id: "new".into(), version: 2, is_updating: true, ..old.clone() };
    let done = StackTask { is_updating: false, ..new.clone() };
    // That the old one still runs is not the end.
    let tasks: [(u64, &[StackTask]); 3] = [(0, &[old]), (10, &[gone.clone(), new]), (12, &[gone, done])];
    let ran = ran(running(&tasks), Verb::Restart, &[], None);
    insta::assert_snapshot!(ran.text);
    assert_eq!(ran.done, ["docker service update --force --detach=true --quiet fake_a"]);
}

#[test]
fn a_new_task_fails_again_and_again() {
    let failed = |n: u64| StackTask {
        id: format!("failed-{n}"),
        version: n,
        ..task(TaskState::Failed, "task: non-zero exit (1)")
    };
    let ran = ran(running(&[(1, &[failed(1), failed(2), failed(3)])]), Verb::Restart, &["a"], None);
    insta::assert_snapshot!(ran.text);
}

#[test]
fn what_the_swarm_cannot_restart_is_left_alone() {
    let refused = |verb, services: &[&str], grace| {
        let ran = ran(running(&[]), verb, services, grace);
        assert_eq!(ran.done, [""; 0]);
        ran.text
    };
    insta::assert_snapshot!("not_deployed", refused(Verb::Restart, &["b"], None));
    insta::assert_snapshot!("unknown", refused(Verb::Restart, &["aa"], None));
    insta::assert_snapshot!("grace", refused(Verb::Restart, &[], Some(5)));
    insta::assert_snapshot!("stop", refused(Verb::Stop, &["a"], None));
    insta::assert_snapshot!("start", refused(Verb::Start, &["a"], None));
    let mut engine = running(&[]);
    engine.services[0].replicas = Some(0);
    insta::assert_snapshot!("scaled_to_0", ran(engine, Verb::Restart, &["a"], None).text);
}
