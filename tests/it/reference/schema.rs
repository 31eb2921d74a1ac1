//! The schema beside the decoders: they agree on every stack of the repository, and on each with one thing changed.

use std::collections::{BTreeMap, BTreeSet};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value;
use stackctl::internals::source::{self, reference};

use super::{committed, stacks, tree::Tree};

/// Diagnostics that are about the shape of stack.toml, which is what a schema can see.
const SHAPE: [&str; 3] = ["wrong-type", "unknown-key", "missing-key"];

/// A compiled schema. A schema that is itself wrong does not compile.
pub struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    pub fn new(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V7);
        compiler.add_resource("stack.schema.json", schema).unwrap();
        let index = compiler.compile("stack.schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    /// Why the schema refuses a document; nothing when it accepts it.
    fn refuses(&self, document: &Value) -> Option<String> {
        self.schemas.validate(document, self.index).err().map(|error| format!("{error:#}"))
    }

    pub fn is_valid(&self, document: &Value) -> bool {
        self.refuses(document).is_none()
    }
}

fn validator() -> Validator {
    Validator::new(reference::schema())
}

/// What the decoders and the schema make of a text, where they do not agree.
fn disagreement(validator: &Validator, text: &str) -> Option<String> {
    let json = reference::json_of(text)?;
    let found = source::parse(text.as_bytes()).diagnostics;
    let of_shape = found.iter().find(|found| SHAPE.contains(&found.code.name));
    match (of_shape, validator.refuses(&json)) {
        (Some(found), None) => {
            Some(format!("the schema accepts what is {}: {}", found.code.name, found.message))
        }
        (None, Some(reason)) if found.is_empty() => {
            Some(format!("the schema refuses what has no mistake: {reason}"))
        }
        _ => None,
    }
}

#[test]
fn agrees_with_the_decoders_on_every_stack() {
    let validator = validator();
    let (mut accepted, mut refused) = (0, 0);
    for (path, text) in stacks() {
        if let Some(said) = disagreement(&validator, &text) {
            panic!("{}: {said}", path.display());
        }
        let valid = validator.is_valid(&reference::json_of(&text).unwrap());
        *(if valid { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 30 && refused > 1, "{accepted} accepted, {refused} refused");
}

/// The pattern of a size is the grammar of the decoder.
#[test]
fn sizes_are_those_of_docker() {
    let validator = validator();
    let document = |size: &str| {
        format!(
            "name = \"x\"\n[budget]\nmemory = \"{size}\"\ncpus = 1\n[services.a]\nimage = \"a:1\"\nshm_size = \"{size}\"\n"
        )
    };
    for size in [
        "512m", "1.5G", "2gib", "7 kb", "9b", "1000", ".5g", "5.g", "1e2m", "1E+2", "1_0.5_0m", "+1g",
        "2e0 T", "g", ".", "1ki", "1ib", "1bb", "-1g", "1__0", "_1", "1_", "1  g", "1e", "0x10m", "1.5.5g",
    ] {
        let text = document(size);
        let is_size = source::parse(text.as_bytes()).diagnostics.is_empty();
        assert_eq!(validator.is_valid(&reference::json_of(&text).unwrap()), is_size, "{size}");
    }
}

const OTHER: [&str; 13] = [
    "\"text\"",
    "\"\"",
    "\"${V}\"",
    "\"$$\"",
    "\"7\"",
    "7",
    "-3",
    "1.5",
    "true",
    "[\"a\"]",
    "[1]",
    "[{ a = 1 }]",
    "{ a = \"b\" }",
];

/// Each tree with one thing changed and what it is, unless the same was changed before.
fn each_change(tree: &Tree, seen: &mut BTreeSet<String>, mut look: impl FnMut(&Tree, &str)) {
    for number in 1..tree.count() {
        let (place, was) = tree.clone().at_owned(number);
        for other in OTHER {
            let what = format!("{place}, {}, is {other}", was.kind());
            if seen.insert(what.clone()) {
                let mut changed = tree.clone();
                *changed.at(number).1 = Tree::Scalar(other.to_owned());
                look(&changed, &what);
            }
        }
    }
    for number in 0..tree.count() {
        let (place, Tree::Table(entries)) = tree.clone().at_owned(number) else { continue };
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        for change in ["zzz"].iter().chain(&keys) {
            let what = format!("{place} of {keys:?} with or without {change}");
            if !seen.insert(what.clone()) {
                continue;
            }
            let mut changed = tree.clone();
            if let (_, Tree::Table(entries)) = changed.at(number) {
                match *change {
                    "zzz" => entries.push(("zzz".to_owned(), Tree::Scalar("1".to_owned()))),
                    key => entries.retain(|(other, _)| other != key),
                }
            }
            look(&changed, &what);
        }
    }
}

/// One value replaced, one key added, one key removed: every such change of every stack that has no mistake.
#[test]
fn agrees_with_the_decoders_on_every_change() {
    let validator = validator();
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut changes = 0;
    let mut seen = BTreeSet::new();
    let mut look = |tree: &Tree, what: String| {
        changes += 1;
        if let Some(said) = disagreement(&validator, &tree.document()) {
            wrong.entry(said).or_insert(what);
        }
    };
    let sound =
        stacks().into_iter().filter(|(_, text)| source::parse(text.as_bytes()).diagnostics.is_empty());
    for (path, text) in sound {
        let name = path.parent().unwrap().file_name().unwrap().display().to_string();
        for part in Tree::read(&text).unwrap().parts() {
            assert_eq!(disagreement(&validator, &part.document()), None, "{name}");
            each_change(&part, &mut seen, |tree, what| look(tree, format!("{name}: {what}")));
        }
    }
    assert!(changes > 5_000, "only {changes} changes were looked at");
    let wrong: Vec<String> = wrong.into_iter().map(|(said, what)| format!("{what}: {said}")).collect();
    assert!(wrong.is_empty(), "of {changes} changes:\n{}", wrong.join("\n"));
}

#[test]
fn the_samples_schema_is_fresh() {
    let schema = serde_json::to_string_pretty(&reference::schema()).unwrap() + "\n";
    committed("stack.schema.json", &schema);
}
