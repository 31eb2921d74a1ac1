//! The target's addresses. The system's resolver blocks, so each look-up has a thread of its own.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{
        Arc,
        mpsc::{self, Receiver, TryRecvError},
    },
    thread,
};

use mio::Waker;

use crate::{
    plan::Target,
    schedule::{Nanos, SECOND},
};

/// Addresses older than this are looked up again before the next connection: a container that is recreated has another.
const FRESH: Nanos = 5 * SECOND;

/// After a failed look-up, so long until the next.
const RETRY: Nanos = SECOND / 2;

/// What is known of the target's name.
#[derive(Debug)]
pub struct Resolver {
    host: String,
    port: u16,
    waker: Arc<Waker>,
    addresses: Vec<SocketAddr>,
    /// Which address worked last.
    preferred: usize,
    literal: bool,
    looked_up: Option<Nanos>,
    running: Option<Receiver<Vec<SocketAddr>>>,
}

/// What [`Resolver::poll`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// No look-up has ended since the last call.
    Nothing,
    /// There are addresses.
    Found,
    /// The name did not resolve, and no older address is known.
    Failed,
}

impl Resolver {
    /// For one target. `waker` is woken when a look-up has ended.
    pub fn new(target: &Target, waker: Arc<Waker>) -> Self {
        let literal = target.host.parse::<IpAddr>().ok();
        Self {
            host: target.host.clone(),
            port: target.port,
            waker,
            addresses: literal.map(|ip| SocketAddr::new(ip, target.port)).into_iter().collect(),
            preferred: 0,
            literal: literal.is_some(),
            looked_up: None,
            running: None,
        }
    }

    /// The addresses, the preferred one first; empty while there are none. Starts a look-up where one is due.
    pub fn addresses(&mut self, now: Nanos) -> &[SocketAddr] {
        let age = if self.addresses.is_empty() { RETRY } else { FRESH };
        let due = self.looked_up.is_none_or(|time| now >= time + age);
        if !self.literal && self.running.is_none() && due {
            self.start();
        }
        &self.addresses
    }

    /// A connection to the address at `index` was made, or failed: then the name is resolved again soon.
    pub fn tried(&mut self, index: usize, worked: bool, now: Nanos) {
        if worked {
            self.preferred = index;
        } else if let Some(time) = &mut self.looked_up {
            *time = (*time).min(now.saturating_sub(FRESH - RETRY));
        }
    }

    /// The place in the list where to begin.
    pub fn preferred(&self) -> usize {
        self.preferred
    }

    /// Whether the name is not known at all yet.
    pub fn unknown(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Take in a look-up that has ended.
    pub fn poll(&mut self, now: Nanos) -> Lookup {
        let Some(running) = &self.running else { return Lookup::Nothing };
        let found = match running.try_recv() {
            Ok(found) => found,
            Err(TryRecvError::Empty) => return Lookup::Nothing,
            Err(TryRecvError::Disconnected) => Vec::new(),
        };
        self.running = None;
        self.looked_up = Some(now);
        if found.is_empty() {
            return if self.addresses.is_empty() { Lookup::Failed } else { Lookup::Found };
        }
        if found != self.addresses {
            self.addresses = found;
            self.preferred = 0;
        }
        Lookup::Found
    }

    fn start(&mut self) {
        let (sender, receiver) = mpsc::channel();
        let (host, port, waker) = (self.host.clone(), self.port, Arc::clone(&self.waker));
        let lookup = move || {
            let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            let _ = sender.send(found);
            let _ = waker.wake();
        };
        // Where no thread can be had, the sender is gone, which reads as a failed look-up.
        let _ = thread::Builder::new().name("dns".to_owned()).spawn(lookup);
        self.running = Some(receiver);
    }
}
