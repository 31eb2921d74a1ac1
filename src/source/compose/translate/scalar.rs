//! Scalars as Compose prints them where it makes texts of them.

/// A number as Compose prints it in `environment` and `labels`: the shortest digits that read back as the same number, with an
/// exponent of at least two digits from 10^6 on and below 10^-4. Measured on 2.40.3: 1.10 is `1.1`, 1e6 is `1e+06`, 12345678.5
/// is `1.23456785e+07`, 100000.5 is `100000.5`.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn numbers_print_as_compose_prints_them() {
        for (value, text) in [
            (1.10, "1.1"),
            (1.0, "1"),
            (-0.0, "-0"),
            (100_000.5, "100000.5"),
            (123_456.0, "123456"),
            (1e6, "1e+06"),
            (1_000_000.5, "1.0000005e+06"),
            (12_345_678.5, "1.23456785e+07"),
            (1e-5, "1e-05"),
            (0.000_123_45, "0.00012345"),
            (1e21, "1e+21"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }
}
