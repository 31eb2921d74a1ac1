//! What is asked of the load: mode changes, snapshots, the end.

use std::sync::mpsc::TryRecvError;

use fastrand::Rng;

use super::{
    super::{
        resolver::Lookup,
        snapshot::{BUCKETS, EndpointSnapshot, Phase, Sample, Snapshot, Window},
    },
    Command, Load, Pace,
};
use crate::{
    engine::End,
    fault::Fault,
    record::Record,
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
                while !self.waiting.is_empty() {
                    self.fail_waiting(Fault::Dns, "the target's name does not resolve");
                }
            }
        }
        loop {
            match self.setup.commands.try_recv() {
                Ok(command) => self.apply(command, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    // No handle is left.
                    self.stop.get_or_insert((now, now));
                    return;
                }
            }
        }
    }

    pub(super) fn apply(&mut self, command: Command, now: Nanos) {
        match command {
            Command::Switch { mode, rate, done } => {
                let own = rate / f64::from(self.setup.parts.max(1));
                match &mut self.pace {
                    Pace::Scheduled(schedule) => schedule.switch(own, now),
                    Pace::Max => {
                        let start = now.max(self.setup.start);
                        let schedule = Schedule::new(own, self.setup.jitter, start, Rng::new());
                        self.pace = Pace::Scheduled(schedule.until(self.setup.end));
                    }
                }
                self.record.rate_changed(now.max(self.setup.start));
                let from = self.setup.mode.replace(mode);
                self.setup.rate = Some(rate);
                if let Some(left_out) = self.mode_changes.pass() {
                    self.log_mode(Some(from.as_deref().unwrap_or_default()), left_out);
                }
                let _ = done.send(());
            }
            Command::Share { parts } => {
                self.setup.parts = parts;
                if let (Pace::Scheduled(schedule), Some(own)) = (&mut self.pace, self.setup.own_rate()) {
                    schedule.switch(own, now);
                    self.record.rate_changed(now.max(self.setup.start));
                }
            }
            Command::Sample { spare, to } => {
                let window = std::mem::replace(&mut self.record.window, spare);
                let _ = to.send((self.sample(now), window));
            }
            Command::Snapshot { interval, to } => {
                let _ = to.send(self.snapshot(now));
                if interval {
                    self.record.interval.clear();
                }
            }
            Command::Stop { grace } => {
                self.stop.get_or_insert((now, now.saturating_add(grace)));
            }
        }
    }

    /// The mode is this one now. `left_out`: changes since the last line that have none.
    pub(super) fn log_mode(&self, from: Option<&str>, left_out: u64) {
        let mode = self.setup.mode.as_deref().unwrap_or_default();
        let left_out = (left_out > 0).then_some(left_out);
        tracing::info!(mode, rps = self.setup.rate, from, left_out, "mode changed to {mode}");
    }

    fn phase(&self, now: Nanos) -> Phase {
        if self.ending(now) {
            Phase::Draining
        } else if now < self.setup.start {
            Phase::Starting
        } else if self.setup.rate == Some(0.0) {
            Phase::Paused
        } else {
            Phase::Running
        }
    }

    pub(super) fn sample(&mut self, now: Nanos) -> Sample {
        let phase = self.phase(now);
        let record = &mut self.record;
        Sample {
            mode: self.setup.mode.clone(),
            rate: self.setup.rate,
            phase,
            current_rate: record.current_rate(now),
            in_flight: self.flights.len(),
            sent: record.counts.sent,
            successful: record.counts.successful,
            failed: record.counts.failed,
            dropped: record.counts.dropped(),
            late: record.counts.late,
            endpoints: record.endpoints.iter().map(|endpoint| (endpoint.sent, endpoint.failed)).collect(),
            faults: record.faults.iter().map(|(fault, count)| (*fault, *count)).collect(),
        }
    }

    /// How it ended.
    pub(super) fn end(mut self, now: Nanos) -> End {
        let snapshot = self.snapshot(now);
        let sample = self.sample(now);
        let Record { window, response, service, .. } = self.record;
        End { snapshot, sample, window, response, service }
    }

    pub(super) fn snapshot(&mut self, now: Nanos) -> Snapshot {
        let phase = self.phase(now);
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
            counts: record.counts,
            response: record.response.percentiles(),
            service: record.service.percentiles(),
            lateness: record.lateness.percentiles(),
            interval: Window::of(&record.interval),
            response_count: record.response.count(),
            response_seconds: record.response.sum_seconds(),
            response_buckets: record.response.cumulative(&BUCKETS),
            endpoints: record.endpoints.iter().map(EndpointSnapshot::of).collect(),
            faults: record.faults.iter().map(|(fault, count)| (fault.to_string(), *count)).collect(),
        }
    }
}
