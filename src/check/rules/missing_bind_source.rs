//! Bind mounts of what is not there.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    path::{Path, PathBuf},
};

use super::Context;
use crate::{
    check::binds::{self, Bind, Kind, Sources},
    diag::{Code, Diagnostic, KeyPath, Place, is_one_edit_away, nearest},
    model::{Resource, Service},
};

static MISSING_BIND_SOURCE: Code = Code::warning(
    "missing-bind-source",
    "\
The source of a bind mount does not exist. The engine creates an empty folder there, owned by root, and the container finds a folder where it \
expects a file. It is reported where a file is meant (source or target has an extension), where nothing could be written (`:ro`), and where a name \
nearby exists; a folder that the first start creates is fine. A source that is such an empty folder, left from an earlier start, is \
reported too. With `bind` in the long syntax and without `create_host_path = true` the engine refuses the container instead, as it does for the folder of a volume with `o = \"bind\"`.

```toml
volumes = [\"./ngnix.conf:/etc/nginx/nginx.conf:ro\"]    # did you mean `./nginx.conf`?
```

Paths are relative to stack.toml. Paths of the system, such as `/var/run/docker.sock`, are not looked at: they belong to the machine that runs the \
stack.",
);

pub(super) static CODES: &[&Code] = &[&MISSING_BIND_SOURCE];

/// Folders of the system, which differ from machine to machine.
const SYSTEM: [&str; 9] = ["/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/tmp", "/usr", "/var"];
/// The most entries of a folder that a near name is looked for in, and the most sources that one is looked for.
const MAX_ENTRIES: usize = 1_000;
const MAX_SOURCES: usize = 100;
/// The most places that one finding names.
const MAX_PLACES: usize = 10;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(
        context.stack.volumes.iter().filter_map(|(name, volume)| missing_device(context, name, volume)),
    );
    let mut sources = Sources::default();
    let mut reported: HashMap<String, Reported> = HashMap::new();
    let mut names = Names::default();
    for (name, service) in context.services() {
        for (position, mount) in service.volumes.iter().enumerate() {
            let kind = sources.kind(context, mount);
            let Some(kind @ (Kind::Missing | Kind::FolderLikeFile)) = kind else { continue };
            let Some(bind) = binds::of(context, position, mount) else { continue };
            let locate = || context.project.document.locate(&Place::Value(bind.place(name)));
            if let Some(reported) = reported.get_mut(&bind.source) {
                if reported.is_new(locate) {
                    let place = (Place::Value(bind.place(name)), "mounted here too".to_owned());
                    found[reported.position].places.push(place);
                }
                continue;
            }
            let diagnostic = match kind {
                Kind::FolderLikeFile => left_over(name, &bind),
                _ if is_of_system(&bind) => None,
                _ => missing(context, name, &bind, &mut names),
            };
            if let Some(diagnostic) = diagnostic {
                let position = found.len();
                reported.insert(bind.source.clone(), Reported { position, places: vec![locate()] });
                found.push(diagnostic);
            }
        }
    }
}

/// A source that was reported.
struct Reported {
    /// Where in the list of diagnostics.
    position: usize,
    /// Its places so far: `[defaults]` gives every service the same one.
    places: Vec<Option<Range<usize>>>,
}

impl Reported {
    /// Whether there is room for one more place, and it is another one.
    fn is_new(&mut self, locate: impl Fn() -> Option<Range<usize>>) -> bool {
        let place = (self.places.len() < MAX_PLACES).then(locate);
        let is_new = place.as_ref().is_some_and(|place| !self.places.contains(place));
        self.places.extend(place.filter(|_| is_new));
        is_new
    }
}

/// An absolute path of another machine: below a folder of the system, or below one that does not exist here.
fn is_of_system(bind: &Bind) -> bool {
    let absolute = bind.source.starts_with(['/', '~']);
    absolute
        && (SYSTEM.iter().any(|folder| bind.path.starts_with(folder))
            || !bind.path.parent().is_some_and(Path::is_dir))
}

fn missing(context: &Context<'_>, service: &str, bind: &Bind, names: &mut Names) -> Option<Diagnostic> {
    let is_file = binds::looks_like_file(&bind.source) || binds::looks_like_file(&bind.target);
    let near = names.near(context, bind, is_file);
    if !is_file && !bind.read_only && near.is_none() && bind.creates {
        return None;
    }
    let why = if bind.creates {
        "the engine makes an empty folder there, owned by root"
    } else {
        "without `create_host_path = true` the engine refuses the container"
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "create it, or correct the path (it is relative to stack.toml)".to_owned(),
    };
    let message = format!("the bind source `{}` of service `{service}` does not exist", bind.source);
    Some(
        Diagnostic::new(&MISSING_BIND_SOURCE, message)
            .at(bind.place(service))
            .label("does not exist")
            .why(why)
            .help(help),
    )
}

/// A volume of the driver `local` that is a bind, `o = "bind"`, of a folder below stack.toml's that is not there.
fn missing_device(context: &Context<'_>, name: &str, volume: &Resource) -> Option<Diagnostic> {
    let is_bind = volume.option("o")?.split(',').any(|option| ["bind", "rbind"].contains(&option));
    let is_local = ["", "local"].contains(&volume.driver()) && !volume.external;
    let written = volume.option("device").filter(|_| is_bind && is_local)?;
    let device = context.value(written).filter(|device| !device.starts_with('/'))?;
    let is_used = || context.services().values().flat_map(Service::named_volumes).any(|it| it == name);
    if context.path(written)?.exists() || !is_used() {
        return None;
    }
    let message = format!("the folder `{device}` of the volume `{name}` does not exist");
    Some(
        Diagnostic::new(&MISSING_BIND_SOURCE, message)
            .at(KeyPath::from(["volumes", name, "driver_opts", "device"]))
            .label("does not exist")
            .why("the engine creates no folder for a volume, and refuses the container")
            .help("create it, or correct the path (it is relative to stack.toml)"),
    )
}

/// What an earlier start left where a file is meant: an empty folder.
fn left_over(service: &str, bind: &Bind) -> Option<Diagnostic> {
    if !binds::looks_like_file(&bind.target) || std::fs::read_dir(&bind.path).ok()?.next().is_some() {
        return None;
    }
    let message = format!("the bind source `{}` of service `{service}` is an empty folder", bind.source);
    Some(
        Diagnostic::new(&MISSING_BIND_SOURCE, message)
            .at(bind.place(service))
            .label("a folder, and a file is meant")
            .why("the engine creates such a folder where a source is missing")
            .help("remove the folder, and put the file there"),
    )
}

/// The names beside missing sources, each folder read once.
#[derive(Default)]
struct Names {
    folders: HashMap<PathBuf, Vec<String>>,
    /// What services mount, once it is asked for.
    mounted: Option<HashSet<PathBuf>>,
    sources: usize,
}

impl Names {
    /// The source with a name nearby that exists. For a folder one letter has to be enough, because it may have siblings:
    /// digits make no near name, nor does what another service mounts.
    fn near(&mut self, context: &Context<'_>, bind: &Bind, is_file: bool) -> Option<String> {
        self.sources += 1;
        if self.sources > MAX_SOURCES {
            return None;
        }
        let written = bind.source.trim_end_matches('/');
        let (folder, wanted) = written.rsplit_once('/').unwrap_or((".", written));
        let parent = bind.path.parent()?;
        let names = self.folders.entry(parent.to_owned()).or_insert_with(|| names_in(parent));
        let near = if is_file {
            nearest(wanted, names.iter().map(String::as_str))?.to_owned()
        } else {
            names.iter().find(|other| is_one_letter_away(wanted, other))?.clone()
        };
        if !is_file {
            let all = || context.services().values().flat_map(|service| &service.volumes);
            let path = |mount| binds::of(context, 0, mount).map(|bind| bind.path);
            let mounted = self.mounted.get_or_insert_with(|| all().filter_map(path).collect());
            if mounted.contains(&bind.path.with_file_name(&near)) {
                return None;
            }
        }
        Some(format!("{folder}/{near}"))
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().take(MAX_ENTRIES);
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

fn is_one_letter_away(wanted: &str, other: &str) -> bool {
    let (one, two) = (wanted.to_lowercase(), other.to_lowercase());
    let letters = |text: &str| text.trim_matches(|c: char| c.is_ascii_digit()).to_owned();
    one == two || (one.len() > 3 && letters(&one) != letters(&two) && is_one_edit_away(&one, &two))
}
