//! `GET /report.csv`: the course of a run, a line for each second, for a spreadsheet.

use std::fmt::Write as _;

use crate::history::{Point, Whole};

/// The columns; counts are those of the line's stretch, times are in milliseconds.
const HEAD: &str = "time,seconds,state,asked,reached,sent,successful,failed,dropped,late,in_flight,p50_ms,p90_ms,p99_ms,max_ms";

/// The whole run, as far as it has come. A long run has lines of two, four or more seconds.
pub fn text(whole: &Whole) -> String {
    let mut text = HEAD.to_owned() + "\n";
    for point in whole.series.points() {
        line(&mut text, point, whole.started);
    }
    text
}

fn line(text: &mut String, point: &Point, started: f64) {
    let or_empty = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
    let times = point.latency_ms;
    let time =
        |of: fn(&crate::history::Latency) -> f32| or_empty(times.as_ref().map(|times| of(times).into()));
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{:.3},{:.3},{},{},{:.3},{},{},{},{},{},{},{},{},{},{}",
        point.t - started,
        point.seconds,
        point.state.as_str(),
        or_empty(point.asked),
        point.reached,
        point.sent,
        point.successful,
        point.failed,
        point.dropped,
        point.late,
        point.in_flight,
        time(|times| times.p50),
        time(|times| times.p90),
        time(|times| times.p99),
        time(|times| times.max),
    );
}
