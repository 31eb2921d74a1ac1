//! The running engine: its control server, what is shown of it every second, and its end.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::options::{Rate, TrafficOptions};
use crate::{
    commands::{Exit, Failure, environment::variable, runtime::ticker, signal},
    model::traffic::Traffic,
    server,
    traffic::{
        control::{self, Control, Feed, Hosts, Peers, SERVICE, share_rate},
        dashboard::About,
        engine::{self, End, GRACE, Handle, Snapshot, Start, StartError},
        history::{Recent, Recorder, Whole, lock},
        percentiles::Percentiles,
        spans::Spans,
    },
    ui::StatusLine,
};

/// Between two statistics lines.
const STATISTICS: Duration = Duration::from_secs(30);

/// What runs.
pub(super) struct Running<'a> {
    pub traffic: &'a Traffic,
    pub options: &'a TrafficOptions,
    /// The line that a terminal shows.
    pub live: Option<&'a StatusLine>,
    pub about: &'a Arc<About>,
}

/// Run engine and control server until the engine has ended.
pub(super) async fn drive(
    running: &Running<'_>,
    listener: Option<TcpListener>,
) -> Result<(End, Whole), Failure> {
    let Running { traffic, options, live, about } = *running;
    let mut asked = signal::asked_to_stop().context("failed to listen for signals")?;
    let (handle, mut ended) =
        engine::start(traffic, &start(options), options.duration, spans()?).map_err(not_started)?;
    let recent = Arc::new(Mutex::new(Recent::new(handle.endpoints().to_vec())));
    let mut shown = Shown {
        recorder: Recorder::new(Arc::clone(&recent), traffic.timeout),
        feed: Feed::new(None),
        recent,
        live,
        about,
    };
    // What runs beside the load ends with it.
    let mut beside = JoinSet::new();
    if let Some(listener) = listener {
        let failed = |error: io::Error| Failure::surroundings("failed to start the control server", error);
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tracing::info!(%address, "control server listening");
        let hosts = Hosts::new(&traffic.allowed_hosts);
        let peers = peers(traffic, options)?;
        let control = Control::new(handle.clone(), hosts, shown.feed.clone(), Arc::clone(&shown.recent))
            .about(Arc::clone(about))
            .with_peers(peers.clone());
        if let Some(peers) = peers {
            beside.spawn(share_rate(peers, control.clone()));
        }
        let router = control::router(control);
        beside.spawn(server::serve(listener, router, control::CONNECTIONS, CancellationToken::new()));
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
                tracing::info!("stopping: no new requests");
                handle.stop(GRACE);
                shown.next(&handle).await;
            }
            Some(Err(error)) = beside.join_next() => {
                handle.stop(Duration::ZERO);
                return Err(Failure::surroundings("the control server failed", error));
            }
            _ = second.tick() => shown.next(&handle).await,
            _ = statistics.tick() => {
                if let Some(snapshot) = handle.snapshot(true).await {
                    log_statistics(&snapshot, &snapshot.interval.response, "statistics");
                }
            }
        }
    };
    let end = end.context("the traffic engine failed")?;
    let snapshot = &end.detailed.snapshot;
    log_statistics(snapshot, &snapshot.response, "final statistics");
    let whole = shown.recorder.end(&end);
    Ok((end, whole))
}

/// Where the requests' spans go, by OpenTelemetry's own variables.
fn spans() -> Result<Option<Spans>, Failure> {
    const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let Some(endpoint) = variable(ENDPOINT)? else { return Ok(None) };
    if let Some(protocol) = variable(PROTOCOL)?.filter(|protocol| protocol != "grpc") {
        let message = format!("{PROTOCOL}={protocol:?}: only grpc is supported (port 4317)");
        return Err(Failure::new(Exit::Usage, message));
    }
    let service = variable("OTEL_SERVICE_NAME")?.unwrap_or_else(|| SERVICE.to_owned());
    let spans = Spans::to(&endpoint, service)
        .map_err(|error| Failure::new(Exit::Usage, format!("{ENDPOINT}={endpoint:?}: {error}")))?;
    Ok(Some(spans))
}

fn start(options: &TrafficOptions) -> Start {
    match (options.rate, &options.mode) {
        (Some(Rate::Max), _) => Start::Max,
        (Some(Rate::PerSecond(rate)), _) => Start::Rate(rate),
        (None, Some(mode)) => Start::Mode(mode.clone()),
        (None, None) => Start::Scheduled,
    }
}

/// What is kept and shown of every second: the history, the live line, and `/events` where anybody looks.
struct Shown<'a> {
    recorder: Recorder,
    recent: Arc<Mutex<Recent>>,
    feed: Feed,
    live: Option<&'a StatusLine>,
    about: &'a About,
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
            && let Some(event) = control::live(&snapshot, handle, &self.recent, self.about)
        {
            self.feed.send_replace(Some(event.into()));
        }
    }

    /// `steady (running): 2.0 of 2 a second, p50 1.2 ms, p99 3.1 ms, 0 failed, 1 in flight`.
    fn line(&self) -> String {
        let Some(sample) = self.recorder.last() else { return String::new() };
        let window = lock(&self.recent).lately().latency_ms;
        let time = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1} ms"));
        let mode = sample.mode.as_deref().unwrap_or("unnamed mode");
        let asked = sample.asked.map_or("the maximum rate".to_owned(), |rate| {
            let rate = (rate * 10.0).round() / 10.0;
            rate.to_string()
        });
        let dropped = match sample.dropped {
            0 => String::new(),
            dropped => format!(", {dropped} dropped"),
        };
        format!(
            "{mode} ({}): {:.1} of {asked} a second, p50 {}, p99 {}, {} failed, {} in flight{dropped}",
            sample.phase.as_str(),
            sample.current_rate,
            time(window.p50),
            time(window.p99),
            sample.failed,
            sample.in_flight,
        )
    }
}

/// How things stand since the start, with the response times of a stretch of it.
fn log_statistics(snapshot: &Snapshot, response: &Percentiles, message: &str) {
    // JSON has no NaN: it is written as null.
    let time = |value: Option<f64>| value.unwrap_or(f64::NAN);
    tracing::info!(
        mode = snapshot.mode.as_deref(),
        rps = snapshot.rate,
        current_rps = (snapshot.current_rate * 100.0).round() / 100.0,
        total = snapshot.counts.sent,
        successful = snapshot.counts.successful,
        failed = snapshot.counts.failed,
        dropped = snapshot.counts.dropped(),
        late = snapshot.counts.late,
        in_flight = snapshot.in_flight as u64,
        captures_missing = snapshot.counts.captures_missing,
        p50_ms = time(response.p50),
        p99_ms = time(response.p99),
        max_ms = time(response.max),
        "{message}"
    );
}

fn not_started(error: StartError) -> Failure {
    match &error {
        StartError::UnknownMode { .. } => Failure::new(Exit::Usage, error.to_string()),
        StartError::Scenario(_) => Failure::new(Exit::Judged, error.to_string()),
        StartError::Tls(_) | StartError::Io(_) => {
            Failure::surroundings("failed to start the traffic engine", error)
        }
    }
}

/// The generators that share the rate, where the command line or `TRAFFIC_PEERS` names them.
fn peers(traffic: &Traffic, options: &TrafficOptions) -> Result<Option<Peers>, Failure> {
    let names = match variable("TRAFFIC_PEERS")?.filter(|_| options.peers.is_empty()) {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        None => options.peers.clone(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    Ok(Some(Peers::new(names, traffic.port).context("failed to prepare for the other generators")?))
}
