//! The path to the value at hand, as links on the stack: nothing is allocated until a mistake is reported.

use crate::diag::{KeyPath, Segment};

/// One step, with the steps above it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Self>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Top,
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The top of the document.
    pub(super) const TOP: Self = Self { parent: None, step: Step::Top };

    /// The path of a key of this table.
    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// The path of an element of this array.
    pub(super) fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The last key, or the top's name.
    pub(super) fn name(&self) -> &'p str {
        match (self.step, self.parent) {
            (Step::Key(key), _) => key,
            (Step::Index(_), Some(parent)) => parent.name(),
            _ => "stack.toml",
        }
    }

    /// The path as plain data.
    pub(super) fn to_key_path(self) -> KeyPath {
        let mut path = self.parent.map_or_else(KeyPath::default, |parent| parent.to_key_path());
        match self.step {
            Step::Top => {}
            Step::Key(key) => path.0.push(Segment::Key(key.to_owned())),
            Step::Index(index) => path.0.push(Segment::Index(index)),
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn becomes_a_key_path() {
        let services = Path::TOP.key("services");
        let ports = services.key("ports");
        let first = ports.index(0);
        assert_eq!(first.to_key_path().to_string(), "services.ports[0]");
        assert_eq!(first.name(), "ports");
        assert_eq!(Path::TOP.to_key_path().to_string(), "");
    }
}
