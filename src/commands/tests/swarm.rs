use std::future::pending;

use super::{FakeEngine, Format, Ran, STACK, run, seconds};
use crate::{
    commands::{
        signal::Stop,
        up::{UpOptions, swarm},
    },
    engine::{
        logs::LogLine,
        swarm::{StackTask, TaskState},
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
    run(STACK, engine, Format::Human, |context| swarm::run_until(context, &options, true, never))
}

#[test]
fn a_service_converges() {
    let ran = up(manager(&[(0, &[task(TaskState::Preparing, "")]), (2, &[task(TaskState::Running, "")])]));
    insta::assert_snapshot!(ran.text);
    insta::assert_snapshot!(ran.done.join("\n"));
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
