//! docs/from-compose.md: each stack.toml in it is what `import` makes of the Compose file above it. `UPDATE=1` writes them.

use std::{fmt::Write as _, fs, path::Path};

use super::oracle::stackctl;

#[test]
fn each_pair_of_the_guide_is_what_import_writes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-compose.md");
    let guide = fs::read_to_string(&path).unwrap();
    let mut parts = guide.split("```yaml\n");
    let mut made = parts.next().unwrap().to_owned();
    let mut count = 0;
    for part in parts {
        let (yaml, rest) = part.split_once("```").unwrap();
        let (between, rest) = rest.split_once("```toml\n").unwrap();
        let (_, rest) = rest.split_once("```").unwrap();
        write!(made, "```yaml\n{yaml}```{between}```toml\n{}```{rest}", imported(yaml)).unwrap();
        count += 1;
    }
    assert_eq!(count, 10);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
        return;
    }
    assert!(
        made == guide,
        "docs/from-compose.md is stale: run `UPDATE=1 cargo test --test it pairs`\n{made}"
    );
}

/// The stack.toml of a Compose file, without its name and the comment about the budget.
fn imported(yaml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), yaml).unwrap();
    for beside in ["init.sql", "token.txt"] {
        fs::write(folder.path().join(beside), "").unwrap();
    }
    let (code, stdout, stderr) = stackctl(folder.path(), &["import"]);
    assert_eq!(code, Some(0), "{yaml}\n{stdout}{stderr}");
    let text = fs::read_to_string(folder.path().join("stack.toml")).unwrap();
    let kept = text.lines().filter(|line| !line.starts_with("name = ") && !BUDGET.contains(line));
    let kept: Vec<&str> = kept.collect();
    let mut text = kept.join("\n");
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim_matches('\n'))
}

/// The comment in the place of `[budget]`.
const BUDGET: [&str; 2] = [
    "# No service has a limit, so there is no [budget] and nothing to prove. Start the stack, then",
    "# `stackctl budget suggest --write` measures it, and writes limits and a [budget] here.",
];
