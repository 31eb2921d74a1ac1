//! The budget proof as SVG: a row for each combination, its memory and CPU limits as bars stacked of what each profile adds,
//! beside the line that they may reach.

use super::{
    scene::{Group, Scene},
    svg::{Svg, cut, number, width},
    theme,
};
use crate::{
    budget::{Measure, Row, Verdict},
    resolve::{Profiles, ResolvedStack},
};

/// The whole width: that of a README.
const WIDTH: f64 = 790.0;
const MARGIN: f64 = 22.0;
/// From one row to the next.
const ROW: f64 = 34.0;
const BAR: f64 = 13.0;
/// The thin line below a bar: what is reserved.
const RESERVED: f64 = 3.0;
/// Where the rows begin.
const TOP: f64 = 100.0;
/// Room for an amount beside a bar.
const AMOUNT: f64 = 74.0;
/// Between the two columns.
const BETWEEN: f64 = 22.0;

/// A sum that is drawn, the one below it, and their bounds.
struct Column {
    title: &'static str,
    limit: Measure,
    reserved: Measure,
    left: f64,
    room: f64,
    /// What the whole room stands for.
    most: u128,
}

/// Draw a verdict, of every combination or of a `single` one.
pub fn chart(profiles: &Profiles<'_>, verdict: &Verdict, single: bool) -> String {
    let every = Scene::every(profiles);
    let rows = verdict.shown(single);
    let longest = rows.iter().map(|(label, _)| width(label, 12.6)).fold(60.0, f64::max);
    let labels = longest.min(200.0).ceil() + 14.0;
    let room = (WIDTH - 2.0 * MARGIN - labels - BETWEEN) / 2.0;
    let column = |place: usize, title, limit, reserved| {
        let bound = verdict.bounds.of(limit).unwrap_or_default();
        let largest = rows.iter().map(|(_, row)| row.ledger[limit].max(row.ledger[reserved])).max();
        let left = MARGIN + labels + place as f64 * (room + BETWEEN);
        Column {
            title,
            limit,
            reserved,
            left,
            room: room - AMOUNT,
            most: bound.max(largest.unwrap_or_default()).max(1),
        }
    };
    let columns = [
        column(0, "memory limits", Measure::Memory, Measure::MemoryReservation),
        column(1, "CPU limits", Measure::CpuLimit, Measure::CpuReservation),
    ];
    let height = TOP + ROW * rows.len() as f64 + 46.0;
    let title = format!("The budget of {}", every.name);
    let mut svg = Svg::new(WIDTH, height, &title, &described(&rows), &theme::style());
    svg.rect("ground", (0.5, 0.5), (WIDTH - 1.0, height - 1.0), 10.0);
    svg.words("title", "start", (MARGIN, 36.0), &cut(&every.name, 17.0, WIDTH / 3.0));
    let proved = match (verdict.fits, verdict.checked) {
        (true, 1) => "the combination fits".to_owned(),
        (true, checked) => format!("each of {checked} combinations fits"),
        (false, _) if verdict.over().is_some() => "does not fit".to_owned(),
        (false, _) => "not proved".to_owned(),
    };
    svg.words(if verdict.fits { "faint" } else { "alarm" }, "end", (WIDTH - MARGIN, 36.0), &proved);
    for (at, (label, row)) in rows.iter().enumerate() {
        let y = TOP + ROW * at as f64;
        svg.words("name", "start", (MARGIN, y + 15.0), &cut(label, 13.6, labels - 10.0));
        let parts = parts(profiles, &every, row);
        for column in &columns {
            bars(&mut svg, column, row, &parts, y);
        }
    }
    for column in &columns {
        head(&mut svg, column, verdict, TOP + ROW * rows.len() as f64);
    }
    legend(&mut svg, &every, height - MARGIN);
    svg.finish()
}

/// The title of a column and the line of its bound.
fn head(svg: &mut Svg, column: &Column, verdict: &Verdict, bottom: f64) {
    svg.words("group-title", "start", (column.left, 68.0), column.title);
    if let Some(bound) = verdict.bounds.of(column.limit) {
        let x = column.left + share(bound, column);
        let line = format!("M{} {} V{}", number(x), number(TOP - 14.0), number(bottom - 6.0));
        svg.empty("path", &[("class", &"bound"), ("d", &line)]);
        let text = format!("may reach {}", column.limit.text(bound));
        let end = x.max(column.left + width(&text, 10.4));
        svg.words("faint", "end", (end, TOP - 18.0), &text);
    }
}

/// What each group adds to a row, in the order and the hue of the groups.
fn parts(profiles: &Profiles<'_>, every: &Scene, row: &Row) -> Vec<(usize, u128, u128)> {
    let resolved = ResolvedStack::new(profiles, &row.profiles);
    let part = |(at, group): (usize, &Group)| {
        let own = resolved.services.values().filter(|service| {
            service.profiles.len() == group.profiles.len()
                && service.profiles.iter().all(|name| group.profiles.contains(name))
        });
        let (mut memory, mut cpus) = (0, 0);
        for service in own {
            let times = u128::from(service.replica_count());
            memory += times * u128::from(service.limits.memory.unwrap_or_default().0);
            cpus += times * u128::from(service.limits.cpus.unwrap_or_default().nanos);
        }
        (every.hue(at), memory, cpus)
    };
    every.groups.iter().enumerate().map(part).collect()
}

fn bars(svg: &mut Svg, column: &Column, row: &Row, parts: &[(usize, u128, u128)], y: f64) {
    svg.rect("free", (column.left, y + 4.0), (column.room, BAR), 3.0);
    let mut done = 0;
    for (hue, memory, cpus) in parts {
        let part = if column.limit == Measure::Memory { *memory } else { *cpus };
        if part == 0 {
            continue;
        }
        let from = column.left + share(done, column);
        done += part;
        let to = column.left + share(done, column);
        svg.rect(&format!("bar h{hue}"), (from, y + 4.0), ((to - from - 1.0).max(0.5), BAR), 2.0);
    }
    let reserved = share(row.ledger[column.reserved], column);
    let class = if row.over.contains(&column.reserved) { "alarm" } else { "bar h0" };
    svg.rect(class, (column.left, y + 6.0 + BAR), (reserved, RESERVED), 1.5);
    let class =
        if row.over.contains(&column.limit) || row.over.contains(&column.reserved) { "alarm" } else { "" };
    let text = column.limit.text(row.ledger[column.limit]);
    svg.words(class, "start", (column.left + column.room + 9.0, y + 14.5), &text);
}

fn legend(svg: &mut Svg, every: &Scene, y: f64) {
    let mut x = MARGIN;
    for (at, group) in every.groups.iter().enumerate() {
        let title = cut(&group.title(), 11.0, 160.0);
        let end = x + 16.0 + width(&title, 10.4) + 16.0;
        if end > WIDTH - MARGIN - 160.0 {
            svg.words("faint", "start", (x, y), "…");
            x += 22.0;
            break;
        }
        svg.rect(&format!("bar h{}", every.hue(at)), (x, y - 9.0), (11.0, 11.0), 2.0);
        svg.words("faint", "start", (x + 16.0, y), &title);
        x = end;
    }
    svg.rect("bar h0", (x, y - 5.0), (22.0, RESERVED), 1.5);
    svg.words("faint", "start", (x + 27.0, y), "reserved");
}

/// The part of a column's room that an amount takes.
fn share(amount: u128, column: &Column) -> f64 {
    (amount as f64 / column.most as f64).min(1.0) * column.room
}

fn described(rows: &[(String, &Row)]) -> String {
    let row = |(label, row): &(String, &Row)| {
        let fits = match (row.fits, row.over.is_empty()) {
            (true, _) => "fits",
            (false, true) => "is not proved",
            (false, false) => "does not fit",
        };
        let memory = Measure::Memory.text(row.ledger[Measure::Memory]);
        let cpus = Measure::CpuLimit.text(row.ledger[Measure::CpuLimit]);
        format!("{label}: {memory} of memory limits and {cpus} CPUs, {fits}.")
    };
    rows.iter().map(row).collect::<Vec<_>>().join(" ")
}
