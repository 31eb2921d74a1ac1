//! Values of log options.

use super::{Context, engine_refuses::is_bool};
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::{Bytes, Logging},
};

static BAD_LOG_VALUE: Code = Code {
    name: "bad-log-value",
    severity: Severity::Error,
    docs: "\
A log option that the driver knows has a value that it does not take; `docker compose config` accepts it, and the container does not start. \
`compress` needs several files to rotate: with `json-file` a `max_size` and a `max_file` of 2 or more, with `local`, which compresses unless `compress = false` is written, a `max_file` of 2 or \
more. `mode` is `blocking` or `non-blocking`, and `max-buffer-size` belongs to the latter. `gelf` needs its `gelf-address`, `awslogs` its `awslogs-group`, `splunk` its \
`splunk-url` and `splunk-token`; the addresses of `gelf` and `syslog` begin with a scheme that the driver knows.

```toml
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3, options = { compress = true } }
```",
};

pub(super) static CODES: &[&Code] = &[&BAD_LOG_VALUE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let logging = &service.logging;
        let driver = logging.driver.as_deref().unwrap_or("json-file");
        let problem = match driver {
            "json-file" | "local" => problem(context, driver, logging),
            _ => remote(context, driver, logging),
        };
        let Some((key, problem, help)) = problem else { continue };
        let path = service_path(name).key("logging");
        let at = if logging.options.contains_key(key) { path.key("options").key(key) } else { path.key(key) };
        found.push(
            Diagnostic::new(&BAD_LOG_VALUE, format!("the log of service `{name}` cannot be written: {problem}"))
                .at(at)
                .why("`docker compose config` accepts it and the container does not start")
                .help(help),
        );
    }
}

/// The first thing that is wrong: its key, what, and what to do.
type Problem = (&'static str, String, &'static str);

/// What the drivers that send logs away cannot do without: driver, option, and what to write.
const NEEDED: [(&str, &str, &str); 4] = [
    ("gelf", "gelf-address", "write `options = { gelf-address = \"udp://HOST:12201\" }`"),
    ("awslogs", "awslogs-group", "write `options = { awslogs-group = \"GROUP\" }`"),
    ("splunk", "splunk-url", "write `options = { splunk-url = \"https://HOST:8088\", splunk-token = \"TOKEN\" }`"),
    ("splunk", "splunk-token", "add `splunk-token = \"TOKEN\"` to `options`"),
];

fn remote(context: &Context<'_>, driver: &str, logging: &Logging) -> Option<Problem> {
    let needed = NEEDED.into_iter().find(|(of, option, _)| *of == driver && !logging.options.contains_key(*option));
    if let Some((_, option, help)) = needed {
        return Some(("driver", format!("`{driver}` needs the option `{option}`"), help));
    }
    let (key, schemes, help): (_, &[&str], _) = match driver {
        "gelf" => ("gelf-address", &["udp", "tcp"], "write \"udp://HOST:12201\", or \"tcp://HOST:12201\""),
        "syslog" => (
            "syslog-address",
            &["udp", "tcp", "tcp+tls", "unix", "unixgram"],
            "write \"udp://HOST:514\", or another of tcp, tcp+tls, unix and unixgram in front",
        ),
        _ => return None,
    };
    let address = context.value(logging.options.get(key)?).filter(|address| !address.is_empty())?;
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let fits = scheme.is_some_and(|scheme| schemes.contains(&scheme.as_str()));
    (!fits).then(|| (key, format!("`{key}`, `{address}`, has no scheme that `{driver}` knows"), help))
}

fn problem(context: &Context<'_>, driver: &str, logging: &Logging) -> Option<Problem> {
    let option = |key: &str| logging.options.get(key).and_then(|text| context.value(text));
    for key in ["compress", "cache-disabled"] {
        if let Some(value) = option(key).filter(|value| !is_bool(value)) {
            let key = if key == "compress" { "compress" } else { "cache-disabled" };
            return Some((key, format!("`{key}` is true or false, not `{value}`"), "write true or false"));
        }
    }
    let compresses = option("compress").is_some_and(|value| value.starts_with(['1', 't', 'T']));
    let several = logging.max_file.is_some_and(|files| files > 1);
    let help = "write a `max_file` of 2 or more, or `compress = false` in `options`";
    if driver == "json-file" && compresses && (logging.max_size.is_none() || !several) {
        return Some(("compress", "`compress` needs a `max_size`, and a `max_file` of 2 or more".to_owned(), help));
    }
    // `local` keeps five files and compresses them unless `compress` is false.
    if driver == "local" && logging.max_file == Some(1) && (compresses || !logging.options.contains_key("compress")) {
        return Some(("max_file", "`local` compresses old files, and keeps none with `max_file = 1`".to_owned(), help));
    }
    let mode = option("mode").unwrap_or_default();
    if !["", "blocking", "non-blocking"].contains(&&*mode) {
        return Some(("mode", format!("there is no mode `{mode}`"), "write \"blocking\" or \"non-blocking\""));
    }
    let size = option("max-buffer-size")?;
    if mode != "non-blocking" && !logging.options.get("mode").is_some_and(|mode| mode.contains('$')) {
        let problem = "`max-buffer-size` has an effect only with `mode = \"non-blocking\"`".to_owned();
        return Some(("max-buffer-size", problem, "add `mode = \"non-blocking\"`, or remove it"));
    }
    Bytes::parse(&size)
        .is_err()
        .then(|| ("max-buffer-size", format!("`{size}` is no size"), "write a size, such as \"1m\""))
}
