//! `logging`: the rotation that the proof of the log budget reads has keys of its own.

use super::{
    super::decision::{Decision, RESPELLED},
    carry::carry,
    tree::{inherit, shown, with},
};
use crate::{
    diag::KeyPath,
    source::compose::node::{Comments, Entry, Node, Value},
};

/// `options: { max-size: 10m }` is `max_size = "10m"` beside `driver`.
pub(super) fn translate(
    node: Node,
    service: &str,
    path: &mut KeyPath,
    decisions: &mut Vec<Decision>,
) -> Node {
    let Node { value: Value::Table(entries), place, comments, .. } = node else { return node };
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        let Entry { key, key_place, value } = entry;
        match (key.as_str(), value.value) {
            ("options", Value::Table(options)) => {
                let mut above = Some(value.comments);
                let mut rest = Vec::new();
                for mut option in options {
                    let ours = match option.key.as_str() {
                        "max-size" => "max_size",
                        "max-file" => "max_file",
                        _ => {
                            rest.push(option);
                            continue;
                        }
                    };
                    let from = format!("services.{service}.logging.options.{}", option.key);
                    let message =
                        format!("`{}` of service `{service}` is `{ours}` in stack.toml", option.key);
                    let value = shown(&option.value);
                    decisions.push(
                        Decision::changed(&RESPELLED, from, message)
                            .between(value.clone(), format!("{ours} = {value}"))
                            .at(&option.key_place),
                    );
                    option.key = ours.to_owned();
                    if let ("max_file", Some(count)) =
                        (ours, option.value.text().and_then(|text| text.parse().ok()))
                    {
                        option.value.value = Value::Integer(count);
                    }
                    if let Some(comments) = above.take() {
                        inherit(&mut option.value, comments);
                    }
                    kept.push(option);
                }
                if !rest.is_empty() {
                    let comments = above.take().unwrap_or_default();
                    let value = with(Value::Table(rest), value.place, comments);
                    kept.push(Entry { key, key_place, value });
                }
                leave(above, &mut kept);
            }
            // Without options there is nothing to keep.
            ("options", Value::Null) => leave(Some(value.comments), &mut kept),
            (_, other) => kept.push(Entry { key, key_place, value: Node { value: other, ..value } }),
        }
    }
    carry(with(Value::Table(kept), place, comments), path)
}

/// Comments of something that goes away stand above the last entry.
fn leave(comments: Option<Comments>, kept: &mut [Entry]) {
    if let (Some(comments), Some(last)) = (comments, kept.last_mut()) {
        inherit(&mut last.value, comments);
    }
}
