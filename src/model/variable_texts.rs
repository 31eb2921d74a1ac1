//! The texts of values that are read and hold a variable.

use crate::diag::{KeyPath, Segment};

/// Texts with a variable, each by its key path below the service: a proof read the value beside it, and Compose is given the
/// text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VariableTexts(Vec<(KeyPath, String)>);

impl VariableTexts {
    /// The text at a place below the service, where it holds a variable.
    pub fn get(&self, path: &[&str]) -> Option<&str> {
        let at = |found: &KeyPath| {
            found.0.len() == path.len()
                && found.0.iter().zip(path).all(|(one, key)| one.as_key() == Some(key))
        };
        self.0.iter().rev().find(|(found, _)| at(found)).map(|(_, text)| text.as_str())
    }

    /// Every text with its place.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyPath, &str)> {
        self.0.iter().map(|(path, text)| (path, text.as_str()))
    }

    /// Keep those with a place that fits.
    pub fn retain(&mut self, fits: impl Fn(&[&str]) -> bool) {
        self.0.retain(|(path, _)| {
            let keys: Vec<&str> = path.0.iter().filter_map(Segment::as_key).collect();
            fits(&keys)
        });
    }
}

impl Extend<(KeyPath, String)> for VariableTexts {
    fn extend<T: IntoIterator<Item = (KeyPath, String)>>(&mut self, texts: T) {
        self.0.extend(texts);
    }
}

impl FromIterator<(KeyPath, String)> for VariableTexts {
    fn from_iter<T: IntoIterator<Item = (KeyPath, String)>>(texts: T) -> Self {
        Self(texts.into_iter().collect())
    }
}

impl IntoIterator for VariableTexts {
    type Item = (KeyPath, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_its_whole_path() {
        let text = |path: KeyPath| (path, "$M".to_owned());
        let texts = [text(KeyPath::from(["limits", "memory"])), text(KeyPath::from(["ports"]).index(0))];
        let mut texts: VariableTexts = texts.into_iter().collect();
        assert_eq!(texts.get(&["limits", "memory"]), Some("$M"));
        assert_eq!((texts.get(&["limits"]), texts.get(&["ports"])), (None, None));
        texts.retain(|path| path != ["limits", "memory"]);
        assert_eq!(texts.iter().count(), 1);
    }
}
