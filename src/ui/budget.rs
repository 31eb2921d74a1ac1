//! The budget proof for people: a table with bars, the verdict in words, and what it leaves out.

use std::fmt::{Display, Write as _};

use indexmap::IndexMap;

use super::{
    counted, listed,
    paint::{Paint, Tone},
    table,
};
use crate::budget::{Bounds, Heaviest, Measure, Need, Row, Unanswered, Verdict};

/// Cells of a bar.
const BAR: usize = 10;
/// Names listed before "and N more".
const NAMES: usize = 6;

/// The whole answer, ending with a line feed, for a terminal of so many columns.
pub fn human(
    name: &str,
    verdict: &Verdict,
    heaviest: &[Heaviest],
    single: bool,
    paint: Paint,
    columns: Option<usize>,
) -> String {
    let mut text = format!("{name}: {}\n\n", budget(verdict));
    text.push_str(&table(verdict, single, paint, columns));
    text.push('\n');
    if !single {
        costs(&mut text, verdict);
    }
    conclusion(&mut text, verdict, heaviest, single, paint);
    left_out(&mut text, verdict);
    text
}

fn budget(verdict: &Verdict) -> String {
    let budget = &verdict.budget;
    let memory = budget.memory.map(|memory| format!("{memory} memory"));
    let cpus = budget.cpus.map(|cpus| {
        let limits = budget.cpu_limits().filter(|limits| *limits != cpus);
        let limits = limits.map_or_else(String::new, |it| format!(" (CPU limits may add up to {it})"));
        format!("{cpus} CPUs{limits}")
    });
    let machine: Vec<String> = [memory, cpus].into_iter().flatten().collect();
    let logs = budget.log_disk.map(|logs| format!("{logs} of logs"));
    let named = listed((!machine.is_empty()).then(|| machine.join(" and ")).into_iter().chain(logs));
    if named.is_empty() { "no budget".to_owned() } else { format!("a budget of {named}") }
}

/// What is not proved, in one line; `None` where every service has what the proof needs and there is a budget.
pub fn unproved(verdict: &Verdict) -> Option<String> {
    let lacking = Need::ALL.into_iter().filter_map(|need| {
        let count = verdict.unproved.iter().filter(|unproved| unproved.missing.contains(&need)).count();
        (count > 0).then_some((count, need))
    });
    let part = |(at, (count, need)): (usize, (usize, Need))| {
        let who = if at == 0 { counted(count, "service") } else { count.to_string() };
        format!("{who} {} no {}", if count == 1 { "has" } else { "have" }, limit(need))
    };
    let parts = listed(lacking.enumerate().map(part));
    match (parts.is_empty(), verdict.bounds.is_empty()) {
        (false, _) => Some(format!("not proved: {parts}")),
        (true, true) => Some("not proved: no budget to compare with".to_owned()),
        (true, false) => None,
    }
}

fn limit(need: Need) -> &'static str {
    match need {
        Need::Memory => "memory limit",
        Need::Cpus => "CPU limit",
        Need::LogDisk => "log limit",
    }
}

fn table(verdict: &Verdict, single: bool, paint: Paint, columns: Option<usize>) -> String {
    let drawn = |bars: bool, paint: Paint| {
        let [memory, cpus] = if bars { ["memory limits", "CPU limits"] } else { ["memory", "CPUs"] };
        let headings = ["combination", ">services", memory, ">reserved", cpus, ">reserved", ">logs", ""];
        let rows = verdict.shown(single).into_iter();
        table::table(headings, rows.map(|(label, row)| cells(label, row, &verdict.bounds, bars, paint)))
    };
    // Bars that do not fit would break every line of the table; nor do the long headings fit then.
    let plain = drawn(true, Paint { on: false });
    let bars = columns.is_none_or(|columns| plain.lines().all(|line| line.chars().count() <= columns));
    drawn(bars, paint)
}

fn cells(label: String, row: &Row, bounds: &Bounds, bars: bool, paint: Paint) -> Vec<String> {
    let value = |measure: Measure| {
        let text = measure.text(row.ledger[measure]);
        if row.over.contains(&measure) { paint.text(Tone::Bad, &text) } else { text }
    };
    let bar = |measure: Measure| {
        let Some(bound) = bounds.of(measure).filter(|_| bars) else { return value(measure) };
        format!("{} {}", bar(row.ledger[measure], bound, paint), value(measure))
    };
    let fits =
        if row.fits { paint.text(Tone::Good, "fits") } else { paint.text(Tone::Bad, &failure(row, bounds)) };
    vec![
        label,
        row.ledger.services.to_string(),
        bar(Measure::Memory),
        value(Measure::MemoryReservation),
        bar(Measure::CpuLimit),
        value(Measure::CpuReservation),
        value(Measure::LogDisk),
        fits,
    ]
}

fn failure(row: &Row, bounds: &Bounds) -> String {
    if row.over.is_empty() {
        return "not proved".to_owned();
    }
    let by = |measure: &Measure| {
        let over = bounds.of(*measure).map(|bound| row.ledger[*measure].saturating_sub(bound));
        format!("{} of {}", measure.text(over.unwrap_or_default()), words(*measure))
    };
    format!("over by {}", listed(row.over.iter().map(by)))
}

/// A bar of [`BAR`] cells; any use shows, and only a full bound fills it.
fn bar(used: u128, bound: u128, paint: Paint) -> String {
    let cells = BAR as u128;
    let filled = if used > bound { BAR } else { (used * cells).checked_div(bound).unwrap_or(0) as usize };
    let filled = filled.max(usize::from(used > 0));
    let tone = match () {
        () if used > bound => Tone::Bad,
        () if used * 10 > bound * 9 => Tone::Near,
        () => Tone::Good,
    };
    format!("{}{}", paint.text(tone, &"█".repeat(filled)), "░".repeat(BAR - filled))
}

fn costs(text: &mut String, verdict: &Verdict) {
    for cost in &verdict.profiles {
        let signed =
            |amount: i128, text: String| if amount < 0 { format!("-{text}") } else { format!("+{text}") };
        let memory = signed(cost.memory, Measure::Memory.text(cost.memory.unsigned_abs()));
        let cpu = signed(cost.cpu, Measure::CpuLimit.text(cost.cpu.unsigned_abs()));
        let _ = writeln!(
            text,
            "{} costs {memory} of memory and {cpu} CPUs of limits over the default",
            cost.profile
        );
    }
    if !verdict.profiles.is_empty() {
        text.push('\n');
    }
}

fn conclusion(text: &mut String, verdict: &Verdict, heaviest: &[Heaviest], single: bool, paint: Paint) {
    let verb =
        |fits| if fits { paint.text(Tone::Good, "fits") } else { paint.text(Tone::Bad, "does not fit") };
    let worst = &verdict.worst;
    if verdict.fits && single {
        let _ = writeln!(text, "{} {}, it {}", worst.name(), verb(true), room(verdict, worst));
    } else if verdict.fits {
        let all = match verdict.checked {
            1 => "the only combination".to_owned(),
            checked => format!("each of {checked} combinations"),
        };
        let (fits, name) = (verb(true), worst.name());
        let _ = writeln!(text, "{all} {fits}; the worst, {name}, {}", room(verdict, worst));
    } else {
        over(text, verdict, heaviest, single, &verb(false));
        lacking(text, verdict);
    }
    for open in &verdict.unanswered {
        let _ = writeln!(text, "not determined within the effort limit: {}", question(*open));
    }
}

/// What is over, in one line; `None` where nothing is.
pub fn over_in_short(verdict: &Verdict) -> Option<String> {
    let row = verdict.over()?;
    let others = verdict.smallest_failing.iter().filter(|row| !row.over.is_empty()).count().saturating_sub(1);
    let more =
        if others > 0 { format!(" (and {})", counted(others, "more combination")) } else { String::new() };
    Some(format!("{} {}{more}", row.name(), room(verdict, row)))
}

/// What is over a bound.
fn over(text: &mut String, verdict: &Verdict, heaviest: &[Heaviest], single: bool, does_not_fit: &str) {
    let over = |row: &&Row| !row.over.is_empty();
    let names: Vec<String> = verdict.smallest_failing.iter().filter(over).map(Row::name).collect();
    let _ = match verdict.over() {
        None => return,
        Some(row) if single || names.is_empty() => {
            writeln!(text, "{} {does_not_fit}, it {}", row.name(), room(verdict, row))
        }
        Some(_) => {
            let more = if verdict.more_failing { " (there may be more)" } else { "" };
            let names = first_of(&names);
            writeln!(text, "the stack {does_not_fit}; the smallest combinations over budget: {names}{more}")
        }
    };
    for it in heaviest {
        let service = |(service, amount): &(String, u128)| format!("{service} {}", it.measure.text(*amount));
        let services = listed(it.services.iter().map(service));
        let _ = writeln!(text, "  heaviest {} in {}: {services}", words(it.measure), it.combination);
    }
}

/// What is not proved, with the services that are to blame.
fn lacking(text: &mut String, verdict: &Verdict) {
    // Of a missing budget the last line tells more.
    if let Some(line) = unproved(verdict) {
        if !verdict.unproved.is_empty() {
            let _ = writeln!(text, "{line}");
        }
    } else if verdict.over().is_none() {
        let _ = writeln!(
            text,
            "not proved: no combination over budget was found, and the bounded search ended before it could rule one out"
        );
    }
    let mut groups: IndexMap<&[Need], Vec<&str>> = IndexMap::new();
    for unproved in &verdict.unproved {
        groups.entry(&unproved.missing).or_default().push(&unproved.service);
    }
    for (missing, services) in groups {
        let missing = listed(missing.iter().map(|need| format!("no {}", limit(*need))));
        let _ = writeln!(text, "  {missing}: {}", first_of(&services));
    }
    if verdict.bounds.is_empty() {
        let _ = writeln!(
            text,
            "no budget to compare with: write `[budget]` in stack.toml, or give `--memory` and `--cpus`"
        );
    }
}

fn question(open: Unanswered) -> &'static str {
    match open {
        Unanswered::Count => "how many combinations there are; the count is of those listed",
        Unanswered::Fits => "whether every combination fits; those listed were checked",
        Unanswered::Worst => "which combination is the worst; the one named is the largest that was found",
        Unanswered::Smallest => {
            "which combinations over budget are the smallest; those named are over budget"
        }
        Unanswered::Peaks => "the largest of each sum",
    }
}

/// What a row leaves of the budget, or by how much it is over.
fn room(verdict: &Verdict, row: &Row) -> String {
    let part = |measure: Measure| {
        let difference = verdict.bounds.of(measure)?.abs_diff(row.ledger[measure]);
        Some(format!("{} of {}", measure.text(difference), words(measure)))
    };
    let (verb, measures) = match row.over.as_slice() {
        [] => ("leaves", &[Measure::Memory, Measure::CpuLimit][..]),
        over => ("is over by", over),
    };
    let mut parts: Vec<String> = measures.iter().copied().filter_map(part).collect();
    if parts.is_empty() {
        parts.extend(part(Measure::LogDisk));
    }
    format!("{verb} {}", parts.join(" and "))
}

fn left_out(text: &mut String, verdict: &Verdict) {
    let left = &verdict.uncovered;
    let bounds = [
        (Measure::Memory, "memory: the budget does not name it"),
        (Measure::CpuLimit, "CPUs: the budget does not name them"),
        (Measure::LogDisk, "logs on disk: the budget has no `log_disk`"),
    ];
    let unnamed = bounds.into_iter().filter(|(measure, _)| verdict.bounds.of(*measure).is_none());
    let mut lines: Vec<String> = unnamed.map(|(_, line)| line.to_owned()).collect();
    let mut say = |names: &[String], what: &str| {
        if !names.is_empty() {
            lines.push(format!("{what}: {}", first_of(names)));
        }
    };
    say(&left.swap, "swap, as much again where memswap_limit is not set");
    say(&left.builds, "image builds");
    say(&left.docker_socket, "containers started through the Docker socket");
    lines.push("the engine itself".to_owned());
    let _ = writeln!(text, "\nnot covered by the proof:");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn words(measure: Measure) -> &'static str {
    match measure {
        Measure::Memory => "memory limits",
        Measure::MemoryReservation => "memory reservations",
        Measure::CpuLimit => "CPU limits",
        Measure::CpuReservation => "CPU reservations",
        Measure::LogDisk => "logs",
    }
}

/// The first of them, and how many more there are.
pub fn first_of(names: &[impl Display]) -> String {
    match names.len().checked_sub(NAMES) {
        Some(more @ 1..) => format!("{} and {more} more", listed(&names[..NAMES])),
        _ => listed(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        budget::{Scope, prove},
        resolve::Profiles,
        source::parse,
    };

    #[test]
    fn a_narrow_terminal_gets_the_table_without_bars() {
        let text = "name = \"x\"\n[budget]\nmemory = \"1G\"\ncpus = 2\n[services.web]\nimage = \"x:1\"\nlimits = { memory = \"64M\", cpus = 0.5 }";
        let stack = parse(text.as_bytes()).stack;
        let verdict = prove(&Profiles::new(&stack), &stack.budget, &Scope::Every);
        let shown = |columns| human("x", &verdict, &[], false, Paint { on: false }, columns);
        assert!(shown(None).contains("░ 64 MiB") && shown(Some(100)) == shown(None));
        let narrow = shown(Some(80));
        assert!(!narrow.contains('░') && narrow.contains("64 MiB"));
        assert!(narrow.lines().skip(2).take(2).all(|line| line.chars().count() < 75), "{narrow}");
    }
}
