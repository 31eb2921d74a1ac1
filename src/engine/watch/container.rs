//! The judgement over one container.

use std::time::Instant;

use super::{
    history::{History, MOST_OOM_KILLS, MOST_RESTARTS, STABLE_AFTER},
    phase::Phase,
    trouble::Reason,
};
use crate::{
    engine::{
        client::EngineKind,
        observe::{ContainerState, Health, Observed, Probe},
    },
    model::Bytes,
};

/// Without systemd none of Podman's health checks ever runs.
const NEVER_RAN: &str =
    "its health check never ran: Podman runs them by systemd timers, and needs a systemd that runs";

impl History {
    /// How far it is.
    pub(super) fn phase(&self, container: &Observed, now: Instant) -> Phase {
        if self.judge(container, now).is_some() {
            return Phase::Failed;
        }
        if !self.is_from_before(container) && self.is_between_restarts(container, now) {
            return Phase::Restarting;
        }
        match (container.state, container.health) {
            (ContainerState::Created, _) => Phase::Created,
            (ContainerState::Restarting, _) => Phase::Restarting,
            (ContainerState::Running, None) => {
                let since = self.track_of(container).map_or(now, |track| track.running_since);
                if now.duration_since(since) >= STABLE_AFTER { Phase::Running } else { Phase::Settling }
            }
            (ContainerState::Running, Some(Health::Healthy)) => Phase::Healthy,
            (ContainerState::Running, Some(_)) => Phase::Starting,
            (ContainerState::Exited, _) if !self.is_from_before(container) => Phase::Completed,
            (
                ContainerState::Exited
                | ContainerState::Dead
                | ContainerState::Paused
                | ContainerState::Stopped
                | ContainerState::Unknown
                | ContainerState::Removing,
                _,
            ) => Phase::Waiting,
        }
    }

    /// Why it will not get up; `None` while it may.
    pub(super) fn judge(&self, container: &Observed, now: Instant) -> Option<(Reason, String)> {
        let is_running = matches!(container.state, ContainerState::Running | ContainerState::Restarting);
        // What ended before `up` began says nothing: Compose is about to start it again.
        if !is_running && self.is_from_before(container) && !self.is_started {
            return None;
        }
        if !is_running && !container.error.is_empty() {
            let taken = ["address already in use", "port is already allocated"];
            let is_port = taken.iter().any(|words| container.error.contains(words));
            let reason = if is_port { Reason::Port } else { Reason::Exited };
            return Some((reason, format!("could not be started: {}", container.error)));
        }
        let track = self.track_of(container);
        let oom_kills = track.map_or(0, |track| track.oom_kills);
        let last_exit = track.and_then(|track| track.last_exit);
        let last_exit = if is_running { last_exit } else { Some(container.exit_code) };
        let has_ended = matches!(container.state, ContainerState::Exited | ContainerState::Dead);
        if oom_kills >= MOST_OOM_KILLS || (has_ended && container.oom_killed) {
            return Some((Reason::Oom, out_of_memory(container, oom_kills.max(1))));
        }
        let restarted = self.restarted(container);
        if restarted >= MOST_RESTARTS {
            if oom_kills > 0 || container.oom_killed {
                return Some((Reason::Oom, out_of_memory(container, oom_kills.max(1))));
            }
            return Some((Reason::CrashLoop, crash_loop(restarted, last_exit)));
        }
        if self.is_between_restarts(container, now) {
            return None;
        }
        match (container.state, container.health) {
            (ContainerState::Running, Some(Health::Unhealthy)) if !self.is_forgiven(container, now) => {
                Some((Reason::Unhealthy, unhealthy(container.last_probe.as_ref())))
            }
            (ContainerState::Running, Some(Health::Starting)) if self.never_checked(container, now) => {
                Some((Reason::Unhealthy, NEVER_RAN.to_owned()))
            }
            (ContainerState::Exited | ContainerState::Dead, _) if container.exit_code != 0 => {
                Some((Reason::Exited, ended(container.exit_code)))
            }
            // It was stopped from outside, or it would have been started again.
            (ContainerState::Exited, _) if container.restarts_always() => {
                Some((Reason::Exited, "was stopped from outside while it should be running".to_owned()))
            }
            (ContainerState::Paused, _) if self.is_started => {
                Some((Reason::Exited, format!("is paused; `docker unpause {}` resumes it", container.name)))
            }
            _ => None,
        }
    }
}

fn crash_loop(restarted: u64, last_exit: Option<i64>) -> String {
    let how = match last_exit {
        Some(0) => "it ends with exit code 0 each time; a one-shot has `restart = \"no\"`".to_owned(),
        Some(code) => format!("the last time it {}", ended(code)),
        None => "it ends soon after each start".to_owned(),
    };
    format!("the engine restarted it {restarted} times: {how}")
}

fn out_of_memory(container: &Observed, kills: u64) -> String {
    let amount =
        |bytes: Option<u64>| bytes.map_or_else(|| "none".to_owned(), |bytes| Bytes(bytes).to_string());
    let times = if kills == 1 { "once".to_owned() } else { format!("{kills} times") };
    format!(
        "the kernel killed it {times} because it ran out of memory (exit code {}): its limit is {}, its reservation {}",
        if container.exit_code == 0 { 137 } else { container.exit_code },
        amount(container.limits.memory),
        amount(container.limits.memory_reservation)
    )
}

fn unhealthy(probe: Option<&Probe>) -> String {
    let Some(probe) = probe else { return "its health check fails".to_owned() };
    let output = probe.output.trim().lines().next_back().unwrap_or_default().trim();
    let how = match probe.exit_code {
        -1 => "times out".to_owned(),
        code => format!("fails with exit code {code}"),
    };
    if output.is_empty() {
        format!("its health check {how}")
    } else {
        format!("its health check {how}: {output}")
    }
}

fn ended(code: i64) -> String {
    let why = match code {
        126 => " (the command cannot be executed)",
        127 => " (the command was not found)",
        137 => " (it received SIGKILL)",
        139 => " (a segmentation fault)",
        143 => " (it received SIGTERM)",
        _ => "",
    };
    format!("ended with exit code {code}{why}")
}

/// What a service that is not up waits for.
pub(super) fn waits_for(phase: Phase, container: Option<&Observed>) -> String {
    match phase {
        Phase::Starting => match container.and_then(|container| container.last_probe.as_ref()) {
            Some(probe) if probe.exit_code != 0 => format!("{} so far", unhealthy(Some(probe))),
            None if container.is_some_and(|it| it.engine == EngineKind::Podman) => NEVER_RAN.to_owned(),
            _ => "its health check has not passed yet".to_owned(),
        },
        Phase::Settling => "it has not run long enough to count as stable".to_owned(),
        Phase::Restarting => "the engine is about to restart it".to_owned(),
        Phase::Created => "it is not started, as it waits for what it depends on".to_owned(),
        Phase::Waiting => "it has no container yet".to_owned(),
        Phase::Failed | Phase::Completed | Phase::Running | Phase::Healthy => phase.as_str().to_owned(),
    }
}
