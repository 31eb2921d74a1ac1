//! Values that more than one command's options take.

use std::{ffi::OsString, time::Duration};

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};

use crate::{commands::traffic::ReportTo, model, render::Target};

/// A duration in Compose's syntax.
pub fn duration(text: &str) -> Result<Duration, String> {
    model::Duration::parse(text).map(|duration| duration.0).map_err(|error| error.to_string())
}

/// The same, and a bare number of seconds as Docker takes it.
pub fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).or_else(|_| duration(text))
}

/// A number of lines, or `all` as Docker takes it, which is the largest.
pub fn lines(text: &str) -> Result<usize, String> {
    if text == "all" {
        Ok(usize::MAX)
    } else {
        text.parse().map_err(|_| "expected a number or `all`".to_owned())
    }
}

/// `512M,1.0`: memory and CPUs.
pub fn limits(text: &str) -> Result<(model::Bytes, model::Cpus), String> {
    let (memory, cpus) = text.split_once(',').ok_or("expected memory and CPUs, such as 512M,1.0")?;
    let memory = model::Bytes::parse(memory.trim()).map_err(|error| format!("the memory: {error}"))?;
    let cpus = model::Cpus::parse(cpus.trim()).map_err(|error| format!("the CPUs: {error}"))?;
    if memory.0 == 0 || cpus.nanos == 0 {
        return Err("0 means no limit".to_owned());
    }
    Ok((memory, cpus))
}

/// A size above zero in Docker's units.
pub fn size(text: &str) -> Result<model::Bytes, String> {
    let bytes = model::Bytes::parse(text).map_err(|error| error.to_string())?;
    if bytes.0 == 0 { Err("expected a size above 0, such as 12G".to_owned()) } else { Ok(bytes) }
}

/// A number of CPUs above zero.
pub fn cpus(text: &str) -> Result<model::Cpus, String> {
    let cpus = model::Cpus::parse(text).map_err(|error| error.to_string())?;
    if cpus.nanos == 0 { Err("expected a number above 0, such as 8".to_owned()) } else { Ok(cpus) }
}

/// A percentage, `1%` or `0.5%`, as a part of 1.
pub fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    match number {
        Some(number) if (0.0..=100.0).contains(&number) => Ok(number / 100.0),
        _ => Err("expected a percentage from 0% to 100%, such as 1%".to_owned()),
    }
}

/// A target, by its name.
pub fn target() -> impl TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(Target::name))
        .try_map(|name| Target::named(&name).ok_or("not a target"))
}

/// Where a report goes, and by its name what it is.
pub fn report() -> impl TypedValueParser<Value = ReportTo> {
    OsStringValueParser::new().try_map(report_to)
}

fn report_to(text: OsString) -> Result<ReportTo, String> {
    if text == "-" {
        return Ok(ReportTo::Stdout);
    }
    let to = ReportTo::File(text.into());
    // Without an extension, as /dev/stdout and a pipe of the shell are, it is data.
    match to.extension().as_deref() {
        None | Some("json" | "html") => Ok(to),
        Some(other) => Err(format!(
            "unsupported report format .{other}: use .html for a page, .json for JSON, or - for stdout"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_what_its_name_says() {
        for (text, page) in
            [("a.json", false), ("a.HTML", true), ("a.b/c", false), ("/dev/stdout", false), (".html", false)]
        {
            let to = report_to(text.into()).unwrap();
            assert_eq!((to.is_page(), matches!(to, ReportTo::File(_))), (page, true), "{text}");
        }
        assert_eq!(report_to("-".into()), Ok(ReportTo::Stdout));
        for text in ["x.pdf", "x.json.gz", "x.htm", "x.", "x.😀"] {
            let message = report_to(text.into()).unwrap_err();
            assert!(message.contains(".json") && message.contains(".html"), "{message}");
        }
    }

    #[test]
    fn percentages_need_their_sign() {
        assert_eq!(percentage("1%"), Ok(0.01));
        assert_eq!(percentage("0%"), Ok(0.0));
        for text in ["1", "-1%", "101%", "NaN%", "%", ""] {
            assert!(percentage(text).is_err(), "{text}");
        }
    }
}
