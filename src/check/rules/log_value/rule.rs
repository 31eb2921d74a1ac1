//! Values of log options.

use super::{problem::Problem, remote, rotation, tag};
use crate::{
    check::context::Context,
    diag::{Allow, Code, Diagnostic, service_path},
};

static BAD_LOG_VALUE: Code = Code::error(
    "bad-log-value",
    Allow::Anywhere,
    "\
A log option that the driver knows has a value that it does not take; `docker compose config` accepts it, and the container does not start. \
`compress` needs several files to rotate: with `json-file` a `max_size` and a `max_file` of 2 or more, with `local`, which compresses unless `compress = false` is written, a `max_file` of 2 or \
more. `mode` is `blocking` or `non-blocking`, and `max-buffer-size` belongs to the latter. `gelf` needs its `gelf-address`, `awslogs` its `awslogs-group`, `splunk` its \
`splunk-url` and `splunk-token`; the addresses of `gelf`, `syslog` and `fluentd` begin with a scheme that the driver knows. `syslog-facility`, `syslog-format` and the \
options of `gelf` for compression (over UDP only) and reconnecting (over TCP only) have fixed values. `tag` is a Go template over the fields of the container, such as `{{.Name}}`.

```toml
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3, options = { compress = true } }
```",
);

pub(in crate::check::rules) static CODES: &[&Code] = &[&BAD_LOG_VALUE];

pub(in crate::check::rules) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let logging = &service.logging;
        let driver = logging.driver.as_deref().unwrap_or("json-file");
        let problem = match driver {
            "json-file" | "local" => rotation::problem(context, driver, logging),
            _ => remote::problem(context, driver, logging),
        };
        let problem = problem.or_else(|| tag::problem(context, driver, logging));
        let Some(Problem { key, what: problem, help }) = problem else { continue };
        let path = service_path(name).key("logging");
        let at = if logging.options.contains_key(key) { path.key("options").key(key) } else { path.key(key) };
        let message = format!("the log of service `{name}` cannot be written: {problem}");
        found.push(
            Diagnostic::new(&BAD_LOG_VALUE, message)
                .at(at)
                .why("`docker compose config` accepts it and the container does not start")
                .help(help),
        );
    }
}
