//! `stackctl demo`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::value_parsers::{duration, report};
use crate::commands::{
    Context, Exit, Failure,
    demo::{self, DemoOptions},
    traffic::ReportTo,
};

/// Run the whole sample shop in this process, with traffic: no Docker, nothing to install
#[derive(Debug, Args)]
pub struct Demo {
    /// Port of the shop on 127.0.0.1
    #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    gateway_port: u16,
    /// Port of the traffic engine's control server and dashboard on 127.0.0.1 [default: 8089; none with --duration]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Store the orders in this folder; otherwise they are lost when the process ends
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Initial mode [default: steady]
    #[arg(long)]
    mode: Option<String>,
    /// Delay before the first request [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    start_delay: Option<Duration>,
    /// Stop after this time, counted from the first intended send
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    duration: Option<Duration>,
    /// Write a report at the end: FILE.html is a page, FILE.json is data; `-` is stdout
    #[arg(long, value_name = "FILE", value_parser = report())]
    report: Option<ReportTo>,
    /// Open the shop and the dashboard in a browser
    #[arg(long)]
    open: bool,
}

impl Demo {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { gateway_port, port, data, mode, start_delay, duration, report, open } = self;
        demo::run(
            context,
            DemoOptions { gateway_port, port, data, mode, start_delay, duration, report, open },
        )
    }
}
