//! Every text of a stack that Compose interpolates, with its place.

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
    walk.below("services", |walk| {
        for (name, service) in &stack.services {
            walk.below(name, |walk| walk.service(service));
        }
    });
    walk.below("profiles", |walk| {
        for (name, profile) in &stack.profiles {
            walk.below(name, |walk| {
                walk.below("services", |walk| {
                    for (service, overlay) in &profile.services {
                        walk.below(service, |walk| walk.overlay(overlay));
                    }
                });
            });
        }
    });
    walk.map(&stack.extensions);
    walk.below("models", |walk| {
        for (name, model) in &stack.models {
            walk.below(name, |walk| walk.map(model));
        }
    });
    for (table, resources) in [("volumes", &stack.volumes), ("networks", &stack.networks)] {
        walk.below(table, |walk| {
            for (name, Resource { name: given, rest, .. }) in resources {
                walk.below(name, |walk| {
                    walk.option("name", given.as_deref());
                    walk.map(rest);
                });
            }
        });
    }
    walk.below("secrets", |walk| {
        for (name, secret) in &stack.secrets {
            walk.below(name, |walk| {
                walk.option("name", secret.name.as_deref());
                if let SecretSource::File(file) = &secret.source {
                    walk.text("file", file);
                }
                walk.map(&secret.rest);
            });
        }
    });
    walk.below("configs", |walk| {
        for (name, config) in &stack.configs {
            walk.below(name, |walk| {
                walk.option("name", config.name.as_deref());
                match &config.source {
                    ConfigSource::File(file) => walk.text("file", file),
                    ConfigSource::Content(content) => walk.text("content", content),
                    ConfigSource::Environment(_) | ConfigSource::External => {}
                }
                walk.map(&config.rest);
            });
        }
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

    fn list(&mut self, key: &'s str, texts: impl IntoIterator<Item = &'s str>) {
        self.each(key, texts, |walk, text| walk.here(text));
    }

    /// Visit the items of a list.
    fn each<T>(&mut self, key: &'s str, items: impl IntoIterator<Item = T>, inside: impl Fn(&mut Self, T)) {
        self.below(key, |walk| {
            for (position, item) in items.into_iter().enumerate() {
                walk.path.push(Step::Index(position));
                inside(walk, item);
                walk.path.pop();
            }
        });
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
            Value::List(list) => {
                for (position, value) in list.iter().enumerate() {
                    self.path.push(Step::Index(position));
                    self.value(value);
                    self.path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    fn command(&mut self, key: &'s str, command: Option<&'s Command>) {
        match command {
            Some(Command::Shell(text)) => self.text(key, text),
            Some(Command::Exec(list)) => self.list(key, list.iter().map(String::as_str)),
            None => {}
        }
    }

    fn environment(&mut self, entries: impl Iterator<Item = (&'s String, &'s Option<String>)>) {
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
        self.environment(overlay.environment.iter());
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
        self.environment(service.environment.iter());
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
        self.list("tmpfs", service.tmpfs.iter().map(String::as_str));
        self.list("links", service.links.iter().map(String::as_str));
        self.list("volumes_from", service.volumes_from.iter().map(String::as_str));
        self.below("networks", |walk| {
            service.networks.iter().for_each(|(name, it)| walk.below(name, |walk| walk.value(it)));
        });
        self.below("depends_on", |walk| {
            service.depends_on.iter().for_each(|(name, it)| walk.below(name, |walk| walk.map(&it.rest)));
        });
        self.below("models", |walk| {
            service.models.iter().for_each(|(name, it)| walk.below(name, |walk| walk.value(it)));
        });
        self.below("logging", |walk| walk.map(&service.logging.rest));
        self.map(&service.resources);
        self.each("secrets", &service.secrets, Self::grant);
        self.each("configs", &service.configs, Self::grant);
        self.each("files", &service.files, |walk, file| walk.text("target", &file.target));
        self.variables(&service.variables);
        self.below("logging", |walk| {
            walk.below("options", |walk| {
                service.logging.options.iter().for_each(|(key, text)| walk.text(key, text));
            });
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
