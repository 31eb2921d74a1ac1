//! `stackctl traffic`: run the engine until it ends or is stopped.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::{
    drive::drive,
    options::TrafficOptions,
    report::{Run, open_report, write_report},
    table::Table,
    verdict::{Limits, verdict},
};
use crate::{
    commands::{Context, Exit, Failure, environment::variable, runtime},
    model::traffic::Traffic,
    traffic::control::SERVICE,
    ui::{
        StatusLine,
        log::{self, Layout},
    },
};

/// Run the engine: the table, then the control server, then the load.
pub fn run(context: &Context, options: TrafficOptions) -> Result<Exit, Failure> {
    run_beside(context, options, || Ok(()), drop)
}

/// As [`run`], with something else in this process: `start` is called once lines are logged and before the load, `stop`
/// after it.
pub fn run_beside<T>(
    context: &Context,
    options: TrafficOptions,
    start: impl FnOnce() -> Result<T, Failure>,
    stop: impl FnOnce(T),
) -> Result<Exit, Failure> {
    let traffic = table(context, &options)?;
    let listener = listen(&traffic, &options)?;
    let report = options.report.clone().map(open_report).transpose()?;
    let live = if context.printer.is_quiet() { None } else { StatusLine::on_terminal() };
    let guard = log_lines(context, live.as_ref());
    let runtime = runtime::current_thread()?;
    let end = start().and_then(|beside| {
        let end = runtime.block_on(drive(&traffic, &options, listener, live.as_ref()));
        stop(beside);
        end
    });
    if let Some(live) = &live {
        live.end();
    }
    drop(guard);
    let (end, whole) = end?;
    let limits = Limits { p99: options.max_p99, failed: options.max_failed };
    let broken = limits.broken_by(&end.snapshot);
    if let Some(report) = report {
        let broken = limits.are_set().then_some(&broken[..]);
        write_report(context, report, &Run { end: &end, whole: whole.as_ref(), broken, traffic: &traffic })?;
    }
    verdict(broken, &end.snapshot)
}

/// The `[traffic]` table with what overrides it: options win over the environment, and that over the table.
fn table(context: &Context, options: &TrafficOptions) -> Result<Traffic, Failure> {
    let mut table = Table::load(context, options.config.as_deref())?;
    let traffic = &mut table.traffic;
    if let Some(url) = variable("TARGET_URL")? {
        traffic.target = url.parse().map_err(|error| {
            Failure::new(Exit::Usage, format!("TARGET_URL={url:?} is not a target: {error}"))
        })?;
    }
    if let Some(port) = variable("PORT")? {
        traffic.port = port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("PORT={port:?} is not a port: expected a number from 1 to 65535"),
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
    let ours = Targets::new().with_target("stackctl", level);
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    guard
}
