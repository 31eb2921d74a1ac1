//! Values as a reason shows them.

use crate::{
    engine::{
        inspect_image::HealthSpec,
        observe::{Mounted, Published},
    },
    model::{Bytes, Cpus},
};

/// `512 MiB`.
pub fn bytes(bytes: u64) -> String {
    Bytes(bytes).to_string()
}

/// `512 MiB`, or `unlimited` for -1.
pub fn swap(swap: i64) -> String {
    u64::try_from(swap).map_or_else(|_| "unlimited".to_owned(), bytes)
}

/// `0.5`.
pub fn cpus(nanos: u64) -> String {
    Cpus { nanos }.to_string()
}

/// A list of arguments as one line; an argument with spaces is quoted, a long line is cut.
pub fn words(words: &[String]) -> String {
    const LONGEST: usize = 120;
    let quoted = words.iter().map(|word| {
        if word.is_empty() || word.contains(char::is_whitespace) { format!("{word:?}") } else { word.clone() }
    });
    let line = quoted.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// `127.0.0.1:8080:80/tcp`.
pub fn port(port: &Published) -> String {
    let address =
        if port.address.contains(':') { format!("[{}]", port.address) } else { port.address.clone() };
    format!("{address}:{}:{}/{}", port.port, port.target, port.protocol)
}

/// `volume orders_data`, `bind /path (read-only)`.
pub fn mount(mount: &Mounted) -> String {
    let source = if mount.source.is_empty() { "anonymous" } else { &mount.source };
    format!("{} {source}{}", mount.kind, if mount.writable { "" } else { " (read-only)" })
}

/// `CMD pg_isready, every 10s, timeout 5s, 3 retries, start period 60s by 1s`.
pub fn healthcheck(check: &HealthSpec) -> String {
    let seconds = |nanos: i64| format!("{}s", nanos as f64 / 1e9);
    let mut parts = vec![words(&check.test)];
    for (name, nanos) in [
        ("every", check.interval),
        ("timeout", check.timeout),
        ("start period", check.start_period),
        ("start interval", check.start_interval),
    ] {
        if nanos > 0 {
            parts.push(format!("{name} {}", seconds(nanos)));
        }
    }
    if check.retries > 0 {
        parts.push(format!("{} retries", check.retries));
    }
    parts.join(", ")
}

/// A hash in twelve digits, as Docker shows them.
pub fn hash(hash: &str) -> String {
    hash.trim_start_matches("sha256:").chars().take(12).collect()
}
