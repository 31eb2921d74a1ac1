//! Room for images, volumes and logs.

use std::path::Path;

use super::Check;
use crate::model::Bytes;

/// Below this nothing can be built or written.
const LEAST: u64 = 1 << 30;
/// What images and volumes of a usual stack take.
const USUAL: u64 = 5 << 30;
const FIX: &str = "see `docker system df`; `docker image prune` and `docker builder prune` free space";

/// The room where the engine keeps its files (`root`), beside the budget for logs. `local` is whether its machine is this
/// one.
pub fn disk(root: &str, local: bool, logs: Option<Bytes>) -> Check {
    if !local {
        return Check::ok("disk", "the engine is on another machine: not checked");
    }
    match free(Path::new(root)) {
        Some(free) => judge(free, root, logs),
        None => Check::warning("disk", format!("the free space below {root} is unknown"), "see `df` there"),
    }
}

fn judge(free: u64, root: &str, logs: Option<Bytes>) -> Check {
    let logs = logs.map_or(0, |bytes| bytes.0);
    let detail = format!("{} free below {root}", Bytes(free).rounded());
    if free < LEAST {
        return Check::error("disk", detail, FIX);
    }
    if free < USUAL.saturating_add(logs) {
        let wanted = Bytes(USUAL.saturating_add(logs)).rounded();
        return Check::warning(
            "disk",
            format!("{detail}, and {wanted} are recommended for images, volumes and logs"),
            FIX,
        );
    }
    Check::ok("disk", detail)
}

/// Bytes that an ordinary user may still write; the folder itself may be closed to this one, its file system is not.
#[cfg(unix)]
fn free(root: &Path) -> Option<u64> {
    let found = root.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(_root: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::super::CheckStatus;
    use super::*;

    #[test]
    fn room_is_judged_with_the_logs() {
        let status = |gib: u64, logs: u64| judge(gib << 30, "/d", Some(Bytes(logs << 30))).status;
        assert_eq!(status(0, 0), CheckStatus::Error);
        assert_eq!(
            (status(5, 0), status(5, 1), status(6, 1)),
            (CheckStatus::Ok, CheckStatus::Warning, CheckStatus::Ok)
        );
        assert_eq!(
            judge(3 << 29, "/d", None).detail,
            "1.5 GiB free below /d, and 5.0 GiB are recommended for images, volumes and logs"
        );
        assert_eq!(disk("/d", false, None).status, CheckStatus::Ok);
    }
}
