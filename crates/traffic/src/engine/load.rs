//! The load's own thread: one event loop that sends what is due, reads what has come, and counts.

mod answer;
mod commands;
mod send;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    io,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use mio::{Events, Poll, Token};

use super::{
    Detailed, GRACE,
    asked::Asked,
    connection::Ready,
    faults::FaultLog,
    flight::{FlightId, Flights},
    nanos,
    pacer::Pacer,
    pool::Pool,
    samples::Samples,
    snapshot::{Sample, Snapshot},
};
use stackctl_base::log_limit::LogLimit;

use crate::{
    engine::End,
    percentiles::Latencies,
    record::Record,
    scenario::Scenario,
    schedule::{Nanos, SECOND, Schedule},
    spans::Spans,
    timeline::Timeline,
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

/// Above this rate, timer wakes are at least [`APART`] apart, and what is due goes out together: a wake costs more than
/// a request, and lateness stays far below what the kernel's scheduler adds.
const COALESCE: f64 = 5_000.0;
const APART: Nanos = 100_000;

/// Above this rate, answers are read at a beat as well, instead of with one wake each: the engine sleeps between rounds. The
/// kernel lets a sleep run over by some 0.05 ms, so a beat is about a sixth of a millisecond, which the latencies contain
/// up to twice. Without it 30,000 a second take 0.45 CPU and do not fit a quota of half of one in every period.
const BEAT_ABOVE: f64 = 20_000.0;
const BEAT: Duration = Duration::from_micros(100);

/// At the highest rate, a round with fewer events than this, while at least [`QUEUED`] requests are still with the
/// target, is followed by a short pause: the target has enough to do meanwhile, and its answers are then read many at a
/// time instead of with one wake each.
const FEW: usize = 8;
const QUEUED: usize = 16;
const PAUSE: Duration = Duration::from_micros(20);

/// Between two rounds of housekeeping.
const HOUSEKEEPING: Nanos = SECOND / 4;

/// Between two log lines about mode changes.
const MODE_CHANGES: Duration = Duration::from_secs(1);

/// How fast requests are sent.
#[derive(Debug)]
pub enum Pace {
    /// By a schedule.
    Scheduled(Schedule),
    /// As fast as the bound in flight allows.
    Max,
}

/// A command to the engine.
pub enum Command {
    /// Go on in another mode.
    Switch {
        /// Its name.
        mode: String,
        /// Its rate.
        rate: f64,
        /// How long the rate takes to get there.
        over: Nanos,
        /// Answered once it is in effect.
        done: tokio::sync::oneshot::Sender<()>,
    },
    /// Send one of so many equal parts of the rate.
    Share {
        /// How many, at least 1.
        parts: u32,
    },
    /// Reset the statistics.
    Reset {
        /// Answered once it is done.
        done: tokio::sync::oneshot::Sender<()>,
    },
    /// Send a snapshot with whole distributions.
    Detailed {
        /// Where to.
        to: tokio::sync::oneshot::Sender<Detailed>,
    },
    /// Send a sample: counters alone, nothing that takes time.
    Sample {
        /// An empty one, for the response times from now on.
        spare: Latencies,
        /// Where to.
        to: tokio::sync::oneshot::Sender<(Sample, Latencies)>,
    },
    /// Send a snapshot.
    Snapshot {
        /// Whether a new interval of the statistics line starts.
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
    /// Commands from the handle.
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
    /// How many engines share it.
    pub parts: u32,
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
    /// Whether a connection carries more than one request.
    pub keep_alive: bool,
    /// Modes that begin by themselves.
    pub timeline: Timeline,
    /// Where the requests' spans go.
    pub spans: Option<Spans>,
}

impl Setup {
    /// The part of the rate that this engine sends.
    pub fn own_rate(&self) -> Option<f64> {
        self.rate.map(|rate| rate / f64::from(self.parts.max(1)))
    }
}

/// The running load.
pub struct Load {
    setup: Setup,
    pace: Pace,
    record: Record,
    flights: Flights,
    /// Requests that wait for a connection, oldest first.
    waiting: VecDeque<FlightId>,
    /// Connections with more to read than one wake allows.
    unread: Vec<usize>,
    /// After a stall of this process, arrivals until then wait for room instead of being dropped: the bound is there for
    /// a stalled target. They count as late, and as dropped when they are more than a second overdue.
    backlog: Nanos,
    started: bool,
    /// The stop: when it was requested, and when requests in flight are given up.
    stop: Option<(Nanos, Nanos)>,
    faults: FaultLog,
    samples: Samples,
    asked: Asked,
    /// How long the last change of the rate takes.
    over: Nanos,
    /// Since when is counted: the start, or the last reset.
    counted: Nanos,
    /// How often the statistics were reset.
    resets: u32,
    mode_changes: LogLimit,
    message: Vec<u8>,
    buffer: Vec<u8>,
    last_timer_wake: Nanos,
}

impl Load {
    /// Ready to run.
    pub fn new(setup: Setup) -> Self {
        let record = Record::new(setup.scenario.endpoints(), setup.timeout);
        let pace = match setup.own_rate() {
            None => Pace::Max,
            Some(rate) => {
                let mut schedule =
                    Schedule::new(rate, setup.jitter, setup.start, Rng::new()).until(setup.end);
                schedule.hold_from(setup.timeline.next_at());
                Pace::Scheduled(schedule)
            }
        };
        Self {
            asked: Asked::new(setup.rate, setup.start),
            over: 0,
            counted: setup.start,
            resets: 0,
            samples: Samples::default(),
            setup,
            pace,
            record,
            flights: Flights::new(),
            waiting: VecDeque::new(),
            unread: Vec::new(),
            backlog: 0,
            started: false,
            stop: None,
            faults: FaultLog::default(),
            mode_changes: LogLimit::every(MODE_CHANGES),
            message: Vec::with_capacity(1024),
            buffer: vec![0; 64 * 1024],
            last_timer_wake: 0,
        }
    }

    fn now(&self) -> Nanos {
        // 584 years fit.
        self.setup.origin.elapsed().as_nanos() as Nanos
    }

    /// Run until the end, and return how it ended.
    ///
    /// # Errors
    /// Only when waiting for events fails, which leaves nothing to go on with.
    pub fn run(mut self) -> io::Result<End> {
        let mut events = Events::with_capacity(1024);
        let mut housekeeping = 0;
        self.setup.pool.warm_up(0);
        let (mut few, mut last) = (false, 0);
        loop {
            // The rate of the last round will do.
            let pause = self.pause(few, last);
            if let Some(pause) = pause {
                thread::sleep(pause);
            }
            let now = self.now();
            let rested = pause.is_some() || !self.unread.is_empty();
            let wake = if rested { Some(now) } else { self.next_wake(now) };
            let coarse = self.coarse_wake(now);
            self.setup.pacer.wait(&mut self.setup.poll, &mut events, now, wake, coarse)?;
            few = events.iter().take(FEW).count() < FEW;
            let now = self.round(&events);
            last = now;
            if now >= housekeeping {
                housekeeping = now + HOUSEKEEPING;
                self.setup.pool.sweep(now, self.setup.timeout);
                self.faults.report(now);
                if let Some(left_out) = self.mode_changes.due() {
                    self.log_mode(None, left_out);
                }
            }
            if self.finished(now) {
                self.faults.flush();
                if let Some(left_out) = self.mode_changes.rest() {
                    self.log_mode(None, left_out);
                }
                return Ok(self.end(now));
            }
        }
    }

    /// Send what is due and take in what has come. Returns the time at the end.
    fn round(&mut self, events: &Events) -> Nanos {
        let now = self.now();
        self.begin(now);
        // Bytes that have come on an idle connection answer none of the requests that are sent from here on.
        for event in events {
            if let Token(slot) = event.token()
                && event.is_readable()
                && self.setup.pool.is_idle(slot)
            {
                self.ready(slot, event.into());
            }
        }
        self.send_due(now, false);
        for slot in std::mem::take(&mut self.unread) {
            self.ready(slot, Ready { readable: true, writable: false, closing: false });
        }
        for event in events {
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
        now
    }

    /// How long to sleep before looking for events, where waking for each would cost too much. `few`: the last round had
    /// few of them.
    fn pause(&self, few: bool, now: Nanos) -> Option<Duration> {
        if !self.unread.is_empty() || !self.started || self.flights.len() == 0 {
            return None;
        }
        match &self.pace {
            Pace::Max => (few && self.flights.len() >= QUEUED).then_some(PAUSE),
            Pace::Scheduled(schedule) => {
                (schedule.due().is_some() && schedule.rate(now) > BEAT_ABOVE).then_some(BEAT)
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

    /// Nothing more is sent: stopped, or the duration is over and its last arrival handled.
    fn ending(&self, now: Nanos) -> bool {
        let over = now >= self.setup.end
            && match &self.pace {
                Pace::Scheduled(schedule) => {
                    schedule.due().is_none() && schedule.boundary() >= self.setup.end
                }
                Pace::Max => true,
            };
        self.stop.is_some() || over
    }

    fn finished(&self, now: Nanos) -> bool {
        self.ending(now) && (self.flights.len() == 0 || now >= self.deadline())
    }

    /// When what is in flight is given up: some time after the command to stop, or after the end of the duration.
    fn deadline(&self) -> Nanos {
        self.stop.map_or(self.setup.end.saturating_add(nanos(GRACE)), |(_, deadline)| deadline)
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
                // At the boundary another rate begins.
                let due = schedule.due().or(Some(schedule.boundary()).filter(|at| *at < Nanos::MAX))?;
                if full && due <= self.backlog {
                    // Only an answer makes room.
                    return None;
                }
                let apart = if schedule.rate(now) > COALESCE { APART } else { 0 };
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
        wake = wake.min(self.deadline());
        if self.setup.end > now {
            wake = wake.min(self.setup.end);
        }
        if !self.started && self.setup.start > now {
            wake = wake.min(self.setup.start);
        }
        wake.max(now)
    }
}
