//! The line by which an editor finds the schema.

use serde_json::Value;

use super::schema::TITLE;

/// The schema that a `#:schema` line at the top of a text names. Only comments and empty lines may precede it.
pub fn named_schema(text: &str) -> Option<&str> {
    let top = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with('#'));
    let mut named =
        top.filter_map(|line| line.strip_prefix("#:schema")?.strip_prefix([' ', '\t']).map(str::trim));
    named.find(|name| !name.is_empty())
}

/// Whether a text is a schema that some stackctl wrote.
pub fn is_schema(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|found| found["title"] == TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_at_the_top() {
        assert_eq!(named_schema("#:schema ./a.json\nname = \"x\""), Some("./a.json"));
        assert_eq!(named_schema("# A stack.\r\n\r\n#:schema  a b.json \r\n"), Some("a b.json"));
        for text in ["", "name = \"x\"\n#:schema a", "# :schema a", "#:schema", "#:schemas a"] {
            assert_eq!(named_schema(text), None, "{text}");
        }
    }

    #[test]
    fn knows_its_own() {
        assert!(is_schema(&super::super::schema().to_string()));
        assert!(!is_schema("name = \"x\"") && !is_schema("[]") && !is_schema("{}"));
    }
}
