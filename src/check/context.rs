//! What all rules share, computed once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use indexmap::IndexMap;

use super::{
    edges::{Edge, Edges},
    reach::{Reach, When},
};
use crate::{
    diag::{Code, KeyPath, Segment, nearest},
    model::{Overlay, Service, Stack, variable},
    source::{self, Document},
};

/// Everything that a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// The folder of stack.toml.
    pub root: &'a Path,
    /// The stack.
    pub stack: &'a Stack,
    /// stack.toml as it was written, to tell an absent key from one that could not be read.
    pub document: &'a Document,
    /// The variables that Compose interpolates: `.env` of the project and the shell, which wins ([`super::env::read`]).
    pub env: &'a BTreeMap<String, String>,
    /// More codes that a stack can get: those of rooms that this one does not know.
    pub codes: &'a [&'static Code],
}

/// The overlays of one service, in declaration order of their profiles.
pub type Overlays<'a> = [(&'a str, &'a Overlay)];

/// A project with its profiles, edges and overlays looked up.
pub struct Context<'a> {
    pub project: Project<'a>,
    pub stack: &'a Stack,
    pub reach: Reach<'a>,
    pub edges: Edges<'a>,
    /// Every code that a stack can get: of the rules, of decoding, and of rooms that this one does not know.
    pub codes: Vec<&'static Code>,
    overlays: HashMap<&'a str, Vec<(&'a str, &'a Overlay)>>,
}

/// One of the values that a key takes: the service's own, or an overlay's.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a, T> {
    /// The value; `None` is the service's own key left out.
    pub value: Option<T>,
    /// The profile with the overlay that sets it.
    pub profile: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// `codes` are those of this room.
    pub fn new(project: &Project<'a>, codes: impl Iterator<Item = &'static Code>) -> Self {
        let codes = codes.chain(source::CODES.iter().copied()).chain(project.codes.iter().copied()).collect();
        let stack = project.stack;
        let mut overlays: HashMap<&str, Vec<(&str, &Overlay)>> = HashMap::new();
        for (profile, table) in &stack.profiles {
            for (service, overlay) in &table.services {
                overlays.entry(service).or_default().push((profile, overlay));
            }
        }
        let reach = Reach::new(stack);
        let edges = Edges::new(stack);
        Self { project: *project, stack, reach, edges, codes, overlays }
    }

    /// The services in declaration order.
    pub fn services(&self) -> &'a IndexMap<String, Service> {
        &self.stack.services
    }

    /// The overlays that change a service.
    pub fn overlays(&self, service: &str) -> &Overlays<'a> {
        self.overlays.get(service).map_or(&[], Vec::as_slice)
    }

    /// Whether a key is written in stack.toml, in the service or in `[defaults]`: a value that could not be read has
    /// its own diagnostic, and rules about its absence stay silent.
    pub fn is_written(&self, path: &KeyPath) -> bool {
        self.project.document.contains(path)
    }

    /// Whether one of these keys of a table stands below the header of one of its tables: that has its own diagnostic.
    pub fn is_misplaced(&self, table: &KeyPath, names: &[&str]) -> bool {
        let document = self.project.document;
        document.headed(table).any(|below| document.keys(&below).any(|key| names.contains(&key)))
    }

    /// Whether a table holds a key that is none of its own and near to one of these names: that has its own diagnostic.
    pub fn is_misspelt(&self, table: &KeyPath, names: &[&str]) -> bool {
        self.project.document.keys(table).any(|key| {
            !source::is_service_key(key) && names.iter().any(|name| nearest(key, [*name]).is_some())
        })
    }

    /// Whether a key that should hold a table is written as something else, which has a diagnostic of its own too.
    pub fn is_no_table(&self, path: &KeyPath) -> bool {
        self.project.document.is_no_table(path)
    }

    /// A text as Compose interpolates it; `None` where it refuses, which has a diagnostic of its own.
    pub fn expand<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if !text.contains('$') {
            return Some(Cow::Borrowed(text));
        }
        variable::expand(text, &|name| self.project.env.get(name).map(String::as_str)).map(Cow::Owned)
    }

    /// A text as [`Self::expand`] makes it; `None` also where variables leave nothing of it, since a variable without a value
    /// has a diagnostic of its own.
    pub fn value<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        self.expand(text).filter(|value| !value.is_empty() || text.is_empty())
    }

    /// The same to be shown: values of the shell and of `.env`, which may be passwords, are `***`. Defaults stand in
    /// stack.toml anyway.
    pub fn masked(&self, text: &str) -> String {
        let lookup =
            |name: &str| self.project.env.get(name).map(|value| if value.is_empty() { "" } else { "***" });
        variable::expand(text, &lookup).unwrap_or_else(|| text.to_owned())
    }

    /// A path as written in stack.toml; `None` where only Compose knows it.
    pub fn path(&self, written: &str) -> Option<PathBuf> {
        let expanded = self.expand(written)?;
        let home = expanded.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match home {
            Some(rest) => Some(PathBuf::from(format!("{}{rest}", self.project.env.get("HOME")?))),
            None => Some(self.project.root.join(expanded.as_ref())),
        }
    }

    /// What is wrong with a file that Compose or a container is to read, as a phrase that follows its name.
    pub fn file_problem(&self, written: &str) -> Option<&'static str> {
        let path = self.path(written)?;
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Some("does not exist"),
            Err(_) => Some("cannot be read"),
            Ok(found) if found.is_dir() => Some("is a folder"),
            Ok(_) => None,
        }
    }

    /// Every value that one key of a service takes in some combination: its own first, then the overlays' in order.
    pub fn choices<T>(
        &self,
        service: &str,
        own: Option<T>,
        overlaid: impl Fn(&'a Overlay) -> Option<T>,
    ) -> Vec<Choice<'a, T>> {
        let overlays = self.overlays(service).iter();
        let overlaid = overlays.filter_map(|(profile, overlay)| {
            overlaid(overlay).map(|value| Choice { value: Some(value), profile: Some(*profile) })
        });
        std::iter::once(Choice { value: own, profile: None }).chain(overlaid).collect()
    }

    /// How many replicas a service has in the combinations.
    pub fn replicas(&self, service: &str) -> Vec<Choice<'a, u32>> {
        let own = self.stack.services[service].replica_count();
        self.choices(service, Some(own), |overlay| overlay.replicas)
    }

    /// When a service is active.
    pub fn when(&self, service: &str) -> When<'_> {
        self.reach.when().active(service)
    }

    /// When an edge holds.
    pub fn when_edge(&self, edge: &Edge<'a>) -> When<'_> {
        self.edges.when(&self.reach, edge)
    }
}

impl When<'_> {
    /// And this choice out of `all` of its key holds, where its service is active.
    #[must_use]
    pub fn chosen<T>(self, choice: &Choice<'_, T>, all: &[Choice<'_, T>]) -> Self {
        match choice.profile {
            Some(profile) => self.enabled(profile),
            None => all.iter().filter_map(|other| other.profile).fold(self, Self::disabled),
        }
    }
}

/// The part of a path that lies within a service: `services.NAME.KEY`, or `profiles.PROFILE.services.NAME.KEY`.
pub fn key_in_service(path: &KeyPath) -> KeyPath {
    let skip = if path.0.first().and_then(Segment::as_key) == Some("profiles") { 4 } else { 2 };
    KeyPath(path.0.iter().skip(skip).cloned().collect())
}

impl<T> Choice<'_, T> {
    /// Where the key `path` of a service is written for this choice.
    pub fn path(&self, service: &str, path: &[&str]) -> KeyPath {
        let base = match self.profile {
            None => KeyPath::from(["services", service]),
            Some(profile) => KeyPath::from(["profiles", profile, "services", service]),
        };
        path.iter().fold(base, |base, key| base.key(*key))
    }
}
