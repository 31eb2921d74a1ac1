//! `stackctl demo`: the order shop in this process, and the traffic engine in front of it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Context, Exit, Failure, browser, runtime,
    traffic::{self, ReportTo},
};
use crate::{
    shop::{Chain, ChainOptions, Pace, ShopError},
    ui::{StatusLine, traffic::banner},
};

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
    /// `--open`.
    pub open: bool,
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
        is_demo: true,
        ..traffic::TrafficOptions::default()
    };
    let shop = format!("http://{gateway}/");
    let dashboard = port.map(|port| format!("http://{}/", SocketAddr::from((Ipv4Addr::LOCALHOST, port))));
    let data = options.data.as_deref();
    let (pace, traffic) = (Pace::default(), dashboard.clone());
    let chain = ChainOptions { gateway, data: options.data.clone(), pace, traffic };
    let start = |live: Option<&StatusLine>| {
        let chain = runtime.block_on(Chain::start(chain)).map_err(not_started)?;
        match live {
            Some(live) => {
                live.print(&banner(&shop, dashboard.as_deref(), data, context.printer.paint_stderr()));
            }
            None => log_addresses(&shop, dashboard.as_deref(), data),
        }
        if options.open {
            for url in [&shop].into_iter().chain(&dashboard) {
                if let Err(error) = browser::open(url) {
                    tracing::warn!(%error, "no browser was started: open {url}");
                }
            }
        }
        Ok(chain)
    };
    traffic::run_beside(context, load, start, |chain| runtime.block_on(chain.stop()))
}

/// Where a browser finds both.
fn log_addresses(shop: &str, dashboard: Option<&str>, data: Option<&Path>) {
    tracing::info!("the order shop: {shop}, and its orders as JSON: {shop}orders");
    if let Some(dashboard) = dashboard {
        tracing::info!("the traffic dashboard: {dashboard}");
    }
    match data {
        Some(folder) => tracing::info!("orders are stored in {}", folder.display()),
        None => tracing::info!("orders are lost when this process ends; --data DIR keeps them"),
    }
}

fn not_started(error: ShopError) -> Failure {
    let hint = match &error {
        ShopError::Listen { .. } => Some("choose another port with --gateway-port"),
        ShopError::Store(_) => Some("--data names a folder; one process at a time can use it"),
        _ => None,
    };
    Failure::surroundings("failed to start the order shop", error).hints(hint)
}
