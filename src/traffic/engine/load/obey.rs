//! What is asked of the load: mode changes, snapshots, the end.

use std::sync::mpsc::TryRecvError;

use fastrand::Rng;

use super::{
    super::{
        resolver::Lookup,
        snapshot::{BUCKETS, EndpointSnapshot, Phase, Snapshot, Window},
    },
    Command, Load, Pace,
};
use crate::traffic::{
    fault::Fault,
    schedule::{Nanos, SECOND, Schedule},
};

impl Load {
    /// A command, or the end of a look-up.
    pub(super) fn woken(&mut self) {
        let now = self.now();
        match self.setup.pool.poll_lookup(now) {
            Lookup::Nothing => {}
            Lookup::Found => self.connect_for_waiting(),
            Lookup::Failed => {
                while self.waiting_count > 0 {
                    self.fail_waiting(Fault::Dns, "the target's name does not resolve");
                }
            }
        }
        loop {
            match self.setup.commands.try_recv() {
                Ok(command) => self.obey(command, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    // Nobody is left to ask for anything.
                    self.stop.get_or_insert((now, now));
                    return;
                }
            }
        }
    }

    pub(super) fn obey(&mut self, command: Command, now: Nanos) {
        match command {
            Command::Switch { mode, rate, done } => {
                match &mut self.pace {
                    Pace::Scheduled(schedule) => schedule.switch(rate, now),
                    Pace::Max => {
                        let start = now.max(self.setup.start);
                        let schedule = Schedule::new(rate, self.setup.jitter, start, Rng::new());
                        self.pace = Pace::Scheduled(schedule.until(self.setup.end));
                    }
                }
                self.record.rate_changed(now.max(self.setup.start));
                tracing::info!(
                    mode,
                    rps = rate,
                    from = self.setup.mode.as_deref().unwrap_or(""),
                    "mode changed to {mode}"
                );
                self.setup.mode = Some(mode);
                self.setup.rate = Some(rate);
                let _ = done.send(());
            }
            Command::Snapshot { window, interval, to } => {
                let _ = to.send(self.snapshot(now));
                if window {
                    self.record.window.clear();
                }
                if interval {
                    self.record.interval.clear();
                }
            }
            Command::Stop { grace } => {
                self.stop.get_or_insert((now, now.saturating_add(grace)));
            }
        }
    }

    pub(super) fn snapshot(&mut self, now: Nanos) -> Snapshot {
        let phase = if self.ending(now) {
            Phase::Draining
        } else if now < self.setup.start {
            Phase::Starting
        } else if self.setup.rate == Some(0.0) {
            Phase::Paused
        } else {
            Phase::Running
        };
        let ran_until = self.stop.map_or(now, |(time, _)| time).min(self.setup.end);
        let record = &mut self.record;
        Snapshot {
            target: self.setup.target.clone(),
            mode: self.setup.mode.clone(),
            rate: self.setup.rate,
            phase,
            uptime_seconds: now as f64 / SECOND as f64,
            ran_seconds: ran_until.saturating_sub(self.setup.start) as f64 / SECOND as f64,
            current_rate: record.current_rate(now),
            in_flight: self.flights.len(),
            sent: record.sent,
            successful: record.successful,
            failed: record.failed,
            dropped_bound: record.dropped_bound,
            dropped_overdue: record.dropped_overdue,
            late: record.late,
            captures_missed: record.captures_missed,
            received_bytes: record.received_bytes,
            response: record.response.percentiles(),
            service: record.service.percentiles(),
            lateness: record.lateness.percentiles(),
            window: Window::of(&record.window),
            interval: Window::of(&record.interval),
            response_count: record.response.count(),
            response_seconds: record.response.sum_seconds(),
            response_buckets: record.response.cumulative(&BUCKETS),
            endpoints: record.endpoints.iter().map(EndpointSnapshot::of).collect(),
            faults: record.faults.iter().map(|(fault, count)| (fault.to_string(), *count)).collect(),
        }
    }
}
