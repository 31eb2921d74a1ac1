//! Signals.

use super::fault::Fault;
use crate::diag::nearest;

/// The signals of Linux without their `SIG`; `RTMIN+N` and `RTMAX-N` are counted.
const SIGNALS: [&str; 36] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// `stop_signal`: a number other than 0, or a name in any case.
pub(super) fn fault(text: &str) -> Option<Fault> {
    if text.is_empty() || text.parse::<i64>().is_ok_and(|number| number != 0) {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    let counted = |prefix: &str, most: u32| {
        let digits = bare.strip_prefix(prefix).filter(|digits| !digits.starts_with(['0', '+']));
        digits.and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|number| number <= most)
    };
    if SIGNALS.contains(&bare) || counted("RTMIN+", 15) || counted("RTMAX-", 14) {
        return None;
    }
    let help = match nearest(bare, SIGNALS) {
        Some(near) => format!("did you mean `SIG{near}`?"),
        None => "write a signal such as `SIGINT` or `SIGQUIT`".to_owned(),
    };
    Some(Fault::new(format!("there is no signal `{text}`"), help))
}
