//! Services that are not up, for people and for programs.

use std::fmt::Write as _;

use serde_json::json;

use super::{Paint, Tone};
use crate::{
    engine::{status::StackStatus, watch::Trouble},
    text::printable,
};

/// A trouble with everything that helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is wrong; a service without a name is the whole stack.
    pub trouble: Trouble,
    /// Its last lines.
    pub log: Vec<String>,
    /// From a service that nobody needs down to this one.
    pub path: Vec<String>,
    /// The next step.
    pub help: Option<String>,
}

impl Told {
    /// A trouble and perhaps its next step.
    pub fn new(trouble: Trouble, help: Option<String>) -> Self {
        Self { trouble, log: Vec::new(), path: Vec::new(), help }
    }
}

/// One trouble, in the form of a diagnostic.
pub fn human(told: &Told, paint: Paint) -> String {
    let Told { trouble, log, path, help } = told;
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
        let _ = writeln!(text, "  its last lines:");
        for line in log {
            let _ = writeln!(text, "    | {line}");
        }
    }
    if let Some(help) = help {
        let _ = writeln!(text, "  help: {help}");
    }
    format!("{head}: {}", printable(&text))
}

/// The last line of `up --format json`. `path` and `help` are additions to SPEC's shape.
pub fn last_line(result: &str, status: &StackStatus, told: &[Told]) -> String {
    let failures: Vec<_> = told
        .iter()
        .map(|Told { trouble, log, path, help }| {
            json!({
                "service": trouble.service, "reason": trouble.reason.as_str(), "detail": trouble.detail,
                "log": log, "path": path, "help": help,
            })
        })
        .collect();
    format!("{}\n", json!({ "result": result, "services": status.services, "failures": failures }))
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
        let told = Told {
            log: vec!["FATAL: no data".into()],
            path: vec!["nginx".into(), "order-api".into(), "postgres".into()],
            ..Told::new(trouble, Some("`stackctl logs postgres` shows all".into()))
        };
        let expected = "\
error[crash-loop]: postgres: the engine restarted it 4 times
  needed by: nginx -> order-api -> postgres
  its last lines:
    | FATAL: no data
  help: `stackctl logs postgres` shows all
";
        assert_eq!(human(&told, Paint { on: false }), expected);
    }
}
