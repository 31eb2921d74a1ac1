//! `extends`: a service takes over what another one has, of the same file or of another one.

use super::{
    codes::{BAD_EXTENDS, EXTENDS_CYCLE},
    decision::Decision,
    layers::{File, Loader, Scope},
    node::{Node, Place, Value},
    paths::{clean, seen_from},
    relocate::{Relocate, is_relative, is_remote},
    tags,
};
use crate::{diag::KeyPath, model::variable::expand};

/// The most services that extend each other in one chain.
const LONGEST: usize = 256;

/// What `extends` names.
struct Named {
    service: String,
    file: Option<String>,
    place: Place,
}

/// A service of a file, while it is brought in.
type Step = (std::path::PathBuf, String);

impl Loader<'_> {
    /// Bring in what the services of a file extend.
    pub(super) fn extend_all(&mut self, file: &mut File, scope: &Scope) {
        let services = file.root.get("services").map(Node::entries).unwrap_or_default();
        let names: Vec<String> = services
            .iter()
            .filter(|service| service.value.get("extends").is_some())
            .map(|service| service.key.clone())
            .collect();
        for name in names {
            self.extended_service(file, &name, scope, &mut Vec::new());
        }
    }

    /// A service with all that it extends; it stays so in its file. `None` where the file has none of the name, or it extends itself.
    fn extended_service(
        &mut self,
        file: &mut File,
        name: &str,
        scope: &Scope,
        steps: &mut Vec<Step>,
    ) -> Option<Node> {
        let at = *file.services.get(name)?;
        let service = service_mut(file, at)?;
        let Some(extends) = service.take("extends") else { return Some(service.clone()) };
        let named = self.named(&extends.value, scope)?;
        steps.push((file.path.clone(), name.to_owned()));
        let base = self.base(file, &named, scope, steps);
        steps.pop();
        let mut base = base?;
        if self.copies_too_much(&base, &named.place) {
            return None;
        }
        tags::apply_to_service(&mut base, &file.tags, name);
        let service = std::mem::take(service_mut(file, at)?);
        let mut path = vec!["services".to_owned(), name.to_owned()];
        let merged = self.merge_at(base, service, &mut path);
        *service_mut(file, at)? = merged.clone();
        Some(merged)
    }

    /// The service that is extended, with its paths as the file that extends it has them.
    fn base(&mut self, file: &mut File, named: &Named, scope: &Scope, steps: &mut Vec<Step>) -> Option<Node> {
        let other = named.file.as_ref().map(|other| clean(&file.folder.join(other)));
        let step = (other.clone().unwrap_or_else(|| file.path.clone()), named.service.clone());
        if steps.contains(&step) || steps.len() > LONGEST {
            let chain: Vec<&str> = steps.iter().map(|(_, name)| name.as_str()).collect();
            let message = if steps.len() > LONGEST {
                format!("services extend each other over more than {LONGEST} steps")
            } else {
                format!("`{}` extends itself: {} extends {0}", named.service, chain.join(" extends "))
            };
            return self.reject(&EXTENDS_CYCLE, message, &named.place);
        }
        let Some(path) = other else {
            if !file.services.contains_key(&named.service) {
                self.missing(named, &file.path.clone());
                return None;
            }
            return Some(self.extended_service(file, &named.service, scope, steps)?.without_comments());
        };
        let mut other = match self.extended.remove(&path) {
            Some(other) => other,
            None => {
                let folder = path.parent().unwrap_or(&path).to_owned();
                self.read(&path, &folder, Some(&named.place))?
            }
        };
        if !other.services.contains_key(&named.service) {
            self.missing(named, &path);
        }
        let base = self.extended_service(&mut other, &named.service, scope, steps);
        let prefix = seen_from(self.here, &file.folder, &other.folder);
        self.extended.insert(path, other);
        let mut base = base?;
        self.relocate(&prefix, scope, |relocate| {
            relocate.service(&mut base, &KeyPath::from(["services", named.service.as_str()]));
        });
        Some(base)
    }

    fn missing(&mut self, named: &Named, path: &std::path::Path) {
        let message = format!("no service `{}` in {}", named.service, path.display());
        self.report(&BAD_EXTENDS, message, &named.place);
    }

    /// Read `extends`; its variables take their present values.
    fn named(&mut self, extends: &Node, scope: &Scope) -> Option<Named> {
        let text = |node: &Node| expand(node.text()?, &|name| scope.value(name));
        let place = extends.place.clone();
        let (service, file) = match &extends.value {
            Value::Text(_) => (text(extends), None),
            Value::Table(_) => (extends.get("service").and_then(text), extends.get("file").map(text)),
            _ => (None, None),
        };
        let (Some(service), file @ (None | Some(Some(_)))) = (service, file) else {
            let found = self.found(&BAD_EXTENDS, "`extends` names no service", &place);
            let help = "write `extends: SERVICE`, or `extends: { file: FILE, service: SERVICE }`";
            self.mistakes.push(found.help(help));
            return None;
        };
        let file = file.flatten();
        if let Some(file) = file.as_ref().filter(|file| is_remote(file)) {
            let message = format!("`extends` names a remote file, `{file}`, which is not fetched");
            return self.reject(&BAD_EXTENDS, message, &place);
        }
        Some(Named { service, file, place })
    }

    /// Move paths by a prefix, and note those that begin with a variable.
    pub(super) fn relocate(&mut self, prefix: &str, scope: &Scope, of: impl FnOnce(&mut Relocate<'_>)) {
        if prefix.is_empty() {
            return;
        }
        let lookup = |name: &str| scope.value(name);
        let mut relocate = Relocate { prefix, lookup: &lookup, resolved: Vec::new() };
        of(&mut relocate);
        for resolved in relocate.resolved {
            debug_assert!(is_relative(&resolved.to));
            self.decisions.push(
                Decision::resolved(resolved.path.to_string())
                    .between(resolved.from, resolved.to)
                    .at(&resolved.place)
                    .help("the path counts from the folder of the file that was brought in, as long as the variable is a relative path"),
            );
        }
    }
}

fn service_mut(file: &mut File, at: usize) -> Option<&mut Node> {
    file.root.get_mut("services")?.entries_mut().get_mut(at).map(|service| &mut service.value)
}
