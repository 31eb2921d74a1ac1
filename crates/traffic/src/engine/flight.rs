//! Requests in flight, oldest first: a list inside an arena, so that the next timeout is its head, and beginning and
//! ending a request costs no allocation and no timer.

use crate::{schedule::Nanos, trace::Trace};

/// No slot.
const NONE: u32 = u32::MAX;

/// A request's slot.
pub type FlightId = u32;

/// A request in flight.
#[derive(Debug, Clone, Copy)]
pub struct Flight {
    /// When it was meant to be sent.
    pub intended: Nanos,
    /// When it went to a connection; while it waits for one, when it was taken up.
    pub sent: Nanos,
    /// Which step of the mix.
    pub step: usize,
    /// Its connection; `None` while it waits for one.
    pub connection: Option<usize>,
    /// Its trace, where it is to be exported.
    pub trace: Option<Trace>,
}

#[derive(Debug)]
struct Slot {
    flight: Flight,
    previous: u32,
    next: u32,
    live: bool,
}

/// The requests in flight.
#[derive(Debug)]
pub struct Flights {
    slots: Vec<Slot>,
    free: Vec<FlightId>,
    oldest: u32,
    newest: u32,
}

impl Flights {
    /// None yet.
    pub fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), oldest: NONE, newest: NONE }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Add one that was intended no earlier than those before it.
    pub fn begin(&mut self, flight: Flight) -> FlightId {
        let slot = Slot { flight, previous: self.newest, next: NONE, live: true };
        let id = match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = slot;
                id
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as FlightId
            }
        };
        match self.newest {
            NONE => self.oldest = id,
            newest => self.slots[newest as usize].next = id,
        }
        self.newest = id;
        id
    }

    /// Take one out.
    pub fn end(&mut self, id: FlightId) -> Flight {
        let slot = &mut self.slots[id as usize];
        debug_assert!(slot.live);
        slot.live = false;
        let (flight, previous, next) = (slot.flight, slot.previous, slot.next);
        match previous {
            NONE => self.oldest = next,
            previous => self.slots[previous as usize].next = next,
        }
        match next {
            NONE => self.newest = previous,
            next => self.slots[next as usize].previous = previous,
        }
        self.free.push(id);
        flight
    }

    /// The one that was intended first.
    pub fn oldest(&self) -> Option<(FlightId, Flight)> {
        let slot = self.slots.get(self.oldest as usize)?;
        Some((self.oldest, slot.flight))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Flight> {
        self.slots.iter().filter(|slot| slot.live).map(|slot| &slot.flight)
    }

    /// One of them. `None` when it has ended.
    pub fn get_mut(&mut self, id: FlightId) -> Option<&mut Flight> {
        self.slots.get_mut(id as usize).filter(|slot| slot.live).map(|slot| &mut slot.flight)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_list(ends in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 0..200)) {
            let mut flights = Flights::new();
            let mut list: VecDeque<(FlightId, Nanos)> = VecDeque::new();
            for (time, end) in ends.into_iter().enumerate() {
                match end {
                    Some(index) if !list.is_empty() => {
                        let (id, intended) = list.remove(index.index(list.len())).unwrap();
                        prop_assert_eq!(flights.end(id).intended, intended);
                        prop_assert!(flights.get_mut(id).is_none());
                    }
                    _ => {
                        let intended = time as Nanos;
                        let flight = Flight { intended, sent: 0, step: 0, connection: None, trace: None };
                        list.push_back((flights.begin(flight), intended));
                    }
                }
                prop_assert_eq!(flights.len(), list.len());
                prop_assert_eq!(flights.oldest().map(|(id, flight)| (id, flight.intended)), list.front().copied());
            }
        }
    }
}
