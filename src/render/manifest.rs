//! `generated/.stackctl.json`: what stackctl wrote last, to detect edits by hand and to remove files that are no longer
//! generated.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::output::GeneratedFile;
use crate::text::hex;

/// File to the hash of what was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// An explanation for readers of the file.
    about: String,
    /// Path relative to `generated/`, to the SHA-256 of its bytes in hexadecimal.
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of these files.
    pub fn of(files: &[GeneratedFile]) -> Self {
        let files = files.iter().map(|file| (file.path.clone(), hash(file.text.as_bytes())));
        Self {
            about: "What `stackctl render` wrote last. A file that differs was edited by hand.".to_owned(),
            files: files.collect(),
        }
    }

    /// Read one. Anything else, such as a file with conflict markers, reads as an empty manifest: then no file
    /// counts as written by stackctl, and none that differs is overwritten without `--force`.
    pub fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Its text.
    pub fn text(&self) -> String {
        format!("{:#}\n", json!({ "about": self.about, "files": self.files }))
    }

    /// The paths it names.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether the file of that path held exactly these bytes when it was written.
    pub fn wrote(&self, path: &str, bytes: &[u8]) -> bool {
        self.files.get(path).is_some_and(|expected| *expected == hash(bytes))
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_was_written() {
        let file = GeneratedFile { path: "a/b".into(), text: "text".into() };
        let manifest = Manifest::parse(Manifest::of(&[file]).text().as_bytes());
        assert!(manifest.wrote("a/b", b"text"));
        assert!(!manifest.wrote("a/b", b"other") && !manifest.wrote("a/c", b"text"));
        assert_eq!(hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_is_no_manifest_is_empty() {
        for text in ["", "{", "[]", "<<<<<<< HEAD\n{}", "{\"files\": 1}"] {
            assert_eq!(Manifest::parse(text.as_bytes()), Manifest::default(), "{text}");
        }
    }
}
