//! The running engine: its control server, what is shown of it every second, and its end.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{self, MissedTickBehavior};

use super::{
    Exit, Failure, signal,
    traffic::{Options, Rate, ReportTo, env, spans},
};
use crate::{
    model::traffic::{DEFAULT_MODE, Traffic},
    traffic::{
        control::{self, Control, Feed, Hosts, Peers, Told},
        engine::{self, End, Handle, Snapshot, Start, StartError},
        history::{Recent, Recorder, Whole, lock},
    },
    ui::LiveLine,
};

/// How long what is in flight may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);

/// Between two statistics lines.
const STATISTICS: Duration = Duration::from_secs(30);

/// Run engine and control server until the engine has ended.
pub(super) async fn drive(
    traffic: &Traffic,
    options: &Options,
    listener: Option<TcpListener>,
    live: Option<&LiveLine>,
) -> Result<(End, Option<Whole>), Failure> {
    let mut asked = Box::pin(
        signal::asked_to_stop()
            .map_err(|error| Failure::surroundings("failed to listen for signals", &error))?,
    );
    let (handle, mut ended) =
        engine::start(traffic, &start(options), options.duration, spans()?).map_err(not_started)?;
    let whole = options.report.as_ref().is_some_and(ReportTo::is_page);
    let recent = Arc::new(Mutex::new(Recent::new(handle.endpoints().to_vec())));
    let mut shown = Shown {
        recorder: Recorder::new(Arc::clone(&recent), traffic.timeout, whole),
        feed: Feed::new(None),
        recent,
        live,
    };
    if let Some(listener) = listener {
        let failed = |error: io::Error| Failure::surroundings("failed to start the control server", &error);
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tracing::info!(%address, "control server listening");
        let hosts = Hosts::new(&traffic.allowed_hosts);
        let (peers, told) = (peers(traffic, options)?, Told::default());
        let control = Control::new(handle.clone(), hosts, shown.feed.clone(), Arc::clone(&shown.recent))
            .with_peers(peers.clone(), told.clone());
        if let Some(peers) = peers {
            tokio::spawn(peers.share(handle.clone(), told, Arc::clone(&shown.recent)));
        }
        tokio::spawn(control::serve(listener, control::router(control)));
    }
    let mut second = ticker(Duration::from_secs(1));
    second.reset();
    let mut statistics = ticker(STATISTICS);
    statistics.reset();
    let mut stopping = false;
    let end = loop {
        tokio::select! {
            end = ended.wait() => break end,
            () = &mut asked, if !stopping => {
                stopping = true;
                tracing::info!("told to stop: no new requests");
                handle.stop(GRACE);
                shown.next(&handle).await;
            }
            _ = second.tick() => shown.next(&handle).await,
            _ = statistics.tick() => {
                if let Some(snapshot) = handle.snapshot(true).await {
                    log_statistics(&snapshot, "statistics");
                }
            }
        }
    };
    let end = end.map_err(|error| Failure::surroundings("the traffic engine failed", &error))?;
    log_statistics(&end.snapshot, "final statistics");
    let whole = shown.recorder.end(&end);
    Ok((end, whole))
}

fn start(options: &Options) -> Start {
    match (options.rate, &options.mode) {
        (Some(Rate::Max), _) => Start::Max,
        (Some(Rate::PerSecond(rate)), _) => Start::Rate(rate),
        (None, Some(mode)) => Start::Mode(mode.clone()),
        (None, None) => Start::Mode(DEFAULT_MODE.to_owned()),
    }
}

fn ticker(period: Duration) -> time::Interval {
    let mut ticker = time::interval(period);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

/// What is kept and shown of every second: the history, the live line, and `/events` where anybody looks.
struct Shown<'a> {
    recorder: Recorder,
    recent: Arc<Mutex<Recent>>,
    feed: Feed,
    live: Option<&'a LiveLine>,
}

impl Shown<'_> {
    async fn next(&mut self, handle: &Handle) {
        if !self.recorder.tick(handle).await {
            return;
        }
        if let Some(live) = self.live {
            live.set(self.line());
        }
        if self.feed.receiver_count() == 0 {
            self.feed.send_replace(None);
        } else if let Some(snapshot) = handle.snapshot(false).await
            && let Some(event) = control::live(&snapshot, handle, &self.recent)
        {
            self.feed.send_replace(Some(event.into()));
        }
    }

    /// `steady (running): 2.0 of 2 a second, p50 1.2 ms, p99 3.1 ms, 0 failed, 1 in flight`.
    fn line(&self) -> String {
        let Some(sample) = self.recorder.last() else { return String::new() };
        let window = lock(&self.recent).window().response;
        let mode = sample.mode.as_deref().unwrap_or("unnamed mode");
        let asked = sample.rate.map_or("the highest rate".to_owned(), |rate| rate.to_string());
        let dropped = match sample.dropped {
            0 => String::new(),
            dropped => format!(", {dropped} dropped"),
        };
        format!(
            "{mode} ({}): {:.1} of {asked} a second, p50 {:.1} ms, p99 {:.1} ms, {} failed, {} in flight{dropped}",
            sample.phase.as_str(),
            sample.current_rate,
            window.p50,
            window.p99,
            sample.failed,
            sample.in_flight,
        )
    }
}

fn log_statistics(snapshot: &Snapshot, message: &str) {
    let response = &snapshot.interval.response;
    tracing::info!(
        mode = snapshot.mode.as_deref().unwrap_or(""),
        rps = snapshot.rate,
        current_rps = (snapshot.current_rate * 100.0).round() / 100.0,
        total = snapshot.sent,
        successful = snapshot.successful,
        failed = snapshot.failed,
        dropped = snapshot.dropped(),
        late = snapshot.late,
        in_flight = snapshot.in_flight as u64,
        p50_ms = response.p50,
        p99_ms = response.p99,
        max_ms = response.max,
        "{message}"
    );
}

fn not_started(error: StartError) -> Failure {
    match &error {
        StartError::UnknownMode { .. } => Failure::new(Exit::Usage, error.to_string()),
        StartError::Scenario(_) => Failure::new(Exit::Judged, error.to_string()),
        StartError::Tls(_) | StartError::Io(_) => {
            Failure::surroundings("failed to start the traffic engine", &error)
        }
    }
}

/// The generators that share the rate, where the command line or `TRAFFIC_PEERS` names them.
fn peers(traffic: &Traffic, options: &Options) -> Result<Option<Peers>, Failure> {
    let names = match env("TRAFFIC_PEERS")?.filter(|_| options.peers.is_empty()) {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        None => options.peers.clone(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    let failed = |error| Failure::surroundings("failed to prepare for the other generators", &error);
    Peers::new(names, traffic.port).map(Some).map_err(failed)
}
