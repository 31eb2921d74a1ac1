//! Requests on their way out: what is due, what waits for a connection, and what cannot be sent.

use super::{
    super::{
        connection::State,
        flight::{Flight, FlightId},
        pool::NoConnection,
    },
    Load, OVERDUE, Pace, ROUND, STALL,
};
use crate::{fault::Fault, schedule::Nanos};

impl Load {
    /// Send every request that is due. What the bound does not allow is dropped if `settle`, and otherwise left for when
    /// the answers of this round are read.
    pub(super) fn send_due(&mut self, now: Nanos, settle: bool) {
        if self.ending(now) {
            return;
        }
        let mut left = ROUND;
        loop {
            let full = self.flights.len() >= self.setup.bound;
            let intended = match &mut self.pace {
                Pace::Max if full || now < self.setup.start => return,
                Pace::Max => Nanos::MAX,
                Pace::Scheduled(schedule) => {
                    if schedule.due().is_none() && schedule.boundary() <= now {
                        self.begin_scheduled();
                        continue;
                    }
                    self.record.counts.dropped_overdue += schedule.skip_before(now.saturating_sub(OVERDUE));
                    let Some(due) = schedule.due().filter(|due| *due <= now) else {
                        if schedule.due().is_none() && schedule.boundary() <= now {
                            continue;
                        }
                        return;
                    };
                    if now - due > OVERDUE {
                        self.record.counts.dropped_overdue += 1;
                        schedule.take();
                        continue;
                    }
                    if now - due > STALL && due > self.backlog && !full {
                        self.backlog = now;
                    }
                    if full {
                        if settle && due > self.backlog {
                            let skipped = schedule.skip_before(now);
                            self.record.counts.dropped_bound += skipped;
                            if skipped == 0 {
                                self.record.counts.dropped_bound += 1;
                                schedule.take();
                            }
                            continue;
                        }
                        return;
                    }
                    if left > 0 {
                        schedule.take();
                    }
                    due
                }
            };
            if left == 0 {
                return;
            }
            left -= 1;
            self.send(intended);
        }
    }

    /// Send one request that was intended at this time, or now where that is earlier.
    pub(super) fn send(&mut self, intended: Nanos) {
        let now = self.now();
        let intended = intended.min(now);
        let step = self.setup.scenario.draw();
        let endpoint = self.setup.scenario.step(step).endpoint;
        self.record.begun(endpoint, now, now - intended);
        let flight = Flight { intended, sent: now, step, connection: None, trace: None };
        let id = self.flights.begin(flight);
        match self.setup.pool.take_idle() {
            Some(slot) => self.send_over(slot, id, now),
            None => {
                self.waiting.push_back(id);
                self.connect_for_waiting();
            }
        }
    }

    /// As many attempts as requests that wait for one.
    pub(super) fn connect_for_waiting(&mut self) {
        while self.setup.pool.connecting() < self.waiting.len() {
            let now = self.now();
            match self.setup.pool.open(0, now) {
                Ok(()) => {}
                Err(NoConnection::Unresolved) => return,
                Err(NoConnection::Failed(error)) => {
                    self.fail_waiting(Fault::connecting(&error), &error.to_string());
                }
            }
        }
    }

    /// Fail the request that has waited longest.
    pub(super) fn fail_waiting(&mut self, fault: Fault, detail: &str) {
        if let Some(id) = self.waiting.pop_front() {
            let flight = self.flights.end(id);
            self.failed(flight, fault, detail, None);
        }
    }

    /// A request failed without an answer; `slot` is the connection that it was sent over.
    pub(super) fn failed(&mut self, flight: Flight, fault: Fault, detail: &str, slot: Option<usize>) {
        let now = self.now();
        self.record.failure(self.setup.scenario.step(flight.step).endpoint, fault);
        self.trace_ended(&flight, now, None, Some(fault));
        self.faults.note(fault, detail);
        self.keep_sample(&flight, fault, slot, now, detail);
    }

    pub(super) fn send_over(&mut self, slot: usize, id: FlightId, now: Nanos) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.connection = Some(slot);
        flight.sent = now;
        let index = flight.step;
        self.message.clear();
        let exported = self.setup.spans.as_mut().map(|spans| spans.sample(now));
        let trace = self.setup.scenario.write(index, exported.unwrap_or(true), &mut self.message);
        flight.trace = exported.unwrap_or(false).then_some(trace);
        let step = self.setup.scenario.step(index);
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        connection.state = State::Busy(id);
        if let Err(fault) = connection.send(&self.message, step.head, step.captures(), step.is_picky()) {
            self.broken(slot, fault);
        }
    }

    /// An open connection has nothing to do.
    pub(super) fn rest(&mut self, slot: usize, now: Nanos) {
        match self.waiting.pop_front() {
            Some(id) => self.send_over(slot, id, now),
            None => self.setup.pool.put_idle(slot),
        }
    }
}
