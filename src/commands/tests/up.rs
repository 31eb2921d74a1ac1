use std::{future::pending, time::Duration};

use super::{FakeEngine, Format, Ran, STACK, checked, rootless, run, seconds, unlimited, with_default};
use crate::{
    commands::{
        signal::Stop,
        up::{self, UpOptions},
    },
    engine::{
        events::{ContainerEvent, EventKind},
        fake::{Run, container},
        logs::LogLine,
        observe::{ContainerState, Health, Observed, Probe},
        ports::{Holder, Taken},
    },
};

fn options() -> UpOptions {
    UpOptions { timeout: seconds(60), ..UpOptions::default() }
}

/// `up` on this engine, stopped after this time.
fn stopped_after(
    stack: &str,
    engine: FakeEngine,
    format: Format,
    options: &UpOptions,
    after: Option<Duration>,
) -> Ran {
    let stop = || -> std::io::Result<Stop> {
        Ok(match after {
            Some(after) => Box::pin(tokio::time::sleep(after)),
            None => Box::pin(pending()),
        })
    };
    run(stack, engine, format, |context| up::run(context, options, stop))
}

fn up(engine: FakeEngine) -> Ran {
    stopped_after(STACK, engine, Format::Human, &options(), None)
}

/// An engine that shows these containers, each from its second on; Compose takes two.
fn shows(moments: &[(u64, &[Observed])]) -> FakeEngine {
    let moments = moments.iter().map(|(at, containers)| (seconds(*at), containers.to_vec())).collect();
    let mut engine = FakeEngine { moments, ..FakeEngine::default() };
    engine.runs.push(Run { words: "up -d", ends_at: seconds(2), ..Run::default() });
    engine
}

/// The same, where Compose fails with these lines.
fn fails(lines: &[&str]) -> FakeEngine {
    let mut engine = shows(&[]);
    let stderr = lines.iter().map(|line| (seconds(1), (*line).to_owned())).collect();
    engine.runs[1] = Run { words: "up -d", stderr, ends_at: seconds(2), code: 1, ..Run::default() };
    engine
}

fn died(exit_code: i64) -> ContainerEvent {
    ContainerEvent { id: "a-id".to_owned(), kind: EventKind::Died { exit_code } }
}

fn log(lines: &[&str]) -> std::collections::BTreeMap<String, Vec<LogLine>> {
    let line = |text: &&str| LogLine { at: String::new(), text: (*text).to_owned() };
    [("a-id".to_owned(), lines.iter().map(line).collect())].into()
}

#[test]
fn healthy() {
    let starting = checked(Health::Starting, container("a"));
    let ran = up(shows(&[(0, &[]), (1, &[starting]), (4, &[checked(Health::Healthy, container("a"))])]));
    insta::assert_snapshot!(ran.text);
    insta::assert_snapshot!(ran.done.join("\n"));
}

#[test]
fn without_a_profile_the_default_is_started() {
    let started = |profiles: &[&str]| {
        let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        let engine = shows(&[(1, &[container("a"), container("b")])]);
        let options = UpOptions { profiles, ..options() };
        stopped_after(&with_default(), engine, Format::Human, &options, None).done.join("\n")
    };
    assert!(started(&[]).contains("--profile extra"), "{}", started(&[]));
    assert!(!started(&["core"]).contains("--profile"), "{}", started(&["core"]));
}

#[test]
fn running_without_a_health_check() {
    insta::assert_snapshot!(up(shows(&[(1, &[container("a")])])).text);
}

#[test]
fn no_wait() {
    let engine = shows(&[(1, &[checked(Health::Starting, container("a"))])]);
    let options = UpOptions { no_wait: true, ..options() };
    insta::assert_snapshot!(stopped_after(STACK, engine, Format::Human, &options, None).text);
}

#[test]
fn nothing_to_do() {
    let running = checked(Health::Healthy, container("a"));
    let engine = FakeEngine { before: vec![running.clone()], ..shows(&[(0, &[running])]) };
    insta::assert_snapshot!(up(engine).text);
}

#[test]
fn late_while_everything_runs_as_before() {
    let running = checked(Health::Healthy, container("a"));
    let engine = FakeEngine { before: vec![running.clone()], ..shows(&[(0, &[running])]) };
    let options = UpOptions { timeout: seconds(1), ..UpOptions::default() };
    let ran = stopped_after(STACK, engine, Format::Human, &options, None);
    assert!(ran.text.contains("error[timeout]: Docker Compose was still at work after 1 s"), "{}", ran.text);
}

#[test]
fn unhealthy() {
    let probe = Probe { exit_code: 1, output: "connection refused\n".to_owned() };
    let sick = Observed { last_probe: Some(probe), ..checked(Health::Unhealthy, container("a")) };
    let engine = shows(&[(1, &[checked(Health::Starting, container("a"))]), (5, &[sick])]);
    let engine = FakeEngine { logs: log(&["listening on :80", "no data"]), ..engine };
    insta::assert_snapshot!(up(engine).text);
}

#[test]
fn a_crash_loop() {
    let at =
        |restarts| Observed { state: ContainerState::Restarting, restarts, exit_code: 3, ..container("a") };
    let moments: [(u64, &[Observed]); 3] = [(1, &[at(0)]), (2, &[at(2)]), (3, &[at(4)])];
    let engine = FakeEngine {
        logs: log(&["panic"]),
        events: vec![(Duration::from_millis(2500), died(3))],
        ..shows(&moments)
    };
    insta::assert_snapshot!(up(engine).text);
}

#[test]
fn out_of_memory() {
    let killed = ContainerEvent { id: "a-id".to_owned(), kind: EventKind::OutOfMemory };
    let events = [killed.clone(), died(137), killed, died(137)];
    let events = events.into_iter().map(|event| (seconds(2), event)).collect();
    let restarting = Observed {
        state: ContainerState::Restarting,
        oom_killed: true,
        exit_code: 137,
        restarts: 2,
        ..container("a")
    };
    insta::assert_snapshot!(up(FakeEngine { events, ..shows(&[(1, &[restarting])]) }).text);
}

#[test]
fn a_one_shot() {
    let stack = STACK.replace("unless-stopped", "no");
    let one_shot = |exit_code| {
        let mut container = Observed { state: ContainerState::Exited, exit_code, ..container("a") };
        container.limits.restart = "no".to_owned();
        shows(&[(1, &[container])])
    };
    let up = |engine| stopped_after(&stack, engine, Format::Human, &options(), None).text;
    insta::assert_snapshot!(up(one_shot(0)));
    insta::assert_snapshot!(up(one_shot(127)));
}

#[test]
fn an_image_cannot_be_pulled() {
    let engine = fails(&[
        r#"{"id":"a","status":"Pulling"}"#,
        r#"{"id":"a","text":"Error","status":"pull access denied for x, repository does not exist"}"#,
        r#"{"error":true,"message":"Error response from daemon: pull access denied for x"}"#,
    ]);
    insta::assert_snapshot!(up(engine).text);
    let offline = fails(&[
        r#"{"error":true,"message":"Error response from daemon: Get \"https://r.example/v2/\": no such host"}"#,
    ]);
    insta::assert_snapshot!(up(offline).text);
}

#[test]
fn an_image_cannot_be_built() {
    let stack = STACK.replace("image = \"x:1\"", "build = { context = \".\" }");
    let mut engine = shows(&[]);
    let lines = ["#1 [internal] load", "ERROR: failed to solve: process \"/bin/sh -c false\" failed"];
    let stderr = lines.map(|line| (seconds(1), line.to_owned())).into();
    engine.runs.push(Run { words: "plain build", stderr, code: 1, ..Run::default() });
    insta::assert_snapshot!(stopped_after(&stack, engine, Format::Human, &options(), None).text);
}

#[test]
fn a_port_is_taken() {
    let holder =
        Holder::Container { name: "other-web-1".into(), project: "other".into(), service: "web".into() };
    let ran = up(FakeEngine { taken: Taken::held(8080, holder), ..shows(&[]) });
    insta::assert_snapshot!(ran.text);
    assert!(ran.done.is_empty(), "nothing is touched");
    let own = Holder::Container { name: "fake-a-1".into(), project: "fake".into(), service: "a".into() };
    let running = checked(Health::Healthy, container("a"));
    let ran = up(FakeEngine { taken: Taken::held(8080, own), ..shows(&[(1, &[running])]) });
    assert!(ran.text.starts_with("Done"), "{}", ran.text);
}

#[test]
fn a_port_is_taken_in_the_last_moment() {
    let error = "failed to bind host port for 127.0.0.1:8080: address already in use".to_owned();
    let refused = Observed { state: ContainerState::Created, error, ..container("a") };
    insta::assert_snapshot!(up(shows(&[(1, &[refused])])).text);
}

#[test]
fn a_container_has_drifted() {
    let mut drifted = container("a");
    drifted.limits.memory = Some(32 << 20);
    let running = checked(Health::Healthy, container("a"));
    let ran = up(FakeEngine { before: vec![drifted], ..shows(&[(0, &[running])]) });
    insta::assert_snapshot!(ran.text);
    assert!(ran.done[0].ends_with("create --no-build --force-recreate a"), "{:?}", ran.done);
}

#[test]
fn what_is_not_selected_stays_or_is_removed() {
    let before = vec![container("b")];
    let engine = || {
        let running = checked(Health::Healthy, container("a"));
        FakeEngine { before: before.clone(), ..shows(&[(0, &[running, container("b")])]) }
    };
    insta::assert_snapshot!(up(engine()).text);
    let options = UpOptions { remove_unselected: true, ..options() };
    let ran = stopped_after(STACK, engine(), Format::Human, &options, None);
    insta::assert_snapshot!(ran.text);
    assert_eq!(ran.done[0], "remove b-id");
}

#[test]
fn a_container_is_removed_meanwhile() {
    let running = checked(Health::Starting, container("a"));
    insta::assert_snapshot!(up(shows(&[(1, &[running]), (4, &[])])).text);
}

#[test]
fn it_takes_too_long() {
    let starting = checked(Health::Starting, container("a"));
    insta::assert_snapshot!(up(shows(&[(1, &[starting])])).text);
}

#[test]
fn interrupted() {
    let engine = || shows(&[(3, &[checked(Health::Starting, container("a"))])]);
    let stop = |after: u64| {
        let after = Some(Duration::from_millis(after));
        stopped_after(STACK, engine(), Format::Human, &options(), after).text
    };
    insta::assert_snapshot!(stop(4500));
    insta::assert_snapshot!(stop(1500));
}

#[test]
fn it_does_not_fit() {
    let large = STACK.replace("\"1G\"", "\"32M\"");
    insta::assert_snapshot!(stopped_after(&large, shows(&[]), Format::Human, &options(), None).text);
    let mut engine = shows(&[]);
    if let Some(info) = &mut engine.info {
        info.memory_bytes = 16 << 20;
    }
    insta::assert_snapshot!(up(engine).text);
}

/// Without limits or a budget nothing is proved, which is printed and stops nothing; a known sum over a bound does.
#[test]
fn what_is_not_proved_is_started_unless_the_known_sum_is_over() {
    let open = STACK.replace("limits = { memory = \"64M\", cpus = 0.1 }\n", "");
    let up = |stack: &str| {
        let healthy = checked(Health::Healthy, container("a"));
        stopped_after(stack, shows(&[(1, &[healthy])]), Format::Human, &options(), None).text
    };
    let without = |stack: &str| stack.replace("[budget]\nmemory = \"1G\"\ncpus = 1.0\n", "");
    let open = up(&without(&open));
    assert!(open.starts_with("Done\n"), "{open}");
    assert!(open.contains("\nnot proved: 1 service has no memory limit, 1 has no CPU limit\n"), "{open}");
    let limited = up(&without(STACK));
    assert!(limited.contains("\nnot proved: no budget to compare with\n"), "{limited}");
    // One service allows what it lacks, and the other is over the budget.
    let allowed = STACK
        .replace("limits = { memory = \"64M\", cpus = 0.1 }\n", "")
        .replace("ports = [", "allow = { missing-limit = \"x\" }\nports = [")
        .replace("profiles = [\"extra\"]", "limits = { memory = \"2G\", cpus = 0.1 }");
    insta::assert_snapshot!(up(&allowed));
    let smaller = up(&allowed.replace("\"2G\"", "\"1G\""));
    assert!(!smaller.contains("does not fit"), "{smaller}");
}

#[test]
fn there_is_no_engine_or_no_compose() {
    insta::assert_snapshot!(up(FakeEngine { info: None, ..shows(&[]) }).text);
    let mut old = fails(&["unknown flag: --progress"]);
    old.runs[0].stdout = "2.17.0\n".to_owned();
    insta::assert_snapshot!(up(old).text);
}

#[test]
fn programs_read_one_last_line() {
    let last = |engine| {
        let ran = stopped_after(STACK, engine, Format::Json, &options(), None);
        let (stdout, _) = ran.text.split_once("--- stderr\n").unwrap();
        stdout.lines().next_back().unwrap().to_owned()
    };
    insta::assert_snapshot!(last(shows(&[(1, &[checked(Health::Healthy, container("a"))])])));
    insta::assert_snapshot!(last(shows(&[(1, &[checked(Health::Unhealthy, container("a"))])])));
    insta::assert_snapshot!(last(FakeEngine { info: None, ..shows(&[]) }));
}

#[test]
fn an_engine_that_cannot_limit_starts_nothing() {
    let engine = || FakeEngine { info: rootless().info, ..shows(&[]) };
    let ran = up(engine());
    insta::assert_snapshot!(ran.text);
    assert!(ran.done.is_empty(), "nothing is touched: {:?}", ran.done);
    let json = stopped_after(STACK, engine(), Format::Json, &options(), None).text;
    assert!(json.contains(r#""reason":"limits-not-held""#), "{json}");
    // What limits nothing is started.
    let open = STACK.replace("limits = { memory = \"64M\", cpus = 0.1 }\n", "");
    let open = open.replace("[budget]\nmemory = \"1G\"\ncpus = 1.0\n", "");
    let running = FakeEngine { info: rootless().info, ..shows(&[(1, &[container("a")])]) };
    let ran = stopped_after(&open, running, Format::Human, &options(), None);
    assert!(ran.text.starts_with("Done"), "{}", ran.text);
}

#[test]
fn limits_that_the_kernel_does_not_hold_are_a_failure_after_the_start() {
    let healthy = checked(Health::Healthy, container("a"));
    let engine = || FakeEngine { held: Some(unlimited()), ..shows(&[(1, std::slice::from_ref(&healthy))]) };
    let ran = up(engine());
    insta::assert_snapshot!(ran.text);
    assert!(
        ran.done.last().is_some_and(|line| line.ends_with("up -d")),
        "it is left running: {:?}",
        ran.done
    );
    let json = stopped_after(STACK, engine(), Format::Json, &options(), None).text;
    assert!(
        json.contains(r#""result":"failed""#) && json.contains(r#""reason":"limits-not-held""#),
        "{json}"
    );
    let at_once = UpOptions { no_wait: true, ..options() };
    let ran = stopped_after(STACK, engine(), Format::Human, &at_once, None);
    assert!(ran.text.starts_with("Judged"), "{}", ran.text);
}

#[test]
fn limits_that_are_not_held_may_be_allowed() {
    let allowed = UpOptions { allow_unheld: true, ..options() };
    let running = checked(Health::Healthy, container("a"));
    let engine = FakeEngine { held: Some(unlimited()), info: rootless().info, ..shows(&[(1, &[running])]) };
    insta::assert_snapshot!(stopped_after(STACK, engine, Format::Human, &allowed, None).text);
}

#[test]
fn a_compose_without_json_is_read_as_text() {
    let running = checked(Health::Healthy, container("a"));
    let mut engine = shows(&[(1, &[running])]);
    let refused = vec![(Duration::ZERO, "unsupported --progress value \"json\"".to_owned())];
    let lines = [" a Pulling ", " a Pulled ", " Container fake-a-1  Created"];
    let stderr = lines.map(|line| (seconds(1), line.to_owned())).into();
    engine.runs[1] = Run { words: "json up -d", stderr: refused, code: 1, ..Run::default() };
    engine.runs.push(Run { words: "plain up -d", stderr, ends_at: seconds(2), ..Run::default() });
    let ran = up(engine);
    assert!(ran.text.starts_with("Done"), "{}", ran.text);
    assert!(ran.done[1].ends_with("--progress plain up -d"), "{:?}", ran.done);
    // An error is one there too.
    let mut engine = shows(&[]);
    let refused = vec![(Duration::ZERO, "unsupported --progress value \"json\"".to_owned())];
    let lines = [
        " a Pulling ",
        " a Error pull access denied for x",
        "Error response from daemon: pull access denied for x",
    ];
    let stderr = lines.map(|line| (seconds(1), line.to_owned())).into();
    engine.runs[1] = Run { words: "json up -d", stderr: refused, code: 1, ..Run::default() };
    engine.runs.push(Run { words: "plain up -d", stderr, ends_at: seconds(2), code: 18, ..Run::default() });
    let failed = up(engine).text;
    assert!(failed.contains("error[missing-image]: a: its image"), "{failed}");
}
