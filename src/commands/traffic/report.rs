//! `--report`: where a run's report goes, as JSON or as a page.

use std::{
    env,
    path::{Path, PathBuf},
    thread,
};

use anyhow::Context as _;

use super::options::ReportTo;
use crate::{
    commands::{Context, Failure},
    fs::Output,
    model::traffic::Traffic,
    text::{escape_json, listed},
    traffic::{
        dashboard::{About, Fact, RunPage},
        report::Report,
    },
};

/// Where the report goes, opened before the run: a path that cannot be written should not cost a run.
pub(super) enum OpenReport {
    Stdout,
    Json(PathBuf, Output),
    Page(PathBuf, Output),
}

pub(super) fn open_report(to: ReportTo) -> Result<OpenReport, Failure> {
    let page = to.is_page();
    match to {
        ReportTo::Stdout => Ok(OpenReport::Stdout),
        ReportTo::File(path) => {
            let file = Output::open(&path).with_context(|| not_written(&path))?;
            Ok(if page { OpenReport::Page(path, file) } else { OpenReport::Json(path, file) })
        }
    }
}

pub(super) fn write_report(context: &Context, report: OpenReport, run: &RunPage<'_>) -> Result<(), Failure> {
    let json = || {
        serde_json::to_string_pretty(&Report::of(&run.detailed.snapshot))
            .context("failed to write the report")
    };
    match report {
        OpenReport::Stdout => {
            context.printer.json(&format!("{}\n", json()?));
        }
        OpenReport::Json(path, file) => {
            let json = escape_json(&json()?).into_owned() + "\n";
            file.write(json.as_bytes()).with_context(|| not_written(&path))?;
        }
        OpenReport::Page(path, file) => {
            let html = run.html().context("failed to write the report")?;
            file.write(html.as_bytes()).with_context(|| not_written(&path))?;
            context.printer.note(&format!("the report: {}", path.display()));
        }
    }
    Ok(())
}

/// What is known of a run before it begins.
pub(super) fn about(traffic: &Traffic) -> About {
    // A service's name is known inside the stack alone; any other is the browser's too.
    let openable = traffic.target.host.contains(['.', ':']) || traffic.target.host == "localhost";
    let open = traffic.public_url.clone().or(openable.then(|| traffic.target.to_string()));
    About { options: options(traffic), environment: environment(), open }
}

fn options(traffic: &Traffic) -> Vec<Fact> {
    let modes = listed(traffic.modes.iter().map(|(name, rate)| format!("{name} {rate}")));
    let requests = traffic.requests.iter().map(|request| format!("{} × {}", request.weight, request.name));
    [
        ("Target", traffic.target.to_string()),
        ("Modes, requests a second", modes),
        ("Mix, by weight", listed(requests)),
        ("Start delay", format!("{} s", traffic.start_delay.as_secs_f64())),
        ("Jitter", format!("± {} %", (traffic.jitter * 1e4).round() / 1e2)),
        ("Timeout", format!("{} s", traffic.timeout.as_secs_f64())),
        ("In flight at most", traffic.max_in_flight.to_string()),
        ("Connections", if traffic.keep_alive { "kept" } else { "one for each request" }.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn environment() -> Vec<Fact> {
    let cpus = thread::available_parallelism().map_or("unknown".to_owned(), |count| count.to_string());
    [
        ("stackctl", env!("CARGO_PKG_VERSION").to_owned()),
        ("System", format!("{} on {}", env::consts::OS, env::consts::ARCH)),
        ("CPUs for this process", cpus),
        ("Build", if cfg!(debug_assertions) { "debug: slower than a release" } else { "release" }.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn not_written(path: &Path) -> String {
    format!("failed to write the report to {}", path.display())
}
