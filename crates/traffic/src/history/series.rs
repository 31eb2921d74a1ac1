//! Points in order, never more than a bound.

use std::collections::VecDeque;

use super::Point;

/// What happens to a series that is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The oldest point goes.
    Forget,
    /// Every two points become one, and from then on a point covers twice the time.
    Merge,
}

/// A bounded series of points.
#[derive(Debug, Clone)]
pub struct Series {
    points: VecDeque<Point>,
    limit: usize,
    full: Full,
    /// How many of what is pushed make one point.
    step: u32,
    /// The point that is not complete yet, and how many it holds.
    partial: Option<(Point, u32)>,
}

impl Series {
    /// Empty, for `limit` points at most, which is even.
    pub fn new(limit: usize, full: Full) -> Self {
        Self { points: VecDeque::new(), limit, full, step: 1, partial: None }
    }

    /// Add the next point.
    pub fn push(&mut self, point: Point) {
        let (point, held) = match self.partial.take() {
            Some((partial, held)) => (partial.and(point), held + 1),
            None => (point, 1),
        };
        if held < self.step {
            self.partial = Some((point, held));
            return;
        }
        if self.points.len() >= self.limit {
            match self.full {
                Full::Forget => {
                    self.points.pop_front();
                }
                Full::Merge => self.merge(),
            }
        }
        // After a merge this point is the first half of one.
        if held < self.step {
            self.partial = Some((point, held));
        } else {
            self.points.push_back(point);
        }
    }

    /// Add what is left of a second at the end: less than half a second belongs to the point before, since its rates would
    /// mean little.
    pub fn finish(&mut self, point: Point) {
        let newest = self.partial.as_mut().map(|(partial, _)| partial).or(self.points.back_mut());
        match newest {
            Some(newest) if point.seconds < 0.5 => *newest = newest.clone().and(point),
            _ => self.push(point),
        }
    }

    fn merge(&mut self) {
        self.step *= 2;
        let mut points = std::mem::take(&mut self.points).into_iter();
        while let Some(first) = points.next() {
            self.points.push_back(match points.next() {
                Some(second) => first.and(second),
                None => first,
            });
        }
    }

    /// How many of what was pushed make one point: 1 until a merge.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Every point, the one that is not complete yet last.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().chain(self.partial.as_ref().map(|(point, _)| point))
    }

    /// The points that are complete, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().rev()
    }

    /// The newest point.
    pub fn last(&self) -> Option<&Point> {
        self.partial.as_ref().map(|(point, _)| point).or(self.points.back())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::point::tests::point, *};

    fn filled(full: Full, count: u64) -> Series {
        let mut series = Series::new(8, full);
        for n in 0..count {
            series.push(point(n as f64, 1, 1, &[1]));
        }
        series
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let series = filled(Full::Forget, 20);
        let times: Vec<f64> = series.points().map(|point| point.t).collect();
        assert_eq!(times, (12..20).map(f64::from).collect::<Vec<_>>());
        assert_eq!((series.step(), series.last().unwrap().t), (1, 19.0));
    }

    #[test]
    fn the_rest_of_a_second_belongs_to_the_point_before() {
        let mut series = filled(Full::Merge, 3);
        series.finish(Point { seconds: 0.02, ..point(2.02, 1, 1, &[]) });
        assert_eq!((series.points().count(), series.last().unwrap().sent), (3, 2));
        series.finish(Point { seconds: 0.7, ..point(2.7, 1, 1, &[]) });
        assert_eq!(series.points().count(), 4);
    }

    #[test]
    fn a_merged_series_is_bounded_and_loses_no_count() {
        for count in 0..200 {
            let series = filled(Full::Merge, count);
            assert!(series.points().count() <= 9);
            assert_eq!(series.points().map(|point| point.sent).sum::<u64>(), count);
            assert_eq!(series.points().map(|point| f64::from(point.seconds)).sum::<f64>(), count as f64);
            let times: Vec<f64> = series.points().map(|point| point.t).collect();
            assert!(times.is_sorted(), "{times:?}");
            assert!(series.step().is_power_of_two());
        }
    }
}
