//! Mounts for Swarm, always in the long form: a node refuses the short form of a one-letter volume, and the service
//! key `tmpfs` is silently ignored (measured on Docker 28.5).

use std::borrow::Cow;

use super::names::BASE;
use crate::{
    model::{Bytes, Map, Mount, MountKind, PROPAGATION, Resource, Service, Value},
    render::{
        loss::Losses,
        paths,
        tree::{filled, flag, map, some, text},
    },
};

const BIND: &str = "a path that must exist on every node that may run the service";
const LOCAL: &str =
    "a volume of one node: a task on another node finds it empty (`placement` in `deploy` pins it)";
const TMPFS: &str = "a tmpfs option that Swarm does not support: only size, and always noexec";
const KIND: &str = "a mount type that `docker stack` does not support";
const OPTION: &str = "a mount option that `docker stack` does not support";

/// `volumes`, `tmpfs` and `shm_size` as one list of mounts.
pub fn of(
    name: &str,
    service: &Service,
    volumes: &indexmap::IndexMap<String, Resource>,
    losses: &mut Losses,
) -> Option<Value> {
    let mut list = Vec::new();
    for mount in &service.volumes {
        list.extend(one(name, mount, volumes, losses));
    }
    for text in &service.tmpfs {
        list.push(memory(name, text, losses));
    }
    if let Some(size) = service.rest.get("shm_size").and_then(bytes) {
        list.push(tmpfs("/dev/shm", Some(size)));
    }
    some(list)
}

fn one(
    name: &str,
    mount: &Mount,
    volumes: &indexmap::IndexMap<String, Resource>,
    losses: &mut Losses,
) -> Option<Value> {
    let source = mount.source.as_deref();
    let (kind, source) = match mount.kind {
        MountKind::Opaque => {
            return source.map(|text| Value::String(paths::opaque_mount(text).into_owned()));
        }
        MountKind::Other => {
            losses.add(Some(name), format!("the mount {}", mount.target), KIND);
            return None;
        }
        MountKind::Tmpfs => {
            if mount.option("tmpfs", "mode").is_some() {
                losses.add(Some(name), format!("tmpfs {} mode", mount.target), TMPFS);
            }
            return Some(tmpfs(&mount.target, mount.option("tmpfs", "size").and_then(bytes)));
        }
        MountKind::Bind => {
            losses.add(Some(name), format!("bind mount {}", source.unwrap_or_default()), BIND);
            ("bind", source.map(|path| paths::relative(BASE, path)))
        }
        MountKind::Volume => {
            if source.is_none_or(|volume| volumes.get(volume).is_none_or(is_local)) {
                let what =
                    source.map_or_else(|| "an anonymous volume".to_owned(), |it| format!("volume {it}"));
                losses.add(Some(name), what, LOCAL);
            }
            ("volume", source.map(Cow::Borrowed))
        }
    };
    let mut map = map([
        ("type", text(Some(kind))),
        ("source", text(source.as_deref())),
        ("target", text(Some(&mount.target))),
        ("read_only", flag(mount.read_only)),
    ]);
    options(name, mount, &mut map, losses);
    Some(Value::Map(map))
}

/// The options that Swarm has: `nocopy` and `subpath` of a volume, propagation of a bind mount.
fn options(name: &str, mount: &Mount, map: &mut Map, losses: &mut Losses) {
    let mut set = |group: &str, key: &str, value: Value| {
        if let Value::Map(options) = map.entry(group.to_owned()).or_insert_with(|| Value::Map(Map::new())) {
            options.insert(key.to_owned(), value);
        }
    };
    for option in &mount.options {
        match option.as_str() {
            "nocopy" => set("volume", "nocopy", Value::Bool(true)),
            option if PROPAGATION.contains(&option) => set("bind", "propagation", Value::from(option)),
            other => losses.add(Some(name), format!("mount option {other}"), OPTION),
        }
    }
    for (group, inner) in &mount.rest {
        let Value::Map(inner) = inner else { continue };
        for (key, value) in inner.iter().filter(|(key, _)| !key.starts_with("x-")) {
            match (group.as_str(), key.as_str()) {
                ("bind", "propagation") | ("volume", "nocopy" | "subpath") => set(group, key, value.clone()),
                // Swarm never creates the path on a node, which is reported for every bind mount.
                ("bind", "create_host_path") if *value == Value::Bool(true) => {}
                _ => losses.add(Some(name), format!("mount option {group}.{key}"), OPTION),
            }
        }
    }
}

/// A text of the key `tmpfs`: `/PATH[:OPTION,...]`.
fn memory(name: &str, text: &str, losses: &mut Losses) -> Value {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    let mut size = None;
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option.strip_prefix("size=").map(Bytes::parse) {
            Some(Ok(bytes)) => size = Some(bytes),
            _ => losses.add(Some(name), format!("tmpfs {target} {option}"), TMPFS),
        }
    }
    tmpfs(target, size)
}

fn tmpfs(target: &str, size: Option<Bytes>) -> Value {
    let size = size.map(|size| Value::Int(i64::try_from(size.0).unwrap_or(i64::MAX)));
    Value::Map(map([
        ("type", text(Some("tmpfs"))),
        ("target", text(Some(target))),
        ("tmpfs", filled(map([("size", size)]))),
    ]))
}

fn bytes(value: &Value) -> Option<Bytes> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok().map(Bytes),
        Value::String(text) => Bytes::parse(text).ok(),
        _ => None,
    }
}

fn is_local(volume: &Resource) -> bool {
    volume.rest.get("driver").is_none_or(|driver| driver.as_str() == Some("local")) && !volume.external
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_that_swarm_has_is_kept() {
        let table = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
        };
        let subpath = ("subpath", Value::from("sub/folder"));
        let mount = Mount {
            kind: MountKind::Volume,
            source: Some("data".to_owned()),
            target: "/data".to_owned(),
            read_only: false,
            options: vec!["nocopy".to_owned()],
            is_long: false,
            rest: Map::from([("volume".to_owned(), table(&[subpath.clone(), ("labels", table(&[]))]))]),
        };
        let mut losses = Losses::default();
        let Some(Value::Map(map)) = one("a", &mount, &indexmap::IndexMap::new(), &mut losses) else {
            panic!()
        };
        assert_eq!(map["volume"], table(&[("nocopy", Value::Bool(true)), subpath]));
        let texts: Vec<String> = losses.into_list().iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[1].contains("volume.labels"), "{texts:?}");
    }
}
