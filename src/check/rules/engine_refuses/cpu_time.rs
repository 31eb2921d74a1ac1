//! `cpu_quota` and `cpu_period`, which the kernel's scheduler counts in microseconds.

use super::fault::{Fault, Judge};
use crate::diag::KeyPath;

/// The shortest quota and period of the scheduler, in microseconds.
const SHORTEST: i64 = 1_000;
/// Its longest period.
const LONGEST: i64 = 1_000_000;

/// Judge both, and a CPU limit beside them, which is the same in another spelling. 0 is unset; a negative quota is no limit.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    let quota = judge.service.cpu_quota.filter(|quota| *quota > 0);
    let period = judge.service.cpu_period.filter(|period| *period != 0);
    if let Some(quota) = quota.filter(|quota| *quota < SHORTEST) {
        let fault = Fault::new(
            format!("{quota} is below {SHORTEST} microseconds"),
            "write a larger quota; `cpu_period` is 100000 by default",
        );
        judge.refuse(judge.path().key("cpu_quota"), fault);
    }
    if let Some(period) = period.filter(|period| !(SHORTEST..=LONGEST).contains(period)) {
        let fault = Fault::new(
            format!("{period} is not between {SHORTEST} and {LONGEST} microseconds"),
            "write a period in that range",
        );
        judge.refuse(judge.path().key("cpu_period"), fault);
    }
    let Some(key) = quota.map(|_| "cpu_quota").or(period.map(|_| "cpu_period")) else { return };
    let limit = judge.path().key("limits").key("cpus");
    if judge.service.limits.cpus.is_some() && !judge.service.is_quota_limit {
        refuse_beside(judge, limit, key);
    }
    for (profile, overlay) in judge.context.overlays(judge.name) {
        if overlay.limits.cpus.is_some() {
            let at = KeyPath::from(["profiles", *profile, "services", judge.name, "limits", "cpus"]);
            refuse_beside(judge, at, key);
        }
    }
}

fn refuse_beside(judge: &mut Judge<'_, '_>, at: KeyPath, key: &str) {
    let fault = Fault::new(
        format!("it cannot be combined with `{key}`"),
        format!("keep `limits.cpus`, and remove `{key}`"),
    );
    judge.refuse(at, fault);
}
