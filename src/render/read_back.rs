//! Every YAML file, read back after it was written: a file that does not say what was meant is never put anywhere.

use serde_yaml::Value as Yaml;

use super::{error::RenderError, output::Document};
use crate::model::{Map, Value};

/// Read the text of a document and compare it with the tree that it was written from, order included.
///
/// # Errors
/// When the text is no YAML or says something else: a fault of stackctl.
pub fn check(Document { file, tree }: &Document) -> Result<(), RenderError> {
    let misread = |detail| RenderError::Misread { file: file.path.clone(), detail };
    let read: Yaml = serde_yaml::from_str(&file.text).map_err(|error| misread(error.to_string()))?;
    match difference(tree, &read) {
        None => Ok(()),
        Some(mut keys) => {
            keys.reverse();
            Err(misread(format!("{} reads back as something else", keys.join("."))))
        }
    }
}

/// The keys that lead to the first difference, innermost first.
fn table(meant: &Map, read: &serde_yaml::Mapping) -> Option<Vec<String>> {
    if meant.len() != read.len() {
        return Some(Vec::new());
    }
    let mut entries = meant.iter().zip(read);
    entries.find_map(|((key, meant), (read_key, read))| {
        let found = if read_key.as_str() == Some(key) { difference(meant, read) } else { Some(Vec::new()) };
        found.map(|keys| inside(keys, key.clone()))
    })
}

fn difference(meant: &Value, read: &Yaml) -> Option<Vec<String>> {
    let same = match (meant, read) {
        (Value::Null, Yaml::Null) => true,
        (Value::Bool(meant), Yaml::Bool(read)) => meant == read,
        (Value::Int(meant), Yaml::Number(read)) => read.as_i64() == Some(*meant),
        (Value::Float(meant), Yaml::Number(read)) => {
            read.as_f64().is_some_and(|read| *meant == read || (meant.is_nan() && read.is_nan()))
        }
        (Value::String(meant), Yaml::String(read)) => meant == read,
        (Value::List(meant), Yaml::Sequence(read)) if meant.len() == read.len() => {
            let mut items = meant.iter().zip(read).enumerate();
            return items.find_map(|(index, (meant, read))| {
                difference(meant, read).map(|keys| inside(keys, index.to_string()))
            });
        }
        (Value::Map(meant), Yaml::Mapping(read)) => return table(meant, read),
        _ => false,
    };
    (!same).then(Vec::new)
}

fn inside(mut keys: Vec<String>, key: String) -> Vec<String> {
    keys.push(key);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::output::GeneratedFile;

    fn read_back(text: &str, meant: &Map) -> Result<(), String> {
        let file = GeneratedFile { path: "docker-compose.yml".to_owned(), text: text.to_owned() };
        check(&Document { file, tree: Value::Map(meant.clone()) }).map_err(|error| match error {
            RenderError::Misread { detail, .. } => detail,
            RenderError::Mistakes(_) => String::new(),
        })
    }

    #[test]
    fn a_text_that_says_something_else_is_found() {
        let list = Value::List(vec![Value::from("sh"), Value::from("no")]);
        let service = Map::from([
            ("entrypoint".to_owned(), Value::List(Vec::new())),
            ("command".to_owned(), list),
            ("init".to_owned(), Value::Bool(true)),
            ("x-n".to_owned(), Value::Int(-1)),
            ("x-f".to_owned(), Value::Float(0.5)),
            ("networks".to_owned(), Value::Map(Map::from([("n".to_owned(), Value::Null)]))),
        ]);
        let meant = Map::from([("a".to_owned(), Value::Map(service))]);
        let text = "a:\n  entrypoint: []\n  command: [sh, \"no\"]\n  init: true\n  x-n: -1\n  x-f: 0.5\n  networks:\n    n: null\n";
        assert_eq!(read_back(text, &meant), Ok(()));
        for (old, new, found) in [
            ("init: true", "init: \"true\"", "a.init"),
            ("[sh, \"no\"]", "[sh]", "a.command"),
            ("[sh, \"no\"]", "[\"no\", sh]", "a.command.0"),
            ("-1", "1", "a.x-n"),
            ("0.5", "0.25", "a.x-f"),
            ("n: null", "n: 1", "a.networks.n"),
            ("    n: null", "    m: null", "a.networks.n"),
            ("  init: true\n  x-n: -1\n", "  x-n: -1\n  init: true\n", "a.init"),
            ("  init: true\n", "", "a"),
        ] {
            let error = read_back(&text.replace(old, new), &meant).unwrap_err();
            assert_eq!(error, format!("{found} reads back as something else"), "{new}");
        }
        // What an empty list was once written as.
        assert!(read_back(&text.replace("[]", "]"), &meant).unwrap_err().contains("line 2"));
        assert!(read_back("- a", &meant).is_err());
    }
}
