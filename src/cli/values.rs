//! Values that more than one command's options take.

use std::time::Duration;

use crate::model;

/// A duration in Compose's syntax.
pub fn duration(text: &str) -> Result<Duration, String> {
    model::Duration::parse(text).map(|duration| duration.0).map_err(|error| error.to_string())
}

/// A percentage, `1%` or `0.5%`, as a part of 1.
pub fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    match number {
        Some(number) if (0.0..=100.0).contains(&number) => Ok(number / 100.0),
        _ => Err("a percentage from 0% to 100% is wanted, as in 1%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_need_their_sign() {
        assert_eq!(percentage("1%"), Ok(0.01));
        assert_eq!(percentage("0%"), Ok(0.0));
        for text in ["1", "-1%", "101%", "NaN%", "%", ""] {
            assert!(percentage(text).is_err(), "{text}");
        }
    }
}
