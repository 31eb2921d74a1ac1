use std::{future::pending, time::Duration};

use super::{FakeEngine, Format, Ran, STACK, checked, run, seconds};
use crate::{
    commands::{
        restart::{self, RestartOptions, Verb},
        signal::Stop,
    },
    engine::{
        events::{ContainerEvent, EventKind},
        fake::{Run, container},
        observe::{ContainerState, Health, Observed},
    },
};

fn ran(engine: FakeEngine, verb: Verb, services: &[&str], format: Format) -> Ran {
    let services = services.iter().map(|name| (*name).to_owned()).collect();
    let options = RestartOptions { services, no_wait: false, timeout: seconds(60), grace: None };
    let never = || -> std::io::Result<Stop> { Ok(Box::pin(pending())) };
    run(STACK, engine, format, |context| restart::run(context, verb, &options, never))
}

/// An engine on which `a` runs, and Compose does this with it in two seconds.
fn engine(words: &'static str, steps: &[(u64, &str)]) -> FakeEngine {
    let healthy = checked(Health::Healthy, container("a"));
    let before = vec![Observed { started_at: "2026-11-29T09:00:00Z".to_owned(), ..healthy }];
    let step = |(at, step): &(u64, &str)| {
        (seconds(*at), format!(r#"{{"id":"Container fake-a-1","status":"{step}"}}"#))
    };
    let stderr = steps.iter().map(step).collect();
    let mut engine =
        FakeEngine { moments: vec![(seconds(0), before.clone())], before, ..FakeEngine::default() };
    engine.runs.push(Run { words, stderr, ends_at: seconds(2), ..Run::default() });
    engine
}

fn shows(engine: &mut FakeEngine, at: u64, container: Observed) {
    engine.moments.push((seconds(at), vec![container]));
}

#[test]
fn it_is_up_again() {
    let mut engine = engine("restart", &[(0, "Restarting"), (2, "Started")]);
    shows(&mut engine, 2, checked(Health::Starting, container("a")));
    shows(&mut engine, 4, checked(Health::Healthy, container("a")));
    let ran = ran(engine, Verb::Restart, &[], Format::Human);
    insta::assert_snapshot!(ran.text);
    assert_eq!(ran.done, ["docker compose -p fake --progress json restart a"]);
}

#[test]
fn it_does_not_get_up_again() {
    let broken = || {
        let mut engine = engine("start", &[(1, "Started")]);
        let restarts = Observed { restarts: 4, state: ContainerState::Restarting, ..container("a") };
        // The event is what makes it look. At the end of Compose's run, at 2 s, it looks as well, and either may be first.
        let at = Duration::from_millis(1_500);
        engine.moments.push((at, vec![restarts]));
        let died = EventKind::Died { exit_code: 3 };
        // Before it is looked at: at the same moment, either may be first.
        engine.events =
            vec![(Duration::from_millis(1_500), ContainerEvent { id: "a-id".to_owned(), kind: died })];
        engine
    };
    insta::assert_snapshot!(ran(broken(), Verb::Start, &["a"], Format::Human).text);
    let json = ran(broken(), Verb::Start, &["a"], Format::Json).text;
    let (events, last) = json.split_once("\n{\"result\"").unwrap();
    assert!(events.contains(r#""service":"a","phase":"failed","detail":"crash-loop""#), "{json}");
    insta::assert_snapshot!(last);
}

#[test]
fn what_has_no_container_is_not_restarted() {
    let text = |engine, services: &[&str]| ran(engine, Verb::Restart, services, Format::Human).text;
    insta::assert_snapshot!(text(FakeEngine::default(), &[]));
    insta::assert_snapshot!(text(engine("restart", &[]), &["a", "b"]));
    insta::assert_snapshot!(text(engine("restart", &[]), &["aa"]));
}

#[test]
fn stop_ends_when_nothing_runs() {
    let stopping = || engine("stop", &[(0, "Stopping"), (2, "Stopped")]);
    let mut engine = stopping();
    shows(&mut engine, 1, Observed { state: ContainerState::Exited, ..container("a") });
    let stopped = ran(engine, Verb::Stop, &[], Format::Human);
    insta::assert_snapshot!(stopped.text);
    assert_eq!(stopped.done, ["docker compose -p fake --progress json stop a"]);
    insta::assert_snapshot!(ran(stopping(), Verb::Stop, &[], Format::Human).text);
    insta::assert_snapshot!(ran(FakeEngine::default(), Verb::Stop, &[], Format::Json).text);
}
