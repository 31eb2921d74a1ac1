//! The values that are put in a place: every kind of value, and near misses of what the key takes.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Value, json};

/// One of each kind.
fn kinds() -> Vec<Value> {
    vec![
        json!(""),
        json!("text"),
        json!("7"),
        json!("${NOPE:-7}"),
        json!("${NOPE}"),
        json!(7),
        json!(-3),
        json!(1.5),
        json!(true),
        json!([]),
        json!(["text"]),
        json!([{ "a": "b" }]),
        json!({}),
        json!({ "text": "b" }),
    ]
}

/// What looks like something that the key takes, by the last step of a place.
static NEAR_MISSES: LazyLock<HashMap<String, Vec<Value>>> = LazyLock::new(|| {
    let groups: Vec<Value> = serde_json::from_str(include_str!("near_misses.json")).unwrap();
    let mut by_key = HashMap::new();
    for group in groups {
        for key in group["keys"].as_array().unwrap() {
            by_key.insert(key.as_str().unwrap().to_owned(), group["values"].as_array().unwrap().clone());
        }
    }
    by_key
});

/// What is put in a place. Where the same key was tried in a place before, near misses are left out.
pub fn of(place: &str) -> Vec<Value> {
    let key = place.rsplit('.').next().unwrap_or(place);
    let again =
        [".compose.", "pre_stop[]", "watch[].exec", "device_write", "device_read_iops", "profiles.PROFILE"];
    let tried = again.iter().any(|part| place.contains(part)) && !place.contains(".compose.deploy");
    let mut values = kinds();
    for near in NEAR_MISSES.get(key).filter(|_| !tried).into_iter().flatten() {
        if !values.contains(near) {
            values.push(near.clone());
        }
    }
    values
}
