//! Services that failed to start, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Paint, Tone};
use crate::{
    engine::{status::StackStatus, watch::Trouble},
    text::printable,
};

/// What is wrong with a service, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedService {
    /// What is wrong; a service without a name is the whole stack.
    pub trouble: Trouble,
    /// Its last lines.
    pub log: Vec<String>,
    /// From a service without dependents down to this one.
    pub path: Vec<String>,
    /// The next step.
    pub help: Option<String>,
}

impl FailedService {
    /// With its next step, where there is one.
    pub fn new(trouble: Trouble, help: Option<String>) -> Self {
        Self { trouble, log: Vec::new(), path: Vec::new(), help }
    }
}

/// One failed service, in the form of a diagnostic.
pub fn human(failed: &FailedService, paint: Paint) -> String {
    let FailedService { trouble, log, path, help } = failed;
    let head = paint.text(Tone::Bad, &format!("error[{}]", trouble.reason.as_str()));
    let name = if trouble.service.is_empty() { String::new() } else { format!("{}: ", trouble.service) };
    let mut detail = trouble.detail.lines().filter(|line| !line.trim().is_empty());
    let mut text = format!("{name}{}\n", detail.next().unwrap_or_default());
    for line in detail {
        let _ = writeln!(text, "  {line}");
    }
    if path.len() > 1 {
        let _ = writeln!(text, "  needed by: {}", path.join(" -> "));
    }
    if !log.is_empty() {
        let _ = writeln!(text, "  last log lines:");
        for line in log {
            let _ = writeln!(text, "    | {line}");
        }
    }
    if let Some(help) = help {
        let _ = writeln!(text, "  help: {help}");
    }
    format!("{head}: {}", printable(&text))
}

/// The last line of `up --format json`. `path`, `help` and `limits_unchecked` are additions to SPEC's shape.
pub fn last_line(result: &str, status: &StackStatus, failed: &[FailedService]) -> Value {
    let failures: Vec<_> = failed
        .iter()
        .map(|FailedService { trouble, log, path, help }| {
            json!({
                "service": trouble.service, "reason": trouble.reason.as_str(), "detail": trouble.detail,
                "log": log, "path": path, "help": help,
            })
        })
        .collect();
    let mut line = json!({ "result": result, "services": status.services, "failures": failures });
    if !status.limits_unchecked.is_empty() {
        line["limits_unchecked"] = json!(status.limits_unchecked);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::watch::Reason;

    #[test]
    fn what_is_wrong_and_what_to_do() {
        let trouble = Trouble {
            service: "postgres".into(),
            container: Some("x".into()),
            reason: Reason::CrashLoop,
            detail: "the engine restarted it 4 times".into(),
        };
        let failed = FailedService {
            log: vec!["FATAL: no data".into()],
            path: vec!["nginx".into(), "order-api".into(), "postgres".into()],
            ..FailedService::new(trouble, Some("`stackctl logs postgres` shows all".into()))
        };
        let expected = "\
error[crash-loop]: postgres: the engine restarted it 4 times
  needed by: nginx -> order-api -> postgres
  last log lines:
    | FATAL: no data
  help: `stackctl logs postgres` shows all
";
        assert_eq!(human(&failed, Paint { on: false }), expected);
    }
}
