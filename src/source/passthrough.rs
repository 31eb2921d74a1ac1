//! `compose = { ... }`: any other Compose key. One that the reference knows is read as in the service itself; what it does
//! not know may be newer than this program, and is passed through as it is.

use super::{
    compose_keys::{self, OWNED_KEY, UNSUPPORTED_KEY},
    reference::{self, SERVICE, has},
    table::{Item, Table},
};
use crate::model::{Map, Value};

/// What `compose` holds.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Keys of the service that the reference knows.
    pub(super) known: Map,
    /// `deploy`, and keys that nothing knows.
    pub(super) unread: Map,
}

/// Decode `compose`. A key that stackctl reads is reported, and so is one that the service itself holds too.
pub(super) fn decode(item: &Item<'_, '_>, own: &Table<'_, '_>) -> Passed {
    let mut passed = Passed::default();
    let Some(table) = item.opened().table() else { return passed };
    for item in table.items() {
        let key = item.key();
        if key == reference::DEPLOY.name {
            passed.unread.extend(deploy(&item).map(|value| (key.to_owned(), value)));
            continue;
        }
        if let Some((code, help)) = elsewhere(key, own) {
            if code == &UNSUPPORTED_KEY {
                item.report(|| item.key_error(code, format!("`{key}` is not supported")).help(help));
            } else {
                owned(&item, &help);
            }
            continue;
        }
        match compose_keys::shape(key) {
            Some(shape) => passed.known.extend(item.shaped(shape).map(|value| (key.to_owned(), value))),
            None => passed.unread.extend(item.tree().map(|value| (key.to_owned(), value))),
        }
    }
    passed
}

/// Where a key belongs instead.
fn elsewhere(key: &str, own: &Table<'_, '_>) -> Option<(&'static crate::diag::Code, String)> {
    if has(&SERVICE, key) {
        return Some((&OWNED_KEY, format!("write `{key}` in the service itself")));
    }
    if let Some((code, help)) = compose_keys::instead(key) {
        return Some((code, help.to_owned()));
    }
    let twice = own.get(key).is_some();
    twice.then(|| (&OWNED_KEY, "the service sets it as well; keep one of them".to_owned()))
}

/// `deploy` without what stackctl writes there.
fn deploy(item: &Item<'_, '_>) -> Option<Value> {
    let table = item.table()?;
    for (key, instead) in
        [("resources", "`limits`, `reservations` and, for devices, `gpus`"), ("replicas", "`replicas`")]
    {
        if let Some(item) = table.get(key) {
            owned(&item, &format!("write {instead} in the service itself"));
        }
    }
    let Some(Value::Map(mut map)) = item.shaped(reference::DEPLOY.form) else { return None };
    map.retain(|key, _| !["resources", "replicas"].contains(&key.as_str()));
    Some(Value::Map(map))
}

fn owned(item: &Item<'_, '_>, help: &str) {
    item.report(|| {
        item.key_error(&OWNED_KEY, format!("`{}` cannot be set in `compose`", item.key()))
            .label("stackctl reads this key")
            .why("`compose` is passed through unread, and the key would be written twice")
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
        assert!(service.compose.keys().eq(["deploy", "future_key"]));
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
            unsupported-key at `extends`: `extends` is not supported ()
            owned-key at `user`: `user` cannot be set in `compose` (stackctl reads this key)
            bad-variable at `"${"`: services.api.compose.a contains a `$` that Compose cannot interpolate (malformed from `${` on)
            owned-key at `replicas`: `replicas` cannot be set in `compose` (stackctl reads this key)
            owned-key at `resources`: `resources` cannot be set in `compose` (stackctl reads this key)
            "#
        );
    }
}
