//! Holds `src/**` to the floor plan of CONTRIBUTING.md: imports run downward only, rooms on one floor never import each
//! other, and some crates belong to one room.

mod circles;
mod features;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Rooms and their floors. Those on floor 0 that are no folder of `src` are crates, or rooms of `crates/base`: the compiler holds
/// them to this plan.
const FLOORS: &[(&str, u8)] = &[
    ("lib", 8),
    ("cli", 7),
    ("commands", 6),
    ("ui", 5),
    ("import", 5),
    ("picture", 5),
    ("check", 4),
    ("budget", 4),
    ("render", 4),
    ("engine", 4),
    ("source", 3),
    ("resolve", 2),
    ("model", 1),
    ("diag", 0),
    ("shop", 0),
    ("traffic", 0),
    ("fs", 0),
    ("server", 0),
    ("text", 0),
    ("tls", 0),
];

/// Crates that only one place may use: a crate, a room, or a single file of it.
const RESERVED: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("bollard", &["engine"]),
    ("hyper", &["crates/base"]),
    ("hyper_util", &["crates/base", "engine"]),
    ("httparse", &["crates/traffic"]),
    ("tokio_postgres", &["crates/shop"]),
    ("tonic", &["crates/shop"]),
    ("toml", &["source"]),
    ("toml_edit", &["source"]),
    ("granit_parser", &["source/compose/reader.rs"]),
    ("serde_saphyr", &["render/yaml.rs"]),
    ("serde_yaml", &["render/read_back.rs", "render/yaml.rs"]),
    ("minijinja", &["render/template.rs"]),
    ("annotate_snippets", &["ui"]),
    ("ratatui", &["ui"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Each file: its name relative to `src`, or `crates/NAME/FILE`; its room, or `crates/NAME`; and its text without comments.
fn files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "crates/base/src", "crates/shop/src", "crates/traffic/src"] {
        sources(&root.join(folder), &mut found);
    }
    let mut files = Vec::new();
    for path in found {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let (name, room) = match name.strip_prefix("src/") {
            Some(name) => {
                (name.to_owned(), name.split('/').next().unwrap().trim_end_matches(".rs").to_owned())
            }
            None => {
                let (room, file) = name.split_once("/src/").unwrap();
                (format!("{room}/{file}"), room.to_owned())
            }
        };
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        files.push((name, room, code.join("\n")));
    }
    assert!(files.len() > 20, "the sources were not found");
    files
}

/// The rooms that a text names as `crate::ROOM`, also within `crate::{a, b::c}`.
fn imports(code: &str) -> Vec<String> {
    let mut items = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let Some(group) = rest.strip_prefix('{') else {
            items.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            continue;
        };
        let mut depth = 1;
        let mut item = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => items.push(std::mem::take(&mut item)),
                _ if depth == 1 => item.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        items.push(item);
    }
    let room = |item: String| item.trim().split("::").next().unwrap_or_default().trim().to_owned();
    items.into_iter().map(room).filter(|room| !room.is_empty()).collect()
}

#[test]
fn imports_run_downward() {
    let floor = |room: &str| FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor);
    let mut wrong = Vec::new();
    for (file, room, code) in files() {
        if room == "main" || room.starts_with("crates/") {
            continue;
        }
        let Some(own) = floor(&room) else {
            wrong.push(format!("{file}: the room {room} has no floor in the plan"));
            continue;
        };
        for import in imports(&code) {
            match floor(&import) {
                Some(other) if import != room && other >= own => {
                    wrong.push(format!("{file} (floor {own}) imports {import} (floor {other})"));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the floor plan:\n{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut crates: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (file, room, code) in files() {
        let (name, file) = match file.strip_prefix(&format!("{room}/")) {
            Some(file) if room.starts_with("crates/") => (room, file.to_owned()),
            _ => ("src".to_owned(), file),
        };
        crates.entry(name).or_default().push((file, code));
    }
    let circles: Vec<String> = crates.values().flat_map(|files| circles::circles(files)).collect();
    assert!(circles.is_empty(), "{} circles of imports:\n{}", circles.len(), circles.join("\n"));
}

#[test]
fn reserved_crates_stay_in_their_room() {
    let mut wrong = Vec::new();
    for (file, room, code) in files() {
        for (name, places) in RESERVED {
            let used = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if used && !places.iter().any(|place| [&room, &file].iter().any(|it| *it == place)) {
                wrong.push(format!("{file} uses {name}, which belongs to {places:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "crates outside their room:\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_reads_them() {
    let code =
        "use crate::{model::{A, B}, source::Document};\ncrate::ui::x(); $crate::no::way; crate::diag::Code";
    assert_eq!(imports(code), ["model", "source", "ui", "diag"]);
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = files()
        .into_iter()
        .map(|(file, _, code)| (code.lines().count(), file))
        .filter(|(lines, _)| *lines > 450)
        .map(|(lines, file)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "is there a second noun hiding in each?\n{}", long.join("\n"));
}

/// Where files are opened without `crate::fs`: /proc, which is no plain file, and a binary, which has no bound.
const OWN_READERS: [&str; 3] = ["engine/ports.rs", "engine/cgroup.rs", "engine/pack/folder.rs"];

#[test]
fn files_are_read_and_written_in_one_room() {
    let mut wrong = Vec::new();
    for (file, _, code) in files() {
        if file.starts_with("crates/base/fs/")
            || OWN_READERS.contains(&file.as_str())
            || file.ends_with("_oracle.rs")
        {
            continue;
        }
        // Tests write what they please.
        let code = code.split("\nmod tests {").next().unwrap_or_default();
        let std_fs =
            code.split("use std::").skip(1).filter_map(|rest| rest.split(';').next()).any(|import| {
                import.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "fs")
            });
        let calls = ["read", "read_to_string", "write", "copy"];
        for call in calls {
            let named = format!("std::fs::{call}(");
            let short = format!("fs::{call}(");
            if code.contains(&named) || (std_fs && code.contains(&short)) {
                wrong.push(format!("{file} calls {short}..)"));
            }
        }
        for word in
            ["File::create", "File::open", "File::options", "OpenOptions", "from_pem_file", "pem_file_iter"]
        {
            if code.contains(word) {
                wrong.push(format!("{file} uses {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "files opened outside src/fs:\n{}", wrong.join("\n"));
}
