//! Every text of a stack that Compose interpolates, with its place.

use crate::{
    diag::{KeyPath, Segment},
    model::{
        Command, ConfigSource, EnvFileSource, Map, Overlay, Resource, SecretSource, Service, Stack, Value,
    },
};

/// Visits texts and keeps the path to the one at hand.
struct Walk<'v> {
    path: KeyPath,
    visit: &'v mut dyn FnMut(&KeyPath, &str),
}

/// Visit every text that Compose interpolates: values of services, overlays and top-level tables, never keys.
pub fn visit(stack: &Stack, visit: &mut dyn FnMut(&KeyPath, &str)) {
    let mut walk = Walk { path: KeyPath::default(), visit };
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

impl Walk<'_> {
    fn below(&mut self, key: &str, inside: impl FnOnce(&mut Self)) {
        self.path.0.push(Segment::Key(key.to_owned()));
        inside(self);
        self.path.0.pop();
    }

    fn here(&mut self, text: &str) {
        (self.visit)(&self.path, text);
    }

    fn text(&mut self, key: &str, text: &str) {
        self.below(key, |walk| walk.here(text));
    }

    fn option(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn list<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t str>) {
        self.below(key, |walk| {
            for (position, text) in texts.into_iter().enumerate() {
                walk.path.0.push(Segment::Index(position));
                walk.here(text);
                walk.path.0.pop();
            }
        });
    }

    fn map(&mut self, map: &Map) {
        for (key, value) in map {
            self.below(key, |walk| walk.value(value));
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.here(text),
            Value::Map(map) => self.map(map),
            Value::List(list) => {
                for (position, value) in list.iter().enumerate() {
                    self.path.0.push(Segment::Index(position));
                    self.value(value);
                    self.path.0.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    fn command(&mut self, key: &str, command: Option<&Command>) {
        match command {
            Some(Command::Shell(text)) => self.text(key, text),
            Some(Command::Exec(list)) => self.list(key, list.iter().map(String::as_str)),
            None => {}
        }
    }

    fn environment<'t>(&mut self, entries: impl Iterator<Item = (&'t String, &'t Option<String>)>) {
        self.below("environment", |walk| {
            for (name, value) in entries {
                walk.option(name, value.as_deref());
            }
        });
    }

    fn overlay(&mut self, overlay: &Overlay) {
        self.environment(overlay.environment.iter());
        self.command("command", overlay.command.as_ref());
    }

    fn service(&mut self, service: &Service) {
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
            });
        }
        let paths = service.env_file.iter().map(|file| match &file.source {
            EnvFileSource::Path(path) => path.as_str(),
            EnvFileSource::Secret(_) => "",
        });
        self.list("env_file", paths);
        self.list("volumes", service.volumes.iter().map(|mount| mount.source.as_deref().unwrap_or_default()));
        self.list("tmpfs", service.tmpfs.iter().map(String::as_str));
        self.list("links", service.links.iter().map(String::as_str));
        self.list("volumes_from", service.volumes_from.iter().map(String::as_str));
        self.below("networks", |walk| walk.map(&service.networks));
        self.map(&service.rest);
        self.below("compose", |walk| walk.map(&service.compose));
    }
}
