//! No two files of a crate import each other, not even by way of others.
//!
//! An import is a path that begins with `crate`, `super`, `self` or the name of a child module, in a `use` or in the code, tests
//! left out. It leads to the file that defines the item: what a file passes on with `use` is followed.

use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

/// A file of a crate.
struct Source {
    file: String,
    code: String,
}

/// The files of one crate, each under the path of its module, and where the names that it brings into scope come from.
#[derive(Default)]
struct Crate {
    sources: BTreeMap<Module, Source>,
    names: BTreeMap<(Module, String), Vec<String>>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths of a `use` tree: `a::{b, c::d as e}` is `a::b` and `a::c::d`, the latter under the name `e`.
fn tree(text: &str, before: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    if let Some((head, group)) = text.split_once('{') {
        let mut path = before.to_vec();
        path.extend(head.trim().split("::").filter(|part| !part.is_empty()).map(str::to_owned));
        let (mut depth, mut item) = (0, String::new());
        for c in group.trim_end().trim_end_matches('}').chars().chain([',']) {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if c == ',' && depth == 0 {
                tree(&std::mem::take(&mut item), &path, found);
            } else {
                item.push(c);
            }
        }
        return;
    }
    let (path, name) = text.split_once(" as ").unwrap_or((text, ""));
    let mut whole = before.to_vec();
    whole.extend(path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
    if whole.last().is_some_and(|last| last == "self") {
        whole.pop();
    }
    if let Some(last) = whole.last() {
        let name = if name.is_empty() { last.clone() } else { name.trim().to_owned() };
        found.push((whole, name));
    }
}

/// The `use` declarations of a file: the path, the name it gets, and whether it is passed on (`pub`); and the code without them.
fn uses(code: &str) -> (Vec<(Vec<String>, String, bool)>, String) {
    let (mut all, mut beside, mut read) = (Vec::new(), String::new(), 0);
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        if !(line.is_empty() || line.starts_with("pub")) {
            continue;
        }
        let mut found = Vec::new();
        let text = code[at + 4..].split(';').next().unwrap_or_default();
        beside.push_str(code.get(read..at).unwrap_or_default());
        read = at + 4 + text.len();
        tree(&text.replace('\n', " "), &[], &mut found);
        all.extend(found.into_iter().map(|(path, name)| (path, name, line.starts_with("pub"))));
    }
    beside.push_str(&code[read..]);
    (all, beside)
}

/// The paths in the code beside its `use` declarations.
fn inline(code: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let start = rest[..at].rfind(|c: char| !is_word(c)).map_or(0, |before| before + 1);
        let tail = &rest[at..];
        let end = tail.find(|c: char| !is_word(c) && c != ':').unwrap_or(tail.len());
        let path = &rest[start..at + end];
        all.push(path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
        rest = &tail[end.max(2)..];
    }
    all
}

impl Crate {
    fn new(files: &[(String, String)]) -> Self {
        let mut all = Self::default();
        for (file, code) in files {
            let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
            let module: Module = match path {
                "lib" | "main" => Vec::new(),
                path => path.split('/').map(str::to_owned).collect(),
            };
            let code = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            // Who may see an item is no import.
            let code = code.replace("pub(in crate::", "pub(in ");
            all.sources.insert(module, Source { file: file.clone(), code });
        }
        for (module, source) in &all.sources {
            for (path, name, _) in uses(&source.code).0 {
                if let Some(path) = all.absolute(module, &path) {
                    all.names.insert((module.clone(), name), path);
                }
            }
        }
        all
    }

    /// A path from the root of the crate; none when it leads out of it.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while let Some((first, after)) = rest.split_first().filter(|(first, _)| *first == "super") {
                    let _ = first;
                    base.pop();
                    rest = after;
                }
            }
            child => {
                base.push(child.to_owned());
                if !self.sources.contains_key(&base) {
                    return None;
                }
                rest = &path[1..];
            }
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The file that defines what a path from the root leads to.
    fn definition(&self, path: &[String], depth: usize) -> Option<&str> {
        let length = (0..=path.len()).rev().find(|length| self.sources.contains_key(&path[..*length]))?;
        let module = path[..length].to_vec();
        if let Some(target) =
            path.get(length).and_then(|item| self.names.get(&(module.clone(), item.clone())))
            && depth < 8
        {
            let mut target = target.clone();
            target.extend(path[length + 1..].iter().cloned());
            return self.definition(&target, depth + 1);
        }
        Some(&self.sources[&module].file)
    }

    /// From each file to those that it imports.
    fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, source) in &self.sources {
            let edges = graph.entry(&source.file).or_default();
            let (declared, beside) = uses(&source.code);
            let declared = declared.into_iter().filter(|(.., passed_on)| !passed_on);
            let paths = declared.map(|(path, ..)| path).chain(inline(&beside));
            for path in paths.filter_map(|path| self.absolute(module, &path)) {
                edges.extend(self.definition(&path, 0).filter(|file| *file != source.file));
            }
        }
        graph
    }
}

/// The files that reach each other, one line for each knot.
pub fn circles(files: &[(String, String)]) -> Vec<String> {
    let all = Crate::new(files);
    let graph = all.imports();
    let reach: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|file| {
            let (mut seen, mut left) = (BTreeSet::new(), vec![*file]);
            while let Some(next) = left.pop() {
                left.extend(graph[next].iter().filter(|to| seen.insert(**to)));
            }
            (*file, seen)
        })
        .collect();
    let knots: BTreeSet<Vec<&str>> = reach
        .iter()
        .filter(|(file, seen)| seen.contains(**file))
        .map(|(file, seen)| seen.iter().filter(|other| reach[**other].contains(*file)).copied().collect())
        .collect();
    let edges = |knot: &[&str]| -> Vec<String> {
        knot.iter()
            .flat_map(|from| {
                graph[from].iter().filter(|to| knot.contains(to)).map(move |to| format!("{from} -> {to}"))
            })
            .collect()
    };
    knots.iter().map(|knot| format!("{}: {}", knot.join(", "), edges(knot).join("; "))).collect()
}

#[test]
fn imports_are_followed_to_the_file_that_defines() {
    let file = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    let files = [
        file("lib.rs", "mod a;"),
        file("a/mod.rs", "mod b;\nmod c;\npub use b::{B, Other as Renamed};\n"),
        file("a/b.rs", "use super::c::C;\npub struct B;\n"),
        file("a/c.rs", "pub struct C;\n#[cfg(test)]\nmod tests {\n    use super::super::B;\n}\n"),
    ];
    assert!(circles(&files).is_empty());
    let mut circular = files.to_vec();
    circular[3].1 = "fn f() -> super::Renamed { crate::a::b::x() }".to_owned();
    assert_eq!(circles(&circular), ["a/b.rs, a/c.rs: a/b.rs -> a/c.rs; a/c.rs -> a/b.rs"]);
}
