//! What cannot be imported: a diagnostic at file, line and column, exit 1 or 3, and nothing written.

use std::{fs, path::Path};

use serde_json::Value;

use super::{cases, oracle::stackctl};

/// `CODE PLACE` in the first line of each: what has to be reported where.
const BAD: &str = "\
=== 1 compose.yaml:2:
--- compose.yaml
services:
  a: [unclosed
=== 1 compose.yaml:
--- compose.yaml
services: {a: {image: x}}
---
services: {b: {image: x}}
=== 1 compose.yaml:4:5
--- compose.yaml
services:
  a:
    image: x
    image: y
=== 1 compose.yaml:3:
--- compose.yaml
services:
  a:
    image: !unknown x
=== 1 compose.yaml:3:
--- compose.yaml
services:
  a: {extends: {service: b}}
  b: {extends: {service: a}}
=== 1 compose.yaml:1:
--- compose.yaml
include: [compose.yaml]
services: {a: {image: x}}
=== 3 compose.yaml:1:
--- compose.yaml
include: [missing.yaml]
services: {a: {image: x}}
=== 1 compose.yaml:1:
--- compose.yaml
include: [\"https://example.org/compose.yaml\"]
services: {a: {image: x}}
=== 1 compose.yaml:1:1
--- compose.yaml
web:
  image: x
=== 1 compose.yaml:4:
--- compose.yaml
services:
  a:
    image: x
    imge: y
=== 1 compose.yaml:4:
--- compose.yaml
services:
  a:
    image: x
    ports: 8080:80
=== 1 compose.yaml:4:
--- compose.yaml
services:
  a:
    image: x
    ports:
=== 1 compose.yaml:3:
--- compose.yaml
services:
  a:
    image: 2024-01-01
=== 1 compose.yaml:4:
--- compose.yaml
services:
  a:
    image: x
    mem_limit: 1g
    deploy: {resources: {limits: {memory: 2g}}}
=== 1 compose.yaml:4:
--- compose.yaml
services:
  a:
    image: x
    command: echo \"${UNCLOSED\"
=== 1 compose.yaml:
--- compose.yaml
a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]
h: &h [*g, *g, *g, *g, *g, *g, *g, *g, *g]
services: {a: {image: x, x-laughs: *h}}
";

/// Whether the report for programs has a mistake in this file and line.
fn is_in_json(folder: &Path, place: &str) -> bool {
    let (_, stdout, _) = stackctl(folder, &["import", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let mut parts = place.split(':');
    let (file, line) = (parts.next(), parts.next().and_then(|line| line.parse::<u64>().ok()));
    report["decisions"].as_array().unwrap().iter().any(|it| {
        it["file"].as_str() == file && it["line"].is_u64() && line.is_none_or(|line| it["line"] == line)
    })
}

#[test]
fn each_is_refused_at_its_place() {
    // A document separator looks like the end of a file of the cases.
    let mut wrong = Vec::new();
    let text = BAD.replace("\n---\n", "\n--- \n");
    for case in cases::parse(&text.replace("\n--- \n", "\n\u{0}\n")) {
        let (code, place) = case.name.split_once(' ').unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = case.files.iter().map(|(name, text)| (name.clone(), text.replace('\u{0}', "---")));
        cases::Case { files: files.collect(), ..case.clone() }.write(folder.path());
        let (exit, stdout, stderr) = stackctl(folder.path(), &["import"]);
        let source = &case.files[0].1;
        let is_right = exit == code.parse().ok()
            && stderr.contains(&format!("--> {place}"))
            && fs::read_dir(folder.path()).unwrap().count() == 1
            && is_in_json(folder.path(), place);
        if !is_right {
            wrong.push(format!("## {} is not {exit:?}\n{source}\n{stdout}{stderr}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    for (bytes, code) in [
        (b"services: \xff".to_vec(), "not-utf8"),
        (vec![b'#'; 10 << 20], "file-too-large"),
        (b"# nothing\n".to_vec(), "empty-file"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("compose.yaml"), bytes).unwrap();
        let (exit, _, stderr) = stackctl(folder.path(), &["import"]);
        assert_eq!(exit, Some(1), "{stderr}");
        assert!(stderr.contains(code) && stderr.contains("compose.yaml"), "{stderr}");
    }
}

#[test]
fn a_file_that_is_not_there_is_exit_3() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["import"][..], &["import", "missing.yaml"], &["import", "-f", "missing.yaml"]] {
        let (exit, _, stderr) = stackctl(folder.path(), arguments);
        assert_eq!(exit, Some(3), "{arguments:?}: {stderr}");
    }
}
