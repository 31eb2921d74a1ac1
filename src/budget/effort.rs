//! A bound on how long a search may take, counted in work and not in time, so that a verdict is the same on every machine.

use std::cell::Cell;

/// How much work is left. A unit is one piece of the ledger looked at, some ten nanoseconds.
#[derive(Debug)]
pub(super) struct Effort(Cell<u64>);

/// A search stopped before it was complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Effort {
    pub(super) fn new(units: u64) -> Self {
        Self(Cell::new(units))
    }

    /// Spend some of it.
    pub(super) fn spend(&self, units: u64) -> Result<(), Exhausted> {
        self.0.set(self.0.get().checked_sub(units).ok_or(Exhausted)?);
        Ok(())
    }
}
