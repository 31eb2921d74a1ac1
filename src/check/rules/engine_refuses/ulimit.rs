//! Limits of processes.

use super::fault::{Fault, Judge};
use crate::{
    diag::{KeyPath, did_you_mean},
    model::Value,
};

/// The limits of setrlimit(2) by the names that Compose and the engine use, in any case.
const LIMITS: [&str; 16] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Judge `ulimits`.
pub(super) fn judge<'a>(judge: &mut Judge<'_, 'a>, value: &'a Value) {
    for (limit, value) in value.as_map().into_iter().flatten() {
        let at = || judge.path().key("ulimits").key(limit);
        let lower = limit.to_ascii_lowercase();
        let both = |key: &str| match value.as_map() {
            Some(table) => number(judge, table.get(key)?),
            None => number(judge, value),
        };
        let found = match (both("soft"), both("hard")) {
            _ if !LIMITS.contains(&lower.as_str()) => Some((at(), unknown(limit))),
            (Some(soft), Some(hard)) => {
                fault(&lower, soft, hard).map(|fault| (place(at(), value, soft), fault))
            }
            _ => None,
        };
        if let Some((at, fault)) = found {
            judge.refuse(at, fault);
        }
    }
}

/// Where there are two values, the soft one, or the hard one that alone is without bound.
fn place(at: KeyPath, value: &Value, soft: i64) -> KeyPath {
    let hard = value.as_map().and_then(|table| table.get("hard"));
    match hard {
        None => at,
        Some(Value::Int(..0)) if soft >= 0 => at.key("hard"),
        Some(_) => at.key("soft"),
    }
}

fn number(judge: &Judge<'_, '_>, value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        other => judge.value(other.as_str()?)?.parse().ok(),
    }
}

fn unknown(limit: &str) -> Fault {
    let help = did_you_mean(limit, LIMITS).unwrap_or_else(|| format!("known limits: {}", LIMITS.join(", ")));
    Fault::new(format!("there is no limit `{limit}`"), help)
}

fn fault(limit: &str, soft: i64, hard: i64) -> Option<Fault> {
    // -1 is without bound, and the engine hands every negative number on as a huge one.
    let order = |number: i64| u64::try_from(number).unwrap_or(u64::MAX);
    if order(soft) > order(hard) {
        let text = |number: i64| if number < 0 { "unlimited".to_owned() } else { number.to_string() };
        return Some(Fault::new(
            format!("the soft limit, {}, is above the hard one, {hard}", text(soft)),
            format!("write a `soft` of at most {hard}, or raise `hard`"),
        ));
    }
    (limit == "nofile" && hard < 0).then(|| {
        Fault::new(
            "open files cannot be unlimited: the kernel's maximum is fs.nr_open",
            "write a number, such as 1048576",
        )
    })
}
