//! `volumes`, and the mounts of side files.

use crate::{
    model::{Map, Mount, MountKind, PathBase, Service, Value, variable::has_variable},
    render::{
        paths, sidefile,
        tree::{flag, map, text},
    },
};

/// Every mount of a service, its side files last.
pub fn of(base: PathBase, name: &str, service: &Service) -> Vec<Value> {
    let mounts = service.volumes.iter().map(|it| mount(base, it));
    let files = service.files.iter().map(|file| {
        let source = paths::literal(base, &sidefile::output_path(name, &file.template));
        let options = vec!["z".to_owned()];
        if source.contains(':') {
            // The short form cannot hold a colon; `z` has a name of its own in the long one.
            return Value::Map(map([
                ("type", text(Some("bind"))),
                ("source", Some(Value::String(source))),
                ("target", text(Some(&file.target))),
                ("read_only", flag(true)),
                ("bind", Some(Value::Map(map([("selinux", text(Some("z")))])))),
            ]));
        }
        Value::String(short(&source, &file.target, true, &options))
    });
    mounts.chain(files).collect()
}

fn mount(base: PathBase, mount: &Mount) -> Value {
    let source = mount.source.as_deref();
    // The value of a variable would be taken apart, and without a dot taken for the name of a volume.
    let is_fixed = !source.is_some_and(has_variable) && !has_variable(&mount.target);
    match (mount.kind, source) {
        // It holds a variable, so that every path counts from the folder of stack.toml.
        (MountKind::Opaque, Some(text)) => return Value::from(text),
        (MountKind::Bind, Some(path)) if mount.rest.is_empty() && !mount.is_long && is_fixed => {
            let path = paths::relative(base, path);
            return Value::String(short(&path, &mount.target, mount.read_only, &mount.options));
        }
        // Compose reads `v:/data` as a Windows path: no named volume and no error. The long form avoids that.
        (MountKind::Volume, Some(name)) if mount.rest.is_empty() && name.len() > 1 && is_fixed => {
            return Value::String(short(name, &mount.target, mount.read_only, &mount.options));
        }
        (MountKind::Volume, None)
            if mount.rest.is_empty() && !mount.read_only && mount.options.is_empty() =>
        {
            return Value::from(mount.target.as_str());
        }
        _ => {}
    }
    Value::Map(long(base, mount))
}

fn short(source: &str, target: &str, read_only: bool, options: &[String]) -> String {
    let mut all: Vec<&str> = if read_only { vec!["ro"] } else { Vec::new() };
    all.extend(options.iter().map(String::as_str));
    let options = if all.is_empty() { String::new() } else { format!(":{}", all.join(",")) };
    format!("{source}:{target}{options}")
}

fn long(base: PathBase, mount: &Mount) -> Map {
    let kind = match mount.kind {
        MountKind::Bind => Some("bind"),
        MountKind::Volume => Some("volume"),
        MountKind::Tmpfs => Some("tmpfs"),
        MountKind::Other | MountKind::Opaque => None,
    };
    let source = mount.source.as_deref().map(|source| match mount.kind {
        MountKind::Bind => paths::relative(base, source),
        _ => source.into(),
    });
    let no_copy = mount.options.iter().any(|option| option == "nocopy");
    let mut map = map([
        ("type", text(kind).or_else(|| mount.rest.get("type").cloned())),
        ("source", text(source.as_deref())),
        ("target", text(Some(&mount.target))),
        ("read_only", flag(mount.read_only)),
        ("volume", no_copy.then(|| Value::Map(map([("nocopy", flag(true))])))),
    ]);
    for (key, value) in &mount.rest {
        map.entry(key.clone()).or_insert_with(|| value.clone());
    }
    map
}
