//! `stackctl traffic`, `traffic set` and `traffic status`.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::value_parsers::{duration, percentage, report};
use crate::{
    commands::{
        Context, Exit, Failure,
        traffic::{self, Rate, ReportTo, TrafficOptions},
    },
    model::traffic::{MAX_IN_FLIGHT, MAX_RATE, Target},
};

/// Run the traffic engine: requests in named modes that can be switched while it runs
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Traffic {
    #[command(subcommand)]
    command: Option<Control>,
    #[command(flatten)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Control {
    /// Switch the mode of a running engine
    Set {
        /// Name of a mode in [traffic].modes
        mode: String,
        #[command(flatten)]
        at: At,
    },
    /// Show what a running engine is doing
    Status {
        /// Live view until `q` is pressed; when stdout is not a terminal, one line per second
        #[arg(long)]
        watch: bool,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Debug, Args)]
struct At {
    /// URL of the engine's control server [default: http://127.0.0.1 and the port of the [traffic] table]
    #[arg(long, value_name = "URL", value_parser = target)]
    url: Option<Target>,
}

#[derive(Debug, Args)]
struct Run {
    /// File with a [traffic] table [default: stack.toml; without one, the table of the sample]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Initial mode [default: steady]
    #[arg(long, conflicts_with = "rate")]
    mode: Option<String>,
    /// Send this many requests per second, without modes; `max` is as fast as --max-in-flight allows
    #[arg(long, value_name = "N|max", value_parser = rate)]
    rate: Option<Rate>,
    /// Target of the requests; overrides TARGET_URL and the table
    #[arg(long, value_name = "URL", value_parser = target)]
    target: Option<Target>,
    /// Port of the control server; overrides PORT and the table
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Address of the control server [default: 127.0.0.1; 0.0.0.0 as process 1 of a container]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Generators that share the rate and the mode: names that resolve to all of them, on the same port; overrides TRAFFIC_PEERS
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    peers: Vec<String>,
    /// Delay before the first request [default: from the table; 0s with --duration]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    start_delay: Option<Duration>,
    /// Maximum number of requests in flight; an arrival above it is dropped and counted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_IN_FLIGHT)))]
    max_in_flight: Option<u32>,
    /// Stop after this time, counted from the first intended send; no control server without --port or --bind
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    /// Write a report at the end: FILE.html is a page, FILE.json is data; `-` is stdout
    #[arg(long, value_name = "FILE", value_parser = report())]
    report: Option<ReportTo>,
    /// Exit 1 if p99 latency is above this, or if a request was dropped
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_p99: Option<Duration>,
    /// Exit 1 if more than this share of requests failed or was dropped
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    max_failed: Option<f64>,
}

fn target(text: &str) -> Result<Target, String> {
    text.parse::<Target>().map_err(|error| error.to_string())
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=MAX_RATE).contains(&rate) => Ok(Rate::PerSecond(rate)),
        _ => Err(format!("expected a number of requests per second from 0 to {MAX_RATE}, or max")),
    }
}

impl Traffic {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Some(Control::Set { mode, at }) => traffic::control::set(context, at.url, &mode),
            Some(Control::Status { watch, at }) => traffic::control::status(context, at.url, watch),
            None => traffic::run(context, self.run.into()),
        }
    }
}

impl From<Run> for TrafficOptions {
    fn from(run: Run) -> Self {
        Self {
            config: run.config,
            mode: run.mode,
            rate: run.rate,
            target: run.target,
            port: run.port,
            bind: run.bind,
            peers: run.peers,
            start_delay: run.start_delay,
            max_in_flight: run.max_in_flight,
            duration: run.duration,
            report: run.report,
            max_p99: run.max_p99,
            max_failed: run.max_failed,
        }
    }
}
