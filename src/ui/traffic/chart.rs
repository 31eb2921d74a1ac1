//! Lines over the last seconds, with axes that start at zero and gaps where nothing is known.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Color,
    symbols::Marker,
    text::{Line, Span},
    widgets::{Axis, Chart, Dataset, GraphType},
};

use super::event::Point;
use crate::ui::theme::Theme;

/// One line of a chart.
pub struct Curve<'a> {
    pub name: &'static str,
    pub color: Color,
    pub value: &'a dyn Fn(&Point) -> Option<f64>,
}

/// Points further apart than this, in seconds, have a gap between them.
const GAP: f64 = 2.5;

/// Draw the curves over the last seconds; `end` is now.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &'static str,
    points: &[&Point],
    end: f64,
    curves: &[Curve<'_>],
    theme: Theme,
) {
    let seconds = f64::from(area.width.saturating_sub(8)).clamp(10.0, 600.0);
    let begin = end - seconds;
    let segments: Vec<(Color, Vec<(f64, f64)>)> = curves
        .iter()
        .flat_map(|curve| segments(points, begin, curve).into_iter().map(|segment| (curve.color, segment)))
        .collect();
    let most = segments.iter().flat_map(|(_, segment)| segment).map(|(_, value)| *value).fold(0.0, f64::max);
    let top = nice(most);
    let datasets = segments
        .iter()
        .map(|(color, segment)| {
            let kind = if segment.len() == 1 { GraphType::Scatter } else { GraphType::Line };
            Dataset::default().marker(Marker::Braille).graph_type(kind).style(theme.fg(*color)).data(segment)
        })
        .collect();
    let mut heading = vec![Span::raw(title)];
    for curve in curves {
        heading.push(Span::styled(format!("  ─ {}", curve.name), theme.fg(curve.color)));
    }
    let [title_area, chart_area] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Line::from(heading), title_area);
    let chart = Chart::new(datasets)
        .x_axis(
            Axis::default()
                .bounds([begin, end])
                .labels([format!("{seconds:.0} s ago"), "now".to_owned()])
                .style(theme.dim()),
        )
        .y_axis(
            Axis::default()
                .bounds([0.0, top])
                .labels(["     0".to_owned(), format!("{:>6}", label(top))])
                .style(theme.dim()),
        );
    frame.render_widget(chart, chart_area);
}

/// A curve's stretches without a gap.
fn segments(points: &[&Point], begin: f64, curve: &Curve<'_>) -> Vec<Vec<(f64, f64)>> {
    let mut segments: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before: Option<f64> = None;
    for point in points.iter().filter(|point| point.t >= begin) {
        let Some(value) = (curve.value)(point) else {
            before = None;
            continue;
        };
        match segments.last_mut() {
            Some(segment) if before.is_some_and(|before| point.t - before <= GAP) => {
                segment.push((point.t, value))
            }
            _ => segments.push(vec![(point.t, value)]),
        }
        before = Some(point.t);
    }
    segments
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below.
fn nice(value: f64) -> f64 {
    let value = value.max(0.1);
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0].iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(10.0 * power)
}

fn label(value: f64) -> String {
    if value < 1.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(t: f64, reached: Option<f64>) -> Point {
        Point { t, seconds: 1.0, asked: reached, reached: 0.0, failed: 0, latency_ms: None }
    }

    #[test]
    fn a_missing_second_is_a_gap() {
        let points = [
            (1.0, Some(1.0)),
            (2.0, Some(1.0)),
            (3.0, None),
            (4.0, Some(1.0)),
            (9.0, Some(2.0)),
            (10.0, Some(3.0)),
        ]
        .map(|(t, value)| point(t, value));
        let points: Vec<&Point> = points.iter().collect();
        let curve = Curve { name: "asked", color: Color::Reset, value: &|point| point.asked };
        let lengths: Vec<usize> = segments(&points, 2.0, &curve).iter().map(Vec::len).collect();
        assert_eq!(lengths, [1, 1, 2]);
    }

    #[test]
    fn the_axis_ends_at_a_round_number() {
        assert_eq!(
            [0.0, 0.3, 1.0, 1.1, 40.0, 120.0, 999.0].map(nice),
            [0.1, 0.5, 1.0, 2.0, 50.0, 200.0, 1_000.0]
        );
    }
}
