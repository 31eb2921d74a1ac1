//! Options of mounts in memory.

use super::{
    fault::{Fault, Judge},
    mount,
};
use crate::{
    diag::did_you_mean,
    model::{MountKind, PROPAGATION},
};

/// The flags that the engine takes and the kernel mounts with.
const FLAGS: [&str; 24] = [
    "defaults",
    "ro",
    "rw",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "sync",
    "async",
    "dirsync",
    "mand",
    "nomand",
    "atime",
    "noatime",
    "diratime",
    "nodiratime",
    "unbindable",
    "runbindable",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
];
/// The options that have a value; `mpol` is the kernel's to judge.
const VALUES: [&str; 7] = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"];

/// Judge `tmpfs` and the mounts of that type.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    for (position, text) in judge.service.tmpfs.iter().enumerate() {
        if let Some(fault) = judge.value(text).and_then(|text| short(&text)) {
            judge.refuse(judge.path().key("tmpfs").index(position), fault);
        }
    }
    for (position, mount) in judge.service.volumes.iter().enumerate() {
        if mount.kind == MountKind::Tmpfs && mount.source.is_some() {
            let fault = Fault::new("a tmpfs has no source", "remove `source`, or write `type = \"volume\"`");
            judge.refuse(judge.path().key("volumes").index(position).key("source"), fault);
        }
    }
}

/// `TARGET[:OPTIONS]`.
fn short(text: &str) -> Option<Fault> {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    if !target.starts_with('/') {
        let help = format!("write \"/{}\"", target.trim_start_matches("./"));
        return Some(Fault::new(format!("`{target}` is not an absolute path"), help));
    }
    let written = options.split(',').filter(|_| !options.is_empty());
    mount::root(target)
        .or_else(|| mount::kernel(MountKind::Tmpfs, target, None))
        .or_else(|| written.into_iter().find_map(option))
}

fn option(option: &str) -> Option<Fault> {
    let Some((key, value)) = option.split_once('=') else {
        return (!FLAGS.contains(&option) && !PROPAGATION.contains(&option)).then(|| unknown(option));
    };
    let number =
        |value: &str, radix: u32| u32::from_str_radix(value, radix).is_ok() && !value.starts_with('+');
    let fits = match key {
        "size" => is_size(value.strip_suffix('%').unwrap_or(value)),
        "nr_inodes" | "nr_blocks" => is_size(value),
        "mode" => number(value, 8),
        "uid" | "gid" => number(value, 10),
        "mpol" => true,
        _ => return Some(unknown(option)),
    };
    let asked = match key {
        "size" => "a size as the kernel reads it: digits and one of k, m, g, t, or a percentage",
        "mode" => "octal permissions, such as 1777",
        _ => "a whole number",
    };
    (!fits).then(|| {
        Fault::new(format!("the kernel does not take the value of `{option}`"), format!("write {asked}"))
    })
}

fn unknown(option: &str) -> Fault {
    let key = option.split('=').next().unwrap_or(option);
    let help = did_you_mean(key, FLAGS.into_iter().chain(PROPAGATION).chain(VALUES))
        .unwrap_or_else(|| "known are size, mode, uid, gid, nr_inodes and the flags of mount(8)".to_owned());
    Fault::new(format!("a tmpfs has no option `{option}`"), help)
}

/// Digits and one suffix of the kernel's `memparse`.
fn is_size(text: &str) -> bool {
    let digits = text.trim_end_matches(['k', 'K', 'm', 'M', 'g', 'G', 't', 'T', 'p', 'P', 'e', 'E']);
    let hex = digits.strip_prefix("0x").is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok());
    text.len() - digits.len() <= 1
        && (hex || (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())))
}
