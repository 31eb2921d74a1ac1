//! What a table keeps for Compose beside the keys that a decoder reads: keys that the reference knows, `x-...` keys, and
//! `compose = { ... }`, which takes any other Compose key. A key of `compose` that the reference knows is read as beside it; what
//! the reference does not know may be newer than this program, and is passed through as it is.

use super::{
    compose_keys::{self, OWNED_KEY, UNSUPPORTED_KEY},
    reference::{self, Columns, DOOR, Key, SERVICE, has, names},
    shape::Shape,
    table::{Item, Table},
};
use crate::{
    diag::{Code, nearest},
    model::{Map, Service, UnknownKey, Value},
};

impl<'d> Table<'_, 'd> {
    /// The entries that a decoder reads. What the table keeps for Compose goes into `kept`; any other key is reported.
    pub(super) fn read<'t>(&'t self, columns: &'static Columns, kept: &mut Map) -> Vec<Item<'t, 'd>> {
        self.read_or(columns, kept, |_| false)
    }

    /// The same, where some unknown keys have a diagnostic of their own: `reports` returns whether it reported one.
    pub(super) fn read_or<'t>(
        &'t self,
        columns: &'static Columns,
        kept: &mut Map,
        reports: impl Fn(&Item<'_, 'd>) -> bool,
    ) -> Vec<Item<'t, 'd>> {
        let mut read = Vec::with_capacity(self.own_len());
        for item in self.items() {
            let key = item.key();
            if has(columns.keys, key) {
                read.push(item);
            } else if let Some(known) = columns.kept.iter().find(|known| known.name == key) {
                item.keep_in(kept, item.shaped(known.form));
            } else if columns.extensions && key.starts_with("x-") {
                item.keep_in(kept, item.tree());
            } else if columns.door && key == DOOR {
                let read = |item: &Item<'_, 'd>| {
                    let read = has(columns.keys, item.key());
                    if read {
                        owned(item, &format!("write `{}` beside `compose`", item.key()));
                    }
                    read
                };
                item.door(self, columns.kept, |item| read(item) || reports(item), kept);
            } else if !reports(&item) {
                let known = names(columns.keys).chain(names(columns.kept));
                item.keep_in(kept, item.unknown_value(known));
            }
        }
        read
    }
}

impl<'d> Item<'_, 'd> {
    /// Read `compose` of the table `own`, which keeps `known`, into `kept`. `reports` returns whether it reported a key that the
    /// table reads itself.
    pub(super) fn door(
        &self,
        own: &Table<'_, '_>,
        known: &'static [Key<Shape>],
        reports: impl Fn(&Item<'_, 'd>) -> bool,
        kept: &mut Map,
    ) {
        let Some(table) = self.opened().table() else { return };
        for item in table.items() {
            let key = item.key();
            if reports(&item) {
                continue;
            }
            if own.get(key).is_some() {
                owned(&item, TWICE);
            } else if let Some(known) = known.iter().find(|known| known.name == key) {
                item.keep_in(kept, item.shaped(known.form));
            } else {
                item.keep_in(kept, item.unknown_value(names(known)));
            }
        }
    }

    /// Add a value of its key to what a table keeps.
    pub(super) fn keep_in(&self, kept: &mut Map, value: Option<Value>) {
        kept.extend(value.map(|value| (self.key().to_owned(), value)));
    }

    /// The value of a key that is none of `known`: kept in `compose`, and reported elsewhere.
    pub(super) fn unknown_value<'k>(
        &self,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) -> Option<Value> {
        if !self.is_open() {
            self.unknown(known);
            return None;
        }
        if !self.key().starts_with("x-") {
            let near = nearest(self.key(), known).map(str::to_owned);
            self.context().unknown.borrow_mut().push(UnknownKey { path: self.key_path(), near });
        }
        self.tree()
    }
}

/// Decode `compose` of a service. A key that stackctl reads is reported, and so is one that the service itself holds too.
pub(super) fn decode(item: &Item<'_, '_>, own: &Table<'_, '_>, service: &mut Service) {
    let Some(table) = item.opened().table() else { return };
    for item in table.items() {
        let key = item.key();
        match elsewhere(key, own) {
            Some((code, help)) if code == &UNSUPPORTED_KEY => item.report(|| {
                let message = format!("`{key}` is not supported");
                item.key_error(code, message).label("Compose's key").help(help)
            }),
            Some((_, help)) => owned(&item, &help),
            None if key == DEPLOY => item.keep_in(&mut service.rest, deploy(&item)),
            None => match compose_keys::shape(key) {
                Some(shape) => item.keep_in(&mut service.rest, item.shaped(shape)),
                None => item.keep_in(&mut service.compose, item.unknown_value(reference::service_names())),
            },
        }
    }
}

/// The key of Compose that stackctl shares: what it does not write there is kept.
const DEPLOY: &str = "deploy";
const TWICE: &str = "it is set beside `compose` as well; keep one of them";

/// Where a key belongs instead.
fn elsewhere(key: &str, own: &Table<'_, '_>) -> Option<(&'static Code, String)> {
    if key != DEPLOY && has(&SERVICE, key) {
        return Some((&OWNED_KEY, format!("write `{key}` in the service itself")));
    }
    if let Some((code, help)) = compose_keys::instead(key) {
        return Some((code, help.to_owned()));
    }
    let twice = own.get(key).is_some();
    twice.then(|| (&OWNED_KEY, TWICE.to_owned()))
}

/// Decode `deploy`: what stackctl does not write there.
pub(super) fn deploy(item: &Item<'_, '_>) -> Option<Value> {
    let table = item.table()?;
    let mut kept = Map::new();
    let read = table.read_or(&reference::DEPLOY, &mut kept, |item| {
        let ours = item.key() == "replicas";
        if ours {
            owned(item, "write `replicas` in the service itself");
        }
        ours
    });
    for item in read {
        item.keep_in(&mut kept, resources(&item));
    }
    Some(Value::Map(kept))
}

/// Decode `resources` of `deploy`, which holds what is not Compose's `limits` and `reservations`.
fn resources(item: &Item<'_, '_>) -> Option<Value> {
    const OURS: [&str; 2] = ["limits", "reservations"];
    let others = |table: &Table<'_, '_>| table.items().any(|item| !OURS.contains(&item.key()));
    let Some(table) = item.as_table().filter(others) else {
        owned(item, "write `limits` and `reservations` in the service itself");
        return None;
    };
    let mut kept = Map::new();
    table.read_or(&reference::RESOURCES, &mut kept, |item| {
        let ours = OURS.contains(&item.key());
        if ours {
            owned(item, &format!("write `{}` in the service itself", item.key()));
        }
        ours
    });
    Some(Value::Map(kept))
}

fn owned(item: &Item<'_, '_>, help: &str) {
    item.report(|| {
        let place = if item.is_open() { "compose" } else { "deploy" };
        item.key_error(&OWNED_KEY, format!("`{}` cannot be set in `{place}`", item.key()))
            .label(if help == TWICE { "set twice" } else { "stackctl reads this key" })
            .why("the key would be written twice")
            .help(help)
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};

    #[test]
    fn keeps_what_stackctl_does_not_read() {
        let service = service(
            "compose = { deploy = { mode = \"global\", labels = { a = \"b\" } }, future_key = [1, { a = 2.5 }] }",
        );
        assert!(service.compose.keys().eq(["future_key"]));
        assert!(service.rest["deploy"].as_map().unwrap().keys().eq(["mode", "labels"]));
    }

    #[test]
    fn reads_what_the_reference_knows_and_keeps_what_is_newer() {
        let service =
            service("compose = { hostname = \"a\", blkio_config = { weight = 300, newer = 1 }, x-a = 5 }");
        assert!(service.compose.is_empty());
        assert!(service.rest.keys().eq(["hostname", "blkio_config", "x-a"]));
        assert!(service.rest["blkio_config"].as_map().unwrap().keys().eq(["weight", "newer"]));
        insta::assert_snapshot!(
            in_service("compose = { labels = 7, deploy = { update_config = { order = \"first\", delay = 5 }, labels = [1] }, gpus = \"one\" }"),
            @r#"
            wrong-type at `7`: services.api.compose.labels must be a table, or a list of strings, not an integer (expected a table, or a list of strings)
            bad-value at `"first"`: "first" is not a value of services.api.compose.deploy.update_config.order (not known)
            bad-duration at `5`: services.api.compose.deploy.update_config.delay must be a string with a unit, not an integer (expected a duration such as "30s")
            wrong-type at `1`: services.api.compose.deploy.labels[0] must be a string in quotes, not an integer (expected a string in quotes)
            bad-value at `"one"`: "one" is not a value of services.api.compose.gpus (not known)
            "#);
    }

    #[test]
    fn refuses_what_stackctl_reads() {
        insta::assert_snapshot!(
            in_service("user = \"1\"\ncompose = { ports = [], mem_limit = \"1g\", extends = {}, user = \"2\", a = \"${\", deploy = { replicas = 2, resources = {} } }"),
            @r#"
            owned-key at `ports`: `ports` cannot be set in `compose` (stackctl reads this key)
            owned-key at `mem_limit`: `mem_limit` cannot be set in `compose` (stackctl reads this key)
            unsupported-key at `extends`: `extends` is not supported (Compose's key)
            owned-key at `user`: `user` cannot be set in `compose` (set twice)
            bad-variable at `"${"`: services.api.compose.a contains a `$` that Compose cannot interpolate (malformed from `${` on)
            owned-key at `replicas`: `replicas` cannot be set in `compose` (stackctl reads this key)
            owned-key at `resources`: `resources` cannot be set in `compose` (stackctl reads this key)
            "#
        );
    }

    #[test]
    fn every_table_of_compose_has_the_same_door() {
        let service = service(
            "build = { context = \".\", x-a = 1, compose = { newer = 1, tags = [\"t\"] } }\nhealthcheck = { test = \"true\", compose = { newer = 1 } }\nlogging = { compose = { newer = 1 } }\nlimits = { compose = { newer = 1 } }\nsecrets = [{ source = \"s\", compose = { newer = 1 } }]\nulimits = { nofile = { soft = 1, hard = 2, compose = { newer = 1 } } }\ndeploy = { compose = { newer = 1 }, mode = \"global\", resources = { x-a = 1 } }",
        );
        assert!(service.build.unwrap().rest.keys().eq(["x-a", "newer", "tags"]));
        assert!(service.healthcheck.unwrap().rest.contains_key("newer"));
        assert!(service.logging.rest.contains_key("newer"));
        assert!(service.resources["limits"].as_map().unwrap().contains_key("newer"));
        assert!(service.secrets[0].rest.contains_key("newer"));
        let ulimit = &service.rest["ulimits"].as_map().unwrap()["nofile"];
        assert!(ulimit.as_map().unwrap().keys().eq(["soft", "hard", "newer"]));
        assert!(service.rest["deploy"].as_map().unwrap().keys().eq(["newer", "mode", "resources"]));
        insta::assert_snapshot!(
            in_service("build = { context = \".\", compose = { context = \"x\", tags = 5 }, tags = [] }\nlimits = { compose = { memory = \"1G\" } }\ndeploy = { compose = { replicas = 2 }, resources = { limits = {} } }\nfiles = [{ template = \"a\", target = \"/a\", compose = {} }]"),
            @r#"
            owned-key at `context`: `context` cannot be set in `compose` (stackctl reads this key)
            owned-key at `tags`: `tags` cannot be set in `compose` (set twice)
            owned-key at `memory`: `memory` cannot be set in `compose` (stackctl reads this key)
            owned-key at `replicas`: `replicas` cannot be set in `compose` (stackctl reads this key)
            owned-key at `resources`: `resources` cannot be set in `deploy` (stackctl reads this key)
            unknown-key at `compose`: unknown key `compose` in services.api.files[0] (not known here)
            "#
        );
    }
}
