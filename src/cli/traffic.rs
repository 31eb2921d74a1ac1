//! `stackctl traffic`, `traffic set` and `traffic status`.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::value_parsers::{duration, percentage, report};
use crate::{
    commands::{
        Context, Exit, Failure,
        traffic::{self, Change, Rate, ReportTo, TrafficOptions},
    },
    model::traffic::{Address, MAX_IN_FLIGHT, MAX_RATE, TargetError},
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
    /// Switch the mode or the rate of a running engine
    Set {
        /// Name of a mode in [traffic].modes
        #[arg(required_unless_present = "rate", conflicts_with = "rate")]
        mode: Option<String>,
        /// Send this many requests per second instead, in no mode of the table
        #[arg(long, value_name = "N", value_parser = plain_rate)]
        rate: Option<f64>,
        /// Change the rate on a straight line over this time instead of at once
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s", hide_default_value = true)]
        over: Duration,
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
    url: Option<Address>,
}

#[derive(Debug, Args)]
struct Run {
    /// URL that gets GET requests, path and query included; no [traffic] table is read
    #[arg(value_parser = target, conflicts_with_all = ["config", "target"])]
    url: Option<Address>,
    /// File with a [traffic] table [default: stack.toml; without one and without a URL, the table of the sample]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Initial mode [default: steady]
    #[arg(long, conflicts_with = "rate")]
    mode: Option<String>,
    /// Send this many requests per second, without modes; `max` is as fast as --max-in-flight allows
    #[arg(long, value_name = "N|max", value_parser = rate)]
    rate: Option<Rate>,
    /// Target of the requests; overrides TARGET_URL and the table. Without a table, GET of this URL
    #[arg(long, value_name = "URL", value_parser = target)]
    target: Option<Address>,
    /// Trust any certificate of an https target
    #[arg(long)]
    insecure: bool,
    /// PEM file with certificates to trust in addition to those of the machine
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
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

fn target(text: &str) -> Result<Address, String> {
    text.parse::<Address>().map_err(|error| match error {
        TargetError::Scheme => {
            "expected a URL such as http://127.0.0.1:3000/path or localhost:3000".to_owned()
        }
        error => error.to_string(),
    })
}

fn plain_rate(text: &str) -> Result<f64, String> {
    match rate(text) {
        Ok(Rate::PerSecond(rate)) => Ok(rate),
        _ => Err(format!("expected a number of requests per second from 0 to {MAX_RATE}")),
    }
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
            Some(Control::Set { mode, rate, over, at }) => {
                let change = match (mode, rate) {
                    (Some(mode), _) => Change::Mode(mode),
                    (None, rate) => Change::Rate(rate.unwrap_or_default()),
                };
                traffic::control::set(context, at.url, &change, over)
            }
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
            url: run.url,
            target: run.target,
            insecure: run.insecure,
            ca_file: run.ca_file,
            is_demo: false,
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
