//! Failures in the log: a line for each kind at most every half minute, with how many there were since the last one. A
//! target that fails a hundred times a second fills no disk.

use std::collections::BTreeMap;

use crate::traffic::{
    fault::Fault,
    schedule::{Nanos, SECOND},
};

/// A kind is quiet for so long after its line.
const INTERVAL: Nanos = 30 * SECOND;

/// A kind's first line waits so long, and counts what came meanwhile.
const FIRST: Nanos = SECOND;

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    /// What the first of them said.
    detail: String,
    /// When the next line may be written.
    next: Option<Nanos>,
}

/// What has failed since it was last logged.
#[derive(Debug, Default)]
pub struct FaultLog {
    kinds: BTreeMap<Fault, Kind>,
}

impl FaultLog {
    /// Count one.
    pub fn note(&mut self, fault: Fault, detail: &str) {
        let kind = self.kinds.entry(fault).or_default();
        if kind.count == 0 {
            detail.clone_into(&mut kind.detail);
        }
        kind.count += 1;
    }

    /// Write the lines that are due.
    pub fn report(&mut self, now: Nanos) {
        for (fault, kind) in &mut self.kinds {
            if kind.count > 0 && *kind.next.get_or_insert(now + FIRST) <= now {
                kind.write(*fault);
                kind.next = Some(now + INTERVAL);
            }
        }
    }

    /// Write what is left.
    pub fn flush(&mut self) {
        for (fault, kind) in &mut self.kinds {
            if kind.count > 0 {
                kind.write(*fault);
            }
        }
    }
}

impl Kind {
    fn write(&mut self, fault: Fault) {
        let (count, fault) = (self.count, fault.to_string());
        if self.detail.is_empty() {
            tracing::warn!(kind = fault, count, "requests failed: {fault}");
        } else {
            tracing::warn!(kind = fault, count, detail = self.detail, "requests failed: {fault}");
        }
        self.count = 0;
    }
}
