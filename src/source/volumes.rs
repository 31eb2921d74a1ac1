//! `volumes` of a service.

use super::{
    reference::{BIND, IMAGE_OPTIONS, Key, MOUNT, MOUNT_TYPES, TMPFS, VOLUME_OPTIONS},
    scalar::BAD_VALUE,
    shape::Shape,
    table::Item,
    tree::Kind,
};
use crate::{
    diag::{Allow, Code, nearest},
    model::{Map, Mount, MountKind, PROPAGATION, Value, name, variable},
    text::listed,
};

/// A mount that Compose refuses or misreads.
pub static BAD_MOUNT: Code = Code::error(
    "bad-mount",
    Allow::Never(Allow::UNREAD),
    "\
The entry of `volumes` is not `[SOURCE:]TARGET[:OPTIONS]`, or Compose would read it differently from what it looks like.

- The target is an absolute path of the container.
- A source that starts with `.`, `/` or `~` is a host path, anything else the name of a volume.
- A volume name of one letter, `v:/data`, is read as the Windows path `v:/data`: an anonymous volume at an unexpected path, \
and no error.
- Options other than `ro`, `rw`, `z`, `Z`, `nocopy`, `cached`, `consistent`, `delegated` and the propagation modes are \
silently ignored by Compose.

```toml
volumes = [\"data:/var/lib/postgresql/data\", \"./conf:/etc/app:ro\"]
volumes = [\"data:var/lib\"]      # error: the target is relative
```",
);

const OPTIONS: [&str; 8] = ["ro", "rw", "z", "Z", "nocopy", "cached", "consistent", "delegated"];

fn known() -> impl Iterator<Item = &'static str> {
    OPTIONS.into_iter().chain(PROPAGATION)
}

/// Decode `volumes`.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<Mount> {
    item.each(mount)
}

fn mount(item: &Item<'_, '_>) -> Option<Mount> {
    match item.node.kind() {
        Kind::String(_) => short(item, &item.text()?),
        Kind::Table => long(item),
        _ => item.wrong_type("\"SOURCE:TARGET\", or a table with `type` and `target`"),
    }
}

/// A mount of a kind and nothing else.
fn empty(kind: MountKind) -> Mount {
    Mount {
        kind,
        source: None,
        target: String::new(),
        read_only: false,
        options: Vec::new(),
        is_long: false,
        rest: Map::new(),
    }
}

fn short(item: &Item<'_, '_>, text: &str) -> Option<Mount> {
    if variable::has_variable(text) {
        return Some(Mount { source: Some(text.to_owned()), ..empty(MountKind::Opaque) });
    }
    let fields = fields(text);
    let misread = fields[0].as_bytes();
    if misread.len() > 2
        && misread[1] == b':'
        && misread[2] == b'/'
        && fields.get(1).is_none_or(|target| !is_absolute(target))
    {
        return bad(
            item,
            format!("{text:?} is read as a Windows path"),
            "a volume name of one letter looks like a drive",
            "use a volume name of two or more letters",
        );
    }
    let (source, target, options) = match fields.as_slice() {
        [target] => (None, *target, ""),
        [source, target] => (Some(*source), *target, ""),
        [source, target, options] => (Some(*source), *target, *options),
        _ => {
            return bad(
                item,
                format!("{text:?} has too many parts"),
                "expected SOURCE:TARGET:OPTIONS",
                "join several options with commas, as in \"data:/data:ro,z\"",
            );
        }
    };
    if !good_target(item, target) {
        return None;
    }
    let kind = match source {
        Some(source) if is_path(source) => MountKind::Bind,
        Some(source) if !name::is_resource(source) => {
            let help = if source.is_empty() {
                "write a volume name or a path before the colon".to_owned()
            } else {
                format!("write \"./{source}:{target}\" for a host path")
            };
            let message = format!("{source:?} is neither a volume name nor a path");
            return bad(item, message, "the source", &help);
        }
        _ => MountKind::Volume,
    };
    let mut mount = Mount { source: source.map(str::to_owned), target: target.to_owned(), ..empty(kind) };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => mount.read_only = true,
            "rw" => {}
            _ if known().any(|known| known == option) => mount.options.push(option.to_owned()),
            _ => {
                let near = nearest(option, known());
                let help = near.map_or_else(
                    || format!("known options: {}", listed(known())),
                    |near| format!("write `{near}`"),
                );
                let message = format!("unknown mount option {option:?}");
                return bad(item, message, "Compose ignores it silently", &help);
            }
        }
    }
    Some(mount)
}

/// The parts of the short syntax. A colon after a single letter belongs to a Windows drive, as Compose reads it.
fn fields(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        let drive = at - start == 1 && text.as_bytes()[start].is_ascii_alphabetic();
        if !drive {
            fields.push(&text[start..at]);
            start = at + 1;
        }
    }
    fields.push(&text[start..]);
    fields
}

fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || is_drive(source)
}

fn is_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

fn is_absolute(target: &str) -> bool {
    target.starts_with('/') || target.starts_with('\\') || is_drive(target)
}

/// Whether a path of the container is absolute, or starts with a variable; reported where it is not.
pub(super) fn good_target(item: &Item<'_, '_>, target: &str) -> bool {
    let good = is_absolute(target) || (target.starts_with('$') && variable::has_variable(target));
    item.ensure(good, || {
        item.error(&BAD_MOUNT, format!("{target:?} is not an absolute path in the container"))
            .label("the target is relative")
            .why("the engine refuses to create the container")
            .help(format!("write \"/{}\"", target.trim_start_matches("./")))
    })
}

fn bad<T>(item: &Item<'_, '_>, message: String, label: &str, help: &str) -> Option<T> {
    item.reject(|| item.error(&BAD_MOUNT, message).label(label).help(help))
}

fn long(item: &Item<'_, '_>) -> Option<Mount> {
    let table = item.table()?;
    let mut mount = Mount { is_long: true, ..empty(MountKind::Other) };
    let mut whole = true;
    let mut rest = Map::new();
    for item in table.read(&MOUNT, &mut rest) {
        match item.key() {
            "type" => whole &= kind(&item, &mut mount).is_some(),
            "source" => {
                mount.source = item.text();
                whole &= mount.source.is_some();
            }
            "target" => match item.text().filter(|text| good_target(&item, text)) {
                Some(target) => mount.target = target,
                None => whole = false,
            },
            "read_only" => mount.read_only = item.boolean().unwrap_or_default(),
            key @ ("bind" | "volume" | "tmpfs" | "image") => {
                let keys: &'static [Key<Shape>] = match key {
                    "bind" => &BIND,
                    "volume" => &VOLUME_OPTIONS,
                    "tmpfs" => &TMPFS,
                    _ => &IMAGE_OPTIONS,
                };
                item.keep_in(&mut mount.rest, item.shaped(Shape::Keys(keys)));
            }
            "consistency" => item.keep_in(&mut mount.rest, item.text().map(Value::String)),
            _ => {}
        }
    }
    mount.rest.extend(rest);
    for (key, example) in [
        ("type", "`type = \"bind\"`, \"volume\" or \"tmpfs\""),
        ("target", "`target = \"/PATH\"`, its path in the container"),
    ] {
        whole &= table.requires_key(key, example);
    }
    if whole && mount.kind == MountKind::Bind && mount.source.is_none() {
        table.missing("source", "`source = \"./PATH\"`, the host path");
        whole = false;
    }
    whole.then_some(mount)
}

fn kind(item: &Item<'_, '_>, mount: &mut Mount) -> Option<()> {
    let text = item.plain_text()?;
    mount.kind = match text {
        "bind" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "npipe" | "cluster" | "image" => {
            mount.rest.insert("type".to_owned(), Value::from(text));
            MountKind::Other
        }
        _ => {
            return item.reject(|| {
                item.error(&BAD_VALUE, format!("{text:?} is not a mount type"))
                    .label(match nearest(text, MOUNT_TYPES) {
                        Some(near) => format!("did you mean \"{near}\"?"),
                        None => "not a type".to_owned(),
                    })
                    .help(format!("write one of {}", MOUNT_TYPES.join(", ")))
            });
        }
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use super::*;

    fn one(text: &str) -> Mount {
        service(&format!("volumes = ['{text}']")).volumes.remove(0)
    }

    #[test]
    fn reads_the_short_syntax_as_compose_does() {
        for (text, kind, source, target) in [
            ("/data", MountKind::Volume, None, "/data"),
            ("db:/data", MountKind::Volume, Some("db"), "/data"),
            ("./a:/data", MountKind::Bind, Some("./a"), "/data"),
            ("../a:/data", MountKind::Bind, Some("../a"), "/data"),
            ("~/a:/data", MountKind::Bind, Some("~/a"), "/data"),
            (r"C:\\a:/data", MountKind::Bind, Some(r"C:\\a"), "/data"),
            (r"c:/a:C:\\b", MountKind::Bind, Some("c:/a"), r"C:\\b"),
            ("${D}:/data", MountKind::Opaque, Some("${D}:/data"), ""),
        ] {
            let mount = one(text);
            assert_eq!(
                (mount.kind, mount.source.as_deref(), mount.target.as_str()),
                (kind, source, target),
                "{text}"
            );
        }
        let mount = one("db:/data:ro,z,nocopy");
        assert!(mount.read_only);
        assert_eq!(mount.options, ["z", "nocopy"]);
    }

    #[test]
    fn reads_the_long_syntax() {
        let lines = "volumes = [{ type = \"bind\", source = \"./a\", target = \"/a\", read_only = true, bind = { selinux = \"z\" } }, { type = \"tmpfs\", target = \"/t\", tmpfs = { mode = 0o1777, size = \"1m\" } }, { type = \"image\", source = \"x:1\", target = \"/x\" }, { type = \"volume\", target = \"$T\" }]";
        let volumes = service(lines).volumes;
        assert_eq!((volumes[0].kind, volumes[0].read_only), (MountKind::Bind, true));
        assert_eq!(volumes[1].rest["tmpfs"].as_map().unwrap()["mode"], Value::Int(0o1777));
        assert_eq!((volumes[2].kind, volumes[2].rest["type"].as_str()), (MountKind::Other, Some("image")));
        assert_eq!(volumes[3].target, "$T");
    }

    #[test]
    fn says_what_is_wrong_with_the_short_syntax() {
        insta::assert_snapshot!(
            in_service("volumes = [\"v:/d\", \"v:/d:ro\", \"db:data\", \"a/b:/data\", \":/data\", \"a:/b:ro:z\", \"db:/data:or\", \"\", 5]"),
            @r#"
            bad-mount at `"v:/d"`: "v:/d" is read as a Windows path (a volume name of one letter looks like a drive)
            bad-mount at `"v:/d:ro"`: "v:/d:ro" is read as a Windows path (a volume name of one letter looks like a drive)
            bad-mount at `"db:data"`: "data" is not an absolute path in the container (the target is relative)
            bad-mount at `"a/b:/data"`: "a/b" is neither a volume name nor a path (the source)
            bad-mount at `":/data"`: "" is neither a volume name nor a path (the source)
            bad-mount at `"a:/b:ro:z"`: "a:/b:ro:z" is read as a Windows path (a volume name of one letter looks like a drive)
            bad-mount at `"db:/data:or"`: unknown mount option "or" (Compose ignores it silently)
            bad-mount at `""`: "" is not an absolute path in the container (the target is relative)
            wrong-type at `5`: services.api.volumes[8] must be "SOURCE:TARGET", or a table with `type` and `target`, not an integer (expected "SOURCE:TARGET", or a table with `type` and `target`)
            "#
        );
    }

    #[test]
    fn says_what_is_wrong_with_the_long_syntax() {
        insta::assert_snapshot!(
            in_service("volumes = [{ type = \"bnd\", target = \"/a\" }, { target = \"a\" }, { type = \"bind\", target = \"/a\", bnd = {} }, { type = \"tmpfs\", target = \"/t\", tmpfs = { siz = 5 } }]"),
            @r#"
            bad-value at `"bnd"`: "bnd" is not a mount type (did you mean "bind"?)
            missing-key at `{ target = "a" }`: services.api.volumes[1] has no `type` (`type` is missing)
            bad-mount at `"a"`: "a" is not an absolute path in the container (the target is relative)
            missing-key at `{ type = "bind", target = "/a", bnd = {} }`: services.api.volumes[2] has no `source` (`source` is missing)
            unknown-key at `bnd`: unknown key `bnd` in services.api.volumes[2] (did you mean `bind`?)
            unknown-key at `siz`: unknown key `siz` in services.api.volumes[3].tmpfs (did you mean `size`?)
            "#
        );
    }
}
