//! What stack.toml can say: the schema for editors and docs/stack-toml.md, held to what the decoders do. `UPDATE=1 cargo test
//! reference` writes the page and the sample's schema.

mod command;
mod page;
mod schema;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Compare with a committed file, or write it when `UPDATE` is set.
fn committed(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{name} is stale: run `UPDATE=1 cargo test reference`");
}

/// Every stack.toml of the repository that is TOML, with its text.
fn stacks() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = fs::read_dir(root.join("tests/fixtures")).unwrap();
    let mut paths: Vec<PathBuf> = fixtures.map(|entry| entry.unwrap().path().join("stack.toml")).collect();
    paths.extend([root.join("stack.toml"), root.join("src/commands/init/stack.toml")]);
    paths.sort();
    let text = |path: PathBuf| fs::read_to_string(&path).ok().map(|text| (path, text));
    paths.into_iter().filter_map(text).filter(|(_, text)| tree::Tree::read(text).is_some()).collect()
}
