use super::{FakeEngine, Format, Ran, STACK, run, seconds};
use crate::{
    commands::down::{self, DownOptions},
    engine::{
        fake::{Run, container},
        resources::Volume,
        swarm::StackParts,
    },
};

/// An engine with the containers `a` and `b` and a volume, and with what Compose prints of their removal.
fn engine() -> FakeEngine {
    let removed = |what: &str| (seconds(1), format!(r#"{{"id":"{what}","status":"Removed"}}"#));
    let mut engine = FakeEngine {
        before: vec![container("a"), container("b")],
        volumes: vec![Volume { name: "fake_data".to_owned(), created_at: None }],
        ..FakeEngine::default()
    };
    let lines = ["Container fake-a-1", "Container fake-b-1", "Network fake_default"].map(removed);
    engine.runs.push(Run { words: "down", stderr: lines.into(), ..Run::default() });
    engine
}

fn ran(engine: FakeEngine, format: Format, options: DownOptions) -> Ran {
    run(STACK, engine, format, |context| down::run(context, &options))
}

#[test]
fn everything_of_the_project_is_removed() {
    let ran = ran(engine(), Format::Human, DownOptions::default());
    insta::assert_snapshot!(ran.text);
    assert_eq!(ran.done, ["docker compose -p fake --progress json down"]);
    let json = super::down::ran(engine(), Format::Json, DownOptions::default());
    insta::assert_snapshot!(json.text);
}

#[test]
fn tasks_of_a_node_that_is_down_are_named_and_not_waited_for() {
    let lost = [("beta".to_owned(), 2), ("gamma".to_owned(), 1)].into();
    let parts = StackParts { lost, ..StackParts::default() };
    let engine = FakeEngine { parts, ..FakeEngine::default() };
    insta::assert_snapshot!(ran(engine, Format::Human, DownOptions::default()).text);
}

#[test]
fn nothing_is_running() {
    insta::assert_snapshot!(ran(FakeEngine::default(), Format::Human, DownOptions::default()).text);
}

#[test]
fn volumes_go_only_where_that_is_agreed_to() {
    let options = DownOptions { volumes: true, ..DownOptions::default() };
    let refused = ran(engine(), Format::Human, options);
    insta::assert_snapshot!(refused.text);
    assert!(refused.done.is_empty());
    let agreed = ran(engine(), Format::Human, DownOptions { yes: true, ..options });
    assert_eq!(agreed.done, ["docker compose -p fake --progress json down --volumes"]);
}

#[test]
fn compose_fails() {
    let mut engine = engine();
    let error = r#"{"error":true,"message":"network fake_default has active endpoints"}"#.to_owned();
    engine.runs[1] = Run { words: "down", stderr: vec![(seconds(1), error)], code: 1, ..Run::default() };
    insta::assert_snapshot!(ran(engine, Format::Human, DownOptions::default()).text);
}

#[test]
fn there_is_no_engine_or_no_compose() {
    let nowhere = FakeEngine { info: None, ..engine() };
    insta::assert_snapshot!(ran(nowhere, Format::Human, DownOptions::default()).text);
    let bare = FakeEngine { has_docker: false, ..engine() };
    insta::assert_snapshot!(ran(bare, Format::Human, DownOptions::default()).text);
}
