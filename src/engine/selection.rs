//! What the last `up` selected, in `.stackctl/selection.json`: what `status`, `top`, `restart` and the like take for selected.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};

use super::state_dir;
use crate::fs;

/// A selection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Its profiles.
    pub profiles: Vec<String>,
    /// Its services, where `up` was given some: without, all of the profiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<String>>,
}

/// Remember a selection.
///
/// # Errors
/// When the file cannot be written.
pub fn save(root: &Path, selection: &Selection) -> io::Result<()> {
    let path = state_dir::create(root)?.join("selection.json");
    let text = serde_json::to_string(selection).map_err(io::Error::other)?;
    fs::write(&path, (text + "\n").as_bytes(), state_dir::FILE_MODE)
}

/// The selection of the last `up`; `None` where there is none, or none that can be read.
pub fn load(root: &Path) -> Option<Selection> {
    let text = fs::read_no_follow(&root.join(state_dir::NAME).join("selection.json")).unwrap_or_default();
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn is_remembered_and_harmless_when_broken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()), None);
        let profiles = vec!["tracing".to_owned()];
        for services in [None, Some(vec!["web".to_owned()])] {
            let selection = Selection { profiles: profiles.clone(), services };
            save(folder.path(), &selection).unwrap();
            assert_eq!(load(folder.path()), Some(selection));
        }
        // As versions before wrote it.
        fs::write(folder.path().join(".stackctl/selection.json"), r#"{"profiles":["tracing"]}"#).unwrap();
        assert_eq!(load(folder.path()), Some(Selection { profiles, services: None }));
        fs::write(folder.path().join(".stackctl/selection.json"), "{").unwrap();
        assert_eq!(load(folder.path()), None);
    }
}
