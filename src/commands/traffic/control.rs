//! `stackctl traffic set` and `traffic status`: a client of a running engine's control server.

use std::time::Duration;

use serde_json::Value;

use super::{
    change::Change,
    server::{Server, TIMEOUT},
    watch::watch,
};
use crate::{
    commands::{Context, Exit, Failure, runtime::block_on},
    model::traffic::Address,
    ui::{Format, traffic::status as shown},
};

/// Switch the mode or the rate, which is reached after `over`.
///
/// # Errors
/// When no engine answers (exit 3) or it has no such mode (exit 1); where generators share the rate, likewise when another of
/// them did not take it.
pub fn set(
    context: &Context,
    url: Option<Address>,
    change: &Change,
    over: Duration,
) -> Result<Exit, Failure> {
    let server = Server::find(context, url)?;
    block_on(async {
        let body = server.answer(server.post(&change.path(over))).await?;
        let mode = change.name();
        match context.format {
            Format::Json => context.printer.json_line(&body),
            Format::Human => context.printer.page(&shown::switched(mode, &body, over)),
        };
        match missed(mode, &body["peers"]) {
            Some(failure) => Err(failure),
            None => Ok(Exit::Done),
        }
    })
}

/// Tell what it is doing, once or every second.
pub fn status(context: &Context, url: Option<Address>, is_watched: bool) -> Result<Exit, Failure> {
    let server = Server::find(context, url)?;
    block_on(async {
        if is_watched {
            return watch(&server, context).await;
        }
        let request = server.get("/status").timeout(TIMEOUT);
        let body = server.answer(request).await?;
        match context.format {
            Format::Json => context.printer.json_line(&body),
            Format::Human => context.printer.page(&shown::page(&body)),
        };
        Ok(Exit::Done)
    })
}

/// The other generators that did not take the mode.
fn missed(mode: &str, peers: &Value) -> Option<Failure> {
    let missed = peers["missed"].as_array().filter(|missed| !missed.is_empty())?;
    let (reached, of) = (&peers["reached"], &peers["of"]);
    let refused = missed.iter().any(|peer| peer["status"].is_u64());
    // One that answers was asked for something that it does not have; one that does not is a matter of the surroundings.
    let exit = if refused { Exit::Judged } else { Exit::Surroundings };
    let causes = missed.iter().map(|peer| {
        let address = peer["address"].as_str().unwrap_or("another");
        match peer["status"].as_u64() {
            Some(404) => format!("{address} has no mode {mode:?}"),
            Some(status) => format!("{address} answered {status}"),
            None => format!("{address} does not answer"),
        }
    });
    let message = format!("only {reached} of {of} generators switched to the mode");
    Some(
        Failure::new(exit, message)
            .caused_by(causes)
            .hint("run the same command again to reach those that respond by then"),
    )
}
