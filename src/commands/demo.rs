//! `stackctl demo`: the order shop in this process, and the traffic engine in front of it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use super::{
    Context, Exit, Failure, runtime,
    traffic::{self, ReportTo},
};
use crate::shop::{Chain, ChainOptions, Pace, ShopError};

/// The traffic engine's port, unless the run has a duration and so an end of its own.
const PORT: u16 = 8089;

/// What the command line says.
#[derive(Debug)]
pub struct DemoOptions {
    /// `--gateway-port`.
    pub gateway_port: u16,
    /// `--port`.
    pub port: Option<u16>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--mode`.
    pub mode: Option<String>,
    /// `--start-delay`.
    pub start_delay: Option<Duration>,
    /// `--duration`.
    pub duration: Option<Duration>,
    /// `--report`.
    pub report: Option<ReportTo>,
}

/// Start the shop, run the traffic, and stop both when that ends.
pub fn run(context: &Context, options: DemoOptions) -> Result<Exit, Failure> {
    let runtime = runtime::multi_thread()?;
    let gateway = SocketAddr::from((Ipv4Addr::LOCALHOST, options.gateway_port));
    let port = options.port.or(options.duration.is_none().then_some(PORT));
    let target = format!("http://{gateway}")
        .parse()
        .map_err(|error| Failure::new(Exit::Usage, format!("the gateway is not a target: {error}")))?;
    let load = traffic::TrafficOptions {
        mode: options.mode,
        target: Some(target),
        port,
        start_delay: Some(options.start_delay.unwrap_or_default()),
        duration: options.duration,
        report: options.report,
        ..traffic::TrafficOptions::default()
    };
    let chain = ChainOptions { gateway, data: options.data.clone(), pace: Pace::default() };
    let start = || {
        let chain = runtime.block_on(Chain::start(chain)).map_err(not_started)?;
        tracing::info!("the order shop: http://{gateway}/orders");
        if let Some(port) = port {
            tracing::info!("traffic: http://127.0.0.1:{port}, or stackctl traffic set burst");
        }
        match &options.data {
            Some(folder) => tracing::info!("orders are stored in {}", folder.display()),
            None => tracing::info!("orders are lost when this process ends; --data DIR keeps them"),
        }
        Ok(chain)
    };
    traffic::run_beside(context, load, start, |chain| runtime.block_on(chain.stop()))
}

fn not_started(error: ShopError) -> Failure {
    let hint = match &error {
        ShopError::Listen { .. } => Some("choose another port with --gateway-port"),
        ShopError::Store(_) => Some("--data names a folder; one process at a time can use it"),
        _ => None,
    };
    let failure = Failure::surroundings("failed to start the order shop", error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
