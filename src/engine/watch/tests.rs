use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::{
    Phase, Reason, Watch,
    history::{BETWEEN_RESTARTS, GRACE, MOST_RESTARTS, NEVER_CHECKED_AFTER, STABLE_AFTER},
};
use crate::engine::{
    client::EngineKind,
    events::{ContainerEvent, EventKind},
    inspect_image::HealthSpec,
    observe::{ContainerState, Health, Limits, Observed, Probe},
};

const T0: &str = "2026-11-24T10:00:00Z";
const T1: &str = "2026-11-24T10:00:10Z";

fn wanted(names: &[&str]) -> IndexMap<String, u32> {
    names.iter().map(|name| ((*name).to_owned(), 1)).collect()
}

fn container(service: &str) -> Observed {
    Observed {
        service: service.to_owned(),
        id: format!("{service}-id"),
        name: format!("x-{service}-1"),
        state: ContainerState::Running,
        started_at: T1.to_owned(),
        limits: Limits { restart: "unless-stopped".to_owned(), ..Limits::default() },
        ..Observed::default()
    }
}

/// A watch of one service, `a`, that had no container before and that Compose has started.
fn watch() -> (Watch, Instant) {
    let now = Instant::now();
    let mut watch = Watch::new(wanted(&["a"]), &[], T0, now);
    watch.started();
    (watch, now)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn died(exit_code: i64) -> ContainerEvent {
    ContainerEvent { id: "a-id".to_owned(), kind: EventKind::Died { exit_code } }
}

#[test]
fn a_crash_loop_without_a_health_check_is_a_failure() {
    let (mut watch, now) = watch();
    for restarts in 0..MOST_RESTARTS {
        watch.look(vec![Observed { restarts, started_at: format!("T{restarts}"), ..container("a") }], now);
        assert!(watch.troubles(now).is_empty(), "{restarts} restarts may happen");
        assert!(!watch.is_up(now + seconds(1)));
        watch.happened(&died(3), now);
    }
    watch.look(vec![Observed { restarts: MOST_RESTARTS, ..container("a") }], now);
    let troubles = watch.troubles(now);
    assert_eq!(troubles[0].reason, Reason::CrashLoop);
    assert_eq!(
        troubles[0].detail,
        "the engine restarted it 4 times: the last time it ended with exit code 3"
    );
    // Running just now, for as long as it likes, makes it no better.
    assert!(!watch.is_up(now + seconds(60)));
}

#[test]
fn without_a_health_check_it_has_to_run_for_a_while() {
    let (mut watch, now) = watch();
    watch.look(vec![container("a")], now);
    assert_eq!(watch.phases(now).next(), Some(("a", Phase::Settling)));
    assert_eq!(watch.next_change(now), Some(now + STABLE_AFTER));
    assert!(!watch.is_up(now + STABLE_AFTER - Duration::from_millis(1)));
    assert!(watch.is_up(now + STABLE_AFTER));
    // A restart starts that time again.
    let later = now + STABLE_AFTER;
    watch.look(vec![Observed { restarts: 1, started_at: "T2".to_owned(), ..container("a") }], later);
    assert!(!watch.is_up(later + seconds(4)) && watch.is_up(later + STABLE_AFTER));
}

#[test]
fn one_that_ran_all_along_is_up_at_once() {
    let now = Instant::now();
    let old = Observed { started_at: "2026-11-24T09:59:00Z".to_owned(), restarts: 7, ..container("a") };
    let mut watch = Watch::new(wanted(&["a"]), std::slice::from_ref(&old), T0, now);
    watch.look(vec![old.clone()], now);
    assert!(!watch.is_up(now), "Compose has not had its turn");
    watch.started();
    assert!(watch.is_up(now), "old restarts are forgotten");
    // But not one that started a moment ago.
    let young = Observed { started_at: "2026-11-24T09:59:59Z".to_owned(), ..container("a") };
    let mut watch = Watch::new(wanted(&["a"]), std::slice::from_ref(&young), T0, now);
    watch.look(vec![young], now);
    watch.started();
    assert!(!watch.is_up(now) && watch.is_up(now + seconds(4)));
}

#[test]
fn a_one_shot_that_ended_with_0_is_up() {
    let (mut watch, now) = watch();
    let limits = Limits { restart: "no".to_owned(), ..Limits::default() };
    let ended = Observed { state: ContainerState::Exited, limits, ..container("a") };
    watch.look(vec![ended.clone()], now);
    assert_eq!(watch.phases(now).next(), Some(("a", Phase::Completed)));
    assert!(watch.is_up(now));
    watch.look(vec![Observed { exit_code: 127, ..ended }], now);
    let trouble = &watch.troubles(now)[0];
    assert_eq!(trouble.reason, Reason::Exited);
    assert_eq!(trouble.detail, "ended with exit code 127 (the command was not found)");
}

#[test]
fn what_ended_before_up_is_not_judged_until_compose_has_had_its_turn() {
    let now = Instant::now();
    let old = Observed { state: ContainerState::Exited, exit_code: 1, error: "no".into(), ..container("a") };
    let mut watch = Watch::new(wanted(&["a"]), std::slice::from_ref(&old), T1, now);
    watch.look(vec![old.clone()], now);
    assert!(watch.troubles(now).is_empty());
    assert_eq!(watch.phases(now).next(), Some(("a", Phase::Waiting)));
    watch.look(vec![Observed { started_at: "T2".to_owned(), error: String::new(), ..old }], now);
    assert_eq!(watch.troubles(now)[0].reason, Reason::Exited, "it was started again and ended again");
}

#[test]
fn want_of_memory_is_named_with_limit_and_reservation() {
    let (mut watch, now) = watch();
    let limits = Limits {
        memory: Some(64 << 20),
        memory_reservation: Some(32 << 20),
        restart: "unless-stopped".to_owned(),
        ..Limits::default()
    };
    let running = Observed { limits, ..container("a") };
    watch.look(vec![running.clone()], now);
    let oom = ContainerEvent { id: "a-id".to_owned(), kind: EventKind::OutOfMemory };
    watch.happened(&oom, now);
    watch.happened(&died(137), now);
    watch.look(
        vec![Observed {
            state: ContainerState::Restarting,
            oom_killed: true,
            exit_code: 137,
            ..running.clone()
        }],
        now,
    );
    assert!(watch.troubles(now).is_empty(), "once may happen");
    assert_eq!(watch.short_of_memory(), ["a"]);
    watch.happened(&oom, now);
    watch.happened(&died(137), now);
    let trouble = &watch.troubles(now)[0];
    assert_eq!(trouble.reason, Reason::Oom);
    assert_eq!(
        trouble.detail,
        "the kernel killed it 2 times because it ran out of memory (exit code 137): its limit is 64 MiB, its reservation 32 MiB"
    );
    // Where nothing restarts it, once is enough.
    let (mut watch, now) = super::tests::watch();
    watch.look(
        vec![Observed { state: ContainerState::Exited, oom_killed: true, exit_code: 137, ..running }],
        now,
    );
    assert_eq!(watch.troubles(now)[0].reason, Reason::Oom);
}

#[test]
fn unhealthy_shows_the_output_of_the_check_and_ignores_earlier_failures() {
    let (mut watch, now) = watch();
    let probe = Probe { exit_code: 1, output: "x\nconnection refused\n".to_owned() };
    let unhealthy = Observed { health: Some(Health::Unhealthy), last_probe: Some(probe), ..container("a") };
    watch.look(vec![unhealthy.clone()], now);
    let trouble = &watch.troubles(now)[0];
    assert_eq!(trouble.detail, "its health check fails with exit code 1: connection refused");

    let mut watch = Watch::new(wanted(&["a"]), std::slice::from_ref(&unhealthy), T1, now);
    watch.started();
    watch.look(vec![unhealthy], now);
    assert!(watch.troubles(now).is_empty());
    assert!(!watch.is_up(now));
    assert_eq!(watch.troubles(now + GRACE)[0].reason, Reason::Unhealthy);
}

#[test]
fn a_container_removed_or_stopped_from_outside_is_missed() {
    let (mut watch, now) = watch();
    watch.look(vec![container("a")], now);
    watch.look(vec![], now);
    assert!(watch.troubles(now)[0].detail.starts_with("0 of 1 containers exist"));
    watch.look(vec![Observed { state: ContainerState::Exited, ..container("a") }], now);
    assert_eq!(watch.troubles(now)[0].detail, "was stopped from outside while it should be running");
}

#[test]
fn what_is_late_says_what_it_waits_for() {
    let (mut watch, now) = watch();
    let probe = Probe { exit_code: -1, output: String::new() };
    let starting = Observed { health: Some(Health::Starting), last_probe: Some(probe), ..container("a") };
    watch.look(vec![starting], now);
    let late = &watch.late(seconds(60), now)[0];
    assert_eq!(late.detail, "not up after 60 s: its health check times out so far");
    assert_eq!(late.reason, Reason::Timeout);
}

#[test]
fn a_start_that_the_engine_refuses() {
    let (mut watch, now) = watch();
    let refused =
        |error: &str| Observed { state: ContainerState::Created, error: error.into(), ..container("a") };
    watch.look(vec![refused("failed to bind host port for 127.0.0.1:80: address already in use")], now);
    assert_eq!(watch.troubles(now)[0].reason, Reason::Port);
    watch.look(vec![refused("exec: \"nope\": executable file not found in $PATH")], now);
    assert_eq!(watch.troubles(now)[0].reason, Reason::Exited);
}

#[test]
fn podman_calls_it_exited_between_two_restarts() {
    let (mut watch, now) = watch();
    let at = |state, restarts| Observed {
        engine: EngineKind::Podman,
        state,
        restarts,
        exit_code: 3,
        started_at: format!("T{restarts}"),
        ..container("a")
    };
    for (restarts, state) in [(0, ContainerState::Exited), (2, ContainerState::Stopped)] {
        watch.look(vec![at(state, restarts)], now);
        assert!(watch.troubles(now).is_empty(), "{state:?}");
        assert_eq!(watch.phases(now).next(), Some(("a", Phase::Restarting)));
    }
    watch.look(vec![at(ContainerState::Exited, MOST_RESTARTS)], now);
    assert_eq!(watch.troubles(now)[0].reason, Reason::CrashLoop);
    // What stays so has ended; without a restart policy it has at once.
    watch.look(vec![at(ContainerState::Exited, 0)], now);
    let later = now + BETWEEN_RESTARTS;
    watch.look(vec![at(ContainerState::Exited, 0)], later);
    assert_eq!(watch.troubles(later)[0].reason, Reason::Exited);
    let limits = Limits { restart: "no".to_owned(), ..Limits::default() };
    watch.look(vec![Observed { limits, ..at(ContainerState::Exited, 0) }], now);
    assert_eq!(watch.troubles(now)[0].reason, Reason::Exited);
}

#[test]
fn a_health_check_of_podmans_that_never_ran_is_named_before_the_time_is_over() {
    let (mut watch, now) = watch();
    let mut starting =
        Observed { engine: EngineKind::Podman, health: Some(Health::Starting), ..container("a") };
    let check = HealthSpec { interval: 2_000_000_000, ..HealthSpec::default() };
    starting.created_with.healthcheck = Some(check);
    watch.look(vec![starting.clone()], now);
    assert!(watch.troubles(now + seconds(2)).is_empty());
    assert!(watch.late(seconds(1), now)[0].detail.contains("never ran"));
    let later = now + seconds(3) + NEVER_CHECKED_AFTER;
    assert_eq!(watch.troubles(later)[0].reason, Reason::Unhealthy);
    assert!(watch.troubles(later)[0].detail.contains("systemd timers"));
    let probe = Probe { exit_code: 1, output: String::new() };
    watch.look(vec![Observed { last_probe: Some(probe), ..starting.clone() }], later);
    assert!(watch.troubles(later).is_empty(), "it runs");
    watch.look(vec![Observed { engine: EngineKind::Docker, ..starting }], later);
    assert!(watch.troubles(later).is_empty());
}
