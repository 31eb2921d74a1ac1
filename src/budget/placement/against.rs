//! The combinations of a verdict, compared with the nodes of a swarm: whether the reservations can be placed, which is what
//! Swarm looks at, and whether a placement keeps what the tasks may take within the memory of each node.

use super::{Demand, Placement, Share, Site, place};
use crate::{
    budget::verdict::{Row, Verdict},
    model::{Bytes, Cpus},
    resolve::{Profiles, ResolvedStack},
    text::listed,
};

/// What a swarm lacks.
#[derive(Debug)]
pub struct SwarmCapacity {
    /// Its nodes.
    pub sites: Vec<Site>,
    /// Each kind of shortfall once.
    pub lacks: Vec<SwarmLack>,
}

/// A shortfall of one or more combinations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwarmLack {
    /// It stops the stack, or breaks its limits.
    pub is_error: bool,
    /// What is lacking.
    pub text: String,
    /// The first combination that lacks it.
    pub combination: String,
    /// How many more do.
    pub more: usize,
}

impl SwarmCapacity {
    /// Judge the default, each profile, and the combinations with the largest sums.
    pub fn new(profiles: &Profiles<'_>, verdict: &Verdict, sites: Vec<Site>) -> Self {
        let mut lacks: Vec<SwarmLack> = Vec::new();
        for row in verdict.largest() {
            for (is_error, text) in row_lacks(profiles, row, &sites) {
                match lacks.iter_mut().find(|known| known.text == text) {
                    Some(known) => known.more += 1,
                    None => lacks.push(SwarmLack { is_error, text, combination: row.name(), more: 0 }),
                }
            }
        }
        Self { sites, lacks }
    }

    /// Whether nothing is an error.
    pub fn fits(&self) -> bool {
        !self.lacks.iter().any(|lack| lack.is_error)
    }
}

fn row_lacks(profiles: &Profiles<'_>, row: &Row, sites: &[Site]) -> Vec<(bool, String)> {
    let resolved = ResolvedStack::new(profiles, &row.profiles);
    let mut lacks = Vec::new();
    // What the tasks of each service reserve, what they may take, and on which nodes they may be.
    let (mut reserving, mut taking) = (Vec::new(), Vec::new());
    let mut more_than_reserved = 0;
    for (name, service) in &resolved.services {
        let demand = match Demand::of(name, service) {
            Ok(demand) => demand,
            Err(error) => {
                lacks.push((true, error));
                continue;
            }
        };
        let (memory, nanos) =
            (service.limits.memory.map_or(0, |it| it.0), service.limits.cpus.map_or(0, |it| it.nanos));
        more_than_reserved += usize::from(memory > demand.share.memory);
        let limit = Share { memory, nanos };
        lacks.extend(too_large(&demand, limit, sites).map(|text| (true, text)));
        taking.push(Demand { share: Share { nanos: 0, ..limit }, ..demand.clone() });
        reserving.push(demand);
    }
    match place(&reserving, sites) {
        Placement::Impossible(reasons) => lacks.extend(reasons.into_iter().map(|text| (true, text))),
        Placement::Open => {
            lacks.push((false, "whether the reservations can be placed could not be decided".to_owned()));
        }
        // Of limits, only what is not reported already.
        Placement::Fits(_) if lacks.is_empty() => lacks.extend(limits(&taking, more_than_reserved, sites)),
        Placement::Fits(_) => {}
    }
    lacks
}

/// What is wrong with the memory limits of tasks with reservations that can be placed.
fn limits(taking: &[Demand], more_than_reserved: usize, sites: &[Site]) -> Option<(bool, String)> {
    match place(taking, sites) {
        Placement::Impossible(_) => {
            let of = |demand: &Demand| {
                let open = sites.iter().filter(|site| demand.allows(site)).count() as u64;
                let tasks = if demand.everywhere { open } else { u64::from(demand.tasks) };
                demand.share.memory.saturating_mul(tasks)
            };
            let sum = Bytes(taking.iter().map(of).fold(0, u64::saturating_add));
            Some((
                true,
                format!(
                    "no placement keeps the memory limits within each node: {sum} of limits, and {}",
                    free(&sites.iter().collect::<Vec<_>>())
                ),
            ))
        }
        Placement::Open => {
            Some((false, "whether the memory limits fit on the nodes could not be decided".to_owned()))
        }
        Placement::Fits(_) if more_than_reserved > 0 => Some((
            false,
            format!(
                "a placement keeps the memory limits within each node, and Swarm need not choose it: it looks at reservations, \
                 which are below the limit of {}",
                crate::text::counted(more_than_reserved, "service")
            ),
        )),
        Placement::Fits(_) => None,
    }
}

/// Why no node has what one task may take; where it may run nowhere, that is reported of its reservation.
fn too_large(demand: &Demand, limit: Share, sites: &[Site]) -> Option<String> {
    let usable: Vec<&Site> = sites.iter().filter(|site| demand.allows(site)).collect();
    let has = |room: fn(&Site) -> u64, wanted: u64| usable.iter().any(|site| room(site) >= wanted);
    let what = match (has(|site| site.room.memory, limit.memory), has(|site| site.node.nanos, limit.nanos)) {
        _ if usable.is_empty() => return None,
        (true, true) => return None,
        (false, _) => format!("{} of memory", Bytes(limit.memory)),
        (true, false) => format!("{} CPUs", Cpus { nanos: limit.nanos }),
    };
    Some(format!(
        "{} may take {what}, which no node that it may run on has: {}",
        demand.service,
        free(&usable)
    ))
}

/// `alpha has 2 GiB, beta has 1 GiB`: the open ones.
fn free(sites: &[&Site]) -> String {
    let open = sites.iter().filter(|site| site.node.closed.is_none());
    let each = |site: &&Site| {
        let cpus = Cpus { nanos: site.node.nanos };
        format!("{} has {} and {cpus} CPUs", site.node.name, Bytes(site.room.memory))
    };
    listed(open.map(each))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        budget::{Scope, prove},
        model::{Node, Resources, Service, Stack},
    };

    /// What is reported of a service `web` of two tasks and a `db` on nodes of 2, 1 and 1 GiB, the last of them drained, with
    /// these MiB and CPUs.
    fn judged(web: (u64, u64), db: (u64, u64), cpus: u64) -> String {
        let amount = |mib: u64, cpus: u64| Resources {
            memory: Some(Bytes(mib << 20)),
            cpus: Some(Cpus { nanos: cpus * 1_000_000_000 }),
            ..Resources::default()
        };
        let service = |(reserved, limit): (u64, u64), replicas| Service {
            reservations: amount(reserved, 0),
            limits: amount(limit, cpus),
            replicas: Some(replicas),
            ..Service::default()
        };
        let services = [("web".to_owned(), service(web, 2)), ("db".to_owned(), service(db, 1))].into();
        let stack = Stack { name: "x".into(), services, ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let site = |name: &str, gib: u64, closed| Site {
            node: Node { name: name.into(), nanos: 2_000_000_000, closed, ..Node::default() },
            room: Share { memory: gib << 30, nanos: 2_000_000_000 },
        };
        let sites = vec![site("alpha", 2, None), site("beta", 1, None), site("gamma", 1, Some("drained"))];
        let verdict = prove(&profiles, &stack.budget, &Scope::Every);
        let capacity = SwarmCapacity::new(&profiles, &verdict, sites);
        let lines = capacity
            .lacks
            .iter()
            .map(|it| format!("{} {}", if it.is_error { "error" } else { "warning" }, it.text));
        assert_eq!(capacity.fits(), !capacity.lacks.iter().any(|it| it.is_error));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn reservations_are_placed_and_limits_judged_for_each_node() {
        assert_eq!(judged((900, 900), (1000, 1000), 1), "");
        assert_eq!(
            judged((100, 900), (1000, 1000), 1),
            "warning a placement keeps the memory limits within each node, and Swarm need not choose it: it looks at \
             reservations, which are below the limit of 1 service"
        );
        assert_eq!(
            judged((100, 1100), (100, 900), 1),
            "error no placement keeps the memory limits within each node: 3.027 GiB of limits, and alpha has 2 GiB and 2.0 \
             CPUs, beta has 1 GiB and 2.0 CPUs"
        );
        let large = judged((100, 3000), (100, 900), 3);
        assert!(large.starts_with("error web may take 2.93 GiB of memory, which no node"), "{large}");
        assert!(large.contains("\nerror db may take 3.0 CPUs, which no node"), "{large}");
        let together = judged((1200, 1200), (1200, 1200), 1);
        assert!(together.starts_with("error of the 2 tasks of web, each reserving"), "{together}");
    }
}
