//! The lines of a stack.toml: which values are tables with a header, and which stand on a line.

use super::{
    comment,
    inline::{self, WIDTH},
};
use crate::source::compose::node::{Entry, Node, Value};

/// The widest table that is an element of a list in one line.
const WIDEST: usize = 115;
/// Tables in which each entry has a header of its own.
const SECTIONS: [&str; 2] = ["services", "profiles"];

/// The text of a tree. Keys without a table come first, as TOML asks for; tables follow in the order of the tree, an empty
/// line before each. The tree holds no null outside of `x-...` keys.
pub fn write(root: &Node) -> String {
    let mut writer = Writer::default();
    comment::block(&root.comments.above, &mut writer.out);
    if !root.comments.above.is_empty() {
        writer.out.push('\n');
    }
    writer.body(&mut Vec::new(), root);
    comment::block(&root.comments.below, &mut writer.out);
    let text = writer.out.trim_end_matches('\n');
    format!("{}\n", text.trim_start_matches('\n'))
}

#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    /// What stands in a table: its short values, then the tables below it.
    fn body(&mut self, path: &mut Vec<String>, table: &Node) {
        let Value::Table(entries) = &table.value else { return };
        let (tables, lines): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| has_header(path, entry));
        for (position, entry) in lines.iter().enumerate() {
            self.line(entry, position == 0);
        }
        for entry in tables {
            path.push(entry.key.clone());
            match &entry.value.value {
                Value::List(items) => self.tables(path, entry, items),
                _ => self.table(path, &entry.value),
            }
            path.pop();
        }
    }

    /// A key with its value.
    fn line(&mut self, entry: &Entry, is_first: bool) {
        let node = &entry.value;
        let mut above = node.comments.above.as_slice();
        if is_first {
            above = &above[above.iter().take_while(|line| line.is_empty()).count()..];
        }
        comment::block(above, &mut self.out);
        let key = inline::key(&entry.key);
        match &node.value {
            Value::List(items) if !fits(&key, node) && !items.is_empty() => {
                self.out.push_str(&format!("{key} = ["));
                self.beside(node);
                for item in items {
                    self.item(item);
                }
                for line in &node.comments.below {
                    self.out.push_str(&format!("    {}\n", comment::line(line)));
                }
                self.out.push_str("]\n");
                return;
            }
            Value::Text(text) => self.out.push_str(&format!("{key} = {}", inline::several_lines(text))),
            _ => self.out.push_str(&format!("{key} = {}", inline::value(node))),
        }
        self.beside(node);
    }

    /// An element of a list on a line of its own. The comments within it stand above it.
    fn item(&mut self, item: &Node) {
        let mut above = item.comments.above.clone();
        inline::comments_below(item, &mut above);
        for line in above.iter().filter(|line| !line.is_empty()) {
            self.out.push_str(&format!("    {}\n", comment::line(line)));
        }
        self.out.push_str(&format!("    {},", inline::value(item)));
        self.beside(item);
    }

    /// The comment behind a value, and the end of the line.
    fn beside(&mut self, node: &Node) {
        if let Some(text) = &node.comments.beside {
            self.out.push(' ');
            self.out.push_str(&comment::line(text));
        }
        self.out.push('\n');
    }

    /// An empty line, unless there is one.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn header(&mut self, path: &[String], node: &Node, brackets: (&str, &str)) {
        self.gap();
        let above = node.comments.above.as_slice();
        comment::block(&above[above.iter().take_while(|line| line.is_empty()).count()..], &mut self.out);
        let keys: Vec<String> = path.iter().map(|key| inline::key(key)).collect();
        self.out.push_str(&format!("{}{}{}", brackets.0, keys.join("."), brackets.1));
        self.beside(node);
    }

    fn table(&mut self, path: &mut Vec<String>, node: &Node) {
        let Value::Table(entries) = &node.value else { return };
        let comments = &node.comments;
        // Headers of the tables below it imply it.
        let implied = !entries.is_empty()
            && entries.iter().all(|entry| has_header(path, entry))
            && comments.above.is_empty()
            && comments.beside.is_none();
        if !implied {
            self.header(path, node, ("[", "]"));
        }
        self.body(path, node);
        if !comments.below.is_empty() {
            comment::block(&comments.below, &mut self.out);
        }
    }

    /// A list of tables, each with a header.
    fn tables(&mut self, path: &mut Vec<String>, entry: &Entry, items: &[Node]) {
        self.gap();
        comment::block(&entry.value.comments.above, &mut self.out);
        if let Some(beside) = &entry.value.comments.beside {
            self.out.push_str(&format!("{}\n", comment::line(beside)));
        }
        for item in items {
            self.header(path, item, ("[[", "]]"));
            self.body(path, item);
            comment::block(&item.comments.below, &mut self.out);
        }
        comment::block(&entry.value.comments.below, &mut self.out);
    }
}

/// Whether a key stands in a line as it is: no comments within it, and short enough.
fn fits(key: &str, node: &Node) -> bool {
    !inline::has_comments_below(node)
        && !inline::has_line_breaks(node)
        && key.len() + 3 + inline::value(node).chars().count() <= WIDTH
}

/// Whether an entry of the table at `path` is written as a table with a header, or as several.
fn has_header(path: &[String], entry: &Entry) -> bool {
    let is_section = |name: &String| SECTIONS.contains(&name.as_str());
    match &entry.value.value {
        Value::Table(_) if path.is_empty() => true,
        Value::Table(_) if path.len() == 1 && path.first().is_some_and(is_section) => true,
        Value::Table(_) => !fits(&inline::key(&entry.key), &entry.value),
        Value::List(items) => {
            let all_tables =
                !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Table(_)));
            let long = |item: &Node| {
                inline::value(item).chars().count() > WIDEST
                    || inline::has_comments_below(item)
                    || inline::has_line_breaks(item)
            };
            all_tables && items.iter().any(long)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::node::Place;
    use super::*;

    fn node(value: Value) -> Node {
        Node::new(value, Place::default())
    }

    fn of(value: &serde_json::Value) -> Node {
        node(match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Boolean(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Float(number.as_f64().unwrap()),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(of).collect()),
            serde_json::Value::Object(map) => Value::Table(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        key_place: Place::default(),
                        value: of(value),
                    })
                    .collect(),
            ),
        })
    }

    fn get<'n>(node: &'n mut Node, path: &[&str]) -> &'n mut Node {
        path.iter().fold(node, |node, key| {
            let Value::Table(entries) = &mut node.value else { panic!("{key}: no table") };
            &mut entries.iter_mut().find(|entry| entry.key == *key).unwrap().value
        })
    }

    #[test]
    fn a_person_would_keep_it() {
        let mut tree = of(&serde_json::json!({
            "name": "shop",
            "defaults": { "restart": "always" },
            "services": {
                "web": {
                    "image": "nginx:1",
                    "ports": ["*:80:80", { "target": 443, "host_ip": "*" }],
                    "depends_on": { "db": "healthy" },
                    "environment": (0..9).map(|n| (format!("VARIABLE_{n}"), "a value".into())).collect::<serde_json::Map<_, _>>(),
                    "command": "set -e\necho \"hi\"\n",
                    "healthcheck": { "test": ["CMD-SHELL", "curl \\\n  -f localhost"], "interval": "5s" },
                    "volumes": (0..6).map(|n| format!("./a-long-path-{n}:/var/lib/a/long/path")).collect::<Vec<_>>(),
                },
                "db": { "image": "postgres", "labels": { "a.b": 1.5, "c d": true } },
            },
            "volumes": { "data": {}, "other": { "external": true } },
        }));
        tree.comments.above = vec!["The shop.".to_owned(), String::new(), "Second block".to_owned()];
        let web = get(&mut tree, &["services", "web"]);
        web.comments.above = vec!["Serves".to_owned()];
        web.comments.beside = Some("here".to_owned());
        web.comments.below = vec!["end of web".to_owned()];
        get(web, &["image"]).comments.beside = Some("pinned".to_owned());
        let Value::List(ports) = &mut get(web, &["ports"]).value else { panic!() };
        ports[1].comments.above = vec!["TLS".to_owned()];
        let text = write(&tree);
        insta::assert_snapshot!(text);
        text.parse::<toml_edit::DocumentMut>().unwrap();
    }
}
