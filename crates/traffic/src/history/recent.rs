//! The last fifteen minutes: what a page shows that is opened now.

use std::collections::VecDeque;

use serde::Serialize;

use super::{Clock, Full, Lately, Point, Series, Trouble, rolling::Rolling, trouble::Failing};
use crate::{engine::Window, fault::Fault, percentiles::Latencies, rate::Rps};

/// Fifteen minutes of seconds.
const POINTS: usize = 900;

/// Points of a whole run at most: about as many as a screen is wide.
const WHOLE: usize = 1_200;

/// Over so many seconds the rate of one request is taken.
const RATE_SECONDS: f64 = 10.0;

/// Mode changes that are remembered; a script can make them by the thousand.
const CHANGES: usize = 256;

/// A mode change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// When, in seconds since 1970.
    pub t: f64,
    /// To which mode; `None` for an unnamed one.
    pub mode: Option<String>,
    /// To so many requests a second; `None` for as fast as possible.
    pub rps: Option<Rps>,
    /// How long the rate takes to get there, in seconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub over_seconds: f64,
}

fn is_zero(seconds: &f64) -> bool {
    *seconds == 0.0
}

/// A whole run, for its report.
#[derive(Debug)]
pub struct Whole {
    /// When the engine began, in seconds since 1970.
    pub started: f64,
    /// The names of each point's `endpoints`.
    pub endpoints: Vec<String>,
    /// The points.
    pub series: Series,
    /// The mode changes, oldest first.
    pub changes: Vec<Change>,
}

/// Points, mode changes, and whether the target is down.
#[derive(Debug)]
pub struct Recent {
    clock: Clock,
    started: f64,
    endpoints: Vec<String>,
    series: Series,
    whole: Series,
    rolling: Rolling,
    resets: u32,
    /// When the statistics were reset last.
    reset_at: Option<f64>,
    window: Window,
    changes: VecDeque<Change>,
    failing: Failing,
}

/// `GET /history`.
#[derive(Debug, Serialize)]
pub struct Page<'a> {
    /// When the engine began, in seconds since 1970: another one is another run.
    started: f64,
    /// The names of each point's `endpoints`, in their order.
    endpoints: &'a [String],
    points: Vec<&'a Point>,
    changes: &'a VecDeque<Change>,
}

impl Recent {
    /// Nothing yet.
    pub fn new(endpoints: Vec<String>) -> Self {
        let mut clock = Clock::start();
        Self {
            started: clock.now(),
            clock,
            endpoints,
            series: Series::new(POINTS, Full::Forget),
            whole: Series::new(WHOLE, Full::Merge),
            rolling: Rolling::default(),
            resets: 0,
            reset_at: None,
            window: Window::default(),
            changes: VecDeque::new(),
            failing: Failing::default(),
        }
    }

    /// The time on the axis.
    pub fn now(&mut self) -> f64 {
        self.clock.now()
    }

    /// When the engine began.
    pub fn started(&self) -> f64 {
        self.started
    }

    /// The names of each point's `endpoints`.
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// Add a point, with its response times and the failures by kind since the start.
    pub fn push(&mut self, point: Point, window: Window, faults: &[(Fault, u64)]) {
        self.failing.look(&point, faults);
        self.window = window;
        self.whole.push(point.clone());
        self.series.push(point);
    }

    /// Add what came after the last whole second.
    pub fn finish(&mut self, point: Point) {
        self.whole.finish(point);
    }

    /// Add the same second's response times. `resets`: how often the statistics were reset; what was before that is not now.
    pub fn roll(&mut self, point: &Point, times: &Latencies, resets: u32) {
        if std::mem::replace(&mut self.resets, resets) != resets {
            self.rolling.clear();
            self.reset_at = Some(point.t - f64::from(point.seconds));
        }
        self.rolling.push(point, times);
    }

    /// When the statistics were reset last, to the second; `None` where they never were.
    pub fn reset_at(&self) -> Option<f64> {
        self.reset_at
    }

    /// What the last ten seconds or thirty responses were like.
    pub fn lately(&self) -> Lately {
        self.rolling.lately()
    }

    /// Requests begun per second lately, in the order of the names.
    pub fn endpoint_rates(&self) -> Vec<f64> {
        let (mut seconds, mut sent) = (0.0, vec![0_u64; self.endpoints.len()]);
        for point in self.series.newest() {
            if seconds >= RATE_SECONDS - 0.5 {
                break;
            }
            seconds += f64::from(point.seconds);
            for (sum, (sent, _)) in sent.iter_mut().zip(&point.endpoints) {
                *sum += u64::from(*sent);
            }
        }
        let rate = |sent: u64| if seconds > 0.0 { sent as f64 / seconds } else { 0.0 };
        sent.into_iter().map(rate).collect()
    }

    /// The whole run, so far.
    pub fn whole(&self) -> Whole {
        Whole {
            started: self.started,
            endpoints: self.endpoints.clone(),
            series: self.whole.clone(),
            changes: self.changes.iter().cloned().collect(),
        }
    }

    /// The mode and its rate are these now; nothing where they were already.
    pub fn changed(&mut self, mode: Option<String>, rate: Option<f64>, over_seconds: f64) {
        let rps = rate.map(Rps);
        if self.changes.back().is_some_and(|last| last.mode == mode && last.rps == rps) {
            return;
        }
        if self.changes.len() >= CHANGES {
            self.changes.pop_front();
        }
        let t = self.now();
        self.changes.push_back(Change { t, mode, rps, over_seconds });
    }

    /// The newest point.
    pub fn last(&self) -> Option<&Point> {
        self.series.last()
    }

    /// The newest point's response times.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The mode changes, oldest first.
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = &Change> {
        self.changes.iter()
    }

    /// Whether every request fails.
    pub fn trouble(&self) -> Option<Trouble> {
        self.failing.trouble()
    }

    /// All of it.
    pub fn page(&self) -> Page<'_> {
        Page {
            started: self.started,
            endpoints: &self.endpoints,
            points: self.series.points().collect(),
            changes: &self.changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::point::tests::point, *};

    #[test]
    fn a_day_takes_no_more_memory_than_fifteen_minutes() {
        let mut recent = Recent::new(vec!["GET /".to_owned()]);
        for n in 0..86_400 {
            recent.push(point(f64::from(n), 1, 1, &[]), Window::default(), &[]);
            for _ in 0..2 {
                recent.changed(Some(format!("mode-{}", n % 2)), Some(2.0), 0.0);
            }
        }
        let page = serde_json::to_value(recent.page()).unwrap();
        assert_eq!(page["points"].as_array().unwrap().len(), 900);
        assert_eq!((&page["points"][899]["t"], &page["endpoints"][0]), (&86_399.0.into(), &"GET /".into()));
        assert_eq!(page["changes"].as_array().unwrap().len(), 256);
        // What a point takes, and what 900 of them take at most.
        assert!(size_of::<Point>() <= 160, "{}", size_of::<Point>());
    }
}
