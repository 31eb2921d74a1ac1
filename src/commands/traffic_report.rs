//! `--report`: where a run's report goes.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{Context, Failure, traffic::ReportTo};
use crate::traffic::{engine::Snapshot, report::Report};

/// Where the report goes, opened before the run: a path that cannot be written should not cost a run.
pub(super) enum OpenReport {
    Stdout,
    File(PathBuf, File),
}

pub(super) fn open_report(to: ReportTo) -> Result<OpenReport, Failure> {
    match to {
        ReportTo::Stdout => Ok(OpenReport::Stdout),
        ReportTo::File(path) => match File::create(&path) {
            Ok(file) => Ok(OpenReport::File(path, file)),
            Err(error) => Err(not_written(&path, &error)),
        },
    }
}

pub(super) fn write_report(context: &Context, report: OpenReport, last: &Snapshot) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&Report::of(last))
        .map_err(|error| Failure::surroundings("failed to write the report", &error))?;
    match report {
        OpenReport::Stdout => context.printer.data(&format!("{text}\n")),
        OpenReport::File(path, mut file) => {
            writeln!(file, "{text}").map_err(|error| not_written(&path, &error))?;
        }
    }
    Ok(())
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::surroundings(format!("failed to write the report to {}", path.display()), error)
}
