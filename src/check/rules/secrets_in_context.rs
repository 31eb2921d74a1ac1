//! Build contexts that hold the generated secrets.

use std::path::{Component, Path, PathBuf};

use super::{Context, build::is_url};
use crate::{
    check::ignore_file::IgnoreFile,
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    fs,
    model::{Build, Value, secret_path},
};

static SECRETS_IN_CONTEXT: Code = Code::error(
    "secrets-in-context",
    Allow::Never(Allow::LEAVES_ITS_PLACE),
    "\
The folder of a build, or one of its `additional_contexts`, holds `.stackctl`, where the generated secrets are, and its ignore file does not shut \
them out: `COPY . .` would put them into a layer of the image, for everyone who gets the image.

Add a line to the ignore file that the build reads: `DOCKERFILE.dockerignore` beside the Dockerfile where it exists, else `.dockerignore` at the top of the \
context. With `dockerfile_inline`, and for an additional context, it is always the latter. An ignore file that is a symbolic link out of its folder, or an \
absolute one, is not read: BuildKit is given that folder alone.

```text
.stackctl
```

A stack without generated secrets is left alone, and so is a context that is a URL.",
);

pub(super) static CODES: &[&Code] = &[&SECRETS_IN_CONTEXT];

/// A context that lets the secrets through.
struct Leak {
    /// Where it is written.
    at: KeyPath,
    /// The ignore file that is read, or would be.
    ignore_file: PathBuf,
    message: String,
    help: String,
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let generated = context.stack.generated_secrets();
    let paths: Vec<String> = generated.map(|(name, _)| secret_path(name)).collect();
    if paths.is_empty() {
        return;
    }
    let Ok(root) = context.project.root.canonicalize() else { return };
    let mut leaks: Vec<Leak> = Vec::new();
    let mut others: Vec<(usize, KeyPath)> = Vec::new();
    for (name, service) in context.services() {
        let Some(build) = &service.build else { continue };
        for leak in contexts(context, name, build).into_iter().filter_map(|source| source.leak(&root, &paths))
        {
            // One ignore file is one mistake, whoever builds from there.
            match leaks.iter().position(|other| other.ignore_file == leak.ignore_file) {
                Some(position) => others.push((position, leak.at)),
                None => leaks.push(leak),
            }
        }
    }
    for (position, leak) in leaks.into_iter().enumerate() {
        let diagnostic = Diagnostic::new(&SECRETS_IN_CONTEXT, leak.message)
            .at(leak.at)
            .label("holds .stackctl/secrets")
            .why("`COPY . .` puts them into the image, for everyone who gets it")
            .help(leak.help);
        let also = others.iter().filter(|(other, _)| *other == position);
        found.push(
            also.fold(diagnostic, |diagnostic, (_, at)| {
                diagnostic.related(at.clone(), "built from there too")
            }),
        );
    }
}

/// A local folder that a build reads.
struct Source<'b> {
    service: &'b str,
    at: KeyPath,
    /// As it is written, with its variables.
    written: String,
    folder: PathBuf,
    /// The Dockerfile; its own ignore file comes first.
    dockerfile: Option<String>,
}

fn contexts<'b>(context: &Context<'_>, service: &'b str, build: &'b Build) -> Vec<Source<'b>> {
    let path = service_path(service).key("build");
    let source = |at: KeyPath, written: &str, dockerfile: Option<String>| {
        let value = context.value(written)?;
        let folder = context.path(&value).filter(|_| !is_elsewhere(&value))?;
        Some(Source { service, at, written: written.to_owned(), folder, dockerfile })
    };
    let dockerfile = || {
        context
            .value(build.dockerfile.as_deref().filter(|it| !it.is_empty()).unwrap_or("Dockerfile"))
            .map(std::borrow::Cow::into_owned)
    };
    let dockerfile =
        if build.dockerfile_inline.is_some() { None } else { dockerfile().filter(|text| !is_url(text)) };
    let mut all: Vec<Source<'b>> = source(path.clone(), &build.context, dockerfile).into_iter().collect();
    let at = path.key("additional_contexts");
    match build.rest.get("additional_contexts") {
        Some(Value::Map(contexts)) => {
            all.extend(contexts.iter().filter_map(|(name, text)| source(at.key(name), text.as_str()?, None)))
        }
        Some(Value::List(contexts)) => {
            all.extend(contexts.iter().enumerate().filter_map(|(position, text)| {
                let (_, text) = text.as_str()?.split_once('=')?;
                source(at.index(position), text, None)
            }))
        }
        _ => {}
    }
    all
}

/// A context that is not a folder of this machine.
fn is_elsewhere(context: &str) -> bool {
    is_url(context) || ["service:", "target:"].iter().any(|prefix| context.starts_with(prefix))
}

impl Source<'_> {
    /// Whether one of the secrets is let through.
    fn leak(self, root: &Path, secrets: &[String]) -> Option<Leak> {
        let folder = self.folder.canonicalize().ok()?;
        let inside = |path: &str| {
            let relative = root.join(path).strip_prefix(&folder).ok()?.to_str()?.replace('\\', "/");
            Some(relative)
        };
        let secrets: Vec<String> = secrets.iter().filter_map(|path| inside(path)).collect();
        if secrets.is_empty() {
            return None;
        }
        let own = self.dockerfile.as_ref().map(|dockerfile| format!("{dockerfile}.dockerignore"));
        let own = own.filter(|name| is_read(&folder.join(name)));
        let name = own.unwrap_or_else(|| ".dockerignore".to_owned());
        let ignore_file = folder.join(&name);
        let text = if is_read(&ignore_file) { fs::read_text(&ignore_file).ok() } else { None };
        let patterns = IgnoreFile::parse(text.as_deref().unwrap_or_default());
        if secrets.iter().all(|path| patterns.excludes(path)) {
            return None;
        }
        let shown = match self.written.trim_end_matches('/') {
            "." => name,
            written => format!("{}/{name}", written.trim_start_matches("./")),
        };
        // The folder itself where it lies in the context.
        let line = inside(".stackctl").filter(|line| !line.is_empty());
        let help = match (line, &text) {
            (None, _) => "build from a folder outside of .stackctl".to_owned(),
            (Some(line), Some(_)) => format!("write `{line}` as the last line of `{shown}`"),
            (Some(line), None) if ignore_file.is_symlink() => {
                format!(
                    "replace `{shown}`, a symbolic link that BuildKit does not follow, with a file that has the line `{line}`"
                )
            }
            (Some(line), None) => format!("create `{shown}` with the line `{line}`"),
        };
        let message = format!(
            "the build context `{}` of service `{}` holds the generated secrets",
            self.written, self.service
        );
        Some(Leak { at: self.at, ignore_file, message, help })
    }
}

/// Whether BuildKit reads an ignore file. It is given the file's folder alone: a link in it that is absolute or leads out of
/// it, even to come back, leads elsewhere. Measured on BuildKit by `tests/it/ignore_file.rs`.
fn is_read(file: &Path) -> bool {
    let Some(folder) = file.parent().and_then(|folder| folder.canonicalize().ok()) else { return false };
    let mut path = PathBuf::from(file.file_name().unwrap_or_default());
    // No chain of links is longer where the file can be opened.
    for _ in 0..64 {
        let Ok(target) = folder.join(&path).read_link() else { break };
        path.pop();
        for step in target.components() {
            match step {
                Component::Normal(name) => path.push(name),
                Component::CurDir => {}
                Component::ParentDir if path.pop() => {}
                _ => return false,
            }
        }
    }
    let plain = folder.join(path);
    plain.is_file() && plain.canonicalize().is_ok_and(|file| file == plain)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_out_of_the_folder_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("context");
        std::fs::create_dir_all(folder.join("below")).unwrap();
        for file in ["outside", "context/plain", "context/below/file"] {
            std::fs::write(root.path().join(file), ".stackctl").unwrap();
        }
        let absolute = folder.join("plain");
        for (name, target, expected) in [
            ("near", "plain", true),
            ("deep", "./below/file", true),
            ("twice", "near", true),
            ("out", "../outside", false),
            ("back", "../context/plain", false),
            ("absolute", absolute.to_str().unwrap(), false),
            ("chain", "absolute", false),
            ("nowhere", "none", false),
            ("itself", "itself", false),
            ("folder", "below", false),
        ] {
            symlink(target, folder.join(name)).unwrap();
            assert_eq!(is_read(&folder.join(name)), expected, "{name}");
        }
        assert!(is_read(&folder.join("plain")));
        assert!(!is_read(&folder.join("none")));
    }
}
