//! The drivers that send logs to a server.

use super::problem::Problem;
use crate::{check::context::Context, model::Logging};

/// What the drivers that send logs away cannot do without: driver, option, and what to write.
const NEEDED: [(&str, &str, &str); 4] = [
    ("gelf", "gelf-address", "write `options = { gelf-address = \"udp://HOST:12201\" }`"),
    ("awslogs", "awslogs-group", "write `options = { awslogs-group = \"GROUP\" }`"),
    (
        "splunk",
        "splunk-url",
        "write `options = { splunk-url = \"https://HOST:8088\", splunk-token = \"TOKEN\" }`",
    ),
    ("splunk", "splunk-token", "add `splunk-token = \"TOKEN\"` to `options`"),
];

/// The facilities of syslog; numbers from 0 to 23 are taken too.
const FACILITIES: [&str; 20] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// The first option that the driver refuses. Measured on Engine 28.5.
pub(super) fn problem(context: &Context<'_>, driver: &str, logging: &Logging) -> Option<Problem> {
    let needed =
        NEEDED.into_iter().find(|(of, option, _)| *of == driver && !logging.options.contains_key(*option));
    if let Some((_, option, help)) = needed {
        return Some(Problem::new("driver", format!("`{driver}` needs the option `{option}`"), help));
    }
    let option = |key: &str| context.value(logging.options.get(key)?);
    match driver {
        "gelf" => gelf(&option),
        "syslog" => syslog(&option),
        "fluentd" => fluentd(&option("fluentd-address")?),
        _ => None,
    }
}

/// The value of a log option.
type Lookup<'o, 'v> = &'o dyn Fn(&str) -> Option<std::borrow::Cow<'v, str>>;

fn gelf(option: Lookup<'_, '_>) -> Option<Problem> {
    let address = option("gelf-address").filter(|address| !address.is_empty());
    let help = "write \"udp://HOST:12201\", or \"tcp://HOST:12201\"";
    let refused = |address: &str, problem: &str| {
        Some(Problem::new("gelf-address", format!("`gelf-address`, `{address}`, has no {problem}"), help))
    };
    let scheme = address.as_deref().and_then(scheme);
    let (is_udp, is_tcp) = (scheme.as_deref() == Some("udp"), scheme.as_deref() == Some("tcp"));
    if let Some(address) = address {
        if !is_udp && !is_tcp {
            return refused(&address, "scheme that `gelf` knows");
        }
        if address.split_once("://").and_then(|(_, rest)| port(rest)).is_none() {
            return refused(&address, "port");
        }
    }
    for (key, fits, help) in [
        ("gelf-compression-type", is_compression as fn(&str) -> bool, "write \"gzip\", \"zlib\" or \"none\""),
        ("gelf-compression-level", is_level, "write a number from -1 to 9"),
    ] {
        let Some(value) = option(key) else { continue };
        if is_tcp {
            return Some(Problem::new(
                key,
                format!("`{key}` has an effect over UDP only"),
                "remove it, or write \"udp://HOST:12201\"",
            ));
        }
        if !fits(&value) {
            return Some(Problem::new(key, format!("`{key}` cannot be `{value}`"), help));
        }
    }
    for key in ["gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay"] {
        let Some(value) = option(key) else { continue };
        if is_udp {
            return Some(Problem::new(
                key,
                format!("`{key}` has an effect over TCP only"),
                "remove it, or write \"tcp://HOST:12201\"",
            ));
        }
        if value.parse::<u32>().is_err() {
            return Some(Problem::new(key, format!("`{key}` cannot be `{value}`"), "write a whole number"));
        }
    }
    None
}

fn is_compression(value: &str) -> bool {
    ["gzip", "zlib", "none"].contains(&value)
}

fn is_level(value: &str) -> bool {
    value.parse::<i32>().is_ok_and(|level| (-1..=9).contains(&level))
}

fn syslog(option: Lookup<'_, '_>) -> Option<Problem> {
    let address = option("syslog-address").filter(|address| !address.is_empty());
    let fits = |address: &str| {
        scheme(address).is_some_and(|it| ["udp", "tcp", "tcp+tls", "unix", "unixgram"].contains(&it.as_str()))
    };
    if let Some(address) = address.filter(|address| !fits(address)) {
        let what = format!("`syslog-address`, `{address}`, has no scheme that `syslog` knows");
        let help = "write \"udp://HOST:514\", or another of tcp, tcp+tls, unix and unixgram in front";
        return Some(Problem::new("syslog-address", what, help));
    }
    let is_facility = |value: &str| {
        value.is_empty()
            || FACILITIES.contains(&value)
            || value.parse::<u32>().is_ok_and(|number| number <= 23)
    };
    if let Some(value) = option("syslog-facility").filter(|value| !is_facility(value)) {
        let help = "write one of syslog(3), such as \"daemon\" or \"local0\", or a number from 0 to 23";
        return Some(Problem::new("syslog-facility", format!("syslog has no facility `{value}`"), help));
    }
    let value = option("syslog-format")
        .filter(|value| !["", "rfc3164", "rfc5424", "rfc5424micro"].contains(&&**value))?;
    let help = "write \"rfc3164\", \"rfc5424\" or \"rfc5424micro\"";
    Some(Problem::new("syslog-format", format!("syslog has no format `{value}`"), help))
}

fn fluentd(address: &str) -> Option<Problem> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("tcp", address));
    let fits = match scheme.to_ascii_lowercase().as_str() {
        "unix" => !rest.is_empty(),
        "tcp" | "tls" => {
            let has_port = rest.rsplit_once(']').map_or(rest, |(_, after)| after).contains(':');
            !rest.contains('/') && (!has_port || port(rest).is_some())
        }
        _ => false,
    };
    let what = format!("`fluentd-address`, `{address}`, is not an address");
    let help = "write \"HOST:24224\", \"tls://HOST:24224\" or \"unix:///PATH\"";
    (!fits).then(|| Problem::new("fluentd-address", what, help))
}

fn scheme(address: &str) -> Option<String> {
    Some(address.split_once(':')?.0.to_ascii_lowercase())
}

/// The port of `HOST:PORT`, where the host has no colon of its own or stands in brackets.
fn port(address: &str) -> Option<u16> {
    let (host, port) = address.rsplit_once(':')?;
    let is_one = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
    port.parse().ok().filter(|_| is_one)
}
