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
    engine::{Detailed, End},
    fault::Fault,
    line::Line,
    record::{Record, WINDOW},
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
            Command::Switch { mode, rate, over, done } => {
                // What was due before the change is sent at its own time.
                self.send_due(now, false);
                self.change(mode, rate, over, now);
                let _ = done.send(());
            }
            Command::Share { parts } => {
                let before = std::mem::replace(&mut self.setup.parts, parts.max(1));
                if let Pace::Scheduled(schedule) = &mut self.pace {
                    schedule.scale(f64::from(before.max(1)) / f64::from(parts.max(1)), now);
                    self.record.rate_changed(now.max(self.setup.start));
                }
            }
            Command::Reset { done } => {
                self.reset(now);
                let _ = done.send(());
            }
            Command::Detailed { to } => {
                let snapshot = self.snapshot(now);
                let (response, service) = (self.record.response.clone(), self.record.service.clone());
                let _ = to.send(Detailed { snapshot, response, service });
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

    /// Go on in another mode from `now` on, at its rate after `over`.
    fn change(&mut self, mode: String, rate: f64, over: Nanos, now: Nanos) {
        let now = now.max(self.setup.start);
        let is_same = self.setup.mode.as_ref() == Some(&mode) && self.setup.rate == Some(rate);
        if is_same && !self.asked.is_ramp(now) {
            // The present rate would be measured from the beginning for nothing.
            return;
        }
        let parts = f64::from(self.setup.parts.max(1));
        let present = self.record.current_rate(now, WINDOW);
        match &mut self.pace {
            Pace::Scheduled(schedule) => schedule.ramp(rate / parts, now, over),
            Pace::Max => {
                let line = Line::ramp(present, rate / parts, now, over);
                let mut schedule = Schedule::along(line, self.setup.jitter, Rng::new()).until(self.setup.end);
                schedule.hold_from(self.setup.timeline.next_at());
                self.pace = Pace::Scheduled(schedule);
            }
        }
        self.asked.change(rate, now, over, present * parts);
        self.over = over;
        self.record.rate_changed(now);
        let from = self.setup.mode.replace(mode);
        self.setup.rate = Some(rate);
        if let Some(left_out) = self.mode_changes.pass() {
            self.log_mode(Some(from.as_deref().unwrap_or_default()), left_out);
        }
    }

    /// Begin the next entry of the schedule, at its own time.
    pub(super) fn begin_scheduled(&mut self) {
        let at = self.setup.timeline.next_at();
        let Some(entry) = self.setup.timeline.take() else { return };
        let next = self.setup.timeline.next_at();
        if let Pace::Scheduled(schedule) = &mut self.pace {
            schedule.hold_from(next);
        }
        self.change(entry.mode, entry.rate, entry.over, at);
    }

    /// Count from 0 again. What is in flight was begun, and will end, in the new count.
    fn reset(&mut self, now: Nanos) {
        let now = now.max(self.setup.start);
        let mut record = Record::new(self.setup.scenario.endpoints(), self.setup.timeout);
        for flight in self.flights.all() {
            record.counts.sent += 1;
            record.endpoints[self.setup.scenario.step(flight.step).endpoint].sent += 1;
        }
        record.keep_rate_of(&mut self.record);
        self.record = record;
        self.samples.clear();
        self.asked.reset(now);
        self.counted = now;
        self.resets += 1;
        tracing::info!("statistics reset");
    }

    /// The mode is this one now. `left_out`: changes since the last line that have none.
    pub(super) fn log_mode(&self, from: Option<&str>, left_out: u64) {
        let mode = self.setup.mode.as_deref().unwrap_or_default();
        let left_out = (left_out > 0).then_some(left_out);
        let over_seconds = (self.over > 0).then(|| self.over as f64 / SECOND as f64);
        tracing::info!(mode, rps = self.setup.rate, from, over_seconds, left_out, "mode changed to {mode}");
    }

    fn phase(&self, now: Nanos) -> Phase {
        if self.ending(now) {
            Phase::Draining
        } else if now < self.setup.start {
            Phase::Starting
        } else if self.setup.rate == Some(0.0) && !self.asked.is_ramp(now) {
            Phase::Paused
        } else {
            Phase::Running
        }
    }

    pub(super) fn sample(&mut self, now: Nanos) -> Sample {
        let phase = self.phase(now);
        let (asked, current_rate) = (self.asked.rate(now), self.current_rate(now));
        let record = &mut self.record;
        Sample {
            mode: self.setup.mode.clone(),
            rate: self.setup.rate,
            asked,
            over_seconds: self.over as f64 / SECOND as f64,
            resets: self.resets,
            phase,
            current_rate,
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
        End { detailed: Detailed { snapshot, response, service }, sample, window }
    }

    pub(super) fn snapshot(&mut self, now: Nanos) -> Snapshot {
        let phase = self.phase(now);
        let ran_until = self.stop.map_or(now, |(time, _)| time).min(self.setup.end);
        let current_rate = self.current_rate(now);
        let record = &mut self.record;
        Snapshot {
            target: self.setup.target.clone(),
            mode: self.setup.mode.clone(),
            rate: self.setup.rate,
            phase,
            uptime_seconds: now as f64 / SECOND as f64,
            ran_seconds: ran_until.saturating_sub(self.counted) as f64 / SECOND as f64,
            asked: self.asked.rate(now),
            is_ramp: self.asked.is_ramp(now),
            mean_asked: self.asked.mean(ran_until),
            current_rate,
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
            samples: self.samples.all(),
        }
    }

    /// Requests begun per second: over ten seconds, and on the way to another rate over a time that has some tens of requests, so
    /// that it keeps up with the line.
    fn current_rate(&mut self, now: Nanos) -> f64 {
        let window = match self.asked.rate(now) {
            Some(asked) if self.asked.is_ramp(now) => {
                let seconds = (30.0 * f64::from(self.setup.parts.max(1)) / asked).clamp(1.0, 10.0);
                (seconds * SECOND as f64) as Nanos
            }
            _ => WINDOW,
        };
        self.record.current_rate(now, window)
    }
}
