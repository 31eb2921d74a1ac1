//! The columns of `status` and `top`, each in one place, and which table has which.

use std::{collections::BTreeSet, time::Duration};

use super::{
    paint::{Paint, Tone},
    table::{Side, with_sides},
};
use crate::{
    engine::status::{ServiceStatus, StackStatus, TaskStatus},
    model::Bytes,
    text::printable,
};

/// A cell's text, and what its colour says.
type Cell = (String, Option<Tone>);

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// On which side its cells stand.
    pub side: Side,
    /// What it shows of a service.
    pub service: fn(&ServiceStatus) -> Cell,
    /// What it shows of a task of a service.
    pub task: fn(&TaskStatus) -> Cell,
    /// What it shows of the whole stack.
    pub total: fn(&StackStatus) -> String,
}

/// `status` of a stack that runs by Docker Compose.
pub const COMPOSE: &[Column] = &[NAME, STATE_AND_REPLICAS, HEALTH, AGE, USED_OF, OF_LIMIT, RESTARTS, ADDRESS];
/// The same on a terminal.
pub const COMPOSE_LINKS: &[Column] =
    &[NAME, STATE_AND_REPLICAS, HEALTH, AGE, USED_OF, OF_LIMIT, RESTARTS, LINK];
/// `status` of a stack on a swarm.
pub const SWARM: &[Column] = &[
    NAME,
    TASKS,
    STATE,
    HEALTH,
    MEASURED,
    USED_OF,
    OF_LIMIT,
    Column { heading: "failed", ..RESTARTS },
    NODE,
    ADDRESS,
];
/// `top`.
pub const TOP: &[Column] = &[SERVICE, CPUS, CPU_LIMIT, USED, RESERVED, LIMIT, PEAK, RESTARTS, SUMMARY];
/// `top` of a stack on a swarm.
pub const TOP_SWARM: &[Column] =
    &[SERVICE, MEASURED, CPUS, CPU_LIMIT, USED, RESERVED, LIMIT, PEAK, RESTARTS, SUMMARY];

impl Column {
    const fn left(heading: &'static str, service: fn(&ServiceStatus) -> Cell) -> Self {
        Self { heading, side: Side::Left, service, task: |_| plain(""), total: |_| String::new() }
    }

    const fn right(heading: &'static str, service: fn(&ServiceStatus) -> Cell) -> Self {
        Self { side: Side::Right, ..Self::left(heading, service) }
    }

    const fn with_task(self, task: fn(&TaskStatus) -> Cell) -> Self {
        Self { task, ..self }
    }

    const fn with_total(self, total: fn(&StackStatus) -> String) -> Self {
        Self { total, ..self }
    }
}

/// The service, and whether it is not selected.
const NAME: Column = Column::left("service", |it| {
    let name = printable(&it.service);
    if it.selected { plain(name) } else { (format!("{name} (not selected)"), Some(Tone::Near)) }
})
.with_task(|it| plain(format!("  {}", printable(&it.task))));

/// The service alone.
pub const SERVICE: Column =
    Column::left("service", |it| plain(printable(&it.service))).with_total(|_| "all".to_owned());

const TASKS: Column =
    Column::right("tasks", |it| plain(format!("{}/{}", it.replicas.found, it.replicas.wanted)));

/// How many of its tasks are on this node, which is what memory, CPUs and limits are of.
const MEASURED: Column = Column::right("measured", |it| match it.measured {
    Some(count) if it.replicas.wanted > 0 => plain(format!("{count}/{}", it.replicas.wanted)),
    _ => plain("-"),
})
.with_total(|status| {
    let (count, of) = measured(status);
    format!("{count}/{of}")
});

const STATE: Column = Column::left("state", state).with_task(|it| {
    let tone = match it.state {
        "running" | "exited" => Tone::Good,
        "pending" | "preparing" => Tone::Near,
        _ => Tone::Bad,
    };
    (it.state.to_owned(), Some(tone))
});

const STATE_AND_REPLICAS: Column = Column::left("state", |it| {
    let (text, tone) = state(it);
    let replicas = &it.replicas;
    let is_one = replicas.wanted <= 1;
    (if is_one { text } else { format!("{text} {}/{}", replicas.found, replicas.wanted) }, tone)
});

/// State and health in a few words, and whether it is not selected.
pub const SUMMARY: Column = Column::left("state", |it| {
    let health = if it.health == "none" { String::new() } else { format!(", {}", it.health) };
    let selected = if it.selected { "" } else { ", not selected" };
    let is_good = it.state == "running" && it.health != "unhealthy" && it.selected;
    (format!("{}{health}{selected}", word(it)), Some(if is_good { Tone::Good } else { Tone::Near }))
});

const HEALTH: Column = Column::left("health", |it| match it.health {
    "healthy" => ("healthy".to_owned(), Some(Tone::Good)),
    "unhealthy" => ("unhealthy".to_owned(), Some(Tone::Bad)),
    "none" => plain("-"),
    other => (other.to_owned(), Some(Tone::Near)),
});

/// Memory in use.
pub const USED: Column = Column::right("memory", |it| {
    let is_close = matches!((it.memory_bytes, it.memory_limit_bytes),
        (Some(used), Some(limit)) if used.saturating_mul(10) > limit.saturating_mul(9));
    (bytes(it.memory_bytes), is_close.then_some(Tone::Near))
})
.with_total(|status| bytes(status.budget.used_bytes));

/// The same where the limit follows closely.
const USED_OF: Column = Column { side: Side::RightClose, ..USED };

const OF_LIMIT: Column = Column::left("", |it| {
    plain(it.memory_limit_bytes.map_or("no limit".to_owned(), |limit| format!("of {}", Bytes(limit))))
});

const RESERVED: Column = Column::right("reserved", |it| plain(exact(it.memory_reservation_bytes)))
    .with_total(|status| exact(Some(sum(status, |it| it.memory_reservation_bytes))));

/// The memory limit.
pub const LIMIT: Column = Column::right("limit", |it| plain(exact(it.memory_limit_bytes)))
    .with_total(|status| exact(Some(sum(status, |it| it.memory_limit_bytes))));

/// The largest memory use so far. Where no peak is measured, there is no sum.
pub const PEAK: Column =
    Column::right("peak", |it| plain(bytes(it.memory_peak_bytes))).with_total(|status| {
        bytes(status.services.iter().filter_map(|it| it.memory_peak_bytes).reduce(u64::saturating_add))
    });

/// CPUs in use.
pub const CPUS: Column = Column::right("CPUs", |it| {
    let is_held = matches!((it.cpu, it.cpu_limit), (Some(cpu), Some(limit)) if cpu >= limit * 0.9);
    (cpus(it.cpu), is_held.then_some(Tone::Near))
})
.with_total(|status| cpus(Some(cores(status, |it| it.cpu))));

/// The CPU limit.
pub const CPU_LIMIT: Column = Column::right("of", |it| plain(cpus(it.cpu_limit)))
    .with_total(|status| cpus(Some(cores(status, |it| it.cpu_limit))));

/// Restarts by the engine.
pub const RESTARTS: Column =
    Column::right("restarts", |it| (it.restarts.to_string(), (it.restarts > 0).then_some(Tone::Near)))
        .with_total(|status| status.services.iter().map(|it| it.restarts).sum::<u64>().to_string());

const NODE: Column = Column::left("node", |it| {
    let nodes: BTreeSet<&str> = it.tasks.iter().map(|task| task.node.as_str()).collect();
    let nodes: Vec<&str> = nodes.into_iter().filter(|node| !node.is_empty()).collect();
    match nodes[..] {
        [] => plain("-"),
        [node] => plain(printable(node)),
        _ => plain(format!("{} nodes", nodes.len())),
    }
})
.with_task(|it| plain(printable(&it.node)));

const ADDRESS: Column =
    Column::left("address", |it| plain(it.ports.join(", "))).with_task(|it| plain(printable(&it.error)));

const LINK: Column = Column { service: |it| plain(it.links.join(", ")), ..ADDRESS };

/// How long it runs, or how long ago it ended.
const AGE: Column = Column::right("age", |it| plain(it.age.map_or("-".to_owned(), age)));

/// A duration in its largest unit: `3 h`.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ ..100 => format!("{seconds} s"),
        seconds @ ..6_000 => format!("{} min", seconds / 60),
        seconds @ ..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// The table of a stack: a line for each service, one for each task where the service's own line is not enough, and
/// with `totals` one for the stack.
pub fn rows(columns: &[Column], status: &StackStatus, totals: bool, paint: Paint) -> String {
    let painted = |(text, tone): Cell| tone.map_or(text.clone(), |tone| paint.text(tone, &text));
    let mut rows = Vec::new();
    for service in &status.services {
        rows.push(columns.iter().map(|column| painted((column.service)(service))).collect());
        if service.tasks.len() > 1 || service.tasks.iter().any(|task| !task.error.is_empty()) {
            let tasks = service
                .tasks
                .iter()
                .map(|task| columns.iter().map(|column| painted((column.task)(task))).collect::<Vec<_>>());
            // `top` shows nothing of a task.
            rows.extend(tasks.filter(|cells| cells.iter().any(|cell| !cell.is_empty())));
        }
    }
    if totals {
        rows.push(columns.iter().map(|column| (column.total)(status)).collect());
    }
    with_sides(columns.iter().map(|column| (column.heading, column.side)), rows)
}

/// A size as it was set, or a dash.
fn exact(bytes: Option<u64>) -> String {
    bytes.map_or("-".to_owned(), |bytes| Bytes(bytes).to_string())
}

/// A size as it was measured, or a dash.
pub fn bytes(bytes: Option<u64>) -> String {
    bytes.map_or("-".to_owned(), |bytes| Bytes(bytes).rounded())
}

/// CPUs to the hundredth, or a dash.
pub fn cpus(cpus: Option<f64>) -> String {
    cpus.map_or("-".to_owned(), |cpus| format!("{cpus:.2}"))
}

/// How many tasks of a stack on a swarm are measured, and how many it should have.
pub fn measured(status: &StackStatus) -> (usize, usize) {
    let count = status.services.iter().filter_map(|it| it.measured).sum();
    (count, status.services.iter().map(|it| it.replicas.wanted as usize).sum())
}

/// The services that count in sums: on a swarm those of which something is measured.
fn counting(status: &StackStatus) -> impl Iterator<Item = &ServiceStatus> {
    status.services.iter().filter(|it| it.measured != Some(0))
}

/// The sum of a figure in bytes.
pub fn sum(status: &StackStatus, of: fn(&ServiceStatus) -> Option<u64>) -> u64 {
    counting(status).filter_map(of).sum()
}

/// The sum of a figure in CPUs; 0 where nothing is known, which `sum` would write as -0.
pub fn cores(status: &StackStatus, of: fn(&ServiceStatus) -> Option<f64>) -> f64 {
    counting(status).filter_map(of).fold(0.0, |sum, cpus| sum + cpus)
}

fn plain(text: impl Into<String>) -> Cell {
    (text.into(), None)
}

/// The state in a word.
fn word(it: &ServiceStatus) -> &'static str {
    match it.state {
        "missing" if it.exit_code.is_none() && it.replicas.found == 0 => "not created",
        state => state,
    }
}

fn state(it: &ServiceStatus) -> Cell {
    let text = match it.exit_code {
        Some(_) if it.oom_killed => format!("{} (out of memory)", it.state),
        Some(code) => format!("{} ({code})", it.state),
        None => word(it).to_owned(),
    };
    let tone = match it.state {
        "running" => Tone::Good,
        "exited" if it.exit_code == Some(0) => Tone::Good,
        "created" | "paused" => Tone::Near,
        _ => Tone::Bad,
    };
    (text, Some(tone))
}
