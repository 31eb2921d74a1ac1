//! `budget check --against engine`: what the engine's machine lacks, what it cannot hold, and what else runs there.

use serde_json::{Value, json};

use super::{Paint, Tone, columns::bytes, counted, shortfall};
use crate::{
    budget::{Capacity, Machine},
    engine::{client::EngineInfo, neighbours::Neighbour},
    model::Bytes,
    text::printable,
};

/// A stack beside an engine.
#[derive(Debug)]
pub struct Against {
    /// The engine.
    pub info: EngineInfo,
    /// What its machine lacks.
    pub capacity: Capacity,
    /// What else runs there, and is counted.
    pub neighbours: Vec<Neighbour>,
}

impl Against {
    /// Whether nothing is an error.
    pub fn fits(&self) -> bool {
        self.capacity.fits() && self.info.cannot_limit().is_empty()
    }

    /// For people: a line for the engine's machine, one for each project that runs there, one for each shortfall. `all` is
    /// whether every service has its limits.
    pub fn human(&self, all: bool, paint: Paint) -> String {
        let Self { info, capacity, neighbours } = self;
        let Machine { memory, cpus } = capacity.machine;
        let mut text = format!("\nagainst the engine at {}: {memory} of memory, {cpus} CPUs\n", info.host);
        for neighbour in neighbours {
            text.push_str(&format!("  beside it: {}\n", line(neighbour)));
        }
        let cannot = info.cannot_limit();
        if !cannot.is_empty() {
            let (error, cannot) = (paint.text(Tone::Bad, "error"), cannot.join(", "));
            text.push_str(&format!("  {error}: the engine cannot limit {cannot}: no budget holds there\n"));
            text.push_str(&format!("    fix: {}\n", info.limits_fix()));
        }
        for lack in &capacity.lacks {
            let (is_error, words) =
                (lack.shortfall.is_error(), shortfall::text(&lack.shortfall, &capacity.machine));
            text.push_str(&shortfall::human(is_error, &lack.combination, &words, lack.more, paint));
        }
        if capacity.lacks.is_empty() && info.cannot_limit().is_empty() {
            text.push_str(&match all {
                true => format!("  {}\n", paint.text(Tone::Good, "the machine has enough of everything")),
                false => "  the machine has enough for the limits that there are\n".to_owned(),
            });
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let Self { info, capacity, neighbours } = self;
        let lacks = capacity.lacks.iter().map(|lack| {
            let text = shortfall::text(&lack.shortfall, &capacity.machine);
            shortfall::json(lack.shortfall.is_error(), &lack.combination, &text, lack.more)
        });
        let beside = neighbours.iter().map(|it| {
            json!({
                "project": if it.project.is_empty() { Value::Null } else { json!(it.project) },
                "containers": it.containers,
                "memory_limit_bytes": it.limit_bytes,
                "without_limit": it.without_limit,
                "memory_bytes_without_limit": it.used_bytes,
            })
        });
        json!({
            "host": info.host,
            "memory_bytes": capacity.machine.memory.0,
            "cpus": capacity.machine.cpus,
            "fits": self.fits(),
            "cannot_limit": info.cannot_limit(),
            "beside": beside.collect::<Vec<_>>(),
            "lacks": lacks.collect::<Vec<_>>(),
        })
    }
}

fn line(neighbour: &Neighbour) -> String {
    let Neighbour { project, containers, limit_bytes, without_limit, used_bytes } = neighbour;
    let name = match project.as_str() {
        "" => "no project".to_owned(),
        project => printable(project).into_owned(),
    };
    let mut parts = Vec::new();
    if without_limit < containers {
        parts.push(format!("{} of memory limits", Bytes(*limit_bytes)));
    }
    if *without_limit > 0 {
        let used = used_bytes
            .map_or("use that is not known".to_owned(), |used| format!("{} in use", bytes(Some(used))));
        parts.push(format!("{used} by {} without a limit", counted(*without_limit, "container")));
    }
    format!("{name}, {}: {}", counted(*containers, "container"), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_counts_with_its_limits_or_its_use() {
        let shop = Neighbour {
            project: "shop".into(),
            containers: 3,
            limit_bytes: 1 << 30,
            without_limit: 0,
            used_bytes: Some(0),
        };
        assert_eq!(line(&shop), "shop, 3 containers: 1 GiB of memory limits");
        assert_eq!(shop.bytes(), 1 << 30);
        let open = Neighbour {
            project: String::new(),
            containers: 1,
            limit_bytes: 0,
            without_limit: 1,
            used_bytes: Some(7 << 20),
        };
        assert_eq!(line(&open), "no project, 1 container: 7.0 MiB in use by 1 container without a limit");
        let both = Neighbour { without_limit: 2, used_bytes: None, ..shop };
        assert_eq!(
            line(&both),
            "shop, 3 containers: 1 GiB of memory limits, use that is not known by 2 containers without a limit"
        );
    }
}
