//! Compose's service keys that no proof reads, with the shape of their values; and those that stackctl writes differently.

use toml::de::DeValue;

use super::table::Item;
use crate::{
    diag::{Code, Severity},
    model::{Bytes, Value, variable},
};

/// A Compose key that stackctl has a place of its own for.
pub static OWNED_KEY: Code = Code {
    name: "owned-key",
    severity: Severity::Error,
    docs: "\
Compose has several spellings for what a proof reads; stackctl has one. `mem_limit`, `cpus`, `pids_limit` and \
`deploy.resources` are all `limits` and `reservations`, `scale` and `deploy.replicas` are `replicas`. Compose itself \
refuses a file in which two spellings disagree. The same holds for a key inside `compose = { ... }` that stackctl reads: \
it would be written twice.

```toml
mem_limit = \"512m\"                                # error
limits = { memory = \"512M\", cpus = 1.0 }

compose = { ports = [\"80:80\"] }                   # error: write `ports` in the service
compose = { deploy = { endpoint_mode = \"dnsrr\" } } # fine: nothing that stackctl reads
```

Write the key where the help says.",
};

/// A Compose feature that stackctl does not have.
pub static UNSUPPORTED_KEY: Code = Code {
    name: "unsupported-key",
    severity: Severity::Error,
    docs: "\
Compose knows the key, and stackctl deliberately does not take it, because a proof over every combination of profiles \
would not hold with it: `extends` and `include` pull in services with profiles of their own, an override file would not \
see them. The help says what does the same.

```toml
[services.api]
extends = { service = \"base\" }     # error: [defaults] is what every service starts from
```",
};

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// true or false, also as a text (a variable).
    Bool,
    /// A whole number, also as a text.
    Int,
    /// A text.
    Text,
    /// A text, number or boolean.
    Scalar,
    /// A size, also as a whole number of bytes.
    Size,
    /// A duration.
    Duration,
    /// A list of texts.
    List,
    /// A list of texts and numbers.
    Scalars,
    /// A text or a list of texts.
    TextOrList,
    /// A table of scalars, or a list of `KEY=value`.
    ListOrMap,
    /// A table.
    Table,
    /// A list of anything.
    Items,
    /// Anything.
    Any,
}

/// Service keys that are kept in `Service::rest`, by name. From the Compose Specification, schema of 2025.
pub(super) const REST: [(&str, Shape); 58] = [
    ("annotations", Shape::ListOrMap),
    ("attach", Shape::Bool),
    ("blkio_config", Shape::Table),
    ("cap_add", Shape::List),
    ("cap_drop", Shape::List),
    ("cgroup", Shape::Text),
    ("cgroup_parent", Shape::Text),
    ("cpu_count", Shape::Int),
    ("cpu_percent", Shape::Scalar),
    ("cpu_rt_period", Shape::Scalar),
    ("cpu_rt_runtime", Shape::Scalar),
    ("cpu_shares", Shape::Int),
    ("cpuset", Shape::Text),
    ("credential_spec", Shape::Table),
    ("develop", Shape::Table),
    ("device_cgroup_rules", Shape::List),
    ("devices", Shape::Items),
    ("dns", Shape::TextOrList),
    ("dns_opt", Shape::List),
    ("dns_search", Shape::TextOrList),
    ("domainname", Shape::Text),
    ("expose", Shape::Scalars),
    ("external_links", Shape::List),
    ("extra_hosts", Shape::ListOrMap),
    ("gpus", Shape::Any),
    ("group_add", Shape::Scalars),
    ("hostname", Shape::Text),
    ("init", Shape::Bool),
    ("isolation", Shape::Text),
    ("label_file", Shape::TextOrList),
    ("labels", Shape::ListOrMap),
    ("mac_address", Shape::Text),
    ("mem_swappiness", Shape::Int),
    ("models", Shape::Any),
    ("oom_kill_disable", Shape::Bool),
    ("oom_score_adj", Shape::Int),
    ("platform", Shape::Text),
    ("post_start", Shape::Items),
    ("pre_stop", Shape::Items),
    ("provider", Shape::Table),
    ("pull_policy", Shape::Text),
    ("pull_refresh_after", Shape::Text),
    ("read_only", Shape::Bool),
    ("runtime", Shape::Text),
    ("security_opt", Shape::List),
    ("shm_size", Shape::Size),
    ("stdin_open", Shape::Bool),
    ("stop_grace_period", Shape::Duration),
    ("stop_signal", Shape::Text),
    ("storage_opt", Shape::Table),
    ("sysctls", Shape::ListOrMap),
    ("tty", Shape::Bool),
    ("ulimits", Shape::Table),
    ("use_api_socket", Shape::Bool),
    ("user", Shape::Text),
    ("userns_mode", Shape::Text),
    ("uts", Shape::Text),
    ("working_dir", Shape::Text),
];

/// The shape of a key of `Service::rest`. Extension keys (`x-...`) hold anything.
pub(super) fn shape(key: &str) -> Option<Shape> {
    if key.starts_with("x-") {
        return Some(Shape::Any);
    }
    REST.binary_search_by(|(known, _)| (*known).cmp(key)).ok().map(|at| REST[at].1)
}

/// What to write instead of a Compose key that has another place here, with its code.
pub(super) fn instead(key: &str) -> Option<(&'static Code, &'static str)> {
    Some(match key {
        "mem_limit" => (&OWNED_KEY, "write `limits = { memory = \"...\" }`"),
        "mem_reservation" => (&OWNED_KEY, "write `reservations = { memory = \"...\" }`"),
        "cpus" | "cpu_quota" | "cpu_period" => (&OWNED_KEY, "write `limits = { cpus = ... }`"),
        "pids_limit" => (&OWNED_KEY, "write `limits = { pids = ... }`"),
        "scale" => (&OWNED_KEY, "write `replicas = ...`"),
        "deploy" => (
            &OWNED_KEY,
            "write `limits`, `reservations` and `replicas` in the service, and what else `deploy` holds in \
             `compose = { deploy = { ... } }`",
        ),
        "extends" => (
            &UNSUPPORTED_KEY,
            "put what services share into [defaults]; `extends` would also inherit profiles, which no proof follows",
        ),
        _ => return None,
    })
}

/// A value of that shape as a plain tree; reported where it has another.
pub(super) fn shaped(item: &Item<'_, '_>, shape: Shape) -> Option<Value> {
    let value = item.value.get_ref();
    match shape {
        Shape::Any => item.tree(),
        Shape::Text => item.text().map(Value::String),
        Shape::Bool => match value {
            DeValue::String(text) if variable::has_variable(text) => item.text().map(Value::String),
            _ => item.boolean().map(Value::Bool),
        },
        Shape::Int => match value {
            DeValue::String(text) if variable::has_variable(text) => item.text().map(Value::String),
            _ => item.whole(i64::MIN, i64::MAX).map(Value::Int),
        },
        Shape::Scalar => match value {
            DeValue::Array(_) | DeValue::Table(_) => item.written().map(Value::String),
            _ => item.tree(),
        },
        Shape::Size => size(item),
        Shape::Duration => item.duration().map(|written| Value::String(written.text)),
        Shape::List => item.texts().map(list),
        Shape::TextOrList => match value {
            DeValue::String(_) => item.text().map(Value::String),
            _ => item.text_or_texts().map(list),
        },
        Shape::Scalars => {
            let items = item.list()?;
            Some(Value::List(items.iter().filter_map(Item::written).map(Value::String).collect()))
        }
        Shape::ListOrMap => list_or_map(item),
        Shape::Table => item.table().map(|table| Value::Map(table.tree())),
        Shape::Items => {
            let items = item.list()?;
            Some(Value::List(items.iter().filter_map(Item::tree).collect()))
        }
    }
}

/// Strings stay as written, so that nothing between here and the container re-prints a number.
fn list_or_map(item: &Item<'_, '_>) -> Option<Value> {
    let Some(table) = item.as_table() else {
        if item.as_list().is_none() {
            item.wrong_type("a table, or a list of strings");
            return None;
        }
        return item.texts().map(list);
    };
    let mut map = crate::model::Map::new();
    for item in table.items() {
        // `extra_hosts` takes a list of addresses too.
        let value = match item.as_list() {
            Some(_) => item.texts().map(list),
            None => item.written().map(Value::String),
        };
        if let Some(value) = value {
            map.insert(item.key().to_owned(), value);
        }
    }
    Some(Value::Map(map))
}

/// `shm_size` and its like take a whole number of bytes too.
fn size(item: &Item<'_, '_>) -> Option<Value> {
    match item.value.get_ref() {
        DeValue::Integer(_) => item.whole(1, i64::MAX).map(Value::Int),
        DeValue::String(text) if variable::has_variable(text) => item.text().map(Value::String),
        _ => item.bytes().map(|bytes: Bytes| Value::String(bytes.exact())),
    }
}

fn list(texts: Vec<String>) -> Value {
    Value::List(texts.into_iter().map(Value::String).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(REST.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(shape("user"), Some(Shape::Text));
        assert_eq!(shape("x-anything"), Some(Shape::Any));
        assert_eq!(shape("users"), None);
    }

    #[test]
    fn what_has_another_place_is_not_kept() {
        for key in ["mem_limit", "deploy", "extends", "scale", "cpus"] {
            assert!(instead(key).is_some() && shape(key).is_none(), "{key}");
        }
    }
}
