//! `stackctl traffic`: run the engine until it ends or is stopped.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::{
    drive::{Running, drive},
    options::{ReportTo, TrafficOptions},
    report::{about, open_report, write_report},
    table::Table,
    verdict::{Limits, verdict},
};
use crate::{
    commands::{Context, Exit, Failure, environment::variable, runtime},
    model::traffic::{Address, Traffic},
    traffic::{control::SERVICE, dashboard::RunPage, report::Report},
    ui::{
        Format, StatusLine,
        log::{self, Layout},
        traffic::summary,
    },
};

/// Run the engine: the table, then the control server, then the load.
pub fn run(context: &Context, options: TrafficOptions) -> Result<Exit, Failure> {
    run_beside(context, options, |_| Ok(()), drop)
}

/// As [`run`], with something else in this process: `start` is called once lines are logged and before the load, with the line
/// that a terminal shows, `stop` after it.
pub fn run_beside<T>(
    context: &Context,
    options: TrafficOptions,
    start: impl FnOnce(Option<&StatusLine>) -> Result<T, Failure>,
    stop: impl FnOnce(T),
) -> Result<Exit, Failure> {
    let traffic = table(context, &options)?;
    let listener = listen(&traffic, &options)?;
    let report = options.report.clone().map(open_report).transpose()?;
    let live = if context.printer.is_quiet() { None } else { StatusLine::on_terminal() };
    let guard = log_lines(context, live.as_ref());
    if let (Some(live), Some(listener), false) = (&live, &listener, options.is_demo)
        && let Ok(address) = listener.local_addr()
    {
        live.print(&format!("dashboard: http://{}/", reachable(address)));
    }
    let about = Arc::new(about(&traffic));
    let runtime = runtime::current_thread()?;
    let end = start(live.as_ref()).and_then(|beside| {
        let running = Running { traffic: &traffic, options: &options, live: live.as_ref(), about: &about };
        let end = runtime.block_on(drive(&running, listener));
        stop(beside);
        end
    });
    if let Some(live) = &live {
        live.end();
    }
    drop(guard);
    let (end, whole) = end?;
    let detailed = &end.detailed;
    let limits = Limits { p99: options.max_p99, failed: options.max_failed };
    let checks = limits.checks(&detailed.snapshot);
    let broken: Vec<String> =
        checks.iter().filter(|check| !check.is_passed).map(|check| check.text.clone()).collect();
    let to_stdout = options.report == Some(ReportTo::Stdout);
    // A container's own output is its log, a JSON object a line, and has these numbers already.
    let is_container = std::process::id() == 1;
    match context.format {
        _ if to_stdout || is_container => {}
        Format::Json => {
            context.printer.document(&Report::of(&detailed.snapshot));
        }
        Format::Human if context.printer.is_quiet() => {}
        Format::Human => {
            context.printer.page(&summary(&detailed.snapshot, &checks, context.printer.paint()));
        }
    }
    if let Some(report) = report {
        let broken = limits.are_set().then_some(&broken[..]);
        write_report(context, report, &RunPage { detailed, whole: &whole, broken, about: &about })?;
    }
    verdict(broken, &detailed.snapshot)
}

/// The address as a browser on this machine takes it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback: IpAddr =
        if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    if address.ip().is_unspecified() { SocketAddr::new(loopback, address.port()) } else { address }
}

/// The `[traffic]` table with what overrides it: options win over the environment, and that over the table.
fn table(context: &Context, options: &TrafficOptions) -> Result<Traffic, Failure> {
    let config = options.config.as_deref();
    let from_environment = match variable("TARGET_URL")? {
        Some(url) => Some(url.parse::<Address>().map_err(|error| {
            Failure::new(Exit::Usage, format!("TARGET_URL={url:?} is not a target: {error}"))
        })?),
        None => None,
    };
    let target = options.target.as_ref().or(from_environment.as_ref());
    let mut table = match (&options.url, target) {
        (Some(url), _) => Table::get(url),
        (None, Some(target)) => Table::for_target(context, config, target, options.is_demo)?,
        (None, None) => Table::load(context, config)?,
    };
    let traffic = &mut table.traffic;
    if let Some(port) = variable("PORT")? {
        traffic.port = port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            let message = format!("PORT={port:?} is not a port: expected a number from 1 to 65535");
            Failure::new(Exit::Usage, message)
        })?;
    }
    traffic.port = options.port.unwrap_or(traffic.port);
    let start_delay = options.start_delay.or(options.duration.map(|_| Duration::ZERO));
    traffic.start_delay = start_delay.unwrap_or(traffic.start_delay);
    traffic.max_in_flight = options.max_in_flight.unwrap_or(traffic.max_in_flight);
    traffic.insecure |= options.insecure;
    traffic.ca_file = options.ca_file.clone().or(traffic.ca_file.take());
    table.check_target()?;
    Ok(table.traffic)
}

/// The control server's socket; `None` for a run with a duration that did not ask for one.
fn listen(traffic: &Traffic, options: &TrafficOptions) -> Result<Option<TcpListener>, Failure> {
    if options.duration.is_some() && options.port.is_none() && options.bind.is_none() {
        return Ok(None);
    }
    // Inside a container the port is published by the engine, which reaches only the container's own address; on a
    // developer's machine no one else should switch the load. Process 1 is a container's.
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
            Err(Failure::surroundings(message, error)
                .hint("choose another with --port, PORT or [traffic].port"))
        }
        Err(error) => {
            let message = format!("failed to listen on {address} for the control server");
            Err(Failure::surroundings(message, error).hint("--bind and --port set the address"))
        }
    }
}

fn log_lines(context: &Context, live: Option<&StatusLine>) -> log::Guard {
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
    let mut ours = Targets::new().with_target("stackctl", level);
    if live.is_some() && level == LevelFilter::INFO {
        // A person has the live line, the addresses and the summary: of the rest, what the load does of its own accord.
        ours = Targets::new()
            .with_target("stackctl", LevelFilter::WARN)
            .with_target("stackctl_traffic::engine", LevelFilter::INFO)
            .with_target("stackctl_traffic::control", LevelFilter::INFO);
    }
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    guard
}
