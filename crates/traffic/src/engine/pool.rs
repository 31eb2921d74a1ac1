//! The connections: which are idle, which are being made, and their slots. It decides nothing about requests.

use std::{io, sync::Arc};

use mio::{Registry, Token, Waker};

use super::{
    connection::{Connection, State},
    resolver::{Lookup, Resolver},
};
use crate::{
    http::{Tls, TlsError, Trust},
    plan::Traffic,
    schedule::{Nanos, SECOND},
};

/// An idle connection is closed after this: servers close theirs after 5 s or more, and a request that meets such a
/// closing connection would fail for no fault of the target's.
const IDLE: Nanos = 4 * SECOND;

/// All connections to the target.
#[derive(Debug)]
pub struct Pool {
    registry: Registry,
    resolver: Resolver,
    tls: Option<Tls>,
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// Slots freed in this round of events: an event of theirs may still come.
    freed: Vec<usize>,
    /// Last in, first out, so that the surplus of a burst ages.
    idle: Vec<usize>,
    connecting: usize,
}

/// Why no connection was begun.
#[derive(Debug)]
pub enum NoConnection {
    /// The name is being looked up.
    Unresolved,
    /// No address took an attempt.
    Failed(io::Error),
}

impl Pool {
    /// No connection yet.
    ///
    /// # Errors
    /// When the target is `https` and TLS cannot work here, or not with its certificates.
    pub fn new(traffic: &Traffic, registry: Registry, waker: Arc<Waker>) -> Result<Self, TlsError> {
        let target = &traffic.target;
        let trust = Trust { ca_file: traffic.ca_file.as_ref(), insecure: traffic.insecure };
        Ok(Self {
            registry,
            resolver: Resolver::new(target, waker),
            tls: if target.tls { Some(Tls::new(&target.host, trust)?) } else { None },
            slots: Vec::new(),
            free: Vec::new(),
            freed: Vec::new(),
            idle: Vec::new(),
            connecting: 0,
        })
    }

    /// A connection by its slot.
    pub fn get_mut(&mut self, slot: usize) -> Option<&mut Connection> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Whether this is an open connection without a request.
    pub fn is_idle(&self, slot: usize) -> bool {
        let connection = self.slots.get(slot).and_then(Option::as_ref);
        connection.is_some_and(|connection| connection.state == State::Idle)
    }

    /// Take an idle connection.
    pub fn take_idle(&mut self) -> Option<usize> {
        self.idle.pop()
    }

    /// How many are being made.
    pub fn connecting(&self) -> usize {
        self.connecting
    }

    /// Whether the target's name is not known yet.
    pub fn unresolved(&self) -> bool {
        self.resolver.unknown()
    }

    /// Look the target up before it is needed.
    pub fn warm_up(&mut self, now: Nanos) {
        self.resolver.addresses(now);
    }

    /// Take in a look-up that has ended.
    pub fn poll_lookup(&mut self, now: Nanos) -> Lookup {
        self.resolver.poll(now)
    }

    /// Begin to make a connection, to the preferred address or, after `tried` others, to the next.
    ///
    /// # Errors
    /// When none was begun.
    pub fn open(&mut self, mut tried: usize, now: Nanos) -> Result<(), NoConnection> {
        let preferred = self.resolver.preferred();
        let count = self.resolver.addresses(now).len();
        if count == 0 {
            return Err(NoConnection::Unresolved);
        }
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        while tried < count {
            let address = (preferred + tried) % count;
            let Some(peer) = self.resolver.addresses(now).get(address).copied() else { break };
            let slot = self.free.pop().unwrap_or_else(|| {
                self.slots.push(None);
                self.slots.len() - 1
            });
            let state = State::Connecting { address, tried };
            match Connection::open(peer, self.tls.as_ref(), &self.registry, Token(slot), state, now) {
                Ok(connection) => {
                    self.slots[slot] = Some(connection);
                    self.connecting += 1;
                    return Ok(());
                }
                Err(error) => {
                    self.free.push(slot);
                    self.resolver.tried(address, false, now);
                    last = error;
                    tried += 1;
                }
            }
        }
        Err(NoConnection::Failed(last))
    }

    /// A connection was made: it is idle, but not yet among those that [`Pool::take_idle`] gives.
    pub fn established(&mut self, slot: usize, now: Nanos) {
        if let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            if let State::Connecting { address, .. } = connection.state {
                self.connecting -= 1;
                self.resolver.tried(address, true, now);
            }
            connection.state = State::Idle;
            connection.since = now;
        }
    }

    /// An attempt failed. Returns how many addresses were tried with it.
    pub fn not_established(&mut self, slot: usize, now: Nanos) -> usize {
        match self.close(slot) {
            Some(State::Connecting { address, tried }) => {
                self.resolver.tried(address, false, now);
                tried + 1
            }
            _ => 0,
        }
    }

    /// Give back an idle connection.
    pub fn put_idle(&mut self, slot: usize) {
        self.idle.push(slot);
    }

    /// Close a connection. Returns what it was doing.
    pub fn close(&mut self, slot: usize) -> Option<State> {
        let mut connection = self.slots.get_mut(slot)?.take()?;
        connection.deregister(&self.registry);
        match connection.state {
            State::Connecting { .. } => self.connecting -= 1,
            State::Idle => self.idle.retain(|idle| *idle != slot),
            State::Busy(_) => {}
        }
        self.freed.push(slot);
        Some(connection.state)
    }

    /// The round of events is over: freed slots may be used again.
    pub fn settle(&mut self) {
        self.free.append(&mut self.freed);
    }

    /// Close what has been idle for too long, and attempts older than `timeout`: whoever waited for those has timed
    /// out as well.
    pub fn sweep(&mut self, now: Nanos, timeout: Nanos) {
        for slot in 0..self.slots.len() {
            let expired = self.slots[slot].as_ref().is_some_and(|connection| {
                let age = now.saturating_sub(connection.since);
                match connection.state {
                    State::Idle => age >= IDLE,
                    State::Connecting { .. } => age >= timeout,
                    State::Busy(_) => false,
                }
            });
            if expired {
                self.close(slot);
            }
        }
        // After a burst the table is given back as far as its end is unused.
        self.settle();
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
        }
        let count = self.slots.len();
        self.free.retain(|slot| *slot < count);
    }
}
