//! Bin packing in two dimensions, with nodes that a task may not use and bounds on the tasks of a service on a node.
//!
//! A placement is searched depth first, what is hardest to place first, with equal nodes and equal tasks tried once; the
//! search is exhaustive within a fixed effort. What it cannot decide stays open. That a placement exists is necessary
//! and not sufficient: Swarm spreads tasks and does not search.

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
    /// Whether it fits into the room.
    pub fn fits(self, room: Self) -> bool {
        self.memory <= room.memory && self.nanos <= room.nanos
    }

    /// What is left of it.
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            memory: self.memory.saturating_sub(other.memory),
            nanos: self.nanos.saturating_sub(other.nanos),
        }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            memory: self.memory.saturating_add(other.memory),
            nanos: self.nanos.saturating_add(other.nanos),
        }
    }

    /// `1 GiB and 0.5 CPUs`.
    pub fn shown(self) -> String {
        format!("{} and {} CPUs", Bytes(self.memory), Cpus { nanos: self.nanos })
    }
}

/// A task to place.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Its service, a number.
    pub service: usize,
    /// What it reserves.
    pub share: Share,
    /// For each node, whether it may run there.
    pub allowed: Vec<bool>,
    /// Tasks of its service on one node, at most.
    pub most: Option<u32>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packing {
    /// For each task, in the order given, its node.
    Fits(Vec<usize>),
    /// There is none.
    Impossible {
        /// The most tasks that the search placed.
        placed: usize,
        /// The task that it could not place then.
        stuck: usize,
    },
    /// Neither was found within the effort.
    Open,
}

/// Place these tasks on nodes with this room.
pub(super) fn pack(tasks: &[Task], rooms: &[Share]) -> Packing {
    let free = rooms.iter().copied().fold(Share::default(), Share::plus);
    let weight = |share: Share| {
        let part = |amount: u64, of: u64| if of == 0 { 0.0 } else { amount as f64 / of as f64 };
        part(share.memory, free.memory).max(part(share.nanos, free.nanos))
    };
    let choices = |task: &Task| task.allowed.iter().filter(|allowed| **allowed).count();
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    // Interchangeable tasks are adjacent.
    order.sort_by(|a, b| {
        let (a, b) = (&tasks[*a], &tasks[*b]);
        (choices(a).cmp(&choices(b)))
            .then(weight(b.share).total_cmp(&weight(a.share)))
            .then(a.share.cmp(&b.share))
            .then_with(|| a.allowed.cmp(&b.allowed))
            .then(a.most.map(|_| a.service).cmp(&b.most.map(|_| b.service)))
    });
    let kinds = kinds(tasks, rooms.len());
    let mut search = Search {
        tasks,
        order,
        kinds,
        rooms: rooms.to_vec(),
        held: vec![Vec::new(); rooms.len()],
        places: vec![0; tasks.len()],
        effort: EFFORT,
        deepest: 0,
    };
    match search.place(0) {
        Some(true) => Packing::Fits(search.places),
        Some(false) => Packing::Impossible { placed: search.deepest, stuck: search.order[search.deepest] },
        None => Packing::Open,
    }
}

/// For each node a number that is equal where the same tasks are allowed.
fn kinds(tasks: &[Task], nodes: usize) -> Vec<usize> {
    let column = |node: usize| tasks.iter().map(move |task| task.allowed[node]);
    (0..nodes).map(|node| (0..node).find(|before| column(*before).eq(column(node))).unwrap_or(node)).collect()
}

struct Search<'a> {
    tasks: &'a [Task],
    order: Vec<usize>,
    kinds: Vec<usize>,
    rooms: Vec<Share>,
    /// For each node, the bounded services that have tasks there, sorted, as often as they have.
    held: Vec<Vec<usize>>,
    places: Vec<usize>,
    effort: u32,
    deepest: usize,
}

impl Search<'_> {
    /// Place the tasks from `at` on; `None` when the effort is over.
    fn place(&mut self, at: usize) -> Option<bool> {
        let Some(&index) = self.order.get(at) else { return Some(true) };
        self.deepest = self.deepest.max(at);
        self.effort = self.effort.checked_sub(1)?;
        let tasks = self.tasks;
        let task = &tasks[index];
        // Of equal tasks a later one never goes to an earlier node: the same placement in another order.
        let twin = at.checked_sub(1).map(|before| self.order[before]);
        let first = twin.filter(|twin| are_equal(&tasks[*twin], task)).map_or(0, |twin| self.places[twin]);
        let mut tried: Vec<usize> = Vec::new();
        for node in first..self.rooms.len() {
            let seen = tried.iter().any(|other| self.looks_alike(*other, node));
            if seen || !self.takes(node, task) {
                continue;
            }
            tried.push(node);
            let room = self.rooms[node];
            self.rooms[node] = room.minus(task.share);
            let held = self.held[node].clone();
            if task.most.is_some() {
                let position = held.partition_point(|service| *service < task.service);
                self.held[node].insert(position, task.service);
            }
            self.places[index] = node;
            let placed = self.place(at + 1);
            if placed != Some(false) {
                return placed;
            }
            self.rooms[node] = room;
            self.held[node] = held;
        }
        Some(false)
    }

    fn takes(&self, node: usize, task: &Task) -> bool {
        let held = self.held[node].iter().filter(|service| **service == task.service).count();
        let is_full = task.most.is_some_and(|most| held >= most as usize);
        task.allowed[node] && !is_full && task.share.fits(self.rooms[node])
    }

    /// Nodes that differ in nothing that matters to any task.
    fn looks_alike(&self, a: usize, b: usize) -> bool {
        self.kinds[a] == self.kinds[b] && self.rooms[a] == self.rooms[b] && self.held[a] == self.held[b]
    }
}

/// Tasks that can change places.
fn are_equal(a: &Task, b: &Task) -> bool {
    let same_bound = a.most.is_none() && b.most.is_none() || a.service == b.service;
    a.share == b.share && a.allowed == b.allowed && same_bound
}
