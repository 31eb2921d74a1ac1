//! Any bytes as stack.toml: reading and checking end, every mistake has a place that exists, and a stack without errors can be
//! checked again with the same result.
#![no_main]

use std::{collections::BTreeMap, path::Path};

use libfuzzer_sys::fuzz_target;
use stackctl::internals::{check, source};

fuzz_target!(|bytes: &[u8]| {
    let parsed = source::parse(bytes);
    assert!(parsed.is_whole || !parsed.diagnostics.is_empty(), "unreadable, and nothing says why");
    for found in &parsed.diagnostics {
        for place in found.place.iter().chain(found.related.iter().map(|(place, _)| place)) {
            let span = parsed.document.locate(place);
            assert!(span.is_some_and(|span| parsed.text.get(span).is_some()), "{found:?} is nowhere");
        }
    }
    if parsed.is_whole {
        let project = check::Project {
            root: Path::new("/nonexistent"),
            stack: &parsed.stack,
            document: &parsed.document,
            env: &BTreeMap::new(),
            codes: &[],
        };
        let once = check::run(&project).len();
        assert_eq!(once, check::run(&project).len(), "the same stack is judged differently");
    }
});
