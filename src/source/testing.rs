//! What the decoders' tests share.

use std::fmt::Write;

use super::parse;
use crate::model::{Service, Stack};

/// Every mistake of a text, one a line: code, the text that the caret points at, message, label.
pub(super) fn mistakes(text: &str) -> String {
    let parsed = parse(text.as_bytes());
    let mut lines = String::new();
    for found in &parsed.diagnostics {
        let place = found.place.as_ref().and_then(|place| parsed.document.locate(place));
        let place = place.map_or("", |span| parsed.text[span].lines().next().unwrap_or_default());
        let _ = writeln!(lines, "{} at `{place}`: {} ({})", found.code.name, found.message, found.label);
    }
    lines
}

/// The mistakes of one service with these lines.
pub(super) fn in_service(lines: &str) -> String {
    mistakes(&format!("{HEAD}[services.api]\n{lines}"))
}

/// One service with these lines, which hold no mistake.
pub(super) fn service(lines: &str) -> Service {
    stack(&format!("[services.api]\n{lines}")).services.swap_remove("api").expect("a service")
}

/// A stack with these lines, which hold no mistake.
pub(super) fn stack(lines: &str) -> Stack {
    let parsed = parse(format!("{HEAD}{lines}").as_bytes());
    assert_eq!(parsed.diagnostics, []);
    parsed.stack
}

/// What every stack.toml has to have.
pub(super) const HEAD: &str = "name = \"shop\"\nbudget = { memory = \"1G\", cpus = 1 }\n";
