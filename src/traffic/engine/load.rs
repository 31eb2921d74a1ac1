//! The load's own thread: one event loop that sends what is due, reads what has come, and counts.

use std::{
    collections::VecDeque,
    io,
    sync::mpsc::{Receiver, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use mio::{Events, Poll, Token};

use super::{
    connection::{Outcome, Ready, State},
    faults::FaultLog,
    flight::{Flight, FlightId, Flights},
    pacer::Pacer,
    pool::{NoConnection, Pool},
    resolver::Lookup,
    snapshot::{BUCKETS, EndpointSnapshot, Phase, Snapshot, Window},
};
use crate::traffic::{
    fault::Fault,
    http::Readiness,
    record::Record,
    scenario::Scenario,
    schedule::{Nanos, SECOND, Schedule},
};

/// The waker's token; connections have their slot's number.
pub const WAKER: Token = Token(usize::MAX);
/// The timer's token.
pub const TIMER: Token = Token(usize::MAX - 1);

/// An arrival this overdue is dropped.
const OVERDUE: Nanos = SECOND;

/// Woken this late, the process itself was stalled: see [`Load::backlog`].
const STALL: Nanos = 2_000_000;

/// Requests begun in one round, so that answers are read in between.
const ROUND: usize = 256;

/// Above the first rate, wakes are at least the first pause apart, and so on: what is due goes out together. A wake
/// costs more than a request, and lateness stays far below what the kernel's scheduler adds.
const COALESCE: [(f64, Nanos); 2] = [(5_000.0, 100_000), (20_000.0, 250_000)];

/// At the highest rate, a round with fewer events than this, while at least [`QUEUED`] requests are still with the
/// target, is followed by a short pause: the target has enough to do meanwhile, and its answers are then read many at a
/// time instead of with one wake each.
const FEW: usize = 8;
const QUEUED: usize = 16;
const PAUSE: Duration = Duration::from_micros(20);

/// Between two rounds of housekeeping.
const HOUSEKEEPING: Nanos = SECOND / 4;

/// How fast requests are sent.
#[derive(Debug)]
pub enum Pace {
    /// By a schedule.
    Scheduled(Schedule),
    /// As fast as the bound in flight allows.
    Max,
}

/// What the engine is told.
pub enum Command {
    /// Go on in another mode.
    Switch {
        /// Its name.
        mode: String,
        /// Its rate.
        rate: f64,
        /// Answered once it is in effect.
        done: tokio::sync::oneshot::Sender<()>,
    },
    /// Tell how things stand.
    Snapshot {
        /// Whether the live view's window begins anew.
        window: bool,
        /// Whether the statistics line's interval begins anew.
        interval: bool,
        /// Where to.
        to: tokio::sync::oneshot::Sender<Snapshot>,
    },
    /// Send nothing more; what is in flight has so long.
    Stop {
        /// Nanoseconds.
        grace: Nanos,
    },
}

/// What a run is made of.
pub struct Setup {
    /// The poll, with waker and timer registered.
    pub poll: Poll,
    /// The pacer on that poll.
    pub pacer: Pacer,
    /// Time 0.
    pub origin: Instant,
    /// What it is told.
    pub commands: Receiver<Command>,
    /// The connections.
    pub pool: Pool,
    /// What is sent.
    pub scenario: Scenario,
    /// The target's URL, for people.
    pub target: String,
    /// The mode's name; `None` for an unnamed one.
    pub mode: Option<String>,
    /// The mode's rate; `None` for as fast as possible.
    pub rate: Option<f64>,
    /// See the `[traffic]` table.
    pub jitter: f64,
    /// When the first request is due.
    pub start: Nanos,
    /// When the last one is, at most.
    pub end: Nanos,
    /// How long an answer may take.
    pub timeout: Nanos,
    /// The bound in flight.
    pub bound: usize,
}

/// The running load.
pub struct Load {
    setup: Setup,
    pace: Pace,
    record: Record,
    flights: Flights,
    /// Requests that wait for a connection, oldest first; those that have ended since are skipped.
    waiting: VecDeque<FlightId>,
    waiting_count: usize,
    /// Connections with more to read than one wake allows.
    unread: Vec<usize>,
    /// After a stall of this process, arrivals until then wait for room instead of being dropped: the bound is there for
    /// a stalled target. They count as late, and as dropped when they are more than a second overdue.
    backlog: Nanos,
    started: bool,
    /// Told to stop: when, and when what is in flight is given up.
    stop: Option<(Nanos, Nanos)>,
    faults: FaultLog,
    message: Vec<u8>,
    buffer: Vec<u8>,
    last_timer_wake: Nanos,
}

impl Load {
    /// Ready to run.
    pub fn new(setup: Setup) -> Self {
        let record = Record::new(setup.scenario.endpoints(), setup.timeout);
        let pace = match setup.rate {
            None => Pace::Max,
            Some(rate) => {
                Pace::Scheduled(Schedule::new(rate, setup.jitter, setup.start, Rng::new()).until(setup.end))
            }
        };
        Self {
            setup,
            pace,
            record,
            flights: Flights::new(),
            waiting: VecDeque::new(),
            waiting_count: 0,
            unread: Vec::new(),
            backlog: 0,
            started: false,
            stop: None,
            faults: FaultLog::default(),
            message: Vec::with_capacity(1024),
            buffer: vec![0; 64 * 1024],
            last_timer_wake: 0,
        }
    }

    fn now(&self) -> Nanos {
        // 584 years fit.
        self.setup.origin.elapsed().as_nanos() as Nanos
    }

    /// Run until the end, and return the last state of things.
    ///
    /// # Errors
    /// Only when waiting for events fails, which leaves nothing to go on with.
    pub fn run(mut self) -> io::Result<Snapshot> {
        let mut events = Events::with_capacity(1024);
        let mut housekeeping = 0;
        self.setup.pool.warm_up(0);
        let mut few = false;
        loop {
            if few && matches!(self.pace, Pace::Max) && self.flights.len() >= QUEUED {
                thread::sleep(PAUSE);
            }
            let now = self.now();
            let wake = if self.unread.is_empty() { self.next_wake(now) } else { Some(now) };
            let coarse = self.coarse_wake(now);
            self.setup.pacer.wait(&mut self.setup.poll, &mut events, now, wake, coarse)?;
            let now = self.now();
            few = events.iter().take(FEW).count() < FEW;
            self.begin(now);
            self.send_due(now, false);
            for slot in std::mem::take(&mut self.unread) {
                self.ready(slot, Ready { readable: true, writable: false, closing: false });
            }
            for event in &events {
                match event.token() {
                    TIMER => self.last_timer_wake = now,
                    WAKER => self.woken(),
                    Token(slot) => {
                        self.ready(slot, event.into());
                        if matches!(self.pace, Pace::Max) {
                            self.send_due(now, false);
                        }
                    }
                }
            }
            let now = self.now();
            self.send_due(now, true);
            self.time_out(now);
            self.setup.pool.settle();
            if now >= housekeeping {
                housekeeping = now + HOUSEKEEPING;
                self.setup.pool.sweep(now, self.setup.timeout);
                self.faults.report(now);
            }
            if self.finished(now) {
                self.faults.flush();
                return Ok(self.snapshot(now));
            }
        }
    }

    /// The start delay is over.
    fn begin(&mut self, now: Nanos) {
        if !self.started && now >= self.setup.start && self.stop.is_none() {
            self.started = true;
            self.record.rate_changed(self.setup.start);
            let target = self.setup.target.as_str();
            match (&self.setup.mode, self.setup.rate) {
                (Some(mode), rate) => {
                    let rps = rate.unwrap_or_default();
                    tracing::info!(mode, rps, target, "Traffic generator started in {mode} mode");
                }
                (None, Some(rps)) => {
                    tracing::info!(rps, target, "Traffic generator started at {rps} requests a second")
                }
                (None, None) => tracing::info!(target, "Traffic generator started at the highest rate"),
            }
        }
    }

    /// Nothing more is sent: told so, or the duration is over and its last arrival taken up.
    fn ending(&self, now: Nanos) -> bool {
        let over = now >= self.setup.end
            && match &self.pace {
                Pace::Scheduled(schedule) => schedule.due().is_none(),
                Pace::Max => true,
            };
        self.stop.is_some() || over
    }

    fn finished(&self, now: Nanos) -> bool {
        let deadline = match self.stop {
            Some((_, deadline)) => deadline,
            None if !self.ending(now) => return false,
            // The last arrival may have been taken up a second late.
            None => self.setup.end.saturating_add(self.setup.timeout).saturating_add(OVERDUE),
        };
        self.flights.len() == 0 || now >= deadline
    }

    /// When the next request is due, as far as that needs a wake of its own.
    fn next_wake(&self, now: Nanos) -> Option<Nanos> {
        if self.ending(now) {
            return None;
        }
        let full = self.flights.len() >= self.setup.bound;
        match &self.pace {
            Pace::Max if full => None,
            Pace::Max => Some(self.setup.start),
            Pace::Scheduled(schedule) => {
                let due = schedule.due()?;
                if full && due <= self.backlog {
                    // Only an answer makes room.
                    return None;
                }
                let rate = self.setup.rate.unwrap_or_default();
                let apart =
                    COALESCE.iter().rev().find(|(above, _)| rate > *above).map_or(0, |(_, pause)| *pause);
                Some(due.max(self.last_timer_wake + apart))
            }
        }
    }

    /// When to wake for anything that may be some milliseconds late.
    fn coarse_wake(&self, now: Nanos) -> Nanos {
        let mut wake = now + SECOND;
        if let Some((_, oldest)) = self.flights.oldest() {
            wake = wake.min(oldest.intended + self.setup.timeout);
        }
        if let Some((_, deadline)) = self.stop {
            wake = wake.min(deadline);
        }
        if self.setup.end > now {
            wake = wake.min(self.setup.end);
        }
        if !self.started && self.setup.start > now {
            wake = wake.min(self.setup.start);
        }
        wake.max(now)
    }

    /// Send every request that is due. What the bound does not allow is dropped if `settle`, and otherwise left for when
    /// the answers of this round are read.
    fn send_due(&mut self, now: Nanos, settle: bool) {
        if self.ending(now) {
            return;
        }
        let mut left = ROUND;
        loop {
            let full = self.flights.len() >= self.setup.bound;
            let intended = match &mut self.pace {
                Pace::Max if full || now < self.setup.start => return,
                Pace::Max => self.now(),
                Pace::Scheduled(schedule) => {
                    self.record.dropped_overdue += schedule.skip_before(now.saturating_sub(OVERDUE));
                    let Some(due) = schedule.due().filter(|due| *due <= now) else { return };
                    if now - due > OVERDUE {
                        self.record.dropped_overdue += 1;
                        schedule.take();
                        continue;
                    }
                    if now - due > STALL && due > self.backlog && !full {
                        self.backlog = now;
                    }
                    if full {
                        if settle && due > self.backlog {
                            let skipped = schedule.skip_before(now);
                            self.record.dropped_bound += skipped;
                            if skipped == 0 {
                                self.record.dropped_bound += 1;
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
            self.send(intended, now);
        }
    }

    fn send(&mut self, intended: Nanos, now: Nanos) {
        let now = now.max(intended);
        let step = self.setup.scenario.draw();
        let endpoint = self.setup.scenario.step(step).endpoint;
        self.record.begun(endpoint, now, now - intended);
        let flight = Flight { intended, sent: now, step, connection: None };
        let id = self.flights.begin(flight);
        match self.setup.pool.take_idle() {
            Some(slot) => self.send_over(slot, id),
            None => {
                self.waiting.push_back(id);
                self.waiting_count += 1;
                self.connect_for_waiting();
            }
        }
    }

    /// As many attempts as requests that wait for one.
    fn connect_for_waiting(&mut self) {
        while self.setup.pool.connecting() < self.waiting_count {
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

    /// The request that has waited longest.
    fn next_waiting(&mut self) -> Option<FlightId> {
        while let Some(id) = self.waiting.pop_front() {
            if self.flights.get_mut(id).is_some_and(|flight| flight.connection.is_none()) {
                self.waiting_count -= 1;
                return Some(id);
            }
        }
        None
    }

    fn fail_waiting(&mut self, fault: Fault, detail: &str) {
        if let Some(id) = self.next_waiting() {
            let flight = self.flights.end(id);
            self.failed(flight, fault, detail);
        }
    }

    fn failed(&mut self, flight: Flight, fault: Fault, detail: &str) {
        self.record.failure(self.setup.scenario.step(flight.step).endpoint, fault);
        self.faults.note(fault, detail);
    }

    fn send_over(&mut self, slot: usize, id: FlightId) {
        let now = self.now();
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.connection = Some(slot);
        flight.sent = now;
        let index = flight.step;
        self.message.clear();
        self.setup.scenario.write(index, &mut self.message);
        let step = self.setup.scenario.step(index);
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        connection.state = State::Busy(id);
        if let Err(fault) = connection.send(&self.message, step.head, step.captures()) {
            self.broken(slot, fault);
        }
    }

    /// An open connection has nothing to do.
    fn rest(&mut self, slot: usize) {
        match self.next_waiting() {
            Some(id) => self.send_over(slot, id),
            None => self.setup.pool.put_idle(slot),
        }
    }

    /// An event of a connection.
    fn ready(&mut self, slot: usize, ready: Ready) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        if let State::Connecting { .. } = connection.state {
            match connection.establish() {
                Ok(Readiness::Pending) => {}
                Ok(Readiness::Ready) => {
                    let now = self.now();
                    self.setup.pool.established(slot, now);
                    self.rest(slot);
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

    fn read(&mut self, slot: usize, closing: bool) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        match connection.read(&mut self.buffer, closing, &mut self.record.received_bytes) {
            Outcome::Waiting => {}
            Outcome::More => self.unread.push(slot),
            Outcome::Useless => {
                self.setup.pool.close(slot);
            }
            Outcome::Failed(fault) => self.broken(slot, fault),
            Outcome::Answered { status, reusable } => self.answered(slot, status, reusable),
        }
    }

    fn answered(&mut self, slot: usize, status: u16, reusable: bool) {
        let now = self.now();
        let reusable = reusable && !self.ending(now);
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        let State::Busy(id) = connection.state else { return };
        let flight = self.flights.end(id);
        let step = self.setup.scenario.step(flight.step);
        let unexpected = (!step.accepts(status)).then_some(status);
        let (response, service) = (now - flight.intended.min(now), now - flight.sent.min(now));
        self.record.answered(step.endpoint, response, service, unexpected);
        match unexpected {
            Some(status) => self.faults.note(Fault::Status(status), ""),
            None if step.captures() => {
                self.record.captures_missed += self.setup.scenario.capture(flight.step, connection.body());
            }
            None => {}
        }
        if reusable {
            connection.rest(now);
            self.rest(slot);
        } else {
            self.setup.pool.close(slot);
            self.connect_for_waiting();
        }
    }

    /// An attempt to connect failed.
    fn not_established(&mut self, slot: usize, error: &io::Error) {
        let now = self.now();
        let tried = self.setup.pool.not_established(slot, now);
        let wanted = self.waiting_count > self.setup.pool.connecting();
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
    fn broken(&mut self, slot: usize, fault: Fault) {
        let Some(connection) = self.setup.pool.get_mut(slot) else { return };
        let stale = connection.answered > 0 && connection.untouched();
        let State::Busy(id) = connection.state else {
            self.setup.pool.close(slot);
            return;
        };
        self.setup.pool.close(slot);
        let Some(flight) = self.flights.get_mut(id) else { return };
        let repeat = self.setup.scenario.step(flight.step).idempotent;
        if stale && repeat && matches!(fault, Fault::Reset | Fault::Closed) {
            flight.connection = None;
            self.waiting.push_front(id);
            self.waiting_count += 1;
        } else {
            let flight = self.flights.end(id);
            self.failed(flight, fault, "");
        }
        self.connect_for_waiting();
    }

    fn time_out(&mut self, now: Nanos) {
        while let Some((id, flight)) = self.flights.oldest() {
            let aborted = self.stop.is_some_and(|(_, deadline)| now >= deadline);
            if now < flight.intended + self.setup.timeout && !aborted {
                break;
            }
            self.flights.end(id);
            let fault = match flight.connection {
                Some(slot) => {
                    self.setup.pool.close(slot);
                    Fault::Timeout
                }
                None => {
                    self.waiting_count -= 1;
                    if self.setup.pool.unresolved() { Fault::Dns } else { Fault::ConnectTimeout }
                }
            };
            let endpoint = self.setup.scenario.step(flight.step).endpoint;
            let limit = |time: Nanos| now.saturating_sub(time).min(self.setup.timeout);
            self.record.timed_out(endpoint, fault, limit(flight.intended), limit(flight.sent));
            self.faults.note(fault, "");
        }
    }

    /// A command, or the end of a look-up.
    fn woken(&mut self) {
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

    fn obey(&mut self, command: Command, now: Nanos) {
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

    fn snapshot(&mut self, now: Nanos) -> Snapshot {
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
