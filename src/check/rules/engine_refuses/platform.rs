//! Platforms of images.

use super::fault::Fault;
use crate::diag::did_you_mean;

/// The operating systems that Go knows, and what the engine's library takes for them.
const SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "macos",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
];
/// The architectures likewise.
const ARCHITECTURES: [&str; 31] = [
    "386",
    "aarch64",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "armel",
    "armhf",
    "i386",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "x86-64",
    "x86_64",
    "zos",
];

/// `platform`, in any case: whether there is an image for it is not judged.
pub(super) fn fault(text: &str) -> Option<Fault> {
    let lower = text.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let is_word = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    let known = || SYSTEMS.into_iter().chain(ARCHITECTURES);
    let fits = match parts.as_slice() {
        [""] => true,
        [one] => known().any(|name| name == *one),
        // Windows may have its version in brackets.
        parts => parts.len() <= 3 && parts[1..].iter().all(is_word),
    };
    let help = || {
        did_you_mean(&lower, known())
            .unwrap_or_else(|| "write one such as \"linux/amd64\" or \"linux/arm64\"".to_owned())
    };
    (!fits).then(|| Fault::new(format!("`{text}` is not a platform"), help()))
}
