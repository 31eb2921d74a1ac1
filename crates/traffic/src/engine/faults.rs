//! Failures and other trouble in the log: a line for each kind at most every half minute, with how many there were since the last
//! one. A target that fails a hundred times a second fills no disk.

use std::collections::BTreeMap;

use crate::{
    fault::Fault,
    schedule::{Nanos, SECOND},
};

/// A kind is quiet for so long after its line.
const INTERVAL: Nanos = 30 * SECOND;

/// Values that captures do not find are logged no more often than this.
const MISSING: Nanos = 60 * SECOND;

/// A kind's first line waits so long, and counts what came meanwhile.
const FIRST: Nanos = SECOND;

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    /// The text of the first of them.
    detail: String,
    /// When the next line may be written.
    next: Option<Nanos>,
}

/// What has happened since it was last logged.
#[derive(Debug, Default)]
pub struct FaultLog {
    kinds: BTreeMap<Fault, Kind>,
    unasked: Kind,
    missing: Kind,
}

impl FaultLog {
    /// Count a request that failed.
    pub fn note(&mut self, fault: Fault, detail: &str) {
        self.kinds.entry(fault).or_default().note(detail);
    }

    /// Count an idle connection that brought bytes and was closed.
    pub fn note_unasked(&mut self) {
        self.unasked.note("");
    }

    /// Count a successful answer to this request of the mix in which a capture found no value.
    pub fn note_missing(&mut self, endpoint: &str) {
        self.missing.note(endpoint);
    }

    /// Write the lines that are due.
    pub fn report(&mut self, now: Nanos) {
        self.write(|kind, interval| kind.due(now, interval));
    }

    /// Write what is left.
    pub fn flush(&mut self) {
        self.write(|kind, _| kind.take());
    }

    fn write(&mut self, mut count: impl FnMut(&mut Kind, Nanos) -> Option<u64>) {
        for (fault, kind) in &mut self.kinds {
            if let Some(count) = count(kind, INTERVAL) {
                let (fault, detail, hint) = (fault.to_string(), kind.detail(), fault.hint());
                tracing::warn!(kind = fault, count, detail, hint, "requests failed: {fault}");
            }
        }
        if let Some(count) = count(&mut self.unasked, INTERVAL) {
            tracing::warn!(
                count,
                "closed idle connections on which the target sent what no request asked for"
            );
        }
        if let Some(count) = count(&mut self.missing, MISSING) {
            let request = self.missing.detail();
            tracing::warn!(count, request, "successful responses without the value to capture");
        }
    }
}

impl Kind {
    fn note(&mut self, detail: &str) {
        if self.count == 0 {
            detail.clone_into(&mut self.detail);
        }
        self.count += 1;
    }

    fn detail(&self) -> Option<&str> {
        Some(self.detail.as_str()).filter(|detail| !detail.is_empty())
    }

    /// How many there were since the last line, where there were any.
    fn take(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.count)).filter(|count| *count > 0)
    }

    /// As [`Kind::take`], once a line may be written.
    fn due(&mut self, now: Nanos, interval: Nanos) -> Option<u64> {
        if self.count == 0 || *self.next.get_or_insert(now + FIRST) > now {
            return None;
        }
        self.next = Some(now + interval);
        self.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_a_line_after_a_second_and_then_one_in_each_interval() {
        let mut kind = Kind::default();
        let mut lines = Vec::new();
        for tenth in 0..1_300 {
            let now = tenth * SECOND / 10;
            kind.note("POST /orders");
            lines.extend(kind.due(now, MISSING).map(|count| (tenth, count)));
        }
        assert_eq!(lines, [(10, 11), (610, 600), (1_210, 600)]);
        assert_eq!((kind.take(), kind.take()), (Some(89), None));
    }
}
