//! Paths of stack.toml as `generated/` must write them. Compose reads a relative path from the folder of the first `-f`
//! file, which lies one below stack.toml.

use std::borrow::Cow;

use crate::model::{Map, Value, variable::variables};

/// A path relative to stack.toml, seen from `generated/`: `./data` is `../data`, `.` is `..`. Untouched stay absolute
/// paths, `~`, Windows paths, the empty text, and what starts with a variable, except that a relative default of it
/// (`${DIR:-./data}`) is moved too.
pub fn from_generated(path: &str) -> Cow<'_, str> {
    if path.starts_with('$') {
        return default_of_variable(path).map_or(Cow::Borrowed(path), Cow::Owned);
    }
    if path.is_empty() || path.starts_with(['/', '~', '\\']) || is_windows(path) {
        return Cow::Borrowed(path);
    }
    let mut rest = path;
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    match rest {
        "" => "../".into(),
        "." => "..".into(),
        _ => format!("../{rest}").into(),
    }
}

/// A build context: as [`from_generated`], but URLs, git remotes and other services stay (the prefixes that compose-go's
/// `paths` package takes for remote).
pub fn context(text: &str) -> Cow<'_, str> {
    let elsewhere = ["service:", "github.com/", "git@"];
    if text.contains("://") || elsewhere.iter().any(|prefix| text.starts_with(prefix)) {
        return Cow::Borrowed(text);
    }
    from_generated(text)
}

/// The short form of a mount that only Compose can take apart: its source is a path only when it starts as one.
pub fn opaque_mount(text: &str) -> Cow<'_, str> {
    let path = text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with(".:")
        || text.starts_with("..:");
    match text.strip_prefix(".:") {
        Some(rest) => format!("..:{rest}").into(),
        None if path => from_generated(text),
        None => Cow::Borrowed(text),
    }
}

/// A path inside `generated/` that Compose must not interpolate.
pub fn literal(path: &str) -> String {
    format!("./{}", path.replace('$', "$$"))
}

/// Move the paths within a service's untyped keys: `label_file`, `credential_spec.file`,
/// `develop.watch[].path`.
pub fn in_service(map: &mut Map) {
    for (key, value) in map {
        match (key.as_str(), value) {
            ("label_file", Value::List(files)) => files.iter_mut().for_each(at),
            ("label_file", file) => at(file),
            ("credential_spec", Value::Map(inner)) => inner.get_mut("file").into_iter().for_each(at),
            ("develop", Value::Map(inner)) => {
                if let Some(Value::List(watches)) = inner.get_mut("watch") {
                    for watch in watches {
                        if let Value::Map(watch) = watch {
                            watch.get_mut("path").into_iter().for_each(at);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// Move the contexts within the other keys of `build`: `additional_contexts`, as a table or a list of `NAME=CONTEXT`.
pub fn in_build(map: &mut Map) {
    match map.get_mut("additional_contexts") {
        Some(Value::Map(contexts)) => {
            for value in contexts.values_mut() {
                if let Value::String(text) = value {
                    *text = context(text).into_owned();
                }
            }
        }
        Some(Value::List(contexts)) => {
            for value in contexts {
                if let Value::String(text) = value
                    && let Some((name, path)) = text.split_once('=')
                {
                    *text = format!("{name}={}", context(path));
                }
            }
        }
        _ => {}
    }
}

/// Move the device of a volume that is a bind mount in disguise (`driver_opts: { o: bind, device: PATH }`).
pub fn in_volume(map: &mut Map) {
    if let Some(Value::Map(options)) = map.get_mut("driver_opts")
        && options.get("o").and_then(Value::as_str) == Some("bind")
    {
        options.get_mut("device").into_iter().for_each(at);
    }
}

fn at(value: &mut Value) {
    if let Value::String(text) = value {
        *text = from_generated(text).into_owned();
    }
}

/// `${NAME:-./path}...` with its default moved.
fn default_of_variable(path: &str) -> Option<String> {
    let first = variables(path).ok()?.into_iter().next()?;
    let operator = [":-", "-"].into_iter().find(|operator| first.rest.starts_with(operator))?;
    let default = &first.rest[operator.len()..];
    if !default.starts_with('.') {
        return None;
    }
    let head = format!("${{{}{operator}", first.name);
    let tail = path.strip_prefix(&head)?.strip_prefix(default)?;
    Some(format!("{head}{}{tail}", from_generated(default)))
}

fn is_windows(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_still_points_to_the_same_place() {
        for (path, moved) in [
            ("./data", "../data"),
            ("data", "../data"),
            (".", ".."),
            ("./", "../"),
            ("..", "../.."),
            ("../x", "../../x"),
            (".//a", "../a"),
            ("././a/", "../a/"),
            (".env", "../.env"),
            ("./a/../b", "../a/../b"),
            ("./${X}/y", "../${X}/y"),
            ("/abs", "/abs"),
            ("~", "~"),
            ("~/x", "~/x"),
            ("C:\\x", "C:\\x"),
            ("d:/x", "d:/x"),
            ("\\\\host\\x", "\\\\host\\x"),
            ("$HOME/x", "$HOME/x"),
            ("${DIR}/x", "${DIR}/x"),
            ("${DIR:-./data}/x", "${DIR:-../data}/x"),
            ("${DIR:-/data}", "${DIR:-/data}"),
            ("", ""),
        ] {
            assert_eq!(from_generated(path), moved, "{path}");
        }
    }

    #[test]
    fn contexts_elsewhere_stay() {
        for text in [
            "https://x/y.git#main",
            "git@github.com:a/b.git",
            "github.com/a/b",
            "service:base",
            "docker-image://a:1",
            "oci-layout://x",
        ] {
            assert_eq!(context(text), text);
        }
        assert_eq!(context("app"), "../app");
    }

    #[test]
    fn a_mount_in_short_form_is_moved_only_when_it_starts_as_a_path() {
        assert_eq!(opaque_mount("./${X}:/data:ro"), "../${X}:/data:ro");
        assert_eq!(opaque_mount("../${X}:/data"), "../../${X}:/data");
        assert_eq!(opaque_mount(".:/src/${X}"), "..:/src/${X}");
        assert_eq!(opaque_mount("..:/src/${X}"), "../..:/src/${X}");
        assert_eq!(opaque_mount("data${X}:/data"), "data${X}:/data");
        assert_eq!(opaque_mount("${X}:/data"), "${X}:/data");
    }

    #[test]
    fn untyped_keys() {
        let text = |text: &str| Value::from(text);
        let table = |key: &str, value: Value| Map::from([(key.to_owned(), value)]);
        let mut service = table(
            "develop",
            Value::Map(table("watch", Value::List(vec![Value::Map(table("path", text("./src")))]))),
        );
        service.insert("label_file".to_owned(), Value::List(vec![text("a.labels")]));
        in_service(&mut service);
        assert_eq!(service["label_file"], Value::List(vec![text("../a.labels")]));
        assert_eq!(
            service["develop"].as_map().unwrap()["watch"].as_list().unwrap()[0].as_map().unwrap()["path"],
            text("../src")
        );

        let mut build =
            table("additional_contexts", Value::List(vec![text("base=./base"), text("web=service:web")]));
        in_build(&mut build);
        assert_eq!(
            build["additional_contexts"],
            Value::List(vec![text("base=../base"), text("web=service:web")])
        );

        let mut volume = table(
            "driver_opts",
            Value::Map(Map::from([("o".to_owned(), text("bind")), ("device".to_owned(), text("./d"))])),
        );
        in_volume(&mut volume);
        assert_eq!(volume["driver_opts"].as_map().unwrap()["device"], text("../d"));
    }
}
