//! `compose = { ... }`: any other Compose key, untouched.

use super::{
    compose_keys::{self, OWNED_KEY, UNSUPPORTED_KEY},
    reference::{SERVICE, has},
    table::{Item, Table},
};
use crate::model::{Map, Value};

/// Decode `compose`. A key that stackctl reads is reported, and so is one that the service itself holds too.
pub(super) fn decode(item: &Item<'_, '_>, own: &Table<'_, '_>) -> Map {
    let mut map = Map::new();
    let Some(table) = item.table() else { return map };
    for item in table.items() {
        let key = item.key();
        let value = match key {
            "deploy" => deploy(&item),
            _ if has(&SERVICE, key) => {
                owned(&item, &format!("write `{key}` in the service itself"));
                None
            }
            _ => match compose_keys::instead(key) {
                Some((code, help)) if code == &UNSUPPORTED_KEY => {
                    item.report(|| item.key_error(code, format!("`{key}` is not supported")).help(help));
                    None
                }
                Some((_, help)) => {
                    owned(&item, help);
                    None
                }
                None if own.get(key).is_some() => {
                    owned(&item, "the service holds it already; keep one of them");
                    None
                }
                None => item.tree(),
            },
        };
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    }
    map
}

/// `deploy` without what stackctl writes there.
fn deploy(item: &Item<'_, '_>) -> Option<Value> {
    let table = item.table()?;
    let mut map = Map::new();
    for item in table.items() {
        match item.key() {
            "resources" => owned(&item, "write `limits` and `reservations` in the service itself"),
            "replicas" => owned(&item, "write `replicas` in the service itself"),
            key => {
                if let Some(value) = item.tree() {
                    map.insert(key.to_owned(), value);
                }
            }
        }
    }
    Some(Value::Map(map))
}

fn owned(item: &Item<'_, '_>, help: &str) {
    item.report(|| {
        item.key_error(&OWNED_KEY, format!("`{}` cannot stand in `compose`", item.key()))
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
    fn refuses_what_stackctl_reads() {
        insta::assert_snapshot!(
            in_service("user = \"1\"\ncompose = { ports = [], mem_limit = \"1g\", extends = {}, user = \"2\", a = \"${\", deploy = { replicas = 2, resources = {} } }"),
            @r#"
            owned-key at `ports`: `ports` cannot stand in `compose` (stackctl reads this key)
            owned-key at `mem_limit`: `mem_limit` cannot stand in `compose` (stackctl reads this key)
            unsupported-key at `extends`: `extends` is not supported ()
            owned-key at `user`: `user` cannot stand in `compose` (stackctl reads this key)
            bad-variable at `"${"`: services.api.compose.a holds a `$` that Compose cannot interpolate (malformed from `${` on)
            owned-key at `replicas`: `replicas` cannot stand in `compose` (stackctl reads this key)
            owned-key at `resources`: `resources` cannot stand in `compose` (stackctl reads this key)
            "#
        );
    }
}
