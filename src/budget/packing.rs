//! Whether reservations fit on the nodes of a swarm: bin packing in two dimensions.
//!
//! Swarm places a task only where its reservations are free. A placement is searched depth first, the largest first, with
//! equal nodes and equal tasks tried once; the search is exhaustive within a fixed effort. What it cannot decide is said to be
//! open. That a placement exists is necessary and not sufficient: Swarm spreads tasks and does not search.

use crate::model::{Bytes, Cpus};

/// Steps of the search.
const EFFORT: u32 = 500_000;

/// Reservations, or room for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Bytes of memory.
    pub memory: u64,
    /// Billionths of a CPU.
    pub nanos: u64,
}

impl Share {
    fn fits(self, room: Self) -> bool {
        self.memory <= room.memory && self.nanos <= room.nanos
    }

    fn minus(self, other: Self) -> Self {
        Self {
            memory: self.memory.saturating_sub(other.memory),
            nanos: self.nanos.saturating_sub(other.nanos),
        }
    }

    /// `1 GiB and 0.5 CPUs`.
    pub fn shown(self) -> String {
        format!("{} and {} CPUs", Bytes(self.memory), Cpus { nanos: self.nanos })
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packing {
    /// A placement: for each task, in the order given, its node.
    Fits(Vec<usize>),
    /// There is none, with the reason.
    Impossible(String),
    /// Neither was found within the effort.
    Open,
}

/// Place these tasks (a service's name and what it reserves, one entry a replica) on these nodes.
pub fn pack(tasks: &[(&str, Share)], nodes: &[Share]) -> Packing {
    if let Some((name, share)) = tasks.iter().find(|(_, share)| !nodes.iter().any(|room| share.fits(*room))) {
        return Packing::Impossible(format!("no node has the {} free that {name} reserves", share.shown()));
    }
    let sum = |shares: &mut dyn Iterator<Item = Share>| {
        shares.fold(Share::default(), |sum, it| Share {
            memory: sum.memory.saturating_add(it.memory),
            nanos: sum.nanos.saturating_add(it.nanos),
        })
    };
    let (wanted, free) = (sum(&mut tasks.iter().map(|it| it.1)), sum(&mut nodes.iter().copied()));
    if !wanted.fits(free) {
        let (wanted, free) = (wanted.shown(), free.shown());
        return Packing::Impossible(format!(
            "reservations are {wanted} together, and the nodes have {free} free"
        ));
    }
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    let weight = |share: Share| {
        let part = |amount: u64, of: u64| if of == 0 { 0.0 } else { amount as f64 / of as f64 };
        part(share.memory, free.memory).max(part(share.nanos, free.nanos))
    };
    order.sort_by(|a, b| {
        weight(tasks[*b].1).total_cmp(&weight(tasks[*a].1)).then(tasks[*a].1.cmp(&tasks[*b].1))
    });
    let mut search =
        Search { tasks, order, rooms: nodes.to_vec(), places: vec![0; tasks.len()], effort: EFFORT };
    match search.place(0) {
        Some(true) => Packing::Fits(search.places),
        Some(false) => Packing::Impossible("no placement of the reservations on the nodes exists".to_owned()),
        None => Packing::Open,
    }
}

struct Search<'a> {
    tasks: &'a [(&'a str, Share)],
    order: Vec<usize>,
    rooms: Vec<Share>,
    places: Vec<usize>,
    effort: u32,
}

impl Search<'_> {
    /// Place the tasks from `at` on; `None` when the effort is over.
    fn place(&mut self, at: usize) -> Option<bool> {
        let Some(&task) = self.order.get(at) else { return Some(true) };
        self.effort = self.effort.checked_sub(1)?;
        let share = self.tasks[task].1;
        // Of equal tasks a later one never goes to an earlier node: the same placement in another order.
        let twin =
            at.checked_sub(1).map(|before| self.order[before]).filter(|twin| self.tasks[*twin].1 == share);
        let first = twin.map_or(0, |twin| self.places[twin]);
        let mut tried: Vec<Share> = Vec::new();
        for node in first..self.rooms.len() {
            let room = self.rooms[node];
            if !share.fits(room) || tried.contains(&room) {
                continue;
            }
            tried.push(room);
            self.rooms[node] = room.minus(share);
            self.places[task] = node;
            let placed = self.place(at + 1);
            if placed != Some(false) {
                return placed;
            }
            self.rooms[node] = room;
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(memory: u64, nanos: u64) -> Share {
        Share { memory, nanos }
    }

    #[test]
    fn sums_that_fit_need_not_be_placeable() {
        let task = ("a", share(6, 0));
        assert_eq!(pack(&[task; 2], &[share(10, 0), share(10, 0)]), Packing::Fits(vec![0, 1]));
        let three = pack(&[task; 3], &[share(10, 0), share(10, 0)]);
        assert_eq!(three, Packing::Impossible("no placement of the reservations on the nodes exists".into()));
        let large = pack(&[("db", share(11, 0))], &[share(10, 0), share(10, 0)]);
        assert!(matches!(large, Packing::Impossible(why) if why.contains("that db reserves")));
        let many = pack(&[("a", share(4, 0)); 6], &[share(10, 0), share(10, 0)]);
        assert!(matches!(many, Packing::Impossible(why) if why.contains("together")));
        assert_eq!(pack(&[], &[]), Packing::Fits(vec![]));
    }

    /// Every assignment, one after the other.
    fn exists(tasks: &[(&str, Share)], rooms: &mut [Share]) -> bool {
        let Some(((_, share), rest)) = tasks.split_first() else { return true };
        (0..rooms.len()).any(|node| {
            let room = rooms[node];
            if !share.fits(room) {
                return false;
            }
            rooms[node] = room.minus(*share);
            let found = exists(rest, rooms);
            rooms[node] = room;
            found
        })
    }

    proptest! {
        #[test]
        fn agrees_with_trying_everything(
            tasks in prop::collection::vec((1..6_u64, 0..6_u64), 0..7),
            nodes in prop::collection::vec((1..12_u64, 1..12_u64), 0..4),
        ) {
            let tasks: Vec<(&str, Share)> = tasks.into_iter().map(|(m, c)| ("t", share(m, c))).collect();
            let mut nodes: Vec<Share> = nodes.into_iter().map(|(m, c)| share(m, c)).collect();
            match pack(&tasks, &nodes) {
                Packing::Fits(places) => {
                    for ((_, share), node) in tasks.iter().zip(places) {
                        prop_assert!(share.fits(nodes[node]));
                        nodes[node] = nodes[node].minus(*share);
                    }
                }
                Packing::Impossible(_) => prop_assert!(!exists(&tasks, &mut nodes)),
                Packing::Open => prop_assert!(false, "so few are always decided"),
            }
        }
    }
}
