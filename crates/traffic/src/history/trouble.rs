//! Whether the target is down: nothing has succeeded lately, and not for want of trying.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Point;
use crate::fault::Fault;

/// So many failures in a row, with no success between them, are no coincidence.
const ENOUGH: u64 = 3;

/// Every request fails, and why most of them do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trouble {
    /// Since when, in seconds since 1970.
    pub since: f64,
    /// The kind of most failures since then.
    #[serde(serialize_with = "name")]
    pub kind: Fault,
}

fn name<S: Serializer>(fault: &Fault, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(fault)
}

/// Failures since the last success.
#[derive(Debug, Default)]
pub struct Failing {
    since: Option<f64>,
    kinds: BTreeMap<Fault, u64>,
    totals: BTreeMap<Fault, u64>,
}

impl Failing {
    /// Look at the next point, and at the failures by kind since the start.
    pub fn look(&mut self, point: &Point, faults: &[(Fault, u64)]) {
        if point.successful > 0 {
            self.since = None;
            self.kinds.clear();
        }
        for (fault, total) in faults {
            let before = self.totals.insert(*fault, *total).unwrap_or_default();
            if *total > before && point.successful == 0 {
                self.since.get_or_insert(point.t);
                *self.kinds.entry(*fault).or_default() += total - before;
            }
        }
    }

    /// The verdict.
    pub fn trouble(&self) -> Option<Trouble> {
        let since = self.since?;
        let (kind, _) = self.kinds.iter().max_by_key(|(_, count)| **count)?;
        (self.kinds.values().sum::<u64>() >= ENOUGH).then_some(Trouble { since, kind: *kind })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::point::tests::point, *};

    #[test]
    fn a_target_is_down_after_three_failures_and_back_with_one_success() {
        let mut failing = Failing::default();
        let mut look = |t: f64, successful: u64, faults: &[(Fault, u64)]| {
            failing.look(&point(t, successful, successful, &[]), faults);
            failing.trouble()
        };
        assert_eq!(look(1.0, 5, &[]), None);
        assert_eq!(look(2.0, 1, &[(Fault::Reset, 40)]), None);
        assert_eq!(look(3.0, 0, &[(Fault::Reset, 41)]), None);
        assert_eq!(look(4.0, 0, &[(Fault::ConnectRefused, 1), (Fault::Reset, 41)]), None);
        let faults = [(Fault::ConnectRefused, 2), (Fault::Reset, 41)];
        assert_eq!(look(5.0, 0, &faults), Some(Trouble { since: 3.0, kind: Fault::ConnectRefused }));
        // Nothing was sent meanwhile: nothing new is known.
        assert_eq!(look(6.0, 0, &faults).unwrap().since, 3.0);
        assert_eq!(look(7.0, 1, &faults), None);
    }
}
