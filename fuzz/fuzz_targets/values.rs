//! Any text as a duration, a size, a number of CPUs, a port and a text with variables: reading ends, and what a value prints is read
//! back as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stackctl::internals::model::{Bytes, Cpus, Duration, Port, variable};

fuzz_target!(|text: &str| {
    if let Ok(value) = Duration::parse(text) {
        assert_eq!(Duration::parse(&value.to_string()), Ok(value));
    }
    if let Ok(value) = Cpus::parse(text) {
        assert_eq!(Cpus::parse(&value.to_string()), Ok(value));
    }
    let _ = Bytes::parse(text);
    let _ = Port::parse(text);
    let found = variable::variables(text);
    if !variable::has_variable(text) {
        assert!(found.is_err() || found.is_ok_and(|found| found.is_empty()));
    }
    let _ = variable::expand(text, &|name| (name.len() % 2 == 0).then_some("value"));
});
