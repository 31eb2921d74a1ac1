//! Why a service, or all of them together, cannot be placed.

use super::{Demand, Share, Site, packing::Task};

/// Why the tasks of a service fit nowhere, even alone; `None` when they do. `allowed` says for each node whether they may
/// run there.
pub(super) fn fits_nowhere(demand: &Demand, allowed: &[bool], sites: &[Site]) -> Option<String> {
    let Demand { service, share, .. } = demand;
    if demand.tasks == 0 && !demand.everywhere {
        return None;
    }
    let usable: Vec<&Site> =
        sites.iter().zip(allowed).filter(|(_, allowed)| **allowed).map(|(site, _)| site).collect();
    if usable.is_empty() {
        let reasons: Vec<String> = sites.iter().map(|site| unusable(demand, site)).collect();
        return Some(format!("{service} cannot run on any node: {}", reasons.join(", ")));
    }
    let full = |site: &&Site| format!("{} has {} free", site.node.name, site.room.shown());
    if demand.everywhere {
        let short: Vec<String> = usable.iter().filter(|site| !share.fits(site.room)).map(full).collect();
        let reserved = share.shown();
        return (!short.is_empty())
            .then(|| format!("{service} runs on every node and reserves {reserved}: {}", short.join(", ")));
    }
    if !usable.iter().any(|site| share.fits(site.room)) {
        let frees: Vec<String> = usable.iter().map(full).collect();
        let which = if usable.len() < sites.len() { "that it may run on " } else { "" };
        return Some(format!(
            "no node {which}has the {} free that {service} reserves: {}",
            share.shown(),
            frees.join(", ")
        ));
    }
    let (tasks, nodes) = (u64::from(demand.tasks), usable.len() as u64);
    if let Some(most) = demand.most_per_node
        && u64::from(most) * nodes < tasks
    {
        let room = u64::from(most) * nodes;
        return Some(format!(
            "{service} has {tasks} tasks, and max_replicas_per_node {most} leaves room for {room} on the {nodes} that it may run on"
        ));
    }
    let room = usable.iter().map(|site| times(demand, site)).fold(0, u64::saturating_add);
    (room < tasks).then(|| {
        format!(
            "of the {tasks} tasks of {service}, each reserving {}, {room} fit on the nodes",
            share.shown()
        )
    })
}

/// How many tasks of a service a node takes, when it has no other.
fn times(demand: &Demand, site: &Site) -> u64 {
    let part = |room: u64, share: u64| room.checked_div(share).unwrap_or(u64::MAX);
    let Share { memory, nanos } = demand.share;
    let fit = part(site.room.memory, memory).min(part(site.room.nanos, nanos));
    fit.min(demand.most_per_node.map_or(u64::MAX, u64::from))
}

/// Why a node is none for a service.
fn unusable(demand: &Demand, site: &Site) -> String {
    if let Some(closed) = site.node.closed {
        return format!("{} is {closed}", site.node.name);
    }
    let failed = demand.constraints.iter().find(|constraint| !constraint.holds(&site.node));
    match failed.map(|constraint| (constraint, constraint.found(&site.node))) {
        None => format!("{} is not open", site.node.name),
        Some((constraint, "")) => format!("{} has nothing for {constraint}", site.node.name),
        Some((constraint, found)) => {
            format!("{} has {found} where {constraint} is asked for", site.node.name)
        }
    }
}

/// When all reservations together are more than what all nodes that take tasks have free.
pub(super) fn too_much_together(tasks: &[Task], sites: &[Site]) -> Option<String> {
    let sum = |shares: &mut dyn Iterator<Item = Share>| shares.fold(Share::default(), Share::plus);
    let wanted = sum(&mut tasks.iter().map(|task| task.share));
    let free = sum(&mut sites.iter().filter(|site| site.node.closed.is_none()).map(|site| site.room));
    (!wanted.fits(free)).then(|| {
        format!("reservations add up to {}, and the nodes have {} free", wanted.shown(), free.shown())
    })
}

/// When each service fits, and all of them do not.
pub(super) fn no_room_for_all(stuck: &Demand, placed: usize, of: usize) -> String {
    format!(
        "no placement exists: {placed} of {of} tasks can be placed, and then no node that {} may run on has {} left",
        stuck.service,
        stuck.share.shown()
    )
}
