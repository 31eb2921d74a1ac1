//! `stackctl shop ROLE`: one service, until it is stopped.

use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::{Context, Exit, Failure, runtime, signal};
use crate::{
    shop::{Env, Role, ShopError, Telemetry},
    ui::log::{self, Layout},
};

/// Run `role` with this process's environment.
pub fn run(context: &Context, role: Role) -> Result<Exit, Failure> {
    let runtime = runtime::multi_thread()?;
    let level = if context.printer.is_verbose() { LevelFilter::DEBUG } else { LevelFilter::INFO };
    // Libraries log every attempt; the services themselves log what matters.
    let ours = Targets::new().with_target("stackctl", level).with_default(LevelFilter::ERROR);
    let env = Env::process();
    let (lines, guard) = log::layer(role.name(), Layout::Json, log::stderr());
    // The exporter finds the runtime it sends from around it.
    let telemetry = {
        let _runtime = runtime.enter();
        Telemetry::from_env(&env, role.name()).map_err(failed)?
    };
    let spans = telemetry.as_ref().map(Telemetry::layer);
    let _ = tracing_subscriber::registry().with(spans).with(lines.with_filter(ours)).try_init();
    let stop = CancellationToken::new();
    let result = runtime.block_on(async {
        let asked = signal::asked_to_stop().map_err(ShopError::serve)?;
        let stopped = stop.clone();
        tokio::spawn(async move {
            asked.await;
            tracing::info!("stopping");
            stopped.cancel();
        });
        role.run(&env, stop).await
    });
    if let Err(error) = &result {
        tracing::error!(%error, "{} ended", role.name());
    }
    if let Some(telemetry) = telemetry {
        telemetry.shutdown();
    }
    drop(guard);
    result.map(|()| Exit::Done).map_err(failed)
}

fn failed(error: ShopError) -> Failure {
    Failure::surroundings("failed to run the service", error)
}
