//! Trees in Compose's shape, written as YAML, and the stack.toml that they become.

use std::path::Path;

use super::{Action, Options, Translated, translate};
use crate::source::compose::{document, write::write};

/// The text of stack.toml, and a line for each decision.
fn imported(yaml: &str) -> (String, Vec<String>) {
    let document = document::read(yaml.as_bytes(), Path::new("compose.yaml"), 0);
    let root = document.root.unwrap_or_else(|| panic!("{:?}", document.diagnostics));
    let lookup = |name: &str| (name == "P").then_some("seven");
    let enabled = ["a".to_owned(), "gone".to_owned()];
    let Translated { tree, decisions, refused, .. } =
        translate(root, &Options { name: "shop", enabled: &enabled, lookup: &lookup, is_anchor: &|_| false });
    let mut lines: Vec<String> = decisions
        .iter()
        .filter(|it| it.action != Action::Lost)
        .map(|it| format!("{} {} {}", it.action.as_str(), it.path, it.message))
        .collect();
    lines.extend(refused.iter().map(|(_, it)| format!("refused: {}", it.message)));
    (write(&tree), lines)
}

#[test]
fn every_figure_of_size_has_one_place() {
    let (text, decisions) = imported(
        "services:\n  api:\n    # why\n    mem_limit: 536870912  # measured\n    image: x\n    deploy:\n      # two of them\n      replicas: 2\n      resources:\n        reservations: {cpus: '.25', memory: 1.5g}\n      mode: global\n    memswap_limit: 1073741824\n    pids_limit: 0\n",
    );
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(decisions.join("\n"));
}

#[test]
fn spellings_that_disagree_are_refused_as_compose_refuses_them() {
    for (service, refused) in [
        ("{mem_limit: 1g, deploy: {resources: {limits: {memory: 2g}}}}", 1),
        ("{mem_limit: 1g, deploy: {resources: {limits: {cpus: '1'}}}}", 1),
        ("{mem_limit: 1g, deploy: {resources: {limits: {memory: 1024m}}}}", 0),
        ("{cpus: 0.5, deploy: {resources: {limits: {cpus: '0.50'}}}}", 0),
        ("{scale: 2, deploy: {replicas: 2}}", 0),
    ] {
        let (_, decisions) = imported(&format!("services: {{a: {service}}}"));
        let count = decisions.iter().filter(|line| line.starts_with("refused")).count();
        assert_eq!(count, refused, "{service}: {decisions:?}");
    }
}

#[test]
fn profiles_get_tables_and_names_that_stack_toml_takes() {
    let (text, decisions) = imported(
        "services:\n  a: {image: x, profiles: [a, core, '${P}']}\n  b: {image: x, profiles: [profile-a, 'x y']}\n",
    );
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(decisions.join("\n"));
}

#[test]
fn empty_keys_are_refused_where_compose_refuses_them() {
    for key in ["ports", "volumes", "depends_on", "labels", "healthcheck", "build", "restart"] {
        let (_, decisions) = imported(&format!("services:\n  a:\n    image: x\n    {key}:\n"));
        assert!(decisions.iter().any(|line| line.starts_with("refused")), "{key}: {decisions:?}");
    }
    let (text, decisions) =
        imported("services:\n  a:\n    image: x\n    command:\n    entrypoint:\n    deploy:\n");
    assert_eq!(decisions.iter().filter(|line| line.starts_with("refused")).count(), 0);
    assert!(!text.contains("command"), "{text}");
}
