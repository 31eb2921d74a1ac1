//! `[[traffic.schedule]]` and `[traffic] repeat`: modes that begin by themselves.

use std::time::Duration;

use super::{
    reference::{SCHEDULE, has},
    table::Item,
    traffic_duration::duration,
};
use crate::{
    diag::{Allow, Code, did_you_mean},
    model::traffic::{ScheduledMode, Traffic},
};

/// A schedule that cannot be followed.
pub static BAD_SCHEDULE: Code = Code::error(
    "bad-schedule",
    Allow::Never(Allow::TRAFFIC),
    "\
`[[traffic.schedule]]` lists modes that begin by themselves: `at` is the time since the start, `mode` one of `[traffic].modes`, and \
`over` the time in which the rate changes on a straight line. The times rise from entry to entry, a change is over before the next \
entry begins, and `repeat` is longer than the whole schedule.

```toml
[traffic]
modes = { night = 2, day = 20 }
repeat = \"24h\"

[[traffic.schedule]]
at = \"0s\"
mode = \"night\"

[[traffic.schedule]]
at = \"6h\"
mode = \"dya\"                # error: did you mean `day`?
over = \"2h\"
```",
);

/// Decode the list, but for the names of the modes. `None` when anything in it was reported.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Vec<ScheduledMode>> {
    let items = item.list()?;
    let mut entries: Vec<ScheduledMode> = Vec::new();
    let mut is_whole = true;
    for item in &items {
        let Some(entry) = entry(item) else {
            is_whole = false;
            continue;
        };
        if let Some(before) = entries.last() {
            is_whole &= follows(item, before, &entry);
        }
        entries.push(entry);
    }
    is_whole.then_some(entries)
}

fn entry(item: &Item<'_, '_>) -> Option<ScheduledMode> {
    let table = item.table()?;
    let (mut at, mut mode, mut over) = (None, None, Some(Duration::ZERO));
    let mut is_whole = table.items().all(|item| has(&SCHEDULE, item.key()));
    for item in table.items_of(&SCHEDULE) {
        match item.key() {
            "at" => at = duration(&item, Duration::ZERO),
            "mode" => mode = item.plain_text().map(str::to_owned),
            "over" => over = duration(&item, Duration::ZERO),
            _ => {}
        }
    }
    for (key, example) in [("at", "`at = \"30s\"`: when it begins"), ("mode", "`mode = \"steady\"`")] {
        if table.get(key).is_none() {
            is_whole = false;
            table.missing(key, example);
        }
    }
    let entry = ScheduledMode { at: at?, mode: mode?, over: over? };
    is_whole.then_some(entry)
}

/// Whether an entry comes after the one before it, and that one is over by then; reported where not.
fn follows(item: &Item<'_, '_>, before: &ScheduledMode, entry: &ScheduledMode) -> bool {
    if entry.at <= before.at {
        item.report(|| {
            item.error(&BAD_SCHEDULE, "the times of a schedule rise from entry to entry")
                .label(format!("begins at {:?}, and the entry before it at {:?}", entry.at, before.at))
                .help("sort the entries by `at`")
        });
        return false;
    }
    if before.at + before.over > entry.at {
        item.report(|| {
            item.error(&BAD_SCHEDULE, "a change of the schedule is not over when the next entry begins")
                .label(format!(
                    "begins at {:?}, and the change before it ends at {:?}",
                    entry.at,
                    before.at + before.over
                ))
                .help("shorten `over` of the entry before, or move this one")
        });
        return false;
    }
    true
}

/// Judge what depends on other keys of the table: the names of the modes, and `repeat`.
pub(super) fn judge(item: &Item<'_, '_>, traffic: &Traffic) -> bool {
    let Some(table) = item.as_table() else { return true };
    let mut is_whole = true;
    let schedule = table.get("schedule");
    let entries = schedule.as_ref().and_then(Item::as_list).unwrap_or_default();
    for (entry, item) in traffic.schedule.iter().zip(&entries) {
        if !traffic.modes.contains_key(&entry.mode) {
            is_whole = false;
            let near = did_you_mean(&entry.mode, traffic.modes.keys().map(String::as_str));
            item.report(|| {
                item.error(&BAD_SCHEDULE, format!("[traffic] has no mode {:?}", entry.mode))
                    .label("no mode of this name")
                    .help(near.unwrap_or_else(|| format!("the modes are {}", traffic.mode_names())))
            });
        }
    }
    if let (Some(repeat), Some(item)) = (traffic.repeat, table.get("repeat")) {
        let end = traffic.schedule.last().map_or(Duration::ZERO, |last| last.at + last.over);
        if end >= repeat {
            is_whole = false;
            item.report(|| {
                item.error(&BAD_SCHEDULE, "the schedule cannot be repeated")
                    .label(format!("the schedule takes {end:?}, and `repeat` is to be longer"))
            });
        }
    }
    is_whole
}

#[cfg(test)]
mod tests {
    use super::super::parse_traffic;
    use crate::model::traffic::Traffic;

    fn read(text: &str) -> (Option<Traffic>, Vec<(&'static str, String)>) {
        let rest = "target = 'http://a'\nrequests = [{ path = '/' }]\n";
        let parsed = parse_traffic(format!("[traffic]\n{rest}{text}").as_bytes());
        let found = parsed.diagnostics.iter().map(|found| (found.code.name, found.message.clone()));
        (parsed.stack.traffic.clone(), found.collect())
    }

    #[test]
    fn a_day_is_read() {
        let (traffic, found) = read(
            "repeat = '24h'\nkeep_alive = false\ninsecure = true\nca_file = 'ca.pem'\npublic_url = 'https://shop.example'\n\
             schedule = [{ at = '0s', mode = 'steady' }, { at = '6h', mode = 'burst', over = '2h' }]",
        );
        assert_eq!(found, []);
        let traffic = traffic.unwrap();
        let entries: Vec<_> =
            traffic.schedule.iter().map(|e| (e.at.as_secs(), e.mode.as_str(), e.over.as_secs())).collect();
        assert_eq!(entries, [(0, "steady", 0), (21_600, "burst", 7_200)]);
        assert_eq!(traffic.repeat.map(|repeat| repeat.as_secs()), Some(86_400));
        assert!(!traffic.keep_alive && traffic.insecure);
        assert_eq!(traffic.ca_file.as_deref(), Some(std::path::Path::new("ca.pem")));
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        for (text, message) in [
            ("schedule = [{ at = '0s', mode = 'brust' }]", "[traffic] has no mode \"brust\""),
            (
                "schedule = [{ at = '9s', mode = 'burst' }, { at = '9s', mode = 'pause' }]",
                "the times of a schedule rise from entry to entry",
            ),
            (
                "schedule = [{ at = '0s', mode = 'burst', over = '1m' }, { at = '9s', mode = 'pause' }]",
                "a change of the schedule is not over when the next entry begins",
            ),
            (
                "repeat = '1m'\nschedule = [{ at = '50s', mode = 'burst', over = '10s' }]",
                "the schedule cannot be repeated",
            ),
        ] {
            let (traffic, found) = read(text);
            assert_eq!(found, [("bad-schedule", message.to_owned())], "{text}");
            assert_eq!(traffic, None, "{text}");
        }
        for (text, code) in [
            ("schedule = [{ mode = 'burst' }]", "missing-key"),
            ("schedule = [{ at = '1s', mode = 'burst', ovr = '1s' }]", "unknown-key"),
            ("modes = { custom = 1 }", "bad-rate"),
            ("modes = { steady = 1000001 }", "bad-rate"),
            ("public_url = 'shop'", "bad-target"),
        ] {
            let (traffic, found) = read(text);
            assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{text}");
            assert_eq!(traffic, None, "{text}");
        }
    }
}
