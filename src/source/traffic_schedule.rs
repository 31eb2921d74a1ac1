//! `[[traffic.schedule]]` and `[traffic] repeat`: modes that begin by themselves.

use std::time::Duration;

use super::{quantity::BAD_DURATION, reference::SCHEDULE, table::Item};
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
entry begins, and `repeat` is longer than the whole schedule; without a schedule it repeats nothing.

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

/// Decode the list, but for the names of the modes. What is reported is left out.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<ScheduledMode> {
    let mut entries: Vec<ScheduledMode> = Vec::new();
    for item in &item.list().unwrap_or_default() {
        let Some(entry) = entry(item) else { continue };
        if let Some(before) = entries.last() {
            follows(item, before, &entry);
        }
        entries.push(entry);
    }
    entries
}

fn entry(item: &Item<'_, '_>) -> Option<ScheduledMode> {
    let table = item.table()?;
    let (mut at, mut mode, mut over) = (None, None, Some(Duration::ZERO));
    let is_sound = item.reports_nothing(|| {
        for item in table.items_of(&SCHEDULE) {
            match item.key() {
                "at" => at = duration(&item, Duration::ZERO),
                "mode" => mode = item.plain_text().map(str::to_owned),
                "over" => over = duration(&item, Duration::ZERO),
                _ => {}
            }
        }
        table.requires_key("at", "`at = \"30s\"`: when it begins");
        table.requires_key("mode", "`mode = \"steady\"`");
    });
    let entry = ScheduledMode { at: at?, mode: mode?, over: over? };
    is_sound.then_some(entry)
}

/// Report an entry that does not come after the one before it, or before that one is over.
fn follows(item: &Item<'_, '_>, before: &ScheduledMode, entry: &ScheduledMode) {
    let end = before.at + before.over;
    if entry.at <= before.at {
        item.report(|| {
            item.error(&BAD_SCHEDULE, "the times of a schedule rise from entry to entry")
                .label(format!("begins at {:?}, and the entry before it at {:?}", entry.at, before.at))
                .help("sort the entries by `at`")
        });
    } else if end > entry.at {
        item.report(|| {
            item.error(&BAD_SCHEDULE, "a change of the schedule is not over when the next entry begins")
                .label(format!("begins at {:?}, and the change before it ends at {end:?}", entry.at))
                .help("shorten `over` of the entry before, or move this one")
        });
    }
}

/// A time of at least `least`.
pub(super) fn duration(item: &Item<'_, '_>, least: Duration) -> Option<Duration> {
    if item.as_text().is_some_and(|text| !item.is_fixed(text)) {
        return None;
    }
    let duration = item.duration()?.value?.0;
    if duration < least {
        return item.reject(|| {
            item.error(&BAD_DURATION, format!("{} is too short", item.path())).label("must be at least 1ms")
        });
    }
    Some(duration)
}

/// Judge what depends on other keys of the table: the names of the modes, and `repeat`.
pub(super) fn judge(item: &Item<'_, '_>, traffic: &Traffic) {
    let Some(table) = item.as_table() else { return };
    let schedule = table.get("schedule");
    let entries = schedule.as_ref().and_then(Item::as_list).unwrap_or_default();
    for (entry, item) in traffic.schedule.iter().zip(&entries) {
        item.ensure(traffic.modes.contains_key(&entry.mode), || {
            let near = did_you_mean(&entry.mode, traffic.modes.keys().map(String::as_str));
            item.error(&BAD_SCHEDULE, format!("[traffic] has no mode {:?}", entry.mode))
                .label("no mode of this name")
                .help(near.unwrap_or_else(|| format!("the modes are {}", traffic.mode_names())))
        });
    }
    if let (Some(repeat), Some(item)) = (traffic.repeat, table.get("repeat")) {
        let end = traffic.schedule.last().map_or(Duration::ZERO, |last| last.at + last.over);
        let is_listed = schedule.as_ref().is_some_and(|it| it.as_list().is_none_or(|list| !list.is_empty()));
        item.ensure(is_listed, || {
            item.key_error(&BAD_SCHEDULE, "there is no schedule to repeat")
                .label("nothing begins again")
                .help("list its modes in `[[traffic.schedule]]`, or remove `repeat`")
        });
        item.ensure(end < repeat, || {
            item.error(&BAD_SCHEDULE, "the schedule cannot be repeated")
                .label(format!("the schedule takes {end:?}, and `repeat` is to be longer"))
        });
    }
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
            ("repeat = '1h'", "there is no schedule to repeat"),
            ("repeat = '1h'\nschedule = []", "there is no schedule to repeat"),
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
