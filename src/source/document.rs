//! The text with its places: a key path becomes bytes only when something is reported.

use std::{ops::Range, sync::Arc, sync::OnceLock};

use toml::{Spanned, de::DeTable, de::DeValue};

use crate::diag::{KeyPath, Place, Segment};

/// stack.toml as it is written. The places are looked up in an index that the first question builds, so that a stack
/// without mistakes never pays for it.
#[derive(Debug, Clone, Default)]
pub struct Document {
    text: Arc<str>,
    index: OnceLock<Vec<Node>>,
}

/// A value: its own span, and its children by name.
#[derive(Debug, Clone, Default)]
struct Node {
    key: Range<usize>,
    value: Range<usize>,
    children: Children,
}

#[derive(Debug, Clone, Default)]
enum Children {
    #[default]
    None,
    /// Sorted by name, for binary search.
    Table(Vec<(Box<str>, usize)>),
    List(Vec<usize>),
}

impl Document {
    /// The document of a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), index: OnceLock::new() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a place: of the value, or of its nearest ancestor that is written. What a service inherits is found
    /// in `[defaults]`. `None` for a place in another file, or when nothing of the path is written.
    pub fn locate(&self, place: &Place) -> Option<Range<usize>> {
        let span = match place {
            Place::Span(span) => span.clone(),
            Place::Value(path) => self.nearest(path)?.value.clone(),
            Place::Key(path) => self.nearest(path)?.key.clone(),
            Place::File { .. } => return None,
        };
        let end = span.end.min(self.text.len());
        Some(span.start.min(end)..end)
    }

    /// Whether the key is written, in its own place or, for a service, in `[defaults]`.
    pub fn contains(&self, path: &KeyPath) -> bool {
        self.descend(&path.0).1 == path.0.len()
            || inherited(&path.0).is_some_and(|path| self.descend(&path).1 == path.len())
    }

    fn nearest(&self, path: &KeyPath) -> Option<&Node> {
        let (own, depth) = self.descend(&path.0);
        let found = match inherited(&path.0) {
            // `defaults` stands for `services.NAME`, one segment for two.
            Some(path) if self.descend(&path).1 + 1 > depth => self.descend(&path).0,
            _ => own,
        };
        (found != 0).then(|| &self.index()[found])
    }

    /// The deepest node on the path that exists, and how many segments lead there.
    fn descend(&self, path: &[Segment]) -> (usize, usize) {
        let index = self.index();
        let mut at = 0;
        for (depth, segment) in path.iter().enumerate() {
            let next = match (&index[at].children, segment) {
                (Children::Table(entries), Segment::Key(key)) => entries
                    .binary_search_by(|(name, _)| (**name).cmp(key.as_str()))
                    .ok()
                    .map(|found| entries[found].1),
                (Children::List(elements), Segment::Index(position)) => elements.get(*position).copied(),
                (Children::List(elements), Segment::Key(key)) => self.element(elements, key),
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => return (at, depth),
            }
        }
        (at, path.len())
    }

    /// The element of a list that stands for a key: `environment = ["KEY=value"]`, `depends_on = ["db"]`.
    fn element(&self, elements: &[usize], key: &str) -> Option<usize> {
        elements.iter().copied().find(|element| {
            let text = self.text.get(self.index()[*element].value.clone()).unwrap_or_default();
            let inside = text.trim_matches(['"', '\'']);
            inside.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
        })
    }

    fn index(&self) -> &[Node] {
        self.index.get_or_init(|| {
            let (document, ..) = super::parse::read(&self.text);
            let mut nodes = vec![Node::default()];
            nodes[0].children = children(&mut nodes, &document);
            nodes
        })
    }
}

/// Where a service's key would stand in `[defaults]`.
fn inherited(path: &[Segment]) -> Option<Vec<Segment>> {
    match path {
        [Segment::Key(services), Segment::Key(_), rest @ ..]
            if services == "services" && !rest.is_empty() =>
        {
            let mut path = vec![Segment::Key("defaults".to_owned())];
            path.extend_from_slice(rest);
            Some(path)
        }
        _ => None,
    }
}

fn children(nodes: &mut Vec<Node>, table: &DeTable<'_>) -> Children {
    let mut entries: Vec<(Box<str>, usize)> = table
        .iter()
        .map(|(key, value)| (key.get_ref().as_ref().into(), add(nodes, key.span(), value)))
        .collect();
    entries.sort_unstable();
    Children::Table(entries)
}

fn add(nodes: &mut Vec<Node>, key: Range<usize>, value: &Spanned<DeValue<'_>>) -> usize {
    let at = nodes.len();
    nodes.push(Node { key, value: value.span(), children: Children::None });
    let children = match value.get_ref() {
        DeValue::Table(table) => children(nodes, table),
        DeValue::Array(array) => {
            Children::List(array.iter().map(|element| add(nodes, element.span(), element)).collect())
        }
        _ => Children::None,
    };
    nodes[at].children = children;
    at
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

    fn at(place: Place) -> Option<&'static str> {
        Document::new(TEXT).locate(&place).map(|span| &TEXT[span])
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
        let document = Document::new(TEXT);
        assert!(document.contains(&["services", "api", "image"].into()));
        assert!(document.contains(&["services", "api", "logging", "max_size"].into()));
        assert!(!document.contains(&["services", "api", "limits"].into()));
        assert!(!document.contains(&["defaults", "image"].into()));
    }
}
