use super::{FakeEngine, Format, STACK, run, seconds};
use crate::{
    commands::logs::{self, LogsOptions},
    engine::{
        fake::container,
        logs::LogLine,
        observe::{ContainerState, Observed},
    },
};

/// An engine with the logs of `a` and `b`, which have ended.
fn engine() -> FakeEngine {
    let line = |second: u32, text: &str| LogLine {
        at: format!("2026-11-29T10:00:{second:02}.000000000Z"),
        text: text.to_owned(),
    };
    let logs = [
        ("a-id".to_owned(), vec![line(1, "one"), line(3, "three"), line(5, "five")]),
        ("b-id".to_owned(), vec![line(2, "two"), line(4, "four")]),
    ];
    let ended = |service| Observed { state: ContainerState::Exited, ..container(service) };
    FakeEngine { before: vec![ended("a"), ended("b")], logs: logs.into(), ..FakeEngine::default() }
}

fn text(options: &LogsOptions, format: Format) -> String {
    run(STACK, engine(), format, |context| logs::run(context, options)).text
}

#[test]
fn lines_are_merged_by_time() {
    insta::assert_snapshot!(text(&LogsOptions::default(), Format::Human));
    let last = LogsOptions { tail: Some(1), ..LogsOptions::default() };
    insta::assert_snapshot!(text(&last, Format::Json));
}

#[test]
fn followed_logs_end_with_the_last_container() {
    let follow = LogsOptions { follow: true, ..LogsOptions::default() };
    assert_eq!(text(&follow, Format::Human), text(&LogsOptions::default(), Format::Human));
    // There may be nothing to follow.
    let late = vec![(seconds(0), Vec::new())];
    let engine = FakeEngine { before: Vec::new(), moments: late, ..engine() };
    let ran = run(STACK, engine, Format::Human, |context| logs::run(context, &follow));
    assert_eq!(ran.text, "Done\n--- stdout\n--- stderr\nnothing of fake runs\n");
}

#[test]
fn only_the_named_services() {
    let services = |name: &str| LogsOptions { services: vec![name.to_owned()], ..LogsOptions::default() };
    insta::assert_snapshot!(text(&services("b"), Format::Human));
    insta::assert_snapshot!(text(&services("bb"), Format::Human));
}

#[test]
fn the_lines_of_a_time_with_their_times() {
    let since = LogsOptions { since: Some(seconds(0)), timestamps: true, ..LogsOptions::default() };
    let mut engine = engine();
    if let Some(info) = &mut engine.info {
        info.time = "2026-11-29T10:00:03Z".to_owned();
    }
    let ran = run(STACK, engine, Format::Human, |context| logs::run(context, &since));
    insta::assert_snapshot!(ran.text);
}

#[test]
fn a_project_without_a_stack_file() {
    let services = vec!["b".to_owned()];
    let of = LogsOptions { project: Some("other".to_owned()), services, ..LogsOptions::default() };
    assert_eq!(text(&of, Format::Human), "Done\n--- stdout\nb | two\nb | four\n--- stderr\n");
    let services = vec!["c".to_owned()];
    let unknown = LogsOptions { services, ..of };
    insta::assert_snapshot!(text(&unknown, Format::Human));
}
