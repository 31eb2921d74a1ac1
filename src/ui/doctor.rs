//! The checks of `doctor`, for people and for programs.

use serde_json::{Value, json};

use super::{Paint, Tone, counted};
use crate::{
    engine::doctor::{Check, CheckStatus},
    text::printable,
};

/// `doctor --format json`.
pub fn json(checks: &[Check]) -> Value {
    json!({ "checks": checks })
}

/// A line for each check, its fix below it, and a sum.
pub fn human(checks: &[Check], paint: Paint) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (word, tone) = match check.status {
            CheckStatus::Ok => ("ok", Tone::Good),
            CheckStatus::Warning => ("warning", Tone::Near),
            CheckStatus::Error => ("error", Tone::Bad),
        };
        let word = paint.text(tone, &format!("{word:<7}"));
        text.push_str(&format!("{word}  {:<width$}  {}\n", check.name, printable(&check.detail)));
        if let Some(fix) = &check.fix {
            text.push_str(&format!("{:9}{:width$}  fix: {}\n", "", "", printable(fix)));
        }
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let (errors, warnings) = (count(CheckStatus::Error), count(CheckStatus::Warning));
    let sum = match (errors, warnings) {
        (0, 0) => "ready for `stackctl up`".to_owned(),
        (0, warnings) => {
            format!("{}; ready for `stackctl up`", counted(warnings, "warning"))
        }
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    format!("{text}\n{sum}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_person_and_a_program_read_it() {
        let checks = [
            Check::ok("engine", "Docker 28.5.2 at unix:///var/run/docker.sock"),
            Check::warning("swap", "the engine cannot limit swap", "turn its swap off"),
            Check::error("ports", "127.0.0.1:8080 of nginx is taken by the process python3 (77)", "stop it"),
        ];
        insta::assert_snapshot!(human(&checks, Paint { on: false }), @"
        ok       engine  Docker 28.5.2 at unix:///var/run/docker.sock
        warning  swap    the engine cannot limit swap
                         fix: turn its swap off
        error    ports   127.0.0.1:8080 of nginx is taken by the process python3 (77)
                         fix: stop it

        1 error, 1 warning
        ");
        assert!(human(&checks[..1], Paint { on: false }).ends_with("\nready for `stackctl up`\n"));
        let read = json(&checks);
        assert_eq!(read["checks"][1]["status"], "warning");
        assert_eq!(read["checks"][0]["fix"], serde_json::Value::Null);
    }
}
