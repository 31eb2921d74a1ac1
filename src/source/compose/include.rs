//! `include`: the services and resources of other projects, each with an environment and a folder of its own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    codes::{BAD_INCLUDE, INCLUDE_CONFLICT, INCLUDE_CYCLE, MISSING_FILE, REMOTE_INCLUDE},
    decision::Decision,
    known::{Known, is_secret},
    layers::{File, Loader, Scope, equal},
    node::{Entry, Node, Place, Value},
    paths::{clean, seen_from},
    relocate::is_remote,
};
use crate::{model::variable::expand, source::env_file};

/// What an included project brings in; its `name`, `version` and `x-` keys stay behind.
const SECTIONS: [&str; 6] = ["services", "networks", "volumes", "secrets", "configs", "models"];
/// The most files that include each other.
const DEEPEST: usize = 64;

/// An element of `include`.
#[derive(Default)]
struct Included {
    files: Vec<String>,
    folder: Option<String>,
    env_files: Vec<String>,
    place: Place,
}

impl Loader<'_> {
    /// Bring in what a file includes, below its own.
    pub(super) fn include_all(&mut self, file: &mut File, scope: &Scope) {
        let Some(Entry { value: include, .. }) = file.root.take("include") else { return };
        let elements = match include.value {
            Value::List(elements) => elements,
            Value::Null => return,
            _ => {
                let found = self.found(&BAD_INCLUDE, "`include` is not a list", &include.place);
                return self.mistakes.push(found.help("write `include: [FILE]`"));
            }
        };
        for element in elements {
            let Some(included) = self.included(&element, scope) else { continue };
            let mut scope = scope.clone();
            scope.chain.push(file.path.clone());
            if let Some(root) = self.project(&included, &mut scope, &file.folder) {
                self.bring_in(file, root);
            }
        }
    }

    /// Read an element; its variables take their present values.
    fn included(&mut self, element: &Node, scope: &Scope) -> Option<Included> {
        let text = |node: &Node| expand(node.text()?, &|name| scope.value(name));
        let texts = |node: Option<&Node>| -> Option<Vec<String>> {
            match node {
                None => Some(Vec::new()),
                Some(node) if node.value == Value::Null => Some(Vec::new()),
                Some(node) if matches!(node.value, Value::List(_)) => {
                    node.elements().iter().map(text).collect()
                }
                Some(node) => text(node).map(|text| vec![text]),
            }
        };
        let place = element.place.clone();
        let read = match &element.value {
            Value::Text(_) => text(element).map(|file| Included { files: vec![file], ..Included::default() }),
            Value::Table(_) => (|| {
                let folder = element.get("project_directory");
                Some(Included {
                    files: texts(element.get("path"))?,
                    folder: match folder {
                        Some(folder) => Some(text(folder)?),
                        None => None,
                    },
                    env_files: texts(element.get("env_file"))?,
                    place: Place::default(),
                })
            })(),
            _ => None,
        };
        let Some(read) = read.filter(|read| !read.files.is_empty()) else {
            let found = self.found(&BAD_INCLUDE, "an element of `include` names no file", &place);
            let help = "write a path, or `{ path: FILE, env_file: FILE, project_directory: FOLDER }`";
            self.mistakes.push(found.help(help));
            return None;
        };
        if let Some(remote) = read.files.iter().find(|file| is_remote(file)) {
            let message = format!("`include` names `{remote}`, which is not a file of this machine");
            self.mistakes.push(
                self.found(&REMOTE_INCLUDE, message, &place)
                    .why("an import reads nothing from a network")
                    .help("fetch it and include the local copy"),
            );
            return None;
        }
        Some(Included { place, ..read })
    }

    /// The tree of an included project, with its paths as the including file has them.
    fn project(&mut self, included: &Included, scope: &mut Scope, folder: &Path) -> Option<Node> {
        let files: Vec<PathBuf> = included.files.iter().map(|file| clean(&folder.join(file))).collect();
        if let Some(again) = files.iter().find(|file| scope.chain.contains(file)) {
            let message = format!("{} includes itself", again.display());
            return self.reject(&INCLUDE_CYCLE, message, &included.place);
        }
        if scope.chain.len() > DEEPEST {
            let message = format!("files include each other over more than {DEEPEST} steps");
            return self.reject(&INCLUDE_CYCLE, message, &included.place);
        }
        scope.folder = match &included.folder {
            Some(named) => clean(&folder.join(named)),
            None => files[0].parent().unwrap_or(folder).to_owned(),
        };
        let parent = scope.values.clone();
        self.read_environment(included, scope, folder);
        if let Some(file) = files.iter().find(|file| !self.here.join(file).exists()) {
            let message = format!("the included file {} does not exist", file.display());
            return self.reject(&MISSING_FILE, message, &included.place);
        }
        let mut root = self.layers(&files, scope);
        let known: BTreeMap<String, String> = scope
            .known
            .iter()
            .filter(|(name, _)| !parent.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.give_defaults(&mut root, &known);
        let prefix = seen_from(self.here, folder, &scope.folder);
        self.relocate(&prefix, scope, |relocate| relocate.file(&mut root));
        Some(root)
    }

    /// The variables of the project's env files, or of the `.env` in its folder, below those of the including project.
    fn read_environment(&mut self, included: &Included, scope: &mut Scope, folder: &Path) {
        let named = !included.env_files.is_empty();
        let files: Vec<PathBuf> = if named {
            included.env_files.iter().map(|file| clean(&folder.join(file))).collect()
        } else {
            vec![scope.folder.join(".env")]
        };
        let mut own = BTreeMap::new();
        for file in files {
            let mut seen = own.clone();
            seen.extend(scope.values.clone());
            match env_file::load(&self.here.join(&file), "env file", &file.display().to_string(), &seen) {
                Ok((parsed, _)) => own.extend(parsed.values),
                Err(Some(found)) => self.mistakes.push(*found),
                Err(None) if named => {
                    let message = format!("the env file {} of an `include` does not exist", file.display());
                    self.report(&MISSING_FILE, message, &included.place);
                }
                Err(None) => {}
            }
        }
        for (name, value) in own {
            if !scope.values.contains_key(&name) {
                scope.known.insert(name.clone(), value.clone());
                scope.values.insert(name, value);
            }
        }
    }

    /// Write what only the project's env files know as the defaults of variables.
    fn give_defaults(&mut self, root: &mut Node, values: &BTreeMap<String, String>) {
        let mut known = Known { values, used: BTreeMap::new() };
        known.file(root);
        for (name, place) in known.used {
            let decision = if is_secret(&name) {
                Decision::lost(&name).help("the env file of the `include` alone has it: put it into `.env`")
            } else {
                Decision::resolved(&name)
                    .to(format!("${{{name}-{}}}", values[&name]))
                    .help("the env file of the `include` alone has it: `.env` and the shell still win")
            };
            self.decisions.push(decision.from(format!("${{{name}}}")).at(&place));
        }
    }

    /// Add the services and resources of an included project. What the file has too must be the same.
    fn bring_in(&mut self, file: &mut File, included: Node) {
        let Value::Table(sections) = included.value else { return };
        for section in sections.into_iter().filter(|section| SECTIONS.contains(&section.key.as_str())) {
            let Value::Table(entries) = &mut file.root.value else { return };
            let Some(own) = entries.iter_mut().find(|own| own.key == section.key) else {
                entries.push(section);
                continue;
            };
            let Value::Table(brought) = section.value.value else { continue };
            own.value.null_to_table();
            let Value::Table(own) = &mut own.value.value else { continue };
            let known = super::pairs::positions(own);
            let mut conflicts: Vec<Entry> = Vec::new();
            for entry in brought {
                match known.get(&entry.key) {
                    Some(&at) if !equal(&own[at].value, &entry.value) => conflicts.push(entry),
                    Some(_) => {}
                    None => own.push(entry),
                }
            }
            for entry in conflicts {
                let message = format!(
                    "`{}.{}` is defined here and in a file that includes this one",
                    section.key, entry.key
                );
                let help =
                    "rename one of the two, or change the included one in a file that is merged over both";
                self.mistakes.push(self.found(&INCLUDE_CONFLICT, message, &entry.key_place).help(help));
            }
        }
    }
}
