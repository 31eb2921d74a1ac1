//! Every text of a stack that Compose interpolates, with its place.

use indexmap::IndexMap;

use super::{
    Command, ConfigSource, EnvFileSource, Grant, Map, Mount, Overlay, PortLabels, Resource, SecretSource,
    Service, Stack, Value, VariableTexts, variable::has_variable,
};
use crate::diag::{KeyPath, Segment};

/// One step of the way to a text.
#[derive(Debug, Clone, Copy)]
enum Step<'s> {
    Key(&'s str),
    Index(usize),
}

/// The place of a text. Most are never asked for, so it becomes a [`KeyPath`] only then.
#[derive(Debug, Clone, Copy)]
pub struct TextPath<'p, 's>(&'p [Step<'s>]);

impl TextPath<'_, '_> {
    /// The key path of the text.
    pub fn to_key_path(self) -> KeyPath {
        let segment = |step: &Step<'_>| match step {
            Step::Key(key) => Segment::Key((*key).to_owned()),
            Step::Index(index) => Segment::Index(*index),
        };
        KeyPath(self.0.iter().map(segment).collect())
    }
}

/// Visits texts and keeps the path to the one at hand.
struct Walk<'s, 'v> {
    path: Vec<Step<'s>>,
    visit: &'v mut dyn FnMut(TextPath<'_, 's>, &'s str),
}

/// Visit every text that Compose interpolates: values of services, overlays and top-level tables, never keys.
pub fn visit<'s>(stack: &'s Stack, visit: &mut dyn FnMut(TextPath<'_, 's>, &'s str)) {
    let mut walk = Walk { path: Vec::new(), visit };
    walk.table("services", &stack.services, Walk::service);
    walk.table("profiles", &stack.profiles, |walk, profile| {
        walk.table("services", &profile.services, Walk::overlay);
    });
    walk.map(&stack.extensions);
    walk.table("models", &stack.models, Walk::map);
    for (table, resources) in [("volumes", &stack.volumes), ("networks", &stack.networks)] {
        walk.table(table, resources, |walk, Resource { name, rest, .. }| {
            walk.option("name", name.as_deref());
            walk.map(rest);
        });
    }
    walk.table("secrets", &stack.secrets, |walk, secret| {
        walk.option("name", secret.name.as_deref());
        if let SecretSource::File(file) = &secret.source {
            walk.text("file", file);
        }
        walk.map(&secret.rest);
    });
    walk.table("configs", &stack.configs, |walk, config| {
        walk.option("name", config.name.as_deref());
        match &config.source {
            ConfigSource::File(file) => walk.text("file", file),
            ConfigSource::Content(content) => walk.text("content", content),
            ConfigSource::Environment(_) | ConfigSource::External => {}
        }
        walk.map(&config.rest);
    });
}

impl<'s> Walk<'s, '_> {
    fn below(&mut self, key: &'s str, inside: impl FnOnce(&mut Self)) {
        self.path.push(Step::Key(key));
        inside(self);
        self.path.pop();
    }

    fn here(&mut self, text: &'s str) {
        (self.visit)(TextPath(&self.path), text);
    }

    fn text(&mut self, key: &'s str, text: &'s str) {
        self.below(key, |walk| walk.here(text));
    }

    fn option(&mut self, key: &'s str, text: Option<&'s str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn list(&mut self, key: &'s str, texts: &'s [String]) {
        self.each(key, texts, |walk, text| walk.here(text));
    }

    /// Visit the entries of a table.
    fn table<T>(
        &mut self,
        key: &'s str,
        entries: &'s IndexMap<String, T>,
        inside: impl Fn(&mut Self, &'s T),
    ) {
        self.below(key, |walk| {
            for (name, entry) in entries {
                walk.below(name, |walk| inside(walk, entry));
            }
        });
    }

    /// Visit the items of a list.
    fn each<T>(&mut self, key: &'s str, items: impl IntoIterator<Item = T>, inside: impl Fn(&mut Self, T)) {
        self.below(key, |walk| walk.items(items, inside));
    }

    fn items<T>(&mut self, items: impl IntoIterator<Item = T>, inside: impl Fn(&mut Self, T)) {
        for (position, item) in items.into_iter().enumerate() {
            self.path.push(Step::Index(position));
            inside(self, item);
            self.path.pop();
        }
    }

    fn map(&mut self, map: &'s Map) {
        for (key, value) in map {
            self.below(key, |walk| walk.value(value));
        }
    }

    fn value(&mut self, value: &'s Value) {
        match value {
            Value::String(text) => self.here(text),
            Value::Map(map) => self.map(map),
            Value::List(list) => self.items(list, Self::value),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    fn command(&mut self, key: &'s str, command: Option<&'s Command>) {
        match command {
            Some(Command::Shell(text)) => self.text(key, text),
            Some(Command::Exec(list)) => self.list(key, list),
            None => {}
        }
    }

    fn environment(&mut self, entries: &'s IndexMap<String, Option<String>>) {
        self.below("environment", |walk| {
            for (name, value) in entries {
                // A name with a variable, which only a list can hold.
                if has_variable(name) {
                    walk.text(name, name);
                }
                walk.option(name, value.as_deref());
            }
        });
    }

    /// Texts of values that are typed.
    fn variables(&mut self, texts: &'s VariableTexts) {
        for (path, text) in texts.iter() {
            let length = self.path.len();
            self.path.extend(path.0.iter().map(|segment| match segment {
                Segment::Key(key) => Step::Key(key),
                Segment::Index(index) => Step::Index(*index),
            }));
            self.here(text);
            self.path.truncate(length);
        }
    }

    fn overlay(&mut self, overlay: &'s Overlay) {
        self.environment(&overlay.environment);
        self.command("command", overlay.command.as_ref());
        self.variables(&overlay.variables);
    }

    fn service(&mut self, service: &'s Service) {
        for (key, text) in [
            ("image", &service.image),
            ("container_name", &service.container_name),
            ("restart", &service.restart),
            ("network_mode", &service.network_mode),
            ("ipc", &service.ipc),
            ("pid", &service.pid),
        ] {
            self.option(key, text.as_deref());
        }
        if let Some(build) = &service.build {
            self.below("build", |walk| {
                walk.text("context", &build.context);
                walk.option("dockerfile", build.dockerfile.as_deref());
                walk.option("dockerfile_inline", build.dockerfile_inline.as_deref());
                walk.map(&build.rest);
            });
        }
        self.command("command", service.command.as_ref());
        self.command("entrypoint", service.entrypoint.as_ref());
        self.environment(&service.environment);
        if let Some(healthcheck) = &service.healthcheck {
            self.below("healthcheck", |walk| {
                walk.command("test", healthcheck.test.as_ref());
                for (key, duration) in [
                    ("interval", &healthcheck.interval),
                    ("timeout", &healthcheck.timeout),
                    ("start_period", &healthcheck.start_period),
                    ("start_interval", &healthcheck.start_interval),
                ] {
                    walk.option(key, duration.as_ref().map(|duration| duration.text.as_str()));
                }
                walk.map(&healthcheck.rest);
            });
        }
        self.each("env_file", &service.env_file, |walk, file| {
            if let EnvFileSource::Path(path) = &file.source {
                walk.here(path);
            }
            walk.option("format", file.format.as_deref());
            walk.map(&file.rest);
        });
        self.each("volumes", &service.volumes, Self::mount);
        self.list("tmpfs", &service.tmpfs);
        self.list("links", &service.links);
        self.list("volumes_from", &service.volumes_from);
        self.table("networks", &service.networks, Self::value);
        self.table("depends_on", &service.depends_on, |walk, it| walk.map(&it.rest));
        self.table("models", &service.models, Self::value);
        self.below("logging", |walk| walk.map(&service.logging.rest));
        self.map(&service.resources);
        self.each("secrets", &service.secrets, Self::grant);
        self.each("configs", &service.configs, Self::grant);
        self.each("files", &service.files, |walk, file| walk.text("target", &file.target));
        self.variables(&service.variables);
        self.below("logging", |walk| {
            walk.table("options", &service.logging.options, |walk, text| walk.here(text));
        });
        self.each("ports", &service.ports, |walk, port| {
            let PortLabels { mode, name, app_protocol, rest } = &port.labels;
            for (key, text) in [("mode", mode), ("name", name), ("app_protocol", app_protocol)] {
                walk.option(key, text.as_deref());
            }
            walk.map(rest);
        });
        self.map(&service.rest);
        self.below("compose", |walk| walk.map(&service.compose));
    }

    fn mount(&mut self, mount: &'s Mount) {
        self.here(mount.source.as_deref().unwrap_or_default());
        self.text("target", &mount.target);
        self.map(&mount.rest);
    }

    fn grant(&mut self, grant: &'s Grant) {
        for (key, text) in [("target", &grant.target), ("uid", &grant.uid), ("gid", &grant.gid)] {
            self.option(key, text.as_deref());
        }
        self.map(&grant.rest);
    }
}
