//! Relative paths of a file in another folder, as the project's folder has them. Which values are paths was measured on Compose
//! 2.40.3; a path that begins with a variable counts from the file's folder as well, as long as the value is relative.

use super::{
    node::{Entry, Node, Place, Value},
    short,
};
use crate::{
    diag::KeyPath,
    model::variable::{expand, starts_with_variable},
};

/// Moves the paths of a tree.
pub(super) struct Relocate<'l> {
    /// The folder that they count from, seen from the one that they are to count from.
    pub(super) prefix: &'l str,
    /// The values of variables.
    pub(super) lookup: &'l dyn Fn(&str) -> Option<&'l str>,
    /// The paths that begin with a variable, each with what was written and what stands there now.
    pub(super) resolved: Vec<Resolved>,
}

/// A path that begins with a variable.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) path: KeyPath,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) place: Place,
}

impl Relocate<'_> {
    /// Move the paths of a whole file.
    pub(super) fn file(&mut self, root: &mut Node) {
        for section in root.entries_mut() {
            for Entry { key, value: node, .. } in section.value.entries_mut() {
                let path = KeyPath::from([section.key.as_str(), key.as_str()]);
                match section.key.as_str() {
                    "services" => {
                        self.service(node, &path);
                        self.default_context(node);
                    }
                    "secrets" | "configs" => self.at(node, "file", &path, Self::path),
                    "volumes" => self.volume(node, &path),
                    _ => {}
                }
            }
        }
    }

    /// A build without a context has the folder of its file; that of a service which is extended has the folder of the one that
    /// extends it.
    fn default_context(&self, service: &mut Node) {
        let Some(build) = service.get_mut("build") else { return };
        let place = build.place.clone();
        if let Value::Table(entries) = &mut build.value
            && !entries.iter().any(|entry| entry.key == "context")
        {
            let value = Node::new(Value::Text(join(self.prefix, ".")), place.clone());
            entries.insert(0, Entry::new("context", value, &place));
        }
    }

    /// Move the paths of a service.
    pub(super) fn service(&mut self, service: &mut Node, path: &KeyPath) {
        for entry in service.entries_mut() {
            let path = path.key(&entry.key);
            let value = &mut entry.value;
            match entry.key.as_str() {
                "build" => self.build(value, &path),
                "env_file" | "label_file" => self.each(value, &path, |this, file, path| {
                    if matches!(file.value, Value::Table(_)) {
                        this.at(file, "path", path, Self::path);
                    } else {
                        this.text(file, path, Self::path);
                    }
                }),
                "volumes" => self.each(value, &path, Self::mount),
                "develop" => self.at_each(value, "watch", &path),
                _ => {}
            }
        }
    }

    fn build(&mut self, build: &mut Node, path: &KeyPath) {
        if matches!(build.value, Value::Text(_)) {
            return self.text(build, &path.key("context"), Self::context);
        }
        self.at(build, "context", path, Self::context);
        let Some(contexts) = build.get_mut("additional_contexts") else { return };
        let path = path.key("additional_contexts");
        match &mut contexts.value {
            Value::Table(entries) => {
                for entry in entries {
                    self.text(&mut entry.value, &path.key(&entry.key), Self::context);
                }
            }
            Value::List(elements) => {
                for element in elements {
                    let Some((name, context)) = element.text().and_then(|text| text.split_once('=')) else {
                        continue;
                    };
                    let (name, mut moved) = (name.to_owned(), element.clone());
                    moved.value = Value::Text(context.to_owned());
                    self.text(&mut moved, &path.key(&name), Self::context);
                    if let Value::Text(context) = moved.value {
                        element.value = Value::Text(format!("{name}={context}"));
                    }
                }
            }
            _ => {}
        }
    }

    /// A bind mount in either form. A source without a dot or slash in front is the name of a volume.
    fn mount(&mut self, mount: &mut Node, path: &KeyPath) {
        let path = path.key("source");
        if let Value::Table(_) = mount.value {
            if mount.get("type").and_then(Node::text) == Some("bind")
                && let Some(source) = mount.get_mut("source")
            {
                self.text(source, &path, Self::path);
            }
            return;
        }
        let Some(text) = mount.text().map(str::to_owned) else { return };
        let source = short::parts(&text)[0];
        let begins = expand(source, self.lookup).unwrap_or_default();
        if source.len() == text.len() || !begins.starts_with('.') {
            return;
        }
        if let Some(moved) = self.path(source) {
            let to = format!("{moved}{}", &text[source.len()..]);
            self.note(source, &moved, mount, &path);
            mount.value = Value::Text(to);
        }
    }

    /// The device of a volume that is a bind mount. Compose takes it for a path only where the driver is named.
    fn volume(&mut self, volume: &mut Node, path: &KeyPath) {
        if volume.get("driver").and_then(Node::text) != Some("local") {
            return;
        }
        let Some(options) = volume.get_mut("driver_opts") else { return };
        let is_bind =
            options.get("o").and_then(Node::text).is_some_and(|o| o.split(',').any(|o| o == "bind"));
        if is_bind {
            self.at(options, "device", &path.key("driver_opts"), Self::path);
        }
    }

    fn at_each(&mut self, table: &mut Node, key: &str, path: &KeyPath) {
        let Some(list) = table.get_mut(key) else { return };
        self.each(list, &path.key(key), |this, element, path| this.at(element, "path", path, Self::path));
    }

    /// A value, or each element of a list.
    fn each(&mut self, value: &mut Node, path: &KeyPath, of: fn(&mut Self, &mut Node, &KeyPath)) {
        if let Value::List(elements) = &mut value.value {
            for (at, element) in elements.iter_mut().enumerate() {
                of(self, element, &path.index(at));
            }
        } else {
            of(self, value, path);
        }
    }

    fn at(&mut self, table: &mut Node, key: &str, path: &KeyPath, moved: fn(&Self, &str) -> Option<String>) {
        if let Some(value) = table.get_mut(key) {
            self.text(value, &path.key(key), moved);
        }
    }

    fn text(&mut self, value: &mut Node, path: &KeyPath, moved: fn(&Self, &str) -> Option<String>) {
        let Some(text) = value.text().map(str::to_owned) else { return };
        if let Some(to) = moved(self, &text) {
            self.note(&text, &to, value, path);
            value.value = Value::Text(to);
        }
    }

    fn note(&mut self, from: &str, to: &str, node: &Node, path: &KeyPath) {
        if starts_with_variable(from) {
            let (from, to) = (from.to_owned(), to.to_owned());
            self.resolved.push(Resolved { path: path.clone(), from, to, place: node.place.clone() });
        }
    }

    /// A path; `None` where it stays.
    fn path(&self, text: &str) -> Option<String> {
        let begins = expand(text, self.lookup)?;
        is_relative(&begins).then(|| join(self.prefix, text))
    }

    /// A build context, which may be a URL, a repository or another service.
    fn context(&self, text: &str) -> Option<String> {
        let begins = expand(text, self.lookup)?;
        let elsewhere = ["service:", "github.com/", "git@"];
        if begins.contains("://") || elsewhere.iter().any(|prefix| begins.starts_with(prefix)) {
            return None;
        }
        self.path(text)
    }
}

/// Whether a file of `extends` or `include` is not on this machine.
pub(super) fn is_remote(path: &str) -> bool {
    let prefixes = ["git@", "github.com/", "ssh:"];
    path.contains("://") || prefixes.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether a path counts from a folder.
pub(super) fn is_relative(path: &str) -> bool {
    let is_windows =
        matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    !(path.is_empty() || path.starts_with(['/', '~', '\\']) || is_windows)
}

/// A relative path that counts from the folder `prefix`: without `.` and `..` as far as no variable stands in between.
pub(super) fn join(prefix: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut is_known = true;
    for part in prefix.split('/').chain(path.split('/')) {
        is_known &= !part.contains('$');
        match part {
            "" | "." if is_known => {}
            ".." if is_known && parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if prefix.starts_with('/') { "/" } else { "" };
    match parts.first() {
        None if root.is_empty() => ".".to_owned(),
        Some(&"..") => parts.join("/"),
        Some(_) if root.is_empty() => format!("./{}", parts.join("/")),
        _ => format!("{root}{}", parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        for (prefix, path, joined) in [
            ("sub", "./d", "./sub/d"),
            ("sub", "d/e/", "./sub/d/e"),
            ("sub", "../u", "./u"),
            ("sub", "..", "."),
            ("sub", ".", "./sub"),
            ("..", "./d", "../d"),
            ("../x", "../../y", "../../y"),
            ("sub", "${D}", "./sub/${D}"),
            ("sub/t", "../${D}/../e", "./sub/${D}/../e"),
            ("/abs", "../d", "/d"),
        ] {
            assert_eq!(join(prefix, path), joined, "{prefix} {path}");
        }
    }
}
