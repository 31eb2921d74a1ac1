//! The folders and files of the machine that services mount.

use std::{collections::HashMap, path::PathBuf};

use super::context::Context;
use crate::{
    diag::{KeyPath, service_path},
    model::{Mount, MountKind, Value},
};

/// A mount of a path of the machine.
pub struct Bind {
    /// Its position in `volumes`.
    pub position: usize,
    /// The source with its variables.
    pub source: String,
    /// Where that is.
    pub path: PathBuf,
    /// The path in the container.
    pub target: String,
    /// Whether nothing can be written to it.
    pub read_only: bool,
    /// Whether the engine makes a source that is missing, instead of refusing the container.
    pub creates: bool,
}

impl Bind {
    /// Where it is written.
    pub fn place(&self, service: &str) -> KeyPath {
        service_path(service).key("volumes").index(self.position)
    }
}

/// What is at a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Missing,
    /// A folder where one is meant.
    Folder,
    /// A folder with a name of a file.
    FolderLikeFile,
    File,
}

/// What the sources of binds are. The services of a stack mount the same ones, so each is looked at once.
#[derive(Default)]
pub struct Sources<'s> {
    kinds: HashMap<&'s str, Option<Kind>>,
}

impl<'s> Sources<'s> {
    /// What is at the source of a mount; `None` where it is not a bind, or only Compose can take it apart.
    pub fn kind(&mut self, context: &Context<'_>, mount: &'s Mount) -> Option<Kind> {
        let is_bind = matches!(mount.kind, MountKind::Bind | MountKind::Opaque);
        let written = mount.source.as_deref().filter(|_| is_bind)?;
        if let Some(kind) = self.kinds.get(written) {
            return *kind;
        }
        let kind = of(context, 0, mount).map(|bind| match std::fs::metadata(&bind.path) {
            Ok(found) if found.is_dir() && looks_like_file(&bind.source) => Kind::FolderLikeFile,
            Ok(found) if found.is_dir() => Kind::Folder,
            Ok(_) => Kind::File,
            Err(_) => Kind::Missing,
        });
        self.kinds.insert(written, kind);
        kind
    }
}

/// A mount as a bind; `None` where it is none, or only Compose can take it apart.
pub fn of(context: &Context<'_>, position: usize, mount: &Mount) -> Option<Bind> {
    let (source, target, read_only) = parts(context, mount)?;
    let path = context.path(&source)?;
    // Without `bind` a missing path is made, as in the short syntax; with it, only where it says so (measured on 2.40.3).
    let creates = match mount.rest.get("bind").and_then(Value::as_map) {
        None => true,
        Some(options) => options.get("create_host_path") == Some(&Value::Bool(true)),
    };
    Some(Bind { position, source, path, target, read_only, creates })
}

fn parts(context: &Context<'_>, mount: &Mount) -> Option<(String, String, bool)> {
    let written = mount.source.as_deref()?;
    match mount.kind {
        MountKind::Bind => {
            let source = context.value(written)?.into_owned();
            Some((source, context.value(&mount.target)?.into_owned(), mount.read_only))
        }
        // The short form with a variable in it: Compose takes it apart once its value is known.
        MountKind::Opaque => {
            let made = context.value(written)?;
            let mut parts = made.splitn(3, ':');
            let (source, target) = (parts.next()?, parts.next()?);
            let read_only =
                parts.next().is_some_and(|options| options.split(',').any(|option| option == "ro"));
            let is_bind = source.starts_with(['/', '.', '~']) && target.starts_with('/');
            is_bind.then(|| (source.to_owned(), target.to_owned(), read_only))
        }
        _ => None,
    }
}

/// Whether a path looks like one of a file: its last step has an extension, and not the `.d` of folders such as `conf.d`.
pub fn looks_like_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let letters = extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let number = extension.bytes().all(|b| b.is_ascii_digit());
    name == ".env" || (!stem.is_empty() && letters && !number && extension.len() <= 10 && extension != "d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_an_extension() {
        for file in ["./nginx.conf", "/etc/x.yaml", "a.tar.gz", "./.env", "x.sock"] {
            assert!(looks_like_file(file), "{file}");
        }
        for folder in [
            "./data",
            "./conf.d",
            "/etc/cron.d/",
            "./pg-17.2",
            ".",
            "..",
            "./.git",
            "x.",
            "",
            "./nginx.conf/",
        ] {
            assert!(!looks_like_file(folder), "{folder}");
        }
    }
}
