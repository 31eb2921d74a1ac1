//! The profiles of the last `up`, in `.stackctl/selection.json`: what `status` and `top` take for selected.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};

use super::state_dir;
use crate::fs;

#[derive(Debug, Serialize, Deserialize)]
struct Selection {
    profiles: Vec<String>,
}

/// Remember a selection.
///
/// # Errors
/// When the file cannot be written.
pub fn save(root: &Path, profiles: &[String]) -> io::Result<()> {
    let path = state_dir::create(root)?.join("selection.json");
    let text = serde_json::to_string(&Selection { profiles: profiles.to_vec() }).map_err(io::Error::other)?;
    fs::write(&path, (text + "\n").as_bytes(), state_dir::FILE_MODE)
}

/// The selection of the last `up`; `None` where there is none, or none that can be read.
pub fn load(root: &Path) -> Option<Vec<String>> {
    let text = fs::read_no_follow(&root.join(state_dir::NAME).join("selection.json")).unwrap_or_default();
    serde_json::from_slice::<Selection>(&text).ok().map(|selection| selection.profiles)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn is_remembered_and_harmless_when_broken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()), None);
        save(folder.path(), &["tracing".to_owned()]).unwrap();
        assert_eq!(load(folder.path()), Some(vec!["tracing".to_owned()]));
        fs::write(folder.path().join(".stackctl/selection.json"), "{").unwrap();
        assert_eq!(load(folder.path()), None);
    }
}
