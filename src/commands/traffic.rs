//! `stackctl traffic`: run the engine until it ends or is told to.

use std::{
    fs::File,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    runtime,
    sync::watch,
    time::{self, MissedTickBehavior},
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::{Context, Exit, Failure, signal, traffic_table::Table, traffic_verdict::Limits};
use crate::{
    model::traffic::{DEFAULT_MODE, Target, Traffic},
    traffic::{
        control::{self, Control, Hosts, SERVICE},
        engine::{self, Handle, Snapshot, Start, StartError},
        report::{Live, Report},
    },
    ui::{
        LiveLine,
        log::{self, Layout},
    },
};

/// How long what is in flight may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);

/// Between two statistics lines.
const STATISTICS: Duration = Duration::from_secs(30);

/// `--rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// So many requests a second, finite and at least 0.
    PerSecond(f64),
    /// As fast as the bound in flight allows.
    Max,
}

/// `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportTo {
    /// `-`.
    Stdout,
    /// A file, written anew.
    File(PathBuf),
}

/// What the command line says; `None` leaves it to the environment and the table.
#[derive(Debug, Default)]
pub struct Options {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--mode`.
    pub mode: Option<String>,
    /// `--rate`.
    pub rate: Option<Rate>,
    /// `--target`.
    pub target: Option<Target>,
    /// `--port`.
    pub port: Option<u16>,
    /// `--bind`.
    pub bind: Option<IpAddr>,
    /// `--start-delay`.
    pub start_delay: Option<Duration>,
    /// `--max-in-flight`.
    pub max_in_flight: Option<u32>,
    /// `--duration`.
    pub duration: Option<Duration>,
    /// `--report`.
    pub report: Option<ReportTo>,
    /// `--max-p99`.
    pub max_p99: Option<Duration>,
    /// `--max-failed`, as a part of 1.
    pub max_failed: Option<f64>,
}

/// Run the engine: the table, then the control server, then the load.
pub fn run(context: &Context, options: Options) -> Result<Exit, Failure> {
    run_beside(context, options, || Ok(()), drop)
}

/// As [`run`], with something else in this process: `start` is called once lines are logged and before the load, `stop`
/// after it.
pub(super) fn run_beside<T>(
    context: &Context,
    options: Options,
    start: impl FnOnce() -> Result<T, Failure>,
    stop: impl FnOnce(T),
) -> Result<Exit, Failure> {
    let traffic = table(context, &options)?;
    let listener = listen(&traffic, &options)?;
    let report = options.report.clone().map(open_report).transpose()?;
    let live = if context.printer.is_quiet() { None } else { LiveLine::on_terminal() };
    let guard = log_lines(context, live.as_ref());
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::surroundings("failed to start the runtime", &error))?;
    let last = start().and_then(|beside| {
        let last = runtime.block_on(drive(&traffic, &options, listener, live.as_ref()));
        stop(beside);
        last
    });
    if let Some(live) = &live {
        live.end();
    }
    drop(guard);
    let last = last?;
    if let Some(report) = report {
        write_report(context, report, &last)?;
    }
    Limits { p99: options.max_p99, failed: options.max_failed }.judge(&last)
}

/// The `[traffic]` table with what overrides it: options win over the environment, and that over the table.
fn table(context: &Context, options: &Options) -> Result<Traffic, Failure> {
    let mut table = Table::load(context, options.config.as_deref())?;
    let traffic = &mut table.traffic;
    if let Some(url) = env("TARGET_URL")? {
        traffic.target = url.parse().map_err(|error| {
            Failure::new(Exit::Usage, format!("TARGET_URL={url:?} is not a target: {error}"))
        })?;
    }
    if let Some(port) = env("PORT")? {
        traffic.port = port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("PORT={port:?} is not a port: a number from 1 to 65535 is wanted"),
            )
        })?;
    }
    if let Some(target) = &options.target {
        traffic.target = target.clone();
    }
    if let Some(port) = options.port {
        traffic.port = port;
    }
    if options.duration.is_some() {
        traffic.start_delay = Duration::ZERO;
    }
    if let Some(delay) = options.start_delay {
        traffic.start_delay = delay;
    }
    if let Some(bound) = options.max_in_flight {
        traffic.max_in_flight = bound;
    }
    table.check_target()?;
    Ok(table.traffic)
}

/// A variable that is set and not empty.
fn env(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(Failure::new(Exit::Usage, format!("{name}: {error}"))),
    }
}

/// The control server's socket; `None` for a run with a duration that did not ask for one.
fn listen(traffic: &Traffic, options: &Options) -> Result<Option<TcpListener>, Failure> {
    if options.duration.is_some() && options.port.is_none() && options.bind.is_none() {
        return Ok(None);
    }
    // Inside a container the port is published by the engine, which reaches only the container's own address; on a
    // developer's machine nobody else should switch the load. Process 1 is a container's.
    let contained = std::process::id() == 1;
    let default = if contained { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let address = SocketAddr::new(options.bind.unwrap_or(IpAddr::V4(default)), traffic.port);
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    match bound {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let message =
                format!("port {} of {} is taken: the control server needs it", address.port(), address.ip());
            Err(Failure::surroundings(message, &error)
                .hint("choose another with --port, PORT or [traffic].port"))
        }
        Err(error) => {
            let message = format!("failed to listen on {address} for the control server");
            Err(Failure::surroundings(message, &error).hint("--bind and --port say where"))
        }
    }
}

fn log_lines(context: &Context, live: Option<&LiveLine>) -> log::Guard {
    let level = if context.printer.is_verbose() {
        LevelFilter::DEBUG
    } else if context.printer.is_quiet() {
        LevelFilter::ERROR
    } else {
        LevelFilter::INFO
    };
    let (layout, sink) = match live {
        Some(live) => (Layout::Human, live.sink()),
        None => (Layout::Json, log::stderr()),
    };
    let (lines, guard) = log::layer(SERVICE, layout, sink);
    let ours = Targets::new().with_target("stackctl", level);
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    guard
}

/// Run engine and control server until the engine has ended.
async fn drive(
    traffic: &Traffic,
    options: &Options,
    listener: Option<TcpListener>,
    live: Option<&LiveLine>,
) -> Result<Snapshot, Failure> {
    let start = match (options.rate, &options.mode) {
        (Some(Rate::Max), _) => Start::Max,
        (Some(Rate::PerSecond(rate)), _) => Start::Rate(rate),
        (None, Some(mode)) => Start::Mode(mode.clone()),
        (None, None) => Start::Mode(DEFAULT_MODE.to_owned()),
    };
    let mut asked = Box::pin(
        signal::asked_to_stop()
            .map_err(|error| Failure::surroundings("failed to listen for signals", &error))?,
    );
    let (handle, mut ended) = engine::start(traffic, &start, options.duration).map_err(not_started)?;
    let (feed, watched) = watch::channel(None);
    if let Some(listener) = listener {
        let failed = |error: io::Error| Failure::surroundings("failed to start the control server", &error);
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tracing::info!(%address, "control server listening");
        let control = Control::new(handle.clone(), Hosts::new(&traffic.allowed_hosts), watched);
        tokio::spawn(control::serve(listener, control::router(control)));
    }
    let mut second = ticker(Duration::from_secs(1));
    let mut statistics = ticker(STATISTICS);
    statistics.reset();
    let mut stopping = false;
    let last = loop {
        tokio::select! {
            last = ended.wait() => break last,
            () = &mut asked, if !stopping => {
                stopping = true;
                tracing::info!("told to stop: no new requests");
                handle.stop(GRACE);
            }
            _ = second.tick() => show(&handle, &feed, live).await,
            _ = statistics.tick() => {
                if let Some(snapshot) = handle.snapshot(false, true).await {
                    log_statistics(&snapshot, "statistics");
                }
            }
        }
    };
    let last = last.map_err(|error| Failure::surroundings("the traffic engine failed", &error))?;
    log_statistics(&last, "final statistics");
    Ok(last)
}

fn ticker(period: Duration) -> time::Interval {
    let mut ticker = time::interval(period);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

/// The live line and `/events`, where anybody looks.
async fn show(handle: &Handle, feed: &watch::Sender<Option<Arc<str>>>, live: Option<&LiveLine>) {
    // One receiver is the router's own.
    if live.is_none() && feed.receiver_count() <= 1 {
        return;
    }
    let Some(snapshot) = handle.snapshot(true, false).await else { return };
    if let Ok(event) = serde_json::to_string(&Live::of(&snapshot, handle.modes())) {
        feed.send_replace(Some(event.into()));
    }
    if let Some(live) = live {
        live.set(line(&snapshot));
    }
}

/// `steady: 2.0 of 2 a second, p50 1.2 ms, p99 3.1 ms, 0 failed, 1 in flight`.
fn line(snapshot: &Snapshot) -> String {
    let mode = snapshot.mode.as_deref().unwrap_or("unnamed mode");
    let asked = snapshot.rate.map_or("the highest rate".to_owned(), |rate| rate.to_string());
    let window = &snapshot.window.response;
    let dropped = match snapshot.dropped() {
        0 => String::new(),
        dropped => format!(", {dropped} dropped"),
    };
    format!(
        "{mode} ({}): {:.1} of {asked} a second, p50 {:.1} ms, p99 {:.1} ms, {} failed, {} in flight{dropped}",
        snapshot.phase.as_str(),
        snapshot.current_rate,
        window.p50,
        window.p99,
        snapshot.failed,
        snapshot.in_flight,
    )
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

/// Where the report goes, opened before the run: a path that cannot be written should not cost a run.
enum OpenReport {
    Stdout,
    File(PathBuf, File),
}

fn open_report(to: ReportTo) -> Result<OpenReport, Failure> {
    match to {
        ReportTo::Stdout => Ok(OpenReport::Stdout),
        ReportTo::File(path) => match File::create(&path) {
            Ok(file) => Ok(OpenReport::File(path, file)),
            Err(error) => Err(not_written(&path, &error)),
        },
    }
}

fn write_report(context: &Context, report: OpenReport, last: &Snapshot) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&Report::of(last))
        .map_err(|error| Failure::surroundings("failed to write the report", &error))?;
    match report {
        OpenReport::Stdout => context.printer.data(&format!("{text}\n")),
        OpenReport::File(path, mut file) => {
            writeln!(file, "{text}").map_err(|error| not_written(&path, &error))?;
        }
    }
    Ok(())
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::surroundings(format!("failed to write the report to {}", path.display()), error)
}
