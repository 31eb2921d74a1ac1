//! docs/stack-toml.md, and its examples.

use std::fmt::Write as _;

use stackctl::internals::source::{
    self,
    reference::{self, Entry, Section, sections},
};

use super::{committed, schema::Validator};

/// Whether a key says when this one begins again, which then has to be there.
fn repeats(path: &str, key: &str, entry: &Entry) -> bool {
    (path, key, entry.name) == ("traffic", "repeat", "schedule")
}

/// A document that holds `key = value` in the table of that path, and in each table above it what it cannot do without.
fn document(sections: &[Section], path: &str, key: &str, value: &str) -> String {
    let needed = |path: &str, key: &str| -> Vec<String> {
        let Some(section) = sections.iter().find(|section| section.path == path) else { return Vec::new() };
        let first = section.one_of.first().filter(|_| !section.one_of.contains(&key));
        let needed = section
            .entries
            .iter()
            .filter(|entry| entry.required || first == Some(&entry.name) || repeats(path, key, entry))
            .filter(|entry| entry.name != key);
        needed.map(|entry| format!("{} = {}", entry.name, entry.example)).collect()
    };
    let (mut path, mut key, mut value) = (path.to_owned(), key.to_owned(), value.to_owned());
    loop {
        let mut entries = needed(&path, &key);
        let name = if key.starts_with(|c: char| c.is_ascii_uppercase()) { "some" } else { &key };
        entries.push(format!("{name} = {value}"));
        if path.is_empty() {
            return entries.join("\n") + "\n";
        }
        value = format!("{{ {} }}", entries.join(", "));
        if let Some(above) = path.strip_suffix("[]") {
            value = format!("[{value}]");
            path = above.to_owned();
        }
        let (above, last) = path.rsplit_once('.').unwrap_or(("", &path));
        (key, path) = (last.to_owned(), above.to_owned());
    }
}

/// Every key is read: its example is no mistake, and what no key takes is one.
#[test]
fn every_key_is_read_as_the_page_says() {
    let schema = Validator::new(reference::schema());
    let mut wrong = Vec::new();
    let sections = sections();
    for section in &sections {
        for entry in &section.entries {
            let place = format!("{} {}", section.path, entry.name);
            assert!(!entry.about.is_empty() && !entry.about.ends_with('.'), "{place} has no sentence");
            if !entry.example.is_empty() {
                let text = document(&sections, &section.path, entry.name, entry.example);
                let found = source::parse(text.as_bytes()).diagnostics;
                if !found.is_empty() {
                    wrong.push(format!("{place}: {} in\n{text}", found[0].message));
                }
                if !schema.is_valid(&reference::json_of(&text).unwrap()) {
                    wrong.push(format!("{place}: the schema refuses\n{text}"));
                }
            }
            let text = document(&sections, &section.path, entry.name, "[[]]");
            if entry.takes != "anything" && source::parse(text.as_bytes()).diagnostics.is_empty() {
                wrong.push(format!("{place}: the decoder takes\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const HEAD: &str = "\
<!-- Made from src/source/reference by `UPDATE=1 cargo test reference`. -->

# stack.toml, key by key

Every table and key that stack.toml can hold. What means the same as in Compose has Compose's name and value syntax. `stackctl \
validate` judges what is written; an editor that reads JSON Schema completes and checks the same while you type: `stackctl schema \
--write` puts the schema beside stack.toml, and its first line names it:

```toml
#:schema ./stack.schema.json
```

- A **size** is a string in Docker's units, every one of them 1024-based: `\"512M\"`, `\"1.5G\"`.
- A relative **path** counts from the folder of stack.toml, also where it comes out of a variable.
- A **duration** is a string: `\"30s\"`, `\"1m30s\"`.
- A **table of scalars** takes strings, numbers and booleans, which arrive as they are written.
- A boolean, a number and a size that are kept for Compose may be a string with a variable instead, `\"${NAME}\"`. What a proof \
reads may not: limits, reservations, replicas, profiles, logging, ports.
- In a table that is Compose's own, `x-...` keys hold anything, and `compose = { ... }` passes any other key through: one that \
Compose has and this stackctl does not know.

A key in bold has to be there.
";

/// What stands above the keys of a table.
fn about(path: &str) -> &'static str {
    match path {
        "" => "The top of the file.",
        "budget" => {
            "What this machine gives. `stackctl budget check` proves that every combination of profiles fits. What is not \
             named has no bound, and nothing is proved for it."
        }
        "profiles.PROFILE" => {
            "A service is core and always active, unless it names profiles. A profile without services of its own may \
             enable others and change services elsewhere."
        }
        "profiles.PROFILE.services.SERVICE" => {
            "What enabling the profile changes in a service: rendered as a Compose override file, which `stackctl up \
             --profile` adds."
        }
        "services.SERVICE" => {
            "The same keys stand in `[defaults]`, from which every service starts: tables are merged key by key, and the \
             service's own key wins."
        }
        "secrets.SECRET" => {
            "Where a secret comes from. A generated one is made once, kept out of git and of every rendered file."
        }
        "traffic" => {
            "What the traffic engine sends, in the container, in `stackctl demo` and in `stackctl traffic`."
        }
        _ => "",
    }
}

/// A cell: a pipe would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn row(entry: &Entry) -> String {
    let Entry { name, takes, about, example, required, .. } = entry;
    let key = if *required { format!("**`{name}`**") } else { format!("`{name}`") };
    let shown = if example.is_empty() { String::new() } else { format!("<br>`{name} = {example}`") };
    format!("| {key} | {} | {}{} |\n", cell(takes), cell(about), cell(&shown))
}

fn table(text: &mut String, entries: &[&Entry]) {
    text.push_str("\n| key | takes | |\n|---|---|---|\n");
    entries.iter().for_each(|entry| text.push_str(&row(entry)));
}

/// Tables with the same keys, told once: where the path is the shortest, with the others beside it.
fn told_once(sections: &[Section]) -> Vec<(&Section, Vec<&str>)> {
    let rows = |section: &Section| section.entries.iter().map(row).collect::<String>();
    let mut told: Vec<(&Section, Vec<&str>)> = Vec::new();
    for section in sections {
        match told.iter_mut().find(|(other, _)| rows(other) == rows(section)) {
            Some((other, also)) if section.path.len() < other.path.len() => {
                also.push(&other.path);
                *other = section;
            }
            Some((_, also)) => also.push(&section.path),
            None => told.push((section, Vec::new())),
        }
    }
    let place = |section: &Section| sections.iter().position(|other| other.path == section.path);
    told.sort_by_key(|(section, _)| place(section));
    told
}

/// Whether a path is one of the tables that stand as `[PATH]` in a stack.toml.
fn is_top(path: &str) -> bool {
    match path.split_once('.') {
        None => !path.is_empty(),
        Some((_, name)) => name.bytes().all(|byte| byte.is_ascii_uppercase()),
    }
}

#[test]
fn the_page_is_fresh() {
    let mut text = HEAD.to_owned();
    let sections = sections();
    text.push('\n');
    for section in sections.iter().filter(|section| is_top(&section.path)) {
        let anchor: String = section.path.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        writeln!(text, "- [`[{}]`](#{anchor})", section.path).unwrap();
    }
    for (section, also) in told_once(&sections) {
        match section.path.as_str() {
            "" => text.push_str("\n## Top\n"),
            path if is_top(path) => writeln!(text, "\n## {path}").unwrap(),
            path => writeln!(text, "\n### {path}").unwrap(),
        }
        let said = about(&section.path);
        if !said.is_empty() {
            writeln!(text, "\n{said}").unwrap();
        }
        if !also.is_empty() {
            let paths: Vec<String> = also.iter().map(|path| format!("`{path}`")).collect();
            writeln!(text, "\nAlso {}.", paths.join(", ")).unwrap();
        }
        if !section.one_of.is_empty() {
            let keys: Vec<String> = section.one_of.iter().map(|key| format!("`{key}`")).collect();
            writeln!(text, "\nOne of {} has to be there.", keys.join(", ")).unwrap();
        }
        let (kept, read): (Vec<&Entry>, Vec<&Entry>) = section.entries.iter().partition(|entry| entry.kept);
        table(&mut text, &read);
        if !kept.is_empty() {
            text.push_str("\nKept for Compose as they are:\n");
            table(&mut text, &kept);
        }
    }
    committed("docs/stack-toml.md", &text);
}
