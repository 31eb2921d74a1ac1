//! Services that wait for each other.

use std::collections::{HashMap, HashSet};

use super::Context;
use crate::{
    check::{
        circles,
        edges::{Edge, Via},
    },
    diag::{Allow, Code, Diagnostic},
};

static DEPENDENCY_CYCLE: Code = Code::error(
    "dependency-cycle",
    Allow::OutsideCore,
    "\
Following dependencies leads from a service back to itself, so none of them could be the first to start. Compose refuses \
such a stack (`dependency cycle detected`) as soon as all services of the cycle are active, and edges with \
`required = false` count. So do `links`, `volumes_from`, `network_mode`, `ipc` and `pid` of another service, and what \
overlays add.

Remove one of the edges. A service that merely retries until the other answers needs no `depends_on`.",
);

pub(super) static CODES: &[&Code] = &[&DEPENDENCY_CYCLE];

/// A message names at most so many services of a cycle.
const NAMED: usize = 12;
/// Where profiles exclude each other, a cycle of services that are never active together hides none that is possible: each
/// largest combination is looked at for itself, while they are few.
pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let reach = &context.reach;
    if reach.is_plain() {
        return search(context, &|_| true, found);
    }
    let circular = circular(context);
    let edges =
        context.edges.iter().filter(|edge| circular.contains(edge.from) && circular.contains(edge.to));
    let overlays = edges.filter_map(|edge| edge.overlay);
    let Some(combinations) = reach.largest(circular.iter().copied(), overlays) else {
        return search(context, &|_| true, found);
    };
    let mut seen = HashSet::new();
    for combination in &combinations {
        let holds = |edge: &Edge<'_>| {
            reach.is_active(edge.from, combination)
                && reach.is_active(edge.to, combination)
                && edge.overlay.is_none_or(|profile| reach.is_enabled(profile, combination))
        };
        let mut cycles = Vec::new();
        search(context, &holds, &mut cycles);
        found.extend(cycles.into_iter().filter(|cycle| seen.insert(cycle.message.clone())));
    }
}

/// The services that lead to a cycle: all but those that wait for nothing, or only for such.
fn circular<'a>(context: &Context<'a>) -> HashSet<&'a str> {
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
    for edge in context.edges.iter().filter(|edge| context.services().contains_key(edge.to)) {
        *waiting.entry(edge.from).or_default() += 1;
        dependents.entry(edge.to).or_default().push(edge.from);
    }
    let names = context.services().keys().map(String::as_str);
    let mut free: Vec<&str> = names.filter(|name| !waiting.contains_key(name)).collect();
    while let Some(name) = free.pop() {
        for dependent in dependents.remove(name).unwrap_or_default() {
            let Some(count) = waiting.get_mut(dependent) else { continue };
            *count -= 1;
            if *count == 0 {
                waiting.remove(dependent);
                free.push(dependent);
            }
        }
    }
    waiting.into_keys().collect()
}

fn search(context: &Context<'_>, holds: &dyn Fn(&Edge<'_>) -> bool, found: &mut Vec<Diagnostic>) {
    let position: HashMap<&str, usize> =
        context.services().keys().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut leaving: Vec<Vec<(usize, &Edge<'_>)>> = vec![Vec::new(); position.len()];
    let mut seen = HashSet::new();
    for edge in context.edges.iter().filter(|edge| holds(edge)) {
        if let (Some(from), Some(to)) = (position.get(edge.from), position.get(edge.to)) {
            // The first edge to a service stands for the others: its own key before overlays.
            if seen.insert((from, to)) {
                leaving[*from].push((*to, edge));
            }
        }
    }
    circles::report(&leaving, found, |circle| cycle(context, circle));
}

fn cycle(context: &Context<'_>, circle: &[&Edge<'_>]) -> Option<Diagnostic> {
    let mut names: Vec<&str> = circle.iter().map(|edge| edge.from).collect();
    names.extend(circle.last().map(|edge| edge.to));
    let left_out = names.len().saturating_sub(NAMED);
    let more = format!("... {left_out} more ...");
    if left_out > 0 {
        names.splice(NAMED / 2..names.len() - NAMED / 2, [more.as_str()]);
    }
    let message = match circle {
        [edge] => format!("service `{}` depends on itself", edge.from),
        _ => format!("services depend on each other in a cycle: {}", names.join(" -> ")),
    };
    let when = circle.iter().fold(context.reach.when(), |when, edge| {
        edge.overlay.iter().fold(when.active(edge.from), |when, profile| when.enabled(profile))
    });
    let mut diagnostic = Diagnostic::new(&DEPENDENCY_CYCLE, message)
        .why("Compose refuses a cycle, and edges that are not required count")
        .help("remove one of these edges");
    if let Some((last, others)) = circle.split_last() {
        diagnostic = diagnostic.at(last.path()).label("closes the cycle");
        for edge in others.iter().take(NAMED) {
            let verb = if edge.via == Via::DependsOn { "depends on" } else { "needs" };
            diagnostic = diagnostic.related(edge.path(), format!("`{}` {verb} `{}`", edge.from, edge.to));
        }
    }
    Some(diagnostic.in_combination(when.witness()?))
}
