//! What every mistake says: each folder of tests/fixtures is a stack.toml with its diagnostics written out in `expected`, and
//! docs/diagnostics.md is made of the codes. `UPDATE=1 cargo test` writes both.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use stackctl::internals::{
    check::{self, Project, env},
    diag::{self, Allow, Code, Diagnostic, Fix, Place, Severity},
    render,
    source::{self, Document, Parsed},
};

use crate::given::proved;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compare with a committed file, or write it when `UPDATE` is set.
fn committed(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let name = path.strip_prefix(root()).unwrap_or(path).display();
    assert!(committed == text, "{name} is stale: run `UPDATE=1 cargo test diagnostics`\n--- now:\n{text}");
}

fn codes() -> Vec<&'static Code> {
    let of_compose = source::compose::CODES.iter().chain(source::compose::translate::CODES).copied();
    let of_stack = source::CODES.iter().copied().chain(check::codes()).chain(render::CODES.iter().copied());
    let mut codes: Vec<&Code> = of_stack.chain(of_compose).collect();
    codes.sort_by_key(|code| code.name);
    codes
}

/// Everything that is found in the stack of a folder, without the shell's variables.
pub fn judge(folder: &Path) -> (Parsed, Vec<Diagnostic>) {
    let parsed = proved(folder, &fs::read(folder.join("stack.toml")).unwrap());
    let mut found = parsed.diagnostics.clone();
    if parsed.is_whole {
        let environment = env::read(folder, []);
        let (stack, document) = (&parsed.stack, &parsed.document);
        found.extend(environment.diagnostics);
        found.extend(check::run(&Project {
            root: folder,
            stack,
            document,
            env: &environment.values,
            codes: render::CODES,
        }));
    }
    let found = diag::join(found, |place| parsed.document.locate(place));
    (parsed, found)
}

fn position(document: &Document, place: &Place) -> String {
    if let Place::File { path, span } = place {
        return format!("{} {span:?}", path.display());
    }
    if let Place::Unshown { path, line, column } = place {
        return format!("{}:{line}:{column}", path.display());
    }
    let text = document.text();
    let Some(span) = document.locate(place) else { return "nowhere".to_owned() };
    let at = |byte: usize| {
        let line = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
        format!("{}:{}", text[..byte].matches('\n').count() + 1, text[line..byte].chars().count() + 1)
    };
    let shown = text[span.clone()].lines().next().unwrap_or_default();
    format!("{}-{} {shown}", at(span.start), at(span.end))
}

fn describe(parsed: &Parsed, diagnostic: &Diagnostic) -> String {
    let Diagnostic { code, severity, message, place, label, places, related, why, help, combination, .. } =
        diagnostic;
    let mut text = format!("{}[{}]: {message}\n", severity.as_str(), code.name);
    if let Some(place) = place {
        let label = if label.is_empty() { String::new() } else { format!("  <- {label}") };
        writeln!(text, "  at {}{label}", position(&parsed.document, place)).unwrap();
    }
    for (place, label) in places.iter().chain(related) {
        let label = if label.is_empty() { String::new() } else { format!("  <- {label}") };
        writeln!(text, "  at {}{label}", position(&parsed.document, place)).unwrap();
    }
    for (word, said) in [("why", why), ("help", help)] {
        if let Some(said) = said {
            writeln!(text, "  {word}: {said}").unwrap();
        }
    }
    for fix in &diagnostic.fixes {
        let fix = match fix {
            Fix::Add { table, entries } => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                format!("{table} has {{ {} }}", entries.join(", "))
            }
            Fix::Rename { key, to } => format!("{key} becomes `{to}`"),
        };
        writeln!(text, "  fix: {fix}").unwrap();
    }
    if let Some(combination) = combination {
        let profiles =
            if combination.is_empty() { "the default".to_owned() } else { combination.join(" + ") };
        writeln!(text, "  happens with: {profiles}").unwrap();
    }
    text
}

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/fixtures")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("stack.toml").is_file());
    folders.sort();
    folders
}

#[test]
fn every_fixture_says_what_is_written_down() {
    for folder in fixtures() {
        let (parsed, found) = judge(&folder);
        let text: Vec<String> = found.iter().map(|diagnostic| describe(&parsed, diagnostic)).collect();
        committed(&folder.join("expected"), &text.join("\n"));
    }
}

/// Files that are better made than committed, and the code that each has to give.
fn made() -> [(&'static str, Vec<u8>); 5] {
    [
        ("file-too-large", vec![b'#'; source::MAX_BYTES + 1]),
        ("empty-file", b"# nothing\n".to_vec()),
        ("not-utf8", b"name = \"\xff\"\n".to_vec()),
        ("nested-too-deeply", format!("a = {}{}", "[".repeat(70), "]".repeat(70)).into_bytes()),
        ("too-many-mistakes", (0..2_000).map(|n| format!("key{n} = 1\n")).collect::<String>().into_bytes()),
    ]
}

#[test]
fn every_code_is_shown_by_some_fixture() {
    let mut shown: BTreeMap<&str, PathBuf> = BTreeMap::new();
    for folder in fixtures() {
        for diagnostic in judge(&folder).1 {
            shown.entry(diagnostic.code.name).or_insert_with(|| folder.clone());
        }
    }
    for (code, bytes) in made() {
        let found = source::parse(&bytes).diagnostics;
        assert!(found.iter().any(|diagnostic| diagnostic.code.name == code), "{code}: {found:?}");
        shown.insert(code, PathBuf::new());
    }
    let all = source::CODES.iter().copied().chain(check::codes());
    let missing: Vec<&str> = all.map(|code| code.name).filter(|name| !shown.contains_key(name)).collect();
    assert_eq!(missing, [] as [&str; 0], "no fixture shows these codes");
}

#[test]
fn codes_are_unique_kebab_case_and_documented() {
    let mut seen = BTreeSet::new();
    for code in codes() {
        let name = code.name;
        assert!(seen.insert(name), "{name} is there twice");
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(name.split('-').all(word), "{name} is not kebab-case");
        assert!(code.docs.len() > 60 && !code.docs.contains("\n#"), "{name} has no documentation of its own");
        let fences = code.docs.matches("```").count();
        assert!(fences.is_multiple_of(2), "{name} leaves a code block open");
    }
}

/// Its severity, and for an error whether `allow` takes it.
fn about(code: &Code) -> String {
    let allowed = match code.allow {
        _ if code.severity == Severity::Warning => return "warning".to_owned(),
        _ if code.severity == Severity::Note => return "hint".to_owned(),
        Allow::Anywhere => "allowed anywhere".to_owned(),
        Allow::UntilUp => "allowed, until `up`".to_owned(),
        Allow::OutsideCore => "allowed outside core".to_owned(),
        Allow::Never(reason) => format!("never allowed: {reason}"),
    };
    format!("error, {allowed}")
}

#[test]
fn the_documentation_is_fresh() {
    let mut text = "\
<!-- Made from the codes in src by `UPDATE=1 cargo test diagnostics`. -->

# Diagnostics

`stackctl validate` reports every mistake in one run, over every combination of profiles. An error means that the stack cannot \
work or cannot be proved; nothing is rendered. A warning means that it works and surprises. A hint, which `validate` shows where there is no \
error, says what could work better.

One mistake in many places is one finding with all of them. `--format json` prints a list of `{code, severity, message, file, line, column, end_line, \
end_column, help}`; a finding with several places has `places` too, a list of `{file, line, column, end_line, end_column, label}` that begins with its own. \
In SARIF they are its `locations`.

`stackctl validate --fix` writes what has one answer into stack.toml and shows it as a diff: volumes, networks, profiles and secrets that are used and \
not declared and have no near name, misspelt keys with one near name, and log rotation. Comments and order stay. What is left is reported and decides the exit \
code. `--fix --dry-run` reports the file as it is, shows the diff and writes nothing.

`allow` acknowledges a warning, or allows an error, with a reason. It stands in the table that the finding points into: a service, a profile, or \
an entry of `[volumes]`, `[networks]`, `[secrets]` or `[configs]`; in `[defaults]` it holds for every service.

```toml
allow = { docker-socket = \"the runner starts a container for each build\" }
```

It takes every warning, and the errors that `docker compose config` accepts in at least one selection of profiles and that can be rendered. An allowed \
error does not change the exit code; `validate` counts it in its last line, `-v` prints it, and `--format json` has it with the severity `note`. \
Nothing works because it is allowed: what the engine refuses it still refuses. Below, each error has one of these:

- **allowed anywhere**: Compose accepts it in every selection.
- **allowed, until `up`**: `up` of a selection in which it occurs ends with it, exit 1, since Compose refuses that selection or two containers take one port.
- **allowed outside core**: Compose refuses each selection in which it occurs. So it is allowed where a selection is left without it, and `up` of the others ends \
with it, exit 1. What holds for some forms of an error only is in its section.
- **never allowed**, with the reason.
"
    .to_owned();
    text.push('\n');
    for code in codes() {
        writeln!(text, "- [`{}`](#{}) ({})", code.name, code.name, about(code)).unwrap();
    }
    for code in codes() {
        writeln!(text, "\n## {}\n\n*{}*\n\n{}", code.name, about(code), code.docs.trim_end()).unwrap();
    }
    fs::create_dir_all(root().join("docs")).unwrap();
    committed(&root().join("docs/diagnostics.md"), &text);
}
