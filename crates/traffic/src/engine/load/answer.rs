//! What comes back over the connections: answers, faults, time-outs.

use std::{io, time::Duration};

use super::{
    super::{
        connection::{Outcome, Ready, State},
        flight::Flight,
        samples::Failed,
    },
    Load,
};
use crate::{fault::Fault, http::Readiness, schedule::Nanos, spans::Ended};

impl Load {
    /// An event of a connection.
    pub(super) fn ready(&mut self, slot: usize, ready: Ready) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        if let State::Connecting { .. } = connection.state {
            match connection.establish() {
                Ok(Readiness::Pending) => {}
                Ok(Readiness::Ready) => {
                    let early = if ready.readable { connection.read_early(&mut self.buffer) } else { Ok(()) };
                    let now = self.now();
                    self.setup.pool.established(slot, now);
                    match early {
                        Ok(()) => self.rest(slot, now),
                        Err(fault) => {
                            self.setup.pool.close(slot);
                            self.fail_waiting(fault, "on a new connection, before any request");
                            self.connect_for_waiting();
                        }
                    }
                }
                Err(error) => self.not_established(slot, &error),
            }
            return;
        }
        if ready.writable
            && let Err(fault) = connection.flush()
        {
            self.broken(slot, fault);
            return;
        }
        if ready.readable {
            self.read(slot, ready.closing);
        }
    }

    pub(super) fn read(&mut self, slot: usize, closing: bool) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        match connection.read(&mut self.buffer, closing, &mut self.record.counts.received_bytes) {
            Outcome::Waiting => {}
            Outcome::More => self.unread.push(slot),
            Outcome::Useless { unasked } => {
                self.setup.pool.close(slot);
                if unasked {
                    self.faults.note_unasked();
                }
            }
            Outcome::Failed(fault) => self.broken(slot, fault),
            Outcome::Answered { status, reusable } => self.answered(slot, status, reusable),
        }
    }

    pub(super) fn answered(&mut self, slot: usize, status: u16, reusable: bool) {
        let now = self.now();
        let reusable = reusable && self.setup.keep_alive && !self.ending(now);
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        let State::Busy(id) = connection.state else { return };
        let flight = self.flights.end(id);
        let bytes = connection.received();
        let step = self.setup.scenario.step(flight.step);
        let unexpected = (!step.accepts(status)).then_some(status);
        let (response, service) = (now - flight.intended.min(now), now - flight.sent.min(now));
        self.record.answered(step.endpoint, response, service, unexpected);
        self.record.endpoints[step.endpoint].bytes += bytes;
        match unexpected {
            Some(status) => {
                let fault = Fault::Status(status);
                self.faults.note(fault, "");
                self.keep_sample(&flight, fault, Some(slot), now, "");
            }
            None if step.captures() => {
                let endpoint = step.endpoint;
                let missed = self.setup.scenario.capture(flight.step, connection.body());
                if missed > 0 {
                    self.record.counts.captures_missing += 1;
                    self.faults.note_missing(&self.setup.scenario.endpoints()[endpoint]);
                }
            }
            None => {}
        }
        if reusable && let Some(connection) = self.setup.pool.get_mut(slot) {
            connection.rest(now);
        }
        self.trace_ended(&flight, now, Some(status), unexpected.map(Fault::Status));
        if reusable {
            self.rest(slot, now);
        } else {
            self.setup.pool.close(slot);
            self.connect_for_waiting();
        }
    }

    /// Export a request that is over, where its trace is wanted.
    pub(super) fn trace_ended(&self, flight: &Flight, now: Nanos, status: Option<u16>, fault: Option<Fault>) {
        if let (Some(spans), Some(trace)) = (&self.setup.spans, flight.trace) {
            let step = self.setup.scenario.step(flight.step);
            spans.ended(Ended {
                trace,
                endpoint: &self.setup.scenario.endpoints()[step.endpoint],
                method: &step.method,
                service: Duration::from_nanos(now.saturating_sub(flight.sent)),
                outcome: (status, fault),
            });
        }
    }

    /// An attempt to connect failed.
    pub(super) fn not_established(&mut self, slot: usize, error: &io::Error) {
        let now = self.now();
        let tried = self.setup.pool.not_established(slot, now);
        let wanted = self.waiting.len() > self.setup.pool.connecting();
        if wanted && self.setup.pool.open(tried, now).is_err() {
            let fault = match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Fault::Tls,
                _ => Fault::connecting(error),
            };
            self.fail_waiting(fault, &error.to_string());
        }
    }

    /// A connection broke during a request. One that was reused, and closed before anything came back, was most likely
    /// closed by the target for being idle: a request that may be repeated is sent again (RFC 9110, section 9.2.2), until
    /// it meets a new connection or its timeout.
    pub(super) fn broken(&mut self, slot: usize, fault: Fault) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        let stale = connection.answered > 0 && connection.untouched();
        let State::Busy(id) = connection.state else {
            self.setup.pool.close(slot);
            return;
        };
        let Some(flight) = self.flights.get_mut(id) else {
            self.setup.pool.close(slot);
            return;
        };
        let repeat = self.setup.scenario.step(flight.step).idempotent;
        if stale && repeat && matches!(fault, Fault::Reset | Fault::Closed) {
            flight.connection = None;
            self.waiting.push_front(id);
        } else {
            let flight = self.flights.end(id);
            self.failed(flight, fault, "", Some(slot));
        }
        self.setup.pool.close(slot);
        self.connect_for_waiting();
    }

    pub(super) fn time_out(&mut self, now: Nanos) {
        let aborted = now >= self.deadline();
        while let Some((id, flight)) = self.flights.oldest() {
            if now < flight.intended + self.setup.timeout && !aborted {
                break;
            }
            self.flights.end(id);
            let fault = match flight.connection {
                Some(_) => Fault::Timeout,
                None => {
                    // Nearly always the first of them.
                    if let Some(place) = self.waiting.iter().position(|waiting| *waiting == id) {
                        self.waiting.remove(place);
                    }
                    if self.setup.pool.unresolved() { Fault::Dns } else { Fault::ConnectTimeout }
                }
            };
            let endpoint = self.setup.scenario.step(flight.step).endpoint;
            let limit = |time: Nanos| now.saturating_sub(time).min(self.setup.timeout);
            self.record.timed_out(endpoint, fault, limit(flight.intended), limit(flight.sent));
            self.trace_ended(&flight, now, None, Some(fault));
            self.faults.note(fault, "");
            self.keep_sample(&flight, fault, flight.connection, now, "");
            if let Some(slot) = flight.connection {
                self.setup.pool.close(slot);
            }
        }
    }

    /// Keep a failure to look at, where it is the first of its kind; `slot` is the connection that it was sent over.
    pub(super) fn keep_sample(
        &mut self,
        flight: &Flight,
        fault: Fault,
        slot: Option<usize>,
        now: Nanos,
        detail: &str,
    ) {
        let scenario = &self.setup.scenario;
        let endpoint = &scenario.endpoints()[scenario.step(flight.step).endpoint];
        let connection = slot.and_then(|slot| self.setup.pool.get_mut(slot));
        let (request, status, body) = match &connection {
            Some(connection) => (connection.request(), connection.status(), connection.sample()),
            None => (&[][..], None, &[][..]),
        };
        let response = now.saturating_sub(flight.intended);
        self.samples.note(fault, Failed { endpoint, request, status, response, now, detail, body });
    }
}
