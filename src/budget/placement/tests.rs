//! Placement on small swarms, and against trying everything.

use proptest::prelude::*;

use super::*;
use crate::model::Node;

fn share(memory: u64, nanos: u64) -> Share {
    Share { memory, nanos }
}

fn site(name: &str, room: Share) -> Site {
    Site { node: Node { name: name.to_owned(), role: "worker".to_owned(), ..Node::default() }, room }
}

fn demand(service: &str, memory: u64, tasks: u32) -> Demand {
    Demand { service: service.to_owned(), share: share(memory << 20, 0), tasks, ..Demand::default() }
}

fn constrained(demand: Demand, constraint: &str) -> Demand {
    Demand { constraints: vec![constraint.parse().unwrap()], ..demand }
}

fn two() -> [Site; 2] {
    let room = share(10 << 20, 0);
    let labels = [("disk".to_owned(), "hdd".to_owned())].into();
    let (mut alpha, mut beta) = (site("alpha", room), site("beta", room));
    alpha.node.role = "manager".to_owned();
    beta.node.labels = labels;
    [alpha, beta]
}

fn why(demands: &[Demand], sites: &[Site]) -> String {
    match place(demands, sites) {
        Placement::Impossible(reasons) => reasons.join("\n"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sums_that_fit_need_not_be_placeable() {
    let sites = two();
    assert_eq!(place(&[demand("a", 6, 2)], &sites), Placement::Fits(vec![vec![0, 1]]));
    assert_eq!(place(&[], &sites), Placement::Fits(vec![]));
    assert_eq!(
        why(&[demand("a", 6, 1), demand("b", 6, 1), demand("c", 6, 1)], &sites),
        "no placement exists: 2 of 3 tasks can be placed, and then no node that c may run on has 6 MiB and 0.0 CPUs left"
    );
}

#[test]
fn a_service_that_fits_nowhere_is_named_with_the_reason() {
    let sites = two();
    assert_eq!(
        why(&[demand("db", 11, 1), demand("a", 6, 3)], &sites),
        "no node has the 11 MiB and 0.0 CPUs free that db reserves: alpha has 10 MiB and 0.0 CPUs free, beta has 10 MiB and \
         0.0 CPUs free\nof the 3 tasks of a, each reserving 6 MiB and 0.0 CPUs, 2 fit on the nodes"
    );
    assert_eq!(
        why(&[demand("a", 4, 2), demand("b", 3, 5)], &sites),
        "reservations add up to 23 MiB and 0.0 CPUs, and the nodes have 20 MiB and 0.0 CPUs free"
    );
    assert_eq!(
        why(&[constrained(demand("db", 1, 1), "node.labels.disk == ssd")], &sites),
        "db cannot run on any node: alpha has nothing for node.labels.disk == ssd, beta has hdd where node.labels.disk == ssd is \
         asked for"
    );
    let large = constrained(demand("db", 11, 1), "node.role == worker");
    assert_eq!(
        why(&[large], &sites),
        "no node that it may run on has the 11 MiB and 0.0 CPUs free that db reserves: beta has 10 MiB and 0.0 CPUs free"
    );
    let spread = Demand { most_per_node: Some(1), ..demand("web", 1, 3) };
    assert_eq!(
        why(&[spread], &sites),
        "web has 3 tasks, and max_replicas_per_node 1 leaves room for 2 on the 2 that it may run on"
    );
    let mut closed = sites.clone();
    closed[0].node.closed = Some("drained");
    assert_eq!(
        why(&[constrained(demand("db", 1, 1), "node.role == manager")], &closed),
        "db cannot run on any node: alpha is drained, beta has worker where node.role == manager is asked for"
    );
    let agent = Demand { everywhere: true, ..demand("agent", 6, 1) };
    let small = [sites[0].clone(), site("gamma", share(5 << 20, 0))];
    assert_eq!(
        why(std::slice::from_ref(&agent), &small),
        "agent runs on every node and reserves 6 MiB and 0.0 CPUs: gamma has 5 MiB and 0.0 CPUs free"
    );
    assert_eq!(place(&[agent], &closed), Placement::Fits(vec![vec![1]]));
    assert_eq!(place(&[demand("off", 99, 0)], &closed), Placement::Fits(vec![vec![]]));
}

#[test]
fn equal_nodes_and_tasks_are_tried_once() {
    // 40 tasks that cannot be placed on 8 equal nodes: 8^40 placements, decided at once.
    let sites: Vec<Site> = (0..8).map(|node| site(&format!("n{node}"), share(9 << 20, 0))).collect();
    let tasks = [demand("a", 5, 8), Demand { most_per_node: Some(4), ..demand("b", 2, 17) }];
    assert!(matches!(place(&tasks, &sites), Placement::Impossible(_)));
}

/// Every assignment, one after the other.
fn exists(
    tasks: &[(&Demand, Option<usize>)],
    sites: &[Site],
    placed: &mut Vec<(usize, usize)>,
    demands: &[Demand],
) -> bool {
    let Some(((demand, only), rest)) = tasks.split_first() else { return true };
    let service = demands.iter().position(|other| std::ptr::eq(other, *demand)).unwrap();
    (0..sites.len()).any(|node| {
        let here = |placed: &[(usize, usize)]| {
            let used =
                placed.iter().filter(|(_, at)| *at == node).map(|(service, _)| demands[*service].share);
            used.fold(Share::default(), Share::plus)
        };
        let own = placed.iter().filter(|it| **it == (service, node)).count();
        let is_full = demand.most_per_node.is_some_and(|most| own >= most as usize);
        let fits = here(placed).plus(demand.share).fits(sites[node].room);
        if only.is_some_and(|only| only != node) || !demand.allows(&sites[node]) || is_full || !fits {
            return false;
        }
        placed.push((service, node));
        let found = exists(rest, sites, placed, demands);
        placed.pop();
        found
    })
}

fn any_site() -> impl Strategy<Value = Site> {
    let closed = prop_oneof![6 => Just(None), 1 => Just(Some("drained"))];
    (1..12_u64, 1..12_u64, 0..3_u8, closed).prop_map(|(memory, nanos, label, closed)| {
        let mut site = site("n", share(memory, nanos));
        site.node.labels = [("l".to_owned(), label.to_string())].into();
        site.node.closed = closed;
        site
    })
}

fn any_demand() -> impl Strategy<Value = Demand> {
    let constraint = prop_oneof![3 => Just(None), 1 => (0..3_u8, any::<bool>()).prop_map(Some)];
    let most = prop_oneof![2 => Just(None), 1 => (1..3_u32).prop_map(Some)];
    (0..6_u64, 0..6_u64, 0..4_u32, constraint, most, prop::bool::weighted(0.15)).prop_map(
        |(memory, nanos, tasks, constraint, most_per_node, everywhere)| {
            let text = |(value, equal)| format!("node.labels.l {} {value}", if equal { "==" } else { "!=" });
            Demand {
                service: "s".to_owned(),
                share: share(memory, nanos),
                tasks,
                everywhere,
                constraints: constraint.map(text).iter().map(|text| text.parse().unwrap()).collect(),
                most_per_node,
            }
        },
    )
}

proptest! {
    #[test]
    fn agrees_with_trying_everything(
        demands in prop::collection::vec(any_demand(), 0..4),
        sites in prop::collection::vec(any_site(), 0..4),
    ) {
        let mut tasks: Vec<(&Demand, Option<usize>)> = Vec::new();
        for demand in &demands {
            match demand.everywhere {
                true => tasks.extend((0..sites.len()).filter(|at| demand.allows(&sites[*at])).map(|at| (demand, Some(at)))),
                false => tasks.extend((0..demand.tasks).map(|_| (demand, None))),
            }
        }
        // A service for every node with no node to be on is reported to fit nowhere, where trying everything finds nothing to do.
        let homeless = demands.iter().any(|it| it.everywhere && !sites.iter().any(|site| it.allows(site)));
        match place(&demands, &sites) {
            Placement::Fits(nodes) => {
                let mut rooms: Vec<Share> = sites.iter().map(|site| site.room).collect();
                for (demand, nodes) in demands.iter().zip(&nodes) {
                    let open = sites.iter().filter(|site| demand.allows(site)).count();
                    prop_assert_eq!(nodes.len(), if demand.everywhere { open } else { demand.tasks as usize });
                    for node in nodes {
                        prop_assert!(demand.allows(&sites[*node]) && demand.share.fits(rooms[*node]));
                        rooms[*node] = rooms[*node].minus(demand.share);
                        let own = nodes.iter().filter(|other| *other == node).count();
                        prop_assert!(demand.most_per_node.is_none_or(|most| own <= most as usize));
                    }
                }
            }
            Placement::Impossible(reasons) => {
                prop_assert!(!reasons.is_empty());
                prop_assert!(homeless || !exists(&tasks, &sites, &mut Vec::new(), &demands), "{:?}", reasons);
            }
            Placement::Open => prop_assert!(false, "so few are always decided"),
        }
    }
}
