//! Followed logs of several containers, merged in the order of time: which lines are held back and for how long, and which
//! were printed before a connection was lost. The caller brings the lines and the clock.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, VecDeque},
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    logs::{LogLine, Source},
    time,
};

/// How long a line waits for older ones of other containers.
pub const WINDOW: Duration = Duration::from_millis(150);
/// Bytes that are held back at most, of text and of what each line takes beside it. More than that is released at once.
const MOST_BYTES: usize = 4 << 20;
/// What a line takes beside its text, about.
const LINE_BYTES: usize = 160;

/// A line that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedLine {
    /// What printed it.
    pub source: Arc<Source>,
    /// The line.
    pub line: LogLine,
}

/// The time of a line, and its number in the order of arrival: lines of one time keep that order.
type Key = (String, u64);

/// The lines that are held back, and how far each log was read.
#[derive(Debug, Default)]
pub struct LogMerge {
    held: BTreeMap<Key, (Arc<Source>, String)>,
    /// When each line arrived; those that were released with a later one are still among them.
    arrivals: VecDeque<(Instant, Key)>,
    bytes: usize,
    arrived: u64,
    positions: HashMap<String, Position>,
}

/// How far a log was read.
#[derive(Debug, Default)]
struct Position {
    /// The time of the last line; empty before the first.
    at: String,
    /// How many lines in a row had that time.
    lines: u64,
    /// How many of them come again, while a connection repeats what was read before it.
    repeated: Option<u64>,
}

impl Position {
    /// Whether the line was read by an earlier connection. One that was not is counted.
    fn is_repeated(&mut self, at: &str) -> bool {
        if let Some(left) = &mut self.repeated {
            match at.cmp(&self.at) {
                Ordering::Less => return true,
                Ordering::Equal if *left > 0 => {
                    *left -= 1;
                    return true;
                }
                // The log goes on, whatever its clock does from here.
                Ordering::Equal | Ordering::Greater => self.repeated = None,
            }
        }
        if self.at == at {
            self.lines += 1;
        } else {
            at.clone_into(&mut self.at);
            self.lines = 1;
        }
        false
    }
}

impl LogMerge {
    /// Whether anything was read of this log, or is about to be.
    pub fn knows(&self, id: &str) -> bool {
        self.positions.contains_key(id)
    }

    /// A log is read from now on: returns since when, in seconds since 1970; 0 is from its beginning. Lines that an earlier
    /// connection brought are not taken again.
    pub fn connect(&mut self, id: &str) -> i32 {
        let position = self.positions.entry(id.to_owned()).or_default();
        if position.at.is_empty() {
            return 0;
        }
        position.repeated = Some(position.lines);
        // The API of bollard ends in 2038; from then on the whole log comes again, and what was read is passed over.
        let seconds = time::seconds(&position.at).unwrap_or(0.0).floor() as i64;
        i32::try_from(seconds).unwrap_or(0)
    }

    /// Forget how far logs were read, but for those that are to be kept.
    pub fn forget(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.positions.retain(|id, _| is_kept(id));
    }

    /// A line has come.
    pub fn push(&mut self, source: &Arc<Source>, line: LogLine, now: Instant) {
        let position = self.positions.entry(source.id.clone()).or_default();
        if position.is_repeated(&line.at) {
            return;
        }
        self.arrived += 1;
        self.bytes += line.text.len() + LINE_BYTES;
        let key = (line.at, self.arrived);
        self.arrivals.push_back((now, key.clone()));
        self.held.insert(key, (Arc::clone(source), line.text));
    }

    /// When a line is due next: the one that has waited longest.
    pub fn deadline(&self) -> Option<Instant> {
        self.arrivals.front().map(|(arrived, _)| *arrived + WINDOW)
    }

    /// The lines that are due, oldest first: those that have waited long enough and everything that is older.
    pub fn due(&mut self, now: Instant) -> Vec<MergedLine> {
        if self.bytes > MOST_BYTES {
            return self.rest();
        }
        let mut latest: Option<Key> = None;
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            latest = latest.max(self.arrivals.pop_front().map(|(_, key)| key));
        }
        let Some((at, number)) = latest else { return Vec::new() };
        let later = self.held.split_off(&(at, number + 1));
        let due = mem::replace(&mut self.held, later);
        self.release(due)
    }

    /// Every line that is held back, oldest first.
    pub fn rest(&mut self) -> Vec<MergedLine> {
        self.arrivals.clear();
        let held = mem::take(&mut self.held);
        self.release(held)
    }

    fn release(&mut self, lines: BTreeMap<Key, (Arc<Source>, String)>) -> Vec<MergedLine> {
        let released = lines.into_iter();
        let released = released
            .map(|((at, _), (source, text))| MergedLine { source, line: LogLine { at, text } })
            .collect::<Vec<_>>();
        self.bytes -= released.iter().map(|it| it.line.text.len() + LINE_BYTES).sum::<usize>();
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: &str) -> Arc<Source> {
        Arc::new(Source { id: id.to_owned(), ..Source::default() })
    }

    /// A time of the engine's clock, in nanoseconds since an hour.
    fn at(nanos: u64) -> String {
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        format!("2026-11-29T10:{:02}:{:02}.{rest:09}Z", seconds / 60, seconds % 60)
    }

    fn line(nanos: u64, text: &str) -> LogLine {
        LogLine { at: at(nanos), text: text.to_owned() }
    }

    fn texts(lines: Vec<MergedLine>) -> Vec<String> {
        lines.into_iter().map(|it| it.line.text).collect()
    }

    /// Two containers print `rate` lines a second between them for four seconds, one of them read late by as much as the
    /// window allows: every line comes out, in order, and none later than the window after it arrived.
    fn busy(rate: u64) {
        let (began, sources) = (Instant::now(), [source("a"), source("b")]);
        let mut merge = LogMerge::default();
        let count = rate * 4;
        let mut arrivals: Vec<(Duration, u64)> = (0..count)
            .map(|n| {
                let delay = if n % 2 == 0 { 0 } else { 140 };
                (Duration::from_nanos(n * 1_000_000_000 / rate) + Duration::from_millis(delay), n)
            })
            .collect();
        arrivals.sort_unstable();
        let (mut out, mut most) = (Vec::new(), 0);
        let mut next = arrivals.iter().peekable();
        loop {
            // The clock goes to whatever comes first: a line, or the deadline.
            let arrival = next.peek().map(|(time, _)| began + *time);
            let now = match (arrival, merge.deadline()) {
                (Some(arrival), Some(deadline)) => arrival.min(deadline),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => break,
            };
            while let Some((time, n)) = next.next_if(|(time, _)| began + *time <= now) {
                let nanos = n * 1_000_000_000 / rate;
                merge.push(&sources[(n % 2) as usize], line(nanos, &n.to_string()), began + *time);
            }
            most = most.max(merge.held.len());
            out.extend(merge.due(now).into_iter().map(|it| (now, it.line.text.parse::<u64>().unwrap())));
        }
        assert_eq!(out.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
        let arrived: HashMap<u64, Duration> = arrivals.into_iter().map(|(time, n)| (n, time)).collect();
        assert!(out.iter().all(|(now, n)| *now <= began + arrived[n] + WINDOW));
        assert!(most as u64 <= rate * 3 / 20 + 2, "{most} lines are held of {rate} a second");
        assert!(merge.arrivals.is_empty() && merge.bytes == 0);
    }

    #[test]
    fn a_busy_stack_is_followed() {
        busy(7);
        busy(10_000);
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let (now, source) = (Instant::now(), source("a"));
        let mut merge = LogMerge::default();
        let (mut most, mut released) = (0, 0);
        let text = "x".repeat(1000);
        for n in 0..50_000 {
            merge.push(&source, line(n, &text), now);
            most = most.max(merge.bytes);
            released += merge.due(now).len();
        }
        assert!(most <= MOST_BYTES + 2000 && released > 40_000, "{most} bytes, {released} lines");
        assert_eq!(released + merge.rest().len(), 50_000);
        assert!(merge.arrivals.is_empty());
    }

    #[test]
    fn lines_of_one_time_keep_their_order() {
        let (now, a, b) = (Instant::now(), source("a"), source("b"));
        let mut merge = LogMerge::default();
        // The engine gives the pieces of a long line one time.
        for (source, nanos, text) in
            [(&a, 5, "2"), (&a, 5, "3"), (&b, 5, "4"), (&a, 5, "5"), (&b, 4, "1"), (&a, 3, "0")]
        {
            merge.push(source, line(nanos, text), now);
        }
        assert_eq!(texts(merge.due(now)), [""; 0]);
        assert_eq!(texts(merge.due(now + WINDOW)), ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn a_new_connection_repeats_nothing_and_loses_nothing() {
        let (now, source) = (Instant::now(), source("a"));
        let mut merge = LogMerge::default();
        assert_eq!((merge.knows("a"), merge.connect("a")), (false, 0));
        let second = 1_000_000_000;
        let old = [(second, "a"), (second + 5, "b"), (second + 5, "b")];
        old.iter().for_each(|(nanos, text)| merge.push(&source, line(*nanos, text), now));
        assert_eq!(texts(merge.rest()), ["a", "b", "b"]);

        // The log comes again from the beginning of the second; two more lines have the last time.
        assert_eq!(f64::from(merge.connect("a")), time::seconds(&at(second)).unwrap());
        let new = [(second + 5, "b"), (second + 5, "c"), (second + 9, "d")];
        old.iter().chain(&new).for_each(|(nanos, text)| merge.push(&source, line(*nanos, text), now));
        assert_eq!(texts(merge.rest()), ["b", "c", "d"]);

        // The part with the last line is gone: what is newer is new.
        merge.connect("a");
        merge.push(&source, line(3 * second, "e"), now);
        // A clock that is set back loses no line.
        merge.push(&source, line(2 * second, "f"), now);
        merge.push(&source, line(2 * second, "g"), now);
        assert_eq!(texts(merge.rest()), ["f", "g", "e"]);
        merge.connect("a");
        [(2, "f"), (2, "g"), (2, "h")]
            .iter()
            .for_each(|(seconds, text)| merge.push(&source, line(seconds * second, text), now));
        assert_eq!(texts(merge.rest()), ["h"]);

        merge.forget(|id| id != "a");
        assert!(!merge.knows("a"));
    }
}
