//! Modes that begin by themselves: which one is next, and when.

use super::{
    plan::Traffic,
    schedule::{Nanos, SECOND},
};

/// One entry, in the engine's time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, after the start of the run or of its repetition.
    at: Nanos,
    /// The mode's name.
    pub mode: String,
    /// Its rate.
    pub rate: f64,
    /// How long the rate takes to get there.
    pub over: Nanos,
}

/// The entries one after another, without end where they repeat.
#[derive(Debug, Clone)]
pub struct Timeline {
    entries: Vec<Entry>,
    repeat: Option<Nanos>,
    /// When the run, or the present repetition of it, began.
    since: Nanos,
    next: usize,
}

impl Timeline {
    /// The schedule of a table for a run that begins at `start`. Entries of modes that the table does not have are left out.
    pub fn new(traffic: &Traffic, start: Nanos) -> Self {
        let entries = traffic.schedule.iter().filter_map(|entry| {
            Some(Entry {
                at: nanos(entry.at),
                mode: entry.mode.clone(),
                rate: *traffic.modes.get(&entry.mode)?,
                over: nanos(entry.over),
            })
        });
        let repeat = traffic.repeat.map(nanos).filter(|repeat| *repeat >= SECOND / 1_000);
        Self { entries: entries.collect(), repeat, since: start, next: 0 }
    }

    /// No entry.
    pub fn none() -> Self {
        Self { entries: Vec::new(), repeat: None, since: 0, next: 0 }
    }

    /// When the next entry begins; the end of time after the last.
    pub fn next_at(&self) -> Nanos {
        match self.entries.get(self.next) {
            Some(entry) => self.since.saturating_add(entry.at),
            None => Nanos::MAX,
        }
    }

    /// Take the next entry.
    pub fn take(&mut self) -> Option<Entry> {
        let entry = self.entries.get(self.next)?.clone();
        self.next += 1;
        if let (true, Some(repeat)) = (self.next == self.entries.len(), self.repeat) {
            self.since = self.since.saturating_add(repeat);
            self.next = 0;
        }
        Some(entry)
    }
}

fn nanos(duration: std::time::Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX / 4)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::ScheduledMode;

    fn traffic(repeat: Option<u64>) -> Traffic {
        let entry = |at, mode: &str, over| ScheduledMode {
            at: Duration::from_secs(at),
            mode: mode.to_owned(),
            over: Duration::from_secs(over),
        };
        Traffic {
            schedule: vec![entry(0, "steady", 0), entry(60, "burst", 30), entry(90, "gone", 0)],
            repeat: repeat.map(Duration::from_secs),
            ..Traffic::order_shop()
        }
    }

    fn taken(timeline: &mut Timeline, count: usize) -> Vec<(Nanos, String, f64, Nanos)> {
        let entries = (0..count).map_while(|_| {
            let at = timeline.next_at();
            timeline.take().map(|entry| (at / SECOND, entry.mode, entry.rate, entry.over / SECOND))
        });
        entries.collect()
    }

    #[test]
    fn entries_come_once_or_again_and_again() {
        let (steady, burst) = ("steady".to_owned(), "burst".to_owned());
        let mut once = Timeline::new(&traffic(None), 10 * SECOND);
        assert_eq!(taken(&mut once, 5), [(10, steady.clone(), 2.0, 0), (70, burst.clone(), 20.0, 30)]);
        assert_eq!(once.next_at(), Nanos::MAX);
        let mut again = Timeline::new(&traffic(Some(100)), 10 * SECOND);
        let times: Vec<_> = taken(&mut again, 5).into_iter().map(|(at, mode, ..)| (at, mode)).collect();
        assert_eq!(
            times,
            [(10, steady.clone()), (70, burst.clone()), (110, steady.clone()), (170, burst), (210, steady)]
        );
        assert_eq!(Timeline::none().next_at(), Nanos::MAX);
    }
}
