//! The proof that the tasks of a stack can be placed on the nodes of a swarm, before it is deployed.

use indexmap::IndexMap;

use crate::{
    budget::{Demand, Placement, Share, Site, place},
    commands::{Context, Exit, Failure},
    engine::swarm::StackTask,
    model::Node,
    resolve::ResolvedStack,
    ui::{counted, listed},
};

/// A placement has to exist beside what other stacks reserve. Returns how many tasks each service will have.
///
/// # Errors
/// When there is none, or a constraint is not one (exit 1).
pub fn prove(
    context: &Context,
    resolved: &ResolvedStack<'_>,
    nodes: &[Node],
    tasks: &[StackTask],
) -> Result<IndexMap<String, u32>, Failure> {
    let name = &resolved.stack.name;
    let sites = sites(name, nodes, tasks);
    let mut demands = Vec::new();
    let mut wrong = Vec::new();
    for (service, declared) in &resolved.services {
        match Demand::of(service, declared) {
            Ok(demand) => demands.push(demand),
            Err(why) => wrong.push(why),
        }
    }
    if !wrong.is_empty() {
        let message = "failed to deploy the stack: a placement constraint is wrong";
        return Err(Failure::new(Exit::Judged, message).caused_by(wrong));
    }
    let open = sites.iter().filter(|site| site.node.closed.is_none()).count();
    let on = counted(open, "open node");
    match place(&demands, &sites) {
        Placement::Fits(places) => {
            let tasks = counted(places.iter().map(Vec::len).sum(), "task");
            context.printer.note(&format!("a placement of the reservations of {tasks} on {on} exists"));
        }
        Placement::Open => {
            context
                .printer
                .note(&format!("warning: whether the reservations fit on {on} could not be proved"));
        }
        Placement::Impossible(causes) => {
            let message = format!("failed to deploy the stack: it does not fit on {on}");
            let hint =
                "lower reservations, select fewer profiles, or add a node (`docker swarm join-token worker`)";
            let failure = Failure::new(Exit::Judged, message).caused_by(causes).hint(hint);
            let closed = sites.iter().filter_map(|site| Some((site.node.name.as_str(), site.node.closed?)));
            let closed = listed(closed.map(|(name, why)| format!("{name} is {why}")));
            return Err(match closed.is_empty() {
                true => failure,
                false => failure.hint(format!("{closed}: `docker node update --availability active`")),
            });
        }
    }
    let count = |demand: &Demand| match demand.everywhere {
        true => u32::try_from(sites.iter().filter(|site| demand.allows(site)).count()).unwrap_or(u32::MAX),
        false => demand.tasks,
    };
    Ok(demands.iter().map(|demand| (demand.service.clone(), count(demand))).collect())
}

/// Nodes, by name, with what stacks other than this one leave free there.
pub fn sites(stack: &str, nodes: &[Node], tasks: &[StackTask]) -> Vec<Site> {
    let mut sites: Vec<Site> = nodes.iter().map(|node| site(node, stack, tasks)).collect();
    sites.sort_by(|a, b| a.node.name.cmp(&b.node.name));
    sites
}

/// A node with what stacks other than this one leave free there.
fn site(node: &Node, stack: &str, tasks: &[StackTask]) -> Site {
    let others = tasks.iter().filter(|it| it.is_wanted && it.node == node.id && it.stack != stack);
    let (memory, nanos) =
        others.fold((0, 0), |(memory, nanos), it| (memory + it.reserves.0, nanos + it.reserves.1));
    Site {
        node: node.clone(),
        room: Share { memory: node.memory.saturating_sub(memory), nanos: node.nanos.saturating_sub(nanos) },
    }
}
