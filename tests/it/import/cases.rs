//! The cases: `=== NAME`, then files as `--- PATH` and their text. `--- other` is a second environment, a variable a line;
//! `--- arguments` are those of `docker compose` and `import`.

use std::{fs, path::Path};

/// One project.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Its files.
    pub files: Vec<(String, String)>,
    /// A second environment.
    pub other: Vec<(String, String)>,
    /// Options that name the files.
    pub arguments: Vec<String>,
}

/// All of them, in the order of the files' names.
pub fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/import/cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| parse(&fs::read_to_string(file).unwrap())).collect()
}

/// The cases of one text.
pub fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut part = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            part.clear();
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(name) = line.strip_prefix("--- ") {
            name.clone_into(&mut part);
            if !["other", "arguments"].contains(&name) {
                case.files.push((name.to_owned(), String::new()));
            }
        } else if part == "other" {
            let (name, value) = line.split_once('=').expect("NAME=value");
            case.other.push((name.to_owned(), value.to_owned()));
        } else if part == "arguments" {
            case.arguments = line.split_whitespace().map(str::to_owned).collect();
        } else if let Some((_, text)) = case.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

impl Case {
    /// Write its files.
    pub fn write(&self, folder: &Path) {
        for (name, text) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
}

#[test]
fn there_are_many_and_each_has_a_name_of_its_own() {
    let cases = all();
    assert!(cases.len() >= 120, "{}", cases.len());
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len());
    assert!(cases.iter().all(|case| !case.files.is_empty()));
}
