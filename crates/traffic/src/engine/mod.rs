//! The engine: a thread of its own that sends the load, and the handle that controls it.

mod asked;
mod connection;
mod faults;
mod flight;
mod load;
mod pacer;
mod pool;
mod resolver;
mod samples;
mod snapshot;

pub use samples::FailureSample;
pub use snapshot::{BUCKETS, EndpointSnapshot, Phase, Sample, Snapshot, Window};

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use indexmap::IndexMap;
use mio::{Poll, Waker};
use tokio::sync::oneshot;

use self::{
    load::{Command, Load, Setup, TIMER, WAKER},
    pacer::Pacer,
    pool::Pool,
};
use super::{
    http::TlsError,
    percentiles::Latencies,
    scenario::{Scenario, ScenarioError},
    schedule::Nanos,
    spans::Spans,
    timeline::Timeline,
};
use stackctl_base::server::raise_file_limit;

use crate::plan::{CUSTOM, DEFAULT_MODE, Traffic};

/// File descriptors for what runs beside the load: its control server, and in `demo` the shop with its clients.
const BESIDE: u64 = 8192;

/// How long what is in flight may take after the end of a run: after SIGTERM, or after its duration.
pub const GRACE: Duration = Duration::from_secs(2);

/// How a run begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// In the mode that the schedule begins with, or in the default mode.
    Scheduled,
    /// In a mode of the table.
    Mode(String),
    /// At so many requests a second, in no mode.
    Rate(f64),
    /// As fast as the bound in flight allows, in no mode.
    Max,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not in the table.
    #[error("there is no mode {name:?}: the modes are {valid}")]
    UnknownMode {
        /// What was asked for.
        name: String,
        /// The names there are.
        valid: String,
    },
    /// The mix.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// An `https` target.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No thread, no poll.
    #[error("failed to set up the engine's event loop")]
    Io(#[from] io::Error),
}

/// Why a mode was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// Not in the table.
    #[error("unknown mode")]
    Unknown,
    /// The engine has ended.
    #[error("the engine has ended")]
    Gone,
}

/// Controls the engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    waker: Arc<Waker>,
    modes: Arc<IndexMap<String, f64>>,
    endpoints: Arc<[String]>,
}

/// How a run ended.
#[derive(Debug)]
pub struct End {
    /// How things stood then.
    pub detailed: Detailed,
    /// The last sample.
    pub sample: Sample,
    /// Response times since the one before.
    pub window: Latencies,
}

/// How things stand, and how times are distributed.
#[derive(Debug)]
pub struct Detailed {
    /// How things stand.
    pub snapshot: Snapshot,
    /// Every response time, from the intended time to the whole answer.
    pub response: Latencies,
    /// Every service time, from the send to the whole answer.
    pub service: Latencies,
}

/// The engine's end.
#[derive(Debug)]
pub struct Ended(oneshot::Receiver<io::Result<End>>);

impl Ended {
    /// Wait until the engine has ended: after the duration, or after [`Handle::stop`].
    ///
    /// # Errors
    /// When its event loop failed.
    pub async fn wait(&mut self) -> io::Result<End> {
        (&mut self.0)
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the engine's thread ended without a result")))
    }
}

/// Start the engine on a thread of its own. With `duration`, counted from the first intended send, it ends by itself. `spans` is
/// where the requests' spans go.
///
/// # Errors
/// See [`StartError`].
pub fn start(
    traffic: &Traffic,
    start: &Start,
    duration: Option<Duration>,
    spans: Option<Spans>,
) -> Result<(Handle, Ended), StartError> {
    let begin = nanos(traffic.start_delay);
    let mut timeline = match start {
        Start::Scheduled | Start::Mode(_) => Timeline::new(traffic, begin),
        Start::Rate(_) | Start::Max => Timeline::none(),
    };
    // A mode that was asked for holds until the next entry, and what begins at the start is not the next.
    let mut first = None;
    while timeline.next_at() == begin && first.is_none() {
        first = timeline.take().map(|entry| entry.mode);
    }
    let default = Start::Mode(first.unwrap_or_else(|| DEFAULT_MODE.to_owned()));
    let start = if *start == Start::Scheduled { &default } else { start };
    let (mode, rate) = match start {
        Start::Scheduled => (None, None),
        Start::Mode(name) => {
            let unknown = || StartError::UnknownMode { name: name.clone(), valid: traffic.mode_names() };
            (Some(name.clone()), Some(*traffic.modes.get(name).ok_or_else(unknown)?))
        }
        Start::Rate(rate) => (None, Some(*rate)),
        Start::Max => (None, None),
    };
    // Where the limit cannot be raised that far, connections beyond it fail as `connect`.
    raise_file_limit(u64::from(traffic.max_in_flight) + BESIDE);
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
    let (commands, received) = mpsc::channel();
    let scenario = Scenario::new(traffic, Rng::new())?;
    let endpoints = scenario.endpoints().into();
    let setup = Setup {
        pacer: Pacer::new(&poll, TIMER),
        pool: Pool::new(traffic, poll.registry().try_clone()?, Arc::clone(&waker))?,
        poll,
        origin: Instant::now(),
        commands: received,
        scenario,
        target: traffic.target.to_string(),
        mode,
        rate,
        parts: 1,
        jitter: traffic.jitter,
        start: begin,
        end: duration.map_or(Nanos::MAX, |duration| begin.saturating_add(nanos(duration))),
        timeout: nanos(traffic.timeout),
        bound: traffic.max_in_flight as usize,
        keep_alive: traffic.keep_alive,
        timeline,
        spans,
    };
    let (ended, wait) = oneshot::channel();
    thread::Builder::new().name("load".to_owned()).spawn(move || {
        let _ = ended.send(Load::new(setup).run());
    })?;
    let modes = Arc::new(traffic.modes.clone());
    Ok((Handle { commands, waker, modes, endpoints }, Ended(wait)))
}

impl Handle {
    /// The modes and their rates.
    pub fn modes(&self) -> &IndexMap<String, f64> {
        &self.modes
    }

    /// The names under which requests are counted.
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// Go on in another mode and reach its rate after `over` on a straight line; it is in effect when this returns its rate.
    ///
    /// # Errors
    /// See [`SwitchError`].
    pub async fn switch(&self, mode: &str, over: Duration) -> Result<f64, SwitchError> {
        let rate = *self.modes.get(mode).ok_or(SwitchError::Unknown)?;
        self.change(mode, rate, over).await?;
        Ok(rate)
    }

    /// Go on at a rate without a mode, which is reached after `over` on a straight line.
    ///
    /// # Errors
    /// [`SwitchError::Gone`] alone.
    pub async fn set_rate(&self, rate: f64, over: Duration) -> Result<(), SwitchError> {
        self.change(CUSTOM, rate, over).await
    }

    async fn change(&self, mode: &str, rate: f64, over: Duration) -> Result<(), SwitchError> {
        let (done, wait) = oneshot::channel();
        self.send(Command::Switch { mode: mode.to_owned(), rate, over: nanos(over), done })?;
        wait.await.map_err(|_| SwitchError::Gone)
    }

    /// Reset the statistics; false when the engine has ended.
    pub async fn reset(&self) -> bool {
        let (done, wait) = oneshot::channel();
        self.send(Command::Reset { done }).is_ok() && wait.await.is_ok()
    }

    /// How things stand, with the distributions of every response and service time; `None` when the engine has ended.
    pub async fn detailed(&self) -> Option<Detailed> {
        let (to, wait) = oneshot::channel();
        self.send(Command::Detailed { to }).ok()?;
        wait.await.ok()
    }

    /// From now on, send one of so many equal parts of every mode's rate: others send the rest.
    pub fn share(&self, parts: u32) {
        // An engine that has ended sends nothing.
        let _ = self.send(Command::Share { parts });
    }

    /// A snapshot; `None` when the engine has ended. `interval` starts a new interval of the statistics line.
    pub async fn snapshot(&self, interval: bool) -> Option<Snapshot> {
        let (to, wait) = oneshot::channel();
        self.send(Command::Snapshot { interval, to }).ok()?;
        wait.await.ok()
    }

    /// How things stand, at next to no cost to the load, and the response times since the last sample as they were
    /// recorded; those from now on go to `spare`, which is empty. `None` when the engine has ended. One party at a time
    /// can take samples.
    pub async fn sample(&self, spare: Latencies) -> Option<(Sample, Latencies)> {
        let (to, wait) = oneshot::channel();
        self.send(Command::Sample { spare, to }).ok()?;
        wait.await.ok()
    }

    /// Send nothing more. What is in flight ends, or is given up after `grace`.
    pub fn stop(&self, grace: Duration) {
        // An engine that has ended needs no telling.
        let _ = self.send(Command::Stop { grace: nanos(grace) });
    }

    fn send(&self, command: Command) -> Result<(), SwitchError> {
        self.commands.send(command).map_err(|_| SwitchError::Gone)?;
        self.waker.wake().map_err(|_| SwitchError::Gone)
    }
}

fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX / 4)
}
