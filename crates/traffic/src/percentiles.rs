//! Latencies in bounded memory: a high dynamic range histogram, and the percentiles read from it.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::schedule::Nanos;

/// Below this, in nanoseconds, values are not distinguished.
const FINEST: u64 = 1_000;

/// The precision of values: 3 significant digits, one part in a thousand.
const FINE: u8 = 3;

/// 2 digits, one part in a hundred, for what exists many times.
const COARSE: u8 = 2;

/// A distribution of durations. It never grows.
#[derive(Debug, Clone)]
pub struct Latencies {
    /// `None` where hdrhistogram cannot make one, which no bound of this engine leads to.
    histogram: Option<Histogram<u64>>,
    max: Nanos,
    sum: u128,
}

/// Percentiles in milliseconds; `None` while nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50: Option<f64>,
    /// 90 % are at most this.
    pub p90: Option<f64>,
    /// 99 % are at most this.
    pub p99: Option<f64>,
    /// 99.9 % are at most this.
    pub p999: Option<f64>,
    /// The highest, exactly.
    pub max: Option<f64>,
}

impl Percentiles {
    /// Of values, rising, and how often each came.
    pub fn of_sorted(values: &[(Nanos, u64)]) -> Self {
        let all: u64 = values.iter().map(|(_, count)| count).sum();
        let at = |part: f64| {
            let rank = ((part * all as f64).ceil() as u64).max(1);
            let mut seen = 0;
            let mut values = values.iter();
            let found = values.find(|(_, count)| {
                seen += count;
                seen >= rank
            });
            found.map(|(value, _)| milliseconds(*value))
        };
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1.0) }
    }
}

impl Latencies {
    /// Up to `highest` nanoseconds, to one part in a thousand; what is above counts as `highest`.
    pub fn fine(highest: Nanos) -> Self {
        Self::new(highest, FINE)
    }

    /// As [`Latencies::fine`], to one part in a hundred, in an eighth of the memory.
    pub fn coarse(highest: Nanos) -> Self {
        Self::new(highest, COARSE)
    }

    fn new(highest: Nanos, digits: u8) -> Self {
        let histogram = Histogram::new_with_bounds(FINEST, highest.max(FINEST * 2), digits).ok();
        Self { histogram, max: 0, sum: 0 }
    }

    /// Count one.
    pub fn record(&mut self, nanos: Nanos) {
        if let Some(histogram) = &mut self.histogram {
            histogram.saturating_record(nanos);
        }
        self.max = self.max.max(nanos);
        self.sum += u128::from(nanos);
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        if let Some(histogram) = &mut self.histogram {
            histogram.reset();
        }
        self.max = 0;
        self.sum = 0;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// Their sum in seconds.
    pub fn sum_seconds(&self) -> f64 {
        self.sum as f64 / 1e9
    }

    /// Their mean in milliseconds; `None` while nothing is recorded.
    pub fn mean(&self) -> Option<f64> {
        let count = u128::from(self.count());
        (count > 0).then(|| milliseconds((self.sum / count) as Nanos))
    }

    /// The lowest in milliseconds, to the precision of the distribution; `None` while nothing is recorded.
    pub fn min(&self) -> Option<f64> {
        let histogram = self.histogram.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(milliseconds(histogram.min().min(self.max)))
    }

    /// The highest in milliseconds, exactly; `None` while nothing is recorded.
    pub fn max(&self) -> Option<f64> {
        (self.count() > 0).then(|| milliseconds(self.max))
    }

    /// What was recorded, as pairs of a value and how often it came, rising: little, where there was little.
    pub fn recorded(&self) -> Vec<(Nanos, u64)> {
        let Some(histogram) = &self.histogram else { return Vec::new() };
        let buckets = histogram.iter_recorded();
        buckets.map(|bucket| (bucket.value_iterated_to().min(self.max), bucket.count_at_value())).collect()
    }

    /// The percentiles, in one pass.
    pub fn percentiles(&self) -> Percentiles {
        let Some(found) = self.quantiles([0.5, 0.9, 0.99, 0.999]) else { return Percentiles::default() };
        let [p50, p90, p99, p999] = found.map(Some);
        Percentiles { p50, p90, p99, p999, max: Some(milliseconds(self.max)) }
    }

    /// One pass over the counts: the lowest recorded value that at least this part of all is at or below, in
    /// milliseconds. `wanted` rises. `None` while nothing is recorded.
    pub fn quantiles<const N: usize>(&self, wanted: [f64; N]) -> Option<[f64; N]> {
        let mut found = [0.0; N];
        self.scan(&wanted, &mut found);
        (self.count() > 0).then_some(found)
    }

    /// The percentile curve, evenly spaced where 90 %, 99 % and 99.9 % are equally far apart: pairs of nines and
    /// milliseconds, where n nines are the part 1 - 10^-n of all. The last is the highest of all. Empty while nothing is
    /// recorded.
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let count = self.count();
        if count == 0 {
            return Vec::new();
        }
        let end = (count as f64).log10();
        let nines: Vec<f64> =
            (0..).map(|step| f64::from(step) / 20.0).take_while(|nines| *nines < end).collect();
        let wanted: Vec<f64> = nines.iter().map(|nines| 1.0 - 10_f64.powf(-nines)).collect();
        let mut found = vec![0.0; wanted.len()];
        self.scan(&wanted, &mut found);
        let mut curve: Vec<(f64, f64)> = nines.into_iter().zip(found).collect();
        curve.push((end, milliseconds(self.max)));
        curve
    }

    fn scan(&self, wanted: &[f64], found: &mut [f64]) {
        let Some(histogram) = self.histogram.as_ref().filter(|histogram| !histogram.is_empty()) else {
            return;
        };
        let all = histogram.len() as f64;
        let (mut seen, mut at) = (0, 0);
        for bucket in histogram.iter_recorded() {
            seen += bucket.count_at_value();
            while at < wanted.len() && seen as f64 >= (wanted[at] * all).ceil().max(1.0) {
                found[at] = milliseconds(bucket.value_iterated_to().min(self.max));
                at += 1;
            }
            if at == wanted.len() {
                break;
            }
        }
    }

    /// How many are at most each of these bounds, in seconds; `bounds` rises.
    pub fn cumulative(&self, bounds: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        let Some(histogram) = &self.histogram else { return counts };
        for bucket in histogram.iter_recorded() {
            let seconds = histogram.lowest_equivalent(bucket.value_iterated_to()) as f64 / 1e9;
            let first = bounds.partition_point(|bound| *bound < seconds);
            if let Some(count) = counts.get_mut(first) {
                *count += bucket.count_at_value();
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        counts
    }
}

/// Nanoseconds as milliseconds, to the microsecond.
pub fn milliseconds(nanos: Nanos) -> f64 {
    (nanos as f64 / 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_has_no_percentiles() {
        let mut latencies = Latencies::fine(1_000_000_000);
        for _ in 0..2 {
            assert_eq!(latencies.percentiles(), Percentiles::default());
            assert_eq!(latencies.quantiles([0.5]), None);
            latencies.record(5);
            assert_eq!(latencies.percentiles().max, Some(0.0));
            latencies.clear();
        }
        let json = serde_json::to_string(&latencies.percentiles()).unwrap();
        assert_eq!(json, r#"{"p50":null,"p90":null,"p99":null,"p999":null,"max":null}"#);
    }

    #[test]
    fn what_is_above_the_highest_is_kept_as_the_maximum() {
        let mut latencies = Latencies::fine(1_000_000_000);
        latencies.record(7_000_000_000);
        let percentiles = latencies.percentiles();
        assert_eq!((latencies.count(), percentiles.max), (1, Some(7_000.0)));
    }

    #[test]
    fn the_curve_rises_to_the_highest_and_knows_no_more_nines_than_there_are() {
        let mut latencies = Latencies::fine(10_000_000_000);
        assert!(latencies.curve().is_empty());
        for milliseconds in 1..=1_000 {
            latencies.record(milliseconds * 1_000_000);
        }
        let curve = latencies.curve();
        assert!(curve.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1));
        let at = |nines: f64| curve.iter().find(|(n, _)| (n - nines).abs() < 1e-9).unwrap().1;
        for (nines, expected) in [(0.0, 1.0), (1.0, 900.0), (2.0, 990.0), (3.0, 1_000.0)] {
            assert!((at(nines) - expected).abs() <= expected * 0.001, "{nines}: {}", at(nines));
        }
        assert!((curve.last().unwrap().0 - 3.0).abs() < 1e-9);
        latencies.clear();
        latencies.record(7_000_000);
        assert_eq!(latencies.curve(), [(0.0, 7.0)]);
    }

    #[test]
    fn buckets_are_cumulative() {
        let mut latencies = Latencies::fine(10_000_000_000);
        for milliseconds in [1, 5, 5, 50, 9_000] {
            latencies.record(milliseconds * 1_000_000);
        }
        assert_eq!(latencies.cumulative(&[0.001, 0.005, 0.01, 1.0]), [1, 3, 3, 4]);
    }

    proptest! {
        #[test]
        fn percentiles_agree_with_the_sorted_list(values in prop::collection::vec(1_000_u64..5_000_000_000, 1..400)) {
            let mut latencies = Latencies::fine(10_000_000_000);
            values.iter().for_each(|value| latencies.record(*value));
            let mut sorted = values;
            sorted.sort_unstable();
            let percentiles = latencies.percentiles();
            for (quantile, found) in [(0.5, percentiles.p50), (0.9, percentiles.p90), (0.99, percentiles.p99), (0.999, percentiles.p999)] {
                let found = found.unwrap();
                let rank = (quantile * sorted.len() as f64).ceil() as usize;
                let exact = sorted[rank.max(1) - 1] as f64 / 1e6;
                prop_assert!((found - exact).abs() <= exact * 0.001 + 0.002, "{quantile}: {found} {exact}");
            }
            prop_assert!(percentiles.p999 <= percentiles.max);
            let again = Percentiles::of_sorted(&latencies.recorded());
            prop_assert_eq!((again.p50, again.p99, again.p999), (percentiles.p50, percentiles.p99, percentiles.p999));
            let (min, mean) = (latencies.min().unwrap(), latencies.mean().unwrap());
            prop_assert!((min - sorted[0] as f64 / 1e6).abs() <= min * 0.001 + 0.002);
            let exact = sorted.iter().sum::<u64>() as f64 / sorted.len() as f64 / 1e6;
            prop_assert!((mean - exact).abs() < 0.002, "{mean} {exact}");
        }
    }
}
