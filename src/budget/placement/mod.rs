//! Whether the tasks of a stack can be placed on the nodes of a swarm, and which service fits nowhere.
//!
//! Swarm places a task only on an open node that satisfies its constraints, has its reservations free, and holds fewer of its
//! service's tasks than `max_replicas_per_node`. [`place`] decides whether a placement of all tasks exists.

mod against;
mod constraint;
mod demand;
mod packing;
mod reasons;
mod site;

#[cfg(test)]
mod tests;

pub use against::SwarmCapacity;
pub use constraint::Constraint;
pub use demand::Demand;
pub use packing::Share;
pub use site::Site;

use packing::{Packing, Task, pack};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// A placement: for each demand, in the order given, the nodes of its tasks.
    Fits(Vec<Vec<usize>>),
    /// There is none, with every reason that was found.
    Impossible(Vec<String>),
    /// Neither was found within the effort.
    Open,
}

/// Place the tasks of these services on these nodes.
pub fn place(demands: &[Demand], sites: &[Site]) -> Placement {
    let allowed: Vec<Vec<bool>> =
        demands.iter().map(|demand| sites.iter().map(|site| demand.allows(site)).collect()).collect();
    let alone: Vec<String> = demands
        .iter()
        .zip(&allowed)
        .filter_map(|(demand, allowed)| reasons::fits_nowhere(demand, allowed, sites))
        .collect();
    if !alone.is_empty() {
        return Placement::Impossible(alone);
    }
    let mut tasks = Vec::new();
    for (service, (demand, allowed)) in demands.iter().zip(&allowed).enumerate() {
        let most = demand.most_per_node;
        let task = |allowed| Task { service, share: demand.share, allowed, most };
        if demand.everywhere {
            let only = |node: usize| (0..sites.len()).map(|other| other == node).collect();
            tasks.extend((0..sites.len()).filter(|node| allowed[*node]).map(|node| task(only(node))));
        } else {
            tasks.extend((0..demand.tasks).map(|_| task(allowed.clone())));
        }
    }
    let rooms: Vec<Share> = sites.iter().map(|site| site.room).collect();
    if let Some(reason) = reasons::too_much_together(&tasks, sites) {
        return Placement::Impossible(vec![reason]);
    }
    match pack(&tasks, &rooms) {
        Packing::Open => Placement::Open,
        Packing::Impossible { placed, stuck } => Placement::Impossible(vec![reasons::no_room_for_all(
            &demands[tasks[stuck].service],
            placed,
            tasks.len(),
        )]),
        Packing::Fits(places) => {
            let mut nodes = vec![Vec::new(); demands.len()];
            for (task, node) in tasks.iter().zip(places) {
                nodes[task.service].push(node);
            }
            Placement::Fits(nodes)
        }
    }
}
