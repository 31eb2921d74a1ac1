//! What `allow` takes is what Compose accepts in at least one selection and what can be rendered: each code of an error that
//! can be allowed has a stack that shows it, and each that Compose refuses a file that it does.

mod oracle;
mod table;

use std::collections::BTreeSet;

use stackctl::internals::{
    check,
    diag::{Allow, Code, Severity},
    render, source,
};

fn codes() -> impl Iterator<Item = &'static Code> {
    source::CODES.iter().copied().chain(check::codes()).chain(render::CODES.iter().copied())
}

/// The codes of errors with such an `allow`.
fn errors(with: impl Fn(Allow) -> bool) -> BTreeSet<&'static str> {
    codes()
        .filter(|code| code.severity == Severity::Error && with(code.allow))
        .map(|code| code.name)
        .collect()
}

#[test]
fn every_warning_can_be_allowed() {
    let refused = codes().filter(|code| code.severity == Severity::Warning && code.allow != Allow::Anywhere);
    assert_eq!(refused.map(|code| code.name).collect::<Vec<_>>(), [] as [&str; 0]);
}

#[test]
fn every_error_that_can_be_allowed_has_a_stack_and_every_one_that_compose_refuses_a_file() {
    let shown: BTreeSet<&str> = table::ALLOWED.iter().map(|case| case.code).collect();
    assert_eq!(shown, errors(|allow| !matches!(allow, Allow::Never(_))));
    let refused: BTreeSet<&str> = table::REFUSED.iter().map(|(code, _)| *code).collect();
    assert_eq!(refused, errors(|allow| allow == Allow::Never(Allow::REFUSED)));
}
