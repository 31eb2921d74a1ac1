use serde_json::{Value, json};

use super::{FakeEngine, Format, STACK, fs, rootless, run, seconds};
use crate::{
    commands::{
        Context,
        suggest::{self, SuggestOptions},
    },
    engine::{
        fake::container,
        observe::{Limits, Observed},
        selection::{self, Selection},
    },
};

fn text(engine: FakeEngine, write: bool) -> String {
    text_of(STACK, engine, write)
}

fn text_of(stack: &str, engine: FakeEngine, write: bool) -> String {
    let options = SuggestOptions { window: seconds(10), write, yes: true };
    run(stack, engine, Format::Human, |context| suggest::run(context, &options)).text
}

#[test]
fn limits_from_what_is_used() {
    let engine = || FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    insta::assert_snapshot!(text(engine(), false));
    insta::assert_snapshot!(text(engine(), true));
}

#[test]
fn a_short_measurement_is_not_written_unasked() {
    let engine = FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    let options = SuggestOptions { window: seconds(10), write: true, yes: false };
    insta::assert_snapshot!(
        run(STACK, engine, Format::Human, |context| suggest::run(context, &options)).text
    );
}

#[test]
fn nothing_runs() {
    insta::assert_snapshot!(text(FakeEngine::default(), false));
}

#[test]
fn what_runs_is_measured_and_not_all_that_could() {
    let stack = format!("{STACK}[services.c]\nimage = \"z:1\"\n[services.d]\nimage = \"z:1\"\n");
    // As `up a` leaves it; a user has started `b`, of a profile that is not selected, and `c` with Compose.
    let engine = FakeEngine { before: ["a", "b", "c"].map(container).to_vec(), ..FakeEngine::default() };
    let ran = run(&stack, engine, Format::Json, |context| {
        let last = Selection { profiles: Vec::new(), services: Some(vec!["a".to_owned()]) };
        selection::save(context.file.as_deref().unwrap().parent().unwrap(), &last).unwrap();
        suggest::run(context, &SuggestOptions { window: seconds(10), ..SuggestOptions::default() })
    });
    let (_, json) = ran.text.split_once("--- stdout\n").unwrap();
    let json: Value = serde_json::from_str(json.split_once("--- stderr").unwrap().0).unwrap();
    let names: Vec<_> = json["services"].as_array().unwrap().iter().map(|it| it["service"].clone()).collect();
    assert_eq!((names, &json["left_out"]), (vec!["a".into(), "b".into(), "c".into()], &json!([])));
}

/// Two services without limits and without a budget.
const OPEN: &str = "name = \"fake\"\n[services.a]\nimage = \"x:1\"\n[services.b]\nimage = \"y:1\"\nprofiles = [\"extra\"]\n[profiles.extra]\n";

#[test]
fn a_stack_without_a_budget_gets_the_whole_machine_once_no_limit_is_missing() {
    let engine = || FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    insta::assert_snapshot!("b_does_not_run", text_of(OPEN, engine(), true));
    let limited =
        OPEN.replace("image = \"y:1\"", "image = \"y:1\"\nlimits = { memory = \"64M\", cpus = 0.5 }");
    let written = |context: &Context| {
        let exit = suggest::run(context, &SuggestOptions { window: seconds(10), write: true, yes: true });
        let file = context.file.as_deref().unwrap();
        context.printer.page(&fs::read_text(file).unwrap());
        exit
    };
    insta::assert_snapshot!("no_limit_is_missing", run(&limited, engine(), Format::Human, written).text);
}

#[test]
fn a_project_without_a_stack_file() {
    let other = Observed { limits: Limits::default(), ..container("b") };
    let engine = FakeEngine { before: vec![container("a"), other], ..FakeEngine::default() };
    let ran =
        run("not TOML", engine, Format::Human, |context| suggest::of_project(context, "fake", seconds(10)));
    insta::assert_snapshot!(ran.text);
}

#[test]
fn the_use_of_the_whole_machine_suggests_nothing() {
    let engine = FakeEngine { before: vec![container("a")], ..rootless() };
    insta::assert_snapshot!(text(engine, true));
}
