//! Paths of stack.toml as the rendered files need them. Compose resolves a relative path from the folder of the first
//! `-f` file, which is one below stack.toml, or from `--project-directory` ([`PathBase`]).

use std::borrow::Cow;

use super::names::FOLDER;
use crate::model::{Map, PathBase, Value, variable::starts_with_variable};

/// A path relative to stack.toml as a file with this base has it: `./data` is `../data` seen from `generated/`. Untouched
/// stay absolute paths, `~`, Windows paths, the empty text, and what begins with a variable.
pub fn relative(base: PathBase, path: &str) -> Cow<'_, str> {
    let is_relative = !(path.is_empty() || path.starts_with(['/', '~', '\\']) || is_windows(path));
    match base {
        _ if !is_relative || starts_with_variable(path) => Cow::Borrowed(path),
        PathBase::Generated => from_generated(path),
        PathBase::Project if path.starts_with('.') => Cow::Borrowed(path),
        // Without a dot, the source of a mount would be the name of a volume.
        PathBase::Project => format!("./{path}").into(),
    }
}

/// A relative path seen from `generated/`: `.` is `..`.
fn from_generated(path: &str) -> Cow<'_, str> {
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

/// A build context: as [`relative`], but URLs, git remotes and other services stay (the prefixes that compose-go's
/// `paths` package takes for remote).
pub fn context(base: PathBase, text: &str) -> Cow<'_, str> {
    let elsewhere = ["service:", "github.com/", "git@"];
    if text.contains("://") || elsewhere.iter().any(|prefix| text.starts_with(prefix)) {
        return Cow::Borrowed(text);
    }
    relative(base, text)
}

/// The short form of a mount with a variable, seen from `generated/`: its source is a path only when it starts as one.
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
pub fn literal(base: PathBase, path: &str) -> String {
    let folder = match base {
        PathBase::Generated => String::new(),
        PathBase::Project => format!("{FOLDER}/"),
    };
    format!("./{folder}{}", path.replace('$', "$$"))
}

/// Move the paths within a service's untyped keys: `label_file`, `develop.watch[].path`, and a seccomp profile in
/// `security_opt`, which Compose reads. A file of `credential_spec` is the engine's: it looks in a folder of its own.
pub fn in_service(base: PathBase, map: &mut Map) {
    let at = |value: &mut Value| at(base, value);
    for (key, value) in map {
        match (key.as_str(), value) {
            ("label_file", Value::List(files)) => files.iter_mut().for_each(at),
            ("label_file", file) => at(file),
            ("security_opt", Value::List(options)) => {
                options.iter_mut().for_each(|option| seccomp(base, option));
            }
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
pub fn in_build(base: PathBase, map: &mut Map) {
    match map.get_mut("additional_contexts") {
        Some(Value::Map(contexts)) => {
            for value in contexts.values_mut() {
                if let Value::String(text) = value {
                    *text = context(base, text).into_owned();
                }
            }
        }
        Some(Value::List(contexts)) => {
            for value in contexts {
                if let Value::String(text) = value
                    && let Some((name, path)) = text.split_once('=')
                {
                    *text = format!("{name}={}", context(base, path));
                }
            }
        }
        _ => {}
    }
}

/// Move the device of a volume that is a bind mount in disguise (`driver_opts: { o: bind, device: PATH }`). Compose makes
/// such a path absolute only where the driver is named, which is `local` without a name too (measured on 2.40.3).
pub fn in_volume(base: PathBase, map: &mut Map) {
    let is_local = map.get("driver").is_none_or(|driver| driver.as_str() == Some("local"));
    let Some(Value::Map(options)) = map.get_mut("driver_opts").filter(|_| is_local) else { return };
    if options.get("o").and_then(Value::as_str) != Some("bind") {
        return;
    }
    let Some(device) = options.get_mut("device") else { return };
    at(base, device);
    if device.as_str().is_some_and(|device| !device.starts_with('/')) {
        map.entry("driver".to_owned()).or_insert_with(|| Value::from("local"));
    }
}

fn at(base: PathBase, value: &mut Value) {
    if let Value::String(text) = value {
        *text = relative(base, text).into_owned();
    }
}

/// `seccomp=PATH` or `seccomp:PATH`; two words are not paths.
fn seccomp(base: PathBase, option: &mut Value) {
    let Value::String(text) = option else { return };
    let Some(profile) = text.strip_prefix("seccomp=").or_else(|| text.strip_prefix("seccomp:")) else {
        return;
    };
    if !["unconfined", "builtin"].contains(&profile) {
        *text = format!("seccomp={}", relative(base, profile));
    }
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
            ("${DIR:-./data}/x", "${DIR:-./data}/x"),
            ("$$data", "../$$data"),
            ("", ""),
        ] {
            assert_eq!(relative(PathBase::Generated, path), moved, "{path}");
        }
    }

    #[test]
    fn from_the_folder_of_stack_toml_a_path_stays_and_looks_like_one() {
        for (path, written) in [
            ("./data", "./data"),
            ("data", "./data"),
            (".", "."),
            ("../x", "../x"),
            (".env", ".env"),
            ("/abs", "/abs"),
            ("~/x", "~/x"),
            ("d:/x", "d:/x"),
            ("${DIR:-data}/x", "${DIR:-data}/x"),
            ("$$data", "./$$data"),
            ("", ""),
        ] {
            assert_eq!(relative(PathBase::Project, path), written, "{path}");
        }
        assert_eq!(literal(PathBase::Project, "a/b$"), "./generated/a/b$$");
        assert_eq!(literal(PathBase::Generated, "a/b$"), "./a/b$$");
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
            assert_eq!(context(PathBase::Generated, text), text);
        }
        assert_eq!(context(PathBase::Generated, "app"), "../app");
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
        service.insert(
            "security_opt".to_owned(),
            Value::List(vec![text("seccomp:p.json"), text("seccomp=unconfined"), text("label=disable")]),
        );
        in_service(PathBase::Generated, &mut service);
        let options = [text("seccomp=../p.json"), text("seccomp=unconfined"), text("label=disable")];
        assert_eq!(service["security_opt"].as_list().unwrap(), options);
        assert_eq!(service["label_file"], Value::List(vec![text("../a.labels")]));
        assert_eq!(
            service["develop"].as_map().unwrap()["watch"].as_list().unwrap()[0].as_map().unwrap()["path"],
            text("../src")
        );

        let mut build =
            table("additional_contexts", Value::List(vec![text("base=./base"), text("web=service:web")]));
        in_build(PathBase::Generated, &mut build);
        assert_eq!(
            build["additional_contexts"],
            Value::List(vec![text("base=../base"), text("web=service:web")])
        );

        let mut volume = table(
            "driver_opts",
            Value::Map(Map::from([("o".to_owned(), text("bind")), ("device".to_owned(), text("./d"))])),
        );
        in_volume(PathBase::Generated, &mut volume);
        assert_eq!(volume["driver"], text("local"));
        assert_eq!(volume["driver_opts"].as_map().unwrap()["device"], text("../d"));
    }
}
