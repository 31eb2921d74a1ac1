use super::{FakeEngine, Format, STACK, rootless, run};
use crate::{
    commands::budget::{self, CheckOptions},
    engine::{
        fake::container,
        observe::{Limits, Observed},
    },
};

fn against(engine: FakeEngine, format: Format) -> String {
    let options = CheckOptions { against_engine: true, ..CheckOptions::default() };
    run(STACK, engine, format, |context| budget::check(context, &options)).text
}

fn of_project(project: &str, limits: Limits) -> Observed {
    let labels = [("com.docker.compose.project", project)].into_iter().filter(|(_, name)| !name.is_empty());
    let labels = labels.map(|(label, name)| (label.to_owned(), name.to_owned())).collect();
    Observed { labels, limits, ..container("x") }
}

#[test]
fn what_else_runs_on_the_engine_is_listed_and_counted() {
    let limited = |bytes| Limits { memory: Some(bytes), ..Limits::default() };
    let open = Limits::default();
    let others = vec![
        of_project("shop", limited(1 << 30)),
        of_project("shop", limited(2 << 30)),
        of_project("", open.clone()),
        of_project("blog", open.clone()),
        of_project("blog", limited(64 << 20)),
        of_project("fake", limited(7 << 30)),
    ];
    let engine = |memory: u64| {
        let mut engine = FakeEngine { others: others.clone(), ..FakeEngine::default() };
        if let Some(info) = &mut engine.info {
            info.memory_bytes = memory;
        }
        engine
    };
    insta::assert_snapshot!(against(engine(8 << 30), Format::Human));
    let human = against(engine(3 << 30), Format::Human);
    assert!(human.starts_with("Judged"), "{human}");
    assert!(
        human.contains("error: core: memory limits add up to 3.188 GiB with 3.125 GiB of what else runs, and the engine has 3 GiB"),
        "{human}"
    );
    let json = against(engine(8 << 30), Format::Json);
    let (_, engine) = json.split_once("\"engine\"").unwrap();
    insta::assert_snapshot!(engine);
}

#[test]
fn an_engine_that_holds_no_limits_is_an_error() {
    let others = vec![of_project("blog", Limits::default())];
    insta::assert_snapshot!(against(FakeEngine { others, ..rootless() }, Format::Human));
}
