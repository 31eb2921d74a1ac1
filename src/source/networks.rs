//! `networks` of a service.

use indexmap::IndexMap;

use super::{
    compose_keys::{self, Shape},
    table::Item,
};
use crate::model::{Map, Value};

const KEYS: [(&str, Shape); 9] = [
    ("aliases", Shape::List),
    ("driver_opts", Shape::Table),
    ("gw_priority", Shape::Int),
    ("interface_name", Shape::Text),
    ("ipv4_address", Shape::Text),
    ("ipv6_address", Shape::Text),
    ("link_local_ips", Shape::List),
    ("mac_address", Shape::Text),
    ("priority", Shape::Int),
];

/// Decode `networks`: a list of names, or a table of attachments.
pub(super) fn decode(item: &Item<'_, '_>) -> IndexMap<String, Value> {
    let Some(table) = item.as_table() else {
        if item.as_list().is_none() {
            item.wrong_type("a list of networks, or a table of attachments");
            return IndexMap::new();
        }
        return item.texts().unwrap_or_default().into_iter().map(|name| (name, Value::Null)).collect();
    };
    let entries = table.items();
    entries.iter().map(|item| (item.key().to_owned(), attachment(item))).collect()
}

fn attachment(item: &Item<'_, '_>) -> Value {
    let mut options = Map::new();
    let Some(table) = item.table() else { return Value::Null };
    for item in table.items() {
        match KEYS.iter().find(|(key, _)| *key == item.key()) {
            Some((key, shape)) => {
                if let Some(value) = compose_keys::shaped(&item, *shape) {
                    options.insert((*key).to_owned(), value);
                }
            }
            None => item.unknown(KEYS.iter().map(|(key, _)| *key)),
        }
    }
    if options.is_empty() { Value::Null } else { Value::Map(options) }
}
