//! The text with its places: a key path becomes bytes only when something is reported.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::tree::{Node, Tree};
use crate::diag::{KeyPath, Place, Segment};

/// stack.toml as it is written, or Compose files that take its place.
#[derive(Debug, Clone)]
pub struct Document {
    tree: Arc<Tree>,
    /// The Compose files, each with the byte of the text at which it begins; none where it is a stack.toml.
    files: Arc<[(PathBuf, usize)]>,
}

impl Document {
    /// The document of a stack.toml.
    pub(super) fn new(tree: Tree) -> Self {
        Self { tree: Arc::new(tree), files: Arc::default() }
    }

    /// The document of Compose files: their texts stand one after another in that of the tree.
    pub(super) fn of_compose(tree: Tree, files: Vec<(PathBuf, usize)>) -> Self {
        Self { tree: Arc::new(tree), files: files.into() }
    }

    /// The text; of several files one after another.
    pub fn text(&self) -> &str {
        self.tree.text()
    }

    /// Whether it is one of Compose files.
    pub fn is_compose(&self) -> bool {
        !self.files.is_empty()
    }

    /// The Compose files, each with the bytes of its text; none where this is a stack.toml.
    pub fn files(&self) -> impl Iterator<Item = (&Path, Range<usize>)> {
        self.files.iter().enumerate().map(|(at, (path, start))| {
            // A line break stands between two.
            let end = self.files.get(at + 1).map_or(self.text().len(), |(_, next)| next - 1);
            (path.as_path(), *start..end)
        })
    }

    /// The bytes of a place: of the value, or of its nearest ancestor that is written. What a service inherits is found
    /// in `[defaults]`. `None` for a place in another file, or when nothing of the path is written.
    pub fn locate(&self, place: &Place) -> Option<Range<usize>> {
        let span = match place {
            Place::Span(span) => span.clone(),
            Place::Value(path) => self.nearest(path)?.span(),
            Place::Key(path) => self.nearest(path)?.key_span(),
            Place::File { .. } | Place::Unshown { .. } => return None,
        };
        let end = span.end.min(self.text().len());
        Some(span.start.min(end)..end)
    }

    /// Whether the key is written, in its own place or, for a service, in `[defaults]`.
    pub fn contains(&self, path: &KeyPath) -> bool {
        self.holds(path)
            || elsewhere(&path.0).into_iter().any(|(path, _)| self.descend(&path).1 == path.len())
    }

    /// Whether the key is written in its own place.
    pub fn holds(&self, path: &KeyPath) -> bool {
        self.descend(&path.0).1 == path.0.len()
    }

    /// The keys of a table that is written, in the order of the text.
    pub fn keys(&self, path: &KeyPath) -> impl Iterator<Item = &str> {
        let (node, depth) = self.descend(&path.0);
        let table = (depth == path.0.len() && node.is_table()).then_some(node);
        table.into_iter().flat_map(Node::children).map(Node::key)
    }

    /// The tables of this one that have a header of their own.
    pub fn headed(&self, path: &KeyPath) -> impl Iterator<Item = KeyPath> {
        let keys: Vec<KeyPath> = self.keys(path).map(|key| path.key(key)).collect();
        let is_headed = |path: &KeyPath| {
            let node = self.descend(&path.0).0;
            node.is_table() && node.source().starts_with('[')
        };
        keys.into_iter().filter(is_headed)
    }

    /// Whether the key is written, and something else than a table is its value.
    pub fn is_no_table(&self, path: &KeyPath) -> bool {
        self.contains(path) && self.nearest(path).is_some_and(|node| !node.is_table())
    }

    fn nearest(&self, path: &KeyPath) -> Option<Node<'_>> {
        let (mut found, mut depth) = self.descend(&path.0);
        for (path, more) in elsewhere(&path.0) {
            let (there, at) = self.descend(&path);
            // How many segments of the requested path it covers; `compose` alone covers none.
            let at = (at + 2).saturating_sub(more);
            if at > depth && at > 2 {
                (found, depth) = (there, at);
            }
        }
        (depth > 0).then_some(found)
    }

    /// The deepest node on the path that exists, and how many segments lead there.
    fn descend(&self, path: &[Segment]) -> (Node<'_>, usize) {
        let mut at = self.tree.root();
        for (depth, segment) in path.iter().enumerate() {
            let next = match segment {
                Segment::Key(key) if at.is_array() => at.children().find(|one| stands_for(*one, key)),
                Segment::Key(key) => at.get(key),
                Segment::Index(position) => at.element(*position),
            };
            match next {
                Some(next) => at = next,
                None => return (at, depth),
            }
        }
        (at, path.len())
    }
}

/// Whether the element of a list stands for a key: `environment = ["KEY=value"]`, `depends_on = ["db"]`.
fn stands_for(element: Node<'_>, key: &str) -> bool {
    let text = element.as_str().unwrap_or_else(|| element.source());
    text.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
}

/// Where else a service's key can be written, each with the number of segments in place of `services.NAME`: in `compose`, and in
/// `[defaults]`.
fn elsewhere(path: &[Segment]) -> Vec<(Vec<Segment>, usize)> {
    let [Segment::Key(services), Segment::Key(name), rest @ ..] = path else { return Vec::new() };
    if services != "services" || rest.is_empty() {
        return Vec::new();
    }
    let beginnings: [&[&str]; 3] = [&["services", name, "compose"], &["defaults"], &["defaults", "compose"]];
    let path = |beginning: &&[&str]| {
        let beginning = beginning.iter().map(|key| Segment::Key((*key).to_owned()));
        beginning.chain(rest.iter().cloned()).collect()
    };
    beginnings.iter().map(|beginning| (path(beginning), beginning.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
name = \"shop\"
[defaults]
restart = \"always\"
logging = { max_size = \"10m\" }
[services.api]
image = \"api:1\"
ports = [80, \"8080:80\"]
depends_on = [\"db\"]
logging = { driver = \"json-file\" }
";

    fn document() -> Document {
        crate::source::parse(TEXT.as_bytes()).document
    }

    fn at(place: Place) -> Option<&'static str> {
        document().locate(&place).map(|span| &TEXT[span])
    }

    #[test]
    fn finds_values_keys_and_elements() {
        let image = KeyPath::from(["services", "api", "image"]);
        assert_eq!(at(Place::Value(image.clone())), Some("\"api:1\""));
        assert_eq!(at(Place::Key(image)), Some("image"));
        let ports = KeyPath::from(["services", "api", "ports"]);
        assert_eq!(at(Place::Value(ports.index(1))), Some("\"8080:80\""));
        assert_eq!(at(Place::Value(KeyPath::from(["services", "api", "depends_on", "db"]))), Some("\"db\""));
        assert_eq!(at(Place::Span(5..4000)), Some(&TEXT[5..]));
    }

    #[test]
    fn falls_back_to_defaults_and_to_ancestors() {
        let value = |keys: &[&str]| {
            at(Place::Value(KeyPath(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())))
        };
        assert_eq!(value(&["services", "api", "restart"]), Some("\"always\""));
        assert_eq!(value(&["services", "api", "logging", "max_size"]), Some("\"10m\""));
        assert_eq!(value(&["services", "api", "logging", "driver"]), Some("\"json-file\""));
        assert_eq!(value(&["services", "api", "limits", "memory"]), Some("[services.api]"));
        assert_eq!(value(&["nothing", "here"]), None);
    }

    #[test]
    fn contains_what_is_written_or_inherited() {
        let document = document();
        assert!(document.contains(&["services", "api", "image"].into()));
        assert!(document.contains(&["services", "api", "logging", "max_size"].into()));
        assert!(!document.contains(&["services", "api", "limits"].into()));
        assert!(!document.contains(&["defaults", "image"].into()));
    }
}
