//! Diagnostics as SARIF 2.1.0, which code scanning reads: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::report::{JsonPlace, Sources};
use crate::{
    diag::{Code, Diagnostic, Place},
    text::percent_encoded,
};

/// The log of one run. Paths count from the current folder; `folder` is that of the stack, seen from there.
pub fn log(sources: &Sources<'_>, diagnostics: &[Diagnostic], folder: &Path) -> Value {
    let mut rules: Vec<&'static Code> = Vec::new();
    let mut results = Vec::new();
    for diagnostic in diagnostics {
        let code = diagnostic.code;
        let index = rules.iter().position(|rule| rule.name == code.name).unwrap_or_else(|| {
            rules.push(code);
            rules.len() - 1
        });
        results.push(result(sources, diagnostic, index, folder));
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stackctl",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &'static Code) -> Value {
    let paragraph = code.docs.split("\n\n").next().unwrap_or_default();
    json!({
        "id": code.name,
        "shortDescription": { "text": code.name.replace('-', " ") },
        "fullDescription": { "text": paragraph },
        "help": { "text": code.docs, "markdown": code.docs },
        "defaultConfiguration": { "level": code.severity.as_str() },
    })
}

fn result(sources: &Sources<'_>, diagnostic: &Diagnostic, index: usize, folder: &Path) -> Value {
    let mut text = sources.message(diagnostic).into_owned();
    for (what, more) in [("", &diagnostic.why), ("Fix: ", &diagnostic.help)] {
        if let Some(more) = more {
            let _ = write!(text, "\n{what}{more}");
        }
    }
    let located = |place: Option<&Place>| {
        let JsonPlace { file, line, column, end_line, end_column, .. } = sources.json_place(place, "");
        // Files beside the stack are named as the stack names them.
        let file = match place {
            Some(Place::File { .. } | Place::Unshown { .. }) => folder.join(&*file).display().to_string(),
            _ => file.into_owned(),
        };
        let mut region = json!({ "startLine": line, "startColumn": column });
        // A region is not empty: without an end it is the rest of the line.
        if (end_line, end_column) > (line, column) {
            region["endLine"] = end_line.into();
            region["endColumn"] = end_column.into();
        }
        location(&file, region)
    };
    let others = diagnostic.places.iter().map(|(place, label)| {
        let mut found = located(Some(place));
        if !label.is_empty() {
            found["message"] = json!({ "text": label });
        }
        found
    });
    let locations: Vec<Value> = std::iter::once(located(diagnostic.place.as_ref())).chain(others).collect();
    let mut result = json!({
        "ruleId": diagnostic.code.name,
        "ruleIndex": index,
        "level": diagnostic.severity.as_str(),
        "message": { "text": text },
        "locations": locations,
    });
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .enumerate()
        .filter_map(|(id, (place, label))| {
            let (file, line, column) = sources.position(place)?;
            let mut found = location(file, json!({ "startLine": line, "startColumn": column }));
            found["id"] = id.into();
            found["message"] = json!({ "text": label });
            Some(found)
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if diagnostic.is_allowed() {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": "`allow` in stack.toml" }]);
    }
    result
}

fn location(file: &str, region: Value) -> Value {
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(file) }, "region": region } })
}

/// A path as a relative or absolute URI.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", percent_encoded(path, b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn a_finding_has_its_rule_its_place_and_its_level() {
        let text = "name = \"x\"\nbogus = 1\n[services.api]\nimage = \"\u{e9}:1\"\n";
        let parsed = source::parse(text.as_bytes());
        let sources =
            Sources::new("sub dir/stack.toml", text, &parsed.document, Path::new("."), &parsed.diagnostics);
        let log = log(&sources, &parsed.diagnostics, Path::new("sub dir"));
        let run = &log["runs"][0];
        let result = &run["results"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "unknown-key");
        assert_eq!((&result["ruleId"], &result["level"]), (&json!("unknown-key"), &json!("error")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "sub%20dir/stack.toml");
        assert_eq!(
            place["region"],
            json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 6 })
        );
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("./a/b.yaml"), "a/b.yaml");
        assert_eq!(uri("a\\b#.yml"), "a/b%23.yml");
        assert_eq!(uri("/srv/x"), "file:///srv/x");
    }
}
