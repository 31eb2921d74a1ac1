//! The process's limit of open files.

/// File descriptors that every process has, as far as this program knows.
#[cfg(not(unix))]
const UNKNOWN: u64 = 2048;

/// Raise the soft limit of open files to `wanted`, or as far as the hard limit allows, and return the limit in force. It is never
/// lowered.
#[cfg(unix)]
pub fn raise_file_limit(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// macOS refuses a soft limit above this, although its hard limit is infinite.
    const OPEN_MAX: u64 = 10_240;

    let limit = getrlimit(Resource::Nofile);
    let Some(current) = limit.current.filter(|current| *current < wanted) else {
        return limit.current.unwrap_or(u64::MAX);
    };
    let highest = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = [highest, highest.min(OPEN_MAX)].into_iter().find(|raised| {
        *raised > current
            && setrlimit(Resource::Nofile, Rlimit { current: Some(*raised), maximum: limit.maximum }).is_ok()
    });
    raised.unwrap_or(current)
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub fn raise_file_limit(wanted: u64) -> u64 {
    wanted.max(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_never_lowered() {
        let now = raise_file_limit(0);
        assert!(raise_file_limit(now.saturating_add(1)) >= now);
        assert!(raise_file_limit(1) >= now);
    }
}
