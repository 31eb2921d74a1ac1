use super::{FakeEngine, Format, STACK, checked, run};
use crate::{
    commands::top,
    engine::{
        fake::container,
        observe::{Health, Limits, Observed},
    },
};

/// Containers of this stack, of another project and of none; one of the latter has no limit.
fn engine() -> FakeEngine {
    let other = |project: &str, service: &str, limits: Limits| Observed {
        labels: [("com.docker.compose.project".to_owned(), project.to_owned())].into(),
        limits,
        ..container(service)
    };
    let own = |service| other("fake", service, container(service).limits);
    let outside = Observed { service: String::new(), name: "a-runner".to_owned(), ..container("x") };
    FakeEngine {
        before: vec![checked(Health::Healthy, own("a")), own("b")],
        others: vec![other("blog", "web", Limits::default()), Observed { labels: [].into(), ..outside }],
        disk: r#"{"LayersSize":3000000000,"Images":[],"BuildCache":[{"Size":70000000}],
            "Volumes":[{"Name":"v","Labels":{"com.docker.compose.project":"fake"},"UsageData":{"Size":50000000}}]}"#,
        ..FakeEngine::default()
    }
}

fn text(engine: FakeEngine, format: Format, all: bool) -> String {
    let options = top::TopOptions { once: true, all, ..top::TopOptions::default() };
    run(STACK, engine, format, |context| top::run(context, &options)).text
}

#[test]
fn a_stack_with_what_it_takes_on_the_disk() {
    insta::assert_snapshot!(text(engine(), Format::Human, false));
    insta::assert_snapshot!(text(engine(), Format::Json, false));
}

#[test]
fn every_project_beside_the_machine() {
    insta::assert_snapshot!(text(engine(), Format::Human, true));
    insta::assert_snapshot!(text(engine(), Format::Json, true));
    let stack = "this is no stack";
    let options = top::TopOptions { once: true, all: true, ..top::TopOptions::default() };
    let ran = run(stack, FakeEngine::default(), Format::Human, |context| top::run(context, &options));
    assert!(ran.text.starts_with("Done\n--- stdout\nno container runs on this engine;"), "{}", ran.text);
    let options =
        top::TopOptions { once: true, project: Some("gone".to_owned()), ..top::TopOptions::default() };
    let ran = run(STACK, FakeEngine::default(), Format::Human, |context| top::run(context, &options));
    assert!(ran.text.contains("error: the engine has no project \"gone\""), "{}", ran.text);
    let none = FakeEngine { info: None, ..FakeEngine::default() };
    insta::assert_snapshot!(text(none, Format::Human, true));
}
