//! What the container's process runs as and with.

use super::fault::{Fault, Judge};
use crate::model::Value;

/// The longest host name of the kernel, in bytes.
const HOSTNAME: usize = 64;
/// The largest number of a user or group that the engine takes.
const MAX_ID: i64 = i32::MAX as i64;

/// `working_dir`.
pub(super) fn working_dir(text: &str) -> Option<Fault> {
    let help = || format!("write \"/{}\"", text.trim_start_matches("./").trim_start());
    (!text.is_empty() && !text.starts_with('/'))
        .then(|| Fault::new(format!("`{text}` is not an absolute path"), help()))
}

/// `hostname`.
pub(super) fn hostname(text: &str) -> Option<Fault> {
    (text.len() > HOSTNAME).then(|| {
        Fault::new(
            format!("the kernel takes at most {HOSTNAME} bytes, and it has {}", text.len()),
            "shorten it; names for other containers are `aliases` of a network",
        )
    })
}

/// `user` and entries of `group_add`: names, which the image knows, or numbers.
pub(super) fn ids(text: &str) -> Option<Fault> {
    let outside = |part: &&str| part.parse::<i64>().is_ok_and(|id| !(0..=MAX_ID).contains(&id));
    let part = text.split(':').find(outside)?;
    Some(Fault::new(format!("`{part}` is not a user or group ID"), format!("write one from 0 to {MAX_ID}")))
}

/// `cpuset`: numbers and ranges.
pub(super) fn cpuset(text: &str) -> Option<Fault> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
    let fits = |part: &str| match part.split_once('-') {
        None => number(part).is_some(),
        Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
    };
    (!text.is_empty() && !text.split(',').all(fits)).then(|| {
        Fault::new(format!("`{text}` is not a list of CPUs"), "write numbers and ranges, such as \"0-2,5\"")
    })
}

/// `isolation`, which Windows alone can choose.
pub(super) fn isolation(text: &str) -> Option<Fault> {
    (!["", "default"].contains(&text))
        .then(|| Fault::new(format!("Linux knows no isolation `{text}`"), "remove it, or write \"default\""))
}

/// An entry of `device_cgroup_rules`: `TYPE MAJOR:MINOR ACCESS`.
pub(super) fn device_rule(text: &str) -> Option<Fault> {
    let number = |text: &str| text == "*" || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let parts: Vec<&str> = text.split(' ').collect();
    let fits = match parts.as_slice() {
        [kind, device, access] => {
            ["a", "b", "c"].contains(kind)
                && device.split_once(':').is_some_and(|(major, minor)| number(major) && number(minor))
                && (1..=3).contains(&access.len())
                && access.bytes().all(|b| b"rwm".contains(&b))
        }
        _ => false,
    };
    (!fits).then(|| {
        Fault::new(
            format!("`{text}` is not a device rule"),
            "write type, numbers and access, such as \"c 1:3 mr\"",
        )
    })
}

/// Judge a number: `mem_swappiness`, `cpu_shares`.
pub(super) fn number<'a>(judge: &mut Judge<'_, 'a>, key: &str, value: &'a Value) {
    let number = match value {
        Value::Int(number) => Some(*number),
        other => other.as_str().and_then(|text| judge.value(text)?.parse().ok()),
    };
    let Some(number) = number else { return };
    let fault = match key {
        // -1 is unset.
        "mem_swappiness" if !(-1..=100).contains(&number) => {
            Fault::new(format!("{number} is not between 0 and 100"), "write a number from 0 to 100")
        }
        "cpu_shares" if number < 0 => {
            Fault::new(format!("{number} is below 0"), "write 2 or more; 1024 is usual")
        }
        _ => return,
    };
    judge.refuse(judge.path().key(key), fault);
}

/// Judge `post_start`: every entry has something to run. What `pre_stop` has not is passed over.
pub(super) fn hooks(judge: &mut Judge<'_, '_>, value: &Value) {
    for (position, hook) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(command) = hook.as_map().and_then(|hook| hook.get("command")) else { continue };
        if command.as_str() == Some("") || command.as_list().is_some_and(<[Value]>::is_empty) {
            let fault = Fault::new(
                "there is nothing to run",
                "write a program and its arguments, or remove the entry",
            );
            judge.refuse(judge.path().key("post_start").index(position).key("command"), fault);
        }
    }
}
