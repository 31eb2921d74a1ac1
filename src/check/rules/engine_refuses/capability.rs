//! Capabilities of the kernel.

use super::fault::Fault;
use crate::diag::did_you_mean;

/// The capabilities that Linux knows (capabilities(7)), as the engine's library names them.
const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// An entry of `cap_add` or `cap_drop`: any case, `CAP_` or not; `ALL` has no prefix.
pub(super) fn fault(text: &str) -> Option<Fault> {
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
    if upper == "ALL" || CAPABILITIES.contains(&bare) {
        return None;
    }
    let help = did_you_mean(bare, CAPABILITIES.into_iter().chain(["ALL"])).unwrap_or_else(|| {
        "write a name of capabilities(7), such as `NET_BIND_SERVICE`, or `ALL`".to_owned()
    });
    Some(Fault::new(format!("the kernel has no capability `{text}`"), help))
}
