use super::{FakeEngine, Format, STACK, checked, rootless, run, with_default};
use crate::{
    commands::{
        plan::{self, PlanOptions},
        status::{self, StatusOptions},
    },
    engine::{
        fake::container,
        observe::{ContainerState, Health, Observed},
    },
};

fn options(profiles: &[&str]) -> StatusOptions {
    let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
    StatusOptions { profiles, ..StatusOptions::default() }
}

fn text(before: Vec<Observed>, format: Format, profiles: &[&str]) -> String {
    let engine = FakeEngine { before, ..FakeEngine::default() };
    run(STACK, engine, format, |context| status::run(context, &options(profiles))).text
}

#[test]
fn a_healthy_service_and_one_that_is_not_selected() {
    let containers = vec![checked(Health::Healthy, container("a")), container("b")];
    insta::assert_snapshot!(text(containers.clone(), Format::Human, &[]));
    insta::assert_snapshot!(text(containers, Format::Json, &[]));
}

#[test]
fn before_the_first_up_the_default_is_selected() {
    let status = |profiles: &[&str]| {
        let engine = FakeEngine::default();
        let command = |context: &_| status::run(context, &options(profiles));
        run(&with_default(), engine, Format::Json, command).text.replace([' ', '\n'], "")
    };
    assert!(status(&[]).contains("\"profiles\":[\"extra\"]"), "{}", status(&[]));
    assert!(status(&["core"]).contains("\"profiles\":[]"), "{}", status(&["core"]));
}

#[test]
fn what_is_selected_and_not_created() {
    insta::assert_snapshot!(text(Vec::new(), Format::Human, &["extra"]));
}

#[test]
fn warnings_are_for_those_who_judge_or_start_the_stack() {
    let stack = STACK.replace("image = \"x:1\"", "image = \"x\"");
    let engine = FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    let ran = run(&stack, engine, Format::Human, |context| status::run(context, &options(&[])));
    assert!(!ran.text.contains("unpinned-image"), "{}", ran.text);
    let plan = |context: &_| plan::run(context, &PlanOptions::default());
    let ran = run(&stack, FakeEngine::default(), Format::Human, plan);
    assert!(ran.text.contains("unpinned-image"), "{}", ran.text);
}

#[test]
fn what_is_not_well() {
    let ended = Observed { state: ContainerState::Exited, exit_code: 3, ..container("b") };
    insta::assert_snapshot!(text(
        vec![checked(Health::Unhealthy, container("a")), ended],
        Format::Human,
        &["extra"]
    ));
    let killed = Observed {
        state: ContainerState::Restarting,
        restarts: 7,
        exit_code: 137,
        oom_killed: true,
        ..container("a")
    };
    insta::assert_snapshot!(text(vec![killed], Format::Human, &[]));
}

#[test]
fn a_profile_is_unknown() {
    insta::assert_snapshot!(text(Vec::new(), Format::Human, &["extar"]));
}

#[test]
fn there_is_no_engine() {
    let engine = FakeEngine { info: None, ..FakeEngine::default() };
    let ran = run(STACK, engine, Format::Human, |context| status::run(context, &options(&[])));
    insta::assert_snapshot!(ran.text);
}

#[test]
fn a_project_without_a_stack_file() {
    let before = vec![checked(Health::Healthy, container("x")), container("y")];
    // At 10:00:00.
    let oom_kills = vec![("y".to_owned(), 1_795_946_400)];
    let mut engine = FakeEngine { before, oom_kills, ..FakeEngine::default() };
    if let Some(info) = &mut engine.info {
        info.time = "2026-11-29T10:03:20Z".to_owned();
    }
    let options = StatusOptions { project: Some("other".to_owned()), ..StatusOptions::default() };
    let ran = run(STACK, engine, Format::Human, |context| status::run(context, &options));
    insta::assert_snapshot!(ran.text);
    let ran = run(STACK, FakeEngine::default(), Format::Human, |context| status::run(context, &options));
    insta::assert_snapshot!(ran.text);
}

#[test]
fn limits_that_are_not_held_are_reported_and_use_is_not_known() {
    let text = |format| {
        let engine = FakeEngine { before: vec![container("a")], ..rootless() };
        run(STACK, engine, format, |context| status::run(context, &StatusOptions::default())).text
    };
    insta::assert_snapshot!(text(Format::Human));
    let json = text(Format::Json);
    for part in [
        "\"limits_held\": false",
        "\"used_bytes\": null",
        "\"memory_bytes\": null",
        "\"memory_peak_bytes\": null",
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
    let held = FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    let json = run(STACK, held, Format::Json, |context| status::run(context, &StatusOptions::default())).text;
    assert!(json.contains("\"limits_held\": true"), "{json}");
    let none = run(STACK, FakeEngine::default(), Format::Json, |context| {
        status::run(context, &StatusOptions::default())
    })
    .text;
    assert!(none.contains("\"limits_held\": null"), "{none}");
}
