//! The plan for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Paint, Tone};
use crate::{
    engine::plan::{Action, Change, Reason},
    text::{counted, counts, printable},
};

/// `plan --format json`: SPEC 8.
pub fn json(changes: &[Change]) -> Value {
    let row = |it: &Change| json!({ "service": it.service, "action": it.action, "reasons": it.reasons });
    json!({ "changes": changes.iter().map(row).collect::<Vec<_>>() })
}

/// What changes, container by container, with every reason; what stays is counted.
pub fn human(changes: &[Change], paint: Paint) -> String {
    let mut text = String::new();
    for change in changes {
        if change.action == Action::None && change.reasons.is_empty() {
            continue;
        }
        let (sign, tone, verb) = words(change.action);
        let name = change.container.as_deref().unwrap_or(&change.service);
        let drift = if change.drift { ", changed outside of Compose" } else { "" };
        let line = format!("{sign} {}: {verb}{drift}", printable(name));
        let _ = writeln!(text, "{}", tone.map_or(line.clone(), |tone| paint.text(tone, &line)));
        // A new container differs from nothing.
        if change.action != Action::Create {
            change.reasons.iter().for_each(|reason| text.push_str(&printable(&reason_line(reason))));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &summary(changes) + "\n"
}

/// Its sign, its colour, and the word for it.
fn words(action: Action) -> (char, Option<Tone>, &'static str) {
    match action {
        Action::Create => ('+', Some(Tone::Added), "create"),
        Action::Recreate => ('±', Some(Tone::Near), "recreate"),
        Action::Start => ('>', Some(Tone::Added), "start"),
        Action::Stop => ('-', Some(Tone::Removed), "stop"),
        Action::Remove => ('-', Some(Tone::Removed), "remove"),
        Action::None => ('!', None, "running but not selected; `--remove-unselected` removes it"),
    }
}

fn reason_line(reason: &Reason) -> String {
    let Reason { field, from, to } = reason;
    match (from, to) {
        (Some(from), Some(to)) => format!("    {field}: {from} -> {to}\n"),
        (None, Some(to)) => format!("    {field}: + {to}\n"),
        (Some(_), None) if field == "selected" => String::new(),
        (Some(from), None) => format!("    {field}: - {from}\n"),
        (None, None) => format!("    {field}\n"),
    }
}

fn summary(changes: &[Change]) -> String {
    let count = |action: Action| changes.iter().filter(|change| change.action == action).count();
    let parts = counts([
        (count(Action::Create), "to create"),
        (count(Action::Recreate), "to recreate"),
        (count(Action::Start), "to start"),
        (count(Action::Stop), "to stop"),
        (count(Action::Remove), "to remove"),
    ]);
    let stays = changes.iter().filter(|it| it.action == Action::None && it.reasons.is_empty()).count();
    match (parts.is_empty(), stays) {
        (true, stays) => format!("no changes: {} up to date", counted(stays, "container")),
        (false, 0) => parts,
        (false, stays) => format!("{parts}; {stays} up to date"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(service: &str, action: Action, reasons: Vec<Reason>, drift: bool) -> Change {
        let container = (action != Action::Create).then(|| format!("orders-{service}-1"));
        Change { service: service.to_owned(), container, action, reasons, drift }
    }

    fn reason(field: &str, from: Option<&str>, to: Option<&str>) -> Reason {
        Reason::new(field, from.map(str::to_owned), to.map(str::to_owned))
    }

    #[test]
    fn as_a_person_and_a_program_read_it() {
        let changes = [
            change("postgres", Action::None, vec![], false),
            change(
                "redis",
                Action::Recreate,
                vec![reason("limits.memory", Some("1 GiB"), Some("512 MiB"))],
                true,
            ),
            change(
                "order-api",
                Action::Recreate,
                vec![
                    reason("environment.NEW", None, Some("set")),
                    reason("ports", Some("127.0.0.1:80:80/tcp"), None),
                ],
                false,
            ),
            change("nginx", Action::Start, vec![reason("state", Some("exited (1)"), Some("running"))], false),
            change("jaeger", Action::Create, vec![reason("container", None, Some("jaeger:2"))], false),
            change("kafka", Action::None, vec![reason("selected", Some("running"), None)], false),
        ];
        insta::assert_snapshot!(human(&changes, Paint { on: false }), @r"
        ± orders-redis-1: recreate, changed outside of Compose
            limits.memory: 1 GiB -> 512 MiB
        ± orders-order-api-1: recreate
            environment.NEW: + set
            ports: - 127.0.0.1:80:80/tcp
        > orders-nginx-1: start
            state: exited (1) -> running
        + jaeger: create
        ! orders-kafka-1: running but not selected; `--remove-unselected` removes it

        1 to create, 2 to recreate, 1 to start; 1 up to date
        ");
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&changes[1..2])).unwrap(), @r#"
        {
          "changes": [
            {
              "service": "redis",
              "action": "recreate",
              "reasons": [
                {
                  "field": "limits.memory",
                  "from": "1 GiB",
                  "to": "512 MiB"
                }
              ]
            }
          ]
        }
        "#);
        assert_eq!(human(&changes[..1], Paint { on: false }), "no changes: 1 container up to date\n");
    }
}
