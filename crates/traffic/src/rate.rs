//! Rates as JSON has them.

use serde::{Serialize, Serializer};

/// A rate; whole numbers print without a decimal point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rps(pub f64);

impl Serialize for Rps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Two decimals are enough for a rate that was measured.
pub(crate) fn measured(rate: f64) -> Rps {
    Rps((rate * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_rates_have_no_decimal_point() {
        let printed = |rate| serde_json::to_string(&Rps(rate)).unwrap();
        assert_eq!(
            [printed(20.0), printed(0.2), printed(0.0), printed(1e9)],
            ["20", "0.2", "0", "1000000000"]
        );
    }
}
