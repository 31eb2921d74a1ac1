//! `--report FILE.html`: a run as one page that needs nothing else. Every number stands in a table; the script draws the
//! curves.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    CHARTS, STYLE,
    html::{escape, fill, json, number, utc, whole},
    policy::policy,
};
use crate::{
    engine::{Detailed, EndpointSnapshot},
    history::{Change, Point, Whole},
    percentiles::Percentiles,
    report::Sample,
};

const TEMPLATE: &str = include_str!("report.html");
const SCRIPT: &str = include_str!("report.js");

/// A property of a run beside its numbers: a name and a value.
pub type Fact = (String, String);

/// What is known of a run before it begins.
#[derive(Debug, Default)]
pub struct About {
    /// Its configuration.
    pub options: Vec<Fact>,
    /// Where it runs.
    pub environment: Vec<Fact>,
    /// The URL under which a browser reaches the target.
    pub open: Option<String>,
}

/// A run that has ended, or one so far.
#[derive(Debug)]
pub struct RunPage<'a> {
    /// Its numbers.
    pub detailed: &'a Detailed,
    /// Its course.
    pub whole: &'a Whole,
    /// The limits that it was to keep to and did not, in words; `None` where none were set.
    pub broken: Option<&'a [String]>,
    /// Its configuration, and where it ran.
    pub about: &'a About,
}

/// What the script draws.
#[derive(Serialize)]
struct Data<'a> {
    started: f64,
    step: u32,
    points: Vec<&'a Point>,
    changes: &'a [Change],
    curves: Curves,
}

#[derive(Serialize)]
struct Curves {
    response: Vec<(f64, f64)>,
    service: Vec<(f64, f64)>,
}

impl RunPage<'_> {
    /// The page.
    ///
    /// # Errors
    /// When a number cannot be written as JSON.
    pub fn html(&self) -> Result<String, serde_json::Error> {
        let Self { detailed, whole, .. } = self;
        let data = json(&Data {
            started: whole.started,
            step: whole.series.step(),
            points: whole.series.points().collect(),
            changes: &whole.changes,
            curves: Curves { response: detailed.response.curve(), service: detailed.service.curve() },
        })?;
        let step = whole.series.step();
        Ok(fill(TEMPLATE, |slot| match slot {
            "policy" => escape(&policy(STYLE, &[CHARTS, SCRIPT])),
            "style" => STYLE.to_owned(),
            "charts" => CHARTS.to_owned(),
            "script" => SCRIPT.to_owned(),
            "data" => data.clone(),
            "title" | "target" => escape(&detailed.snapshot.target),
            "version" => env!("CARGO_PKG_VERSION").to_owned(),
            "verdict" => self.verdict(),
            "broken" => self.broken(),
            "about" => escape(&self.subtitle()),
            "step" if step > 1 => format!("the highest second of every {step}"),
            "step" => "of each second".to_owned(),
            "tiles" => self.tiles(),
            "percentiles" => self.percentiles(),
            "endpoints" => self.endpoints(),
            "errors" => self.errors(),
            "facts" => {
                let About { options, environment, .. } = self.about;
                format!("{}{}", facts("Options", options), facts("Environment", environment))
            }
            _ => String::new(),
        }))
    }

    fn verdict(&self) -> String {
        let (state, words) = match self.broken {
            None => return String::new(),
            Some([]) => ("good", "Within its limits"),
            Some(_) => ("down", "Outside its limits"),
        };
        format!(
            "<p class=\"state\" data-state=\"{state}\"><span class=\"lamp\" aria-hidden=\"true\"></span>{words}</p>"
        )
    }

    fn broken(&self) -> String {
        let lines: String =
            self.broken.unwrap_or_default().iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
        if lines.is_empty() { lines } else { format!("<ul class=\"broken\">{lines}</ul>") }
    }

    fn subtitle(&self) -> String {
        let snapshot = &self.detailed.snapshot;
        let what = match (&snapshot.mode, snapshot.rate) {
            (Some(mode), Some(rate)) => format!("mode {mode}, {} requests a second", number(rate)),
            (_, Some(rate)) => format!("{} requests a second", number(rate)),
            (_, None) => "as fast as possible".to_owned(),
        };
        let last = if self.whole.changes.len() > 1 { "at the end " } else { "" };
        format!("{}, {} s, {last}{what}", utc(self.whole.started), number(snapshot.ran_seconds))
    }

    fn tiles(&self) -> String {
        let snapshot = &self.detailed.snapshot;
        let reached = snapshot.counts.sent as f64 / snapshot.ran_seconds.max(1e-3);
        let asked = snapshot
            .mean_asked
            .map_or("as fast as possible".to_owned(), |rate| format!("of {} asked on average", number(rate)));
        let ended = snapshot.counts.successful + snapshot.counts.failed;
        // 99.97 % is not 100 %.
        let part = snapshot.counts.successful as f64 / ended.max(1) as f64 * 100.0;
        let success = match (ended, snapshot.counts.failed) {
            (0, _) => "–".to_owned(),
            (_, 0) => "100".to_owned(),
            _ => format!("{:.2}", (part * 100.0).floor() / 100.0),
        };
        let dropped = snapshot.counts.dropped();
        let due = whole(snapshot.counts.sent + dropped);
        let mut tiles = String::new();
        let mut tile = |class: &str, name: &str, value: &str, unit: &str, small: &str| {
            let _ = write!(
                tiles,
                "<div class=\"{class}\"><dt>{name}</dt><dd><b>{value}</b><i>{unit}</i><small>{small}</small></dd></div>"
            );
        };
        tile("", "Reached", &number(reached), "/s", &asked);
        let failed = format!("{} of {} failed", whole(snapshot.counts.failed), whole(ended));
        tile(if snapshot.counts.failed > 0 { "bad" } else { "" }, "Succeeded", &success, "%", &failed);
        tile("", "p50", &time(snapshot.response.p50), "ms", "response time");
        tile("", "p99", &time(snapshot.response.p99), "ms", "response time");
        tile(
            "",
            "Slowest",
            &time(snapshot.response.max),
            "ms",
            &format!("{} sent late", whole(snapshot.counts.late)),
        );
        tile(if dropped > 0 { "near" } else { "" }, "Dropped", &whole(dropped), "", &format!("of {due} due"));
        tiles
    }

    fn percentiles(&self) -> String {
        let snapshot = &self.detailed.snapshot;
        let row = |name: &str, times: &Percentiles| {
            let cells = [times.p50, times.p90, times.p99, times.p999, times.max];
            let cells: String = cells.iter().map(|value| format!("<td>{}</td>", time(*value))).collect();
            format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>")
        };
        [
            row("Response time", &snapshot.response),
            row("Service time", &snapshot.service),
            row("Send lateness", &snapshot.lateness),
        ]
        .concat()
    }

    fn endpoints(&self) -> String {
        let all = self.detailed.snapshot.counts.sent.max(1) as f64;
        let row = |endpoint: &EndpointSnapshot| {
            let EndpointSnapshot { name, sent, failed, p50, p99, mean, min, max, bytes, .. } = endpoint;
            let share = *sent as f64 / all * 100.0;
            let part = *failed as f64 / (*sent).max(1) as f64 * 100.0;
            let (class, failed) = match failed {
                0 => ("", "0".to_owned()),
                failed => (" class=\"bad\"", format!("{} · {} %", whole(*failed), number(part))),
            };
            format!(
                "<tr><th scope=\"row\">{}</th><td><div class=\"share\"><span class=\"bar\"><i data-share=\"{share:.2}\"></i></span>\
                 {share:.0} %</div></td><td class=\"spark\"><canvas aria-hidden=\"true\"></canvas></td><td data-label=\"sent\">{}</td>\
                 <td data-label=\"failed\"{class}>{failed}</td><td data-label=\"min\">{}</td><td data-label=\"mean\">{}</td>\
                 <td data-label=\"p50\">{}</td><td data-label=\"p99\">{}</td><td data-label=\"max\">{}</td>\
                 <td data-label=\"received\">{}</td></tr>",
                escape(name),
                whole(*sent),
                time(*min),
                time(*mean),
                time(*p50),
                time(*p99),
                time(*max),
                size(*bytes),
            )
        };
        self.detailed.snapshot.endpoints.iter().map(row).collect()
    }

    fn errors(&self) -> String {
        let snapshot = &self.detailed.snapshot;
        let mut faults = snapshot.faults.clone();
        faults.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        // Not among the failures: those answers are successes, and the mix is another one.
        let missing = match snapshot.counts.captures_missing {
            0 => String::new(),
            count => format!(
                "<li><span>captures missing</span><span>{}</span><small>successful answers without the value that a capture \
                 looks for</small></li>",
                whole(count)
            ),
        };
        if faults.is_empty() && missing.is_empty() {
            return "<li class=\"none\">None.</li>".to_owned();
        }
        let row = |(kind, count): &(String, u64)| {
            let sample = snapshot.samples.iter().find(|(of, _)| of == kind);
            let sample = sample.map_or(String::new(), |(_, sample)| first_failure(&Sample::of(sample)));
            format!("<li><span>{}</span><span>{}</span>{sample}</li>", escape(kind), whole(*count))
        };
        faults.iter().map(row).chain([missing]).collect()
    }
}

/// Milliseconds, and a dash where there are none.
fn time(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), number)
}

/// The first failure of a kind: what was sent, and what came back.
fn first_failure(sample: &Sample) -> String {
    let sent = sample.request.as_ref().map_or_else(
        || format!("{} (not sent)", escape(&sample.endpoint)),
        |request| format!("<code>{}</code>", escape(request)),
    );
    let status = sample.status.map_or(String::new(), |status| format!(", {status}"));
    let rest: String = [&sample.detail, &sample.body]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| format!("<pre>{}</pre>", escape(text)))
        .collect();
    format!("<small>The first: {sent}{status}, after {} ms</small>{rest}", number(sample.ms))
}

/// Bytes for people, in steps of 1024.
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1_024.0 {
            return format!("{} {unit}", if unit == "B" { whole(bytes) } else { number(value) });
        }
        value /= 1_024.0;
    }
    format!("{} TiB", number(value))
}

fn facts(title: &str, facts: &[Fact]) -> String {
    let rows: String = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value)))
        .collect();
    format!("<section><h2>{title}</h2><dl>{rows}</dl></section>")
}
