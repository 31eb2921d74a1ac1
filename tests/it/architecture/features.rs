//! `cargo run` and `cargo test` share what is built of the dependencies.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// The features of each dependency and version, over the edges of these kinds.
fn features(edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--edges", edges, "--format", "{p}\t{f}"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (package, features) in text.lines().filter_map(|line| line.split_once('\t')) {
        found.entry(package.to_owned()).or_default().insert(features.trim_end_matches(" (*)").to_owned());
    }
    found
}

/// A feature that only a dev-dependency asks for makes `cargo test` build that crate, and everything above it, a second time.
#[test]
fn are_the_same_for_run_and_test() {
    let run = features("normal,build");
    let test = features("normal,build,dev");
    assert!(run.len() > 200, "{} packages", run.len());
    let differ: Vec<_> = run.iter().filter(|(package, features)| test[*package] != **features).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}
