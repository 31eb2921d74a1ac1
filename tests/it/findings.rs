//! What a person reads of one mistake in many places, and whether what the helps say can be followed.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use stackctl::internals::{
    diag::{Diagnostic, Place as At, Segment},
    source,
};

use crate::{diagnostics::judge, support::Place};

/// Five services as somebody types them first.
const FIVE: &str = r#"name = "five"

[budget]
memory = "4G"
cpus = 4.0

[services.proxy]
image = "nginx:1.30"
ports = ["8080:80"]

[services.api]
image = "api:1"
depends_on = { db = "healthy" }

[services.worker]
image = "worker:1"

[services.db]
image = "postgres:17"
healthcheck = { test = ["CMD", "pg_isready"] }

[services.cache]
image = "redis:8"
"#;

#[test]
fn a_bad_name_is_one_finding_wherever_it_is_used() {
    let text = "default_profiles = [\"x\"]\n[profiles.x]\n[services.web]\nimage = \"nginx:1.30\"\nprofiles = [\"x\"]\n";
    let place = Place::with_stack(format!("name = \"names\"\n{text}"));
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let names: Vec<&Value> = found.as_array().unwrap().iter().filter(|it| it["code"] == "bad-name").collect();
    assert_eq!(names.len(), 1, "{found:#}");
    assert_eq!(names[0]["message"], "3 places name the profile \"x\", which is not a name for one");
    let lines: Vec<&Value> = names[0]["places"].as_array().unwrap().iter().map(|it| &it["line"]).collect();
    assert_eq!(lines, [2, 3, 6]);
}

#[test]
fn a_mistake_in_defaults_is_one_finding_and_so_is_a_file_that_many_miss() {
    let services = "[services.a]\n[services.b]\nenv_file = [\"b.env\", \"gone.env\"]\n[services.c]\n";
    let defaults =
        "[defaults]\nimage = \"x:1\"\nenv_file = \"gone.env\"\nhealthcheck = { test = [\"CMD\"] }\n";
    let place = Place::with_stack(format!("name = \"once\"\n{defaults}{services}")).file("b.env", "");
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let errors: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["severity"] == "error")
        .map(|it| it["message"].as_str().unwrap())
        .collect();
    let expected = [
        "3 uses of the env file `gone.env`, which does not exist",
        "the health check of service `a` has nothing to run behind `CMD` (also in `b`, `c`)",
    ];
    assert_eq!(errors, expected, "{found:#}");
}

#[test]
fn five_services_without_limits_are_a_handful_of_findings() {
    let place = Place::with_stack(FIVE);
    let ran = place.run(&["validate"]).exits(1);
    insta::assert_snapshot!(ran.stderr);
    assert!(ran.stderr.lines().count() <= 36, "{}", ran.stderr);
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let codes: Vec<&str> = found.as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["missing-limit", "no-log-rotation", "late-first-check"]);
    let lines = |at: usize| -> Vec<u64> {
        found[at]["places"].as_array().unwrap().iter().map(|it| it["line"].as_u64().unwrap()).collect()
    };
    assert_eq!((lines(0), lines(1)), (vec![7, 11, 15, 18, 22], vec![7, 11, 15, 18, 22]));
    assert_eq!(found[0]["line"], 7);
    // What has one place has the shape that it always had.
    let keys: BTreeSet<&str> = found[2].as_object().unwrap().keys().map(String::as_str).collect();
    let shape = ["code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help"];
    assert_eq!(keys, shape.into());
    let sarif = place.run(&["validate", "--format", "sarif"]).exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    let locations = result["locations"].as_array().unwrap();
    assert_eq!(locations.len(), 5);
    let region = json!({ "startLine": 11, "startColumn": 11, "endLine": 11, "endColumn": 14 });
    assert_eq!(locations[1]["physicalLocation"]["region"], region);
    assert_eq!(result["suppressions"], Value::Null);
}

#[test]
fn one_service_of_many_allows_for_itself() {
    let allowed = FIVE.replace(
        "[services.cache]\n",
        "[services.cache]\nallow = { missing-limit = \"why\", no-log-rotation = \"why\" }\n",
    );
    let place = Place::with_stack(allowed);
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let count = |code: &str, severity: &str| -> Vec<usize> {
        let found = found.as_array().unwrap().iter();
        let found = found.filter(|it| it["code"] == code && it["severity"] == severity);
        found.map(|it| it["places"].as_array().map_or(1, Vec::len)).collect()
    };
    assert_eq!(count("missing-limit", "error"), [4]);
    assert_eq!(count("missing-limit", "note"), [1]);
    assert_eq!(count("no-log-rotation", "warning"), [4]);
}

#[test]
fn the_same_of_many_kinds_is_one_finding_each() {
    let text = r#"name = "kinds"
[budget]
memory = "64G"
cpus = 64.0
[defaults]
logging = { max_size = "1m" }
limits = { memory = "64M", cpus = 0.1 }
[services.a]
image = "a"
ports = ["*:80:80"]
volumes = ["data:/a"]
profiles = ["tols"]
restrt = "always"
environment = { A = "${UNSET}" }
[services.b]
image = "b:latest"
ports = ["*:81:80", "0.0.0.0:82:80"]
volumes = ["data:/b"]
profiles = ["tols"]
restrt = "always"
mem_limit = "1G"
environment = { B = "${UNSET}" }
[services.c]
image = "c:1"
mem_limit = 536870912
cpus = 2
restart = "sometimes"
depends_on = ["gone"]
"#;
    insta::assert_snapshot!(Place::with_stack(text).run(&["validate"]).exits(1).stderr);
}

#[test]
fn causes_are_named() {
    let validate = |text: &str| Place::with_stack(text).run(&["validate"]).exits(1).stderr;
    insta::assert_snapshot!(
        "a_compose_file",
        validate("services:\n  web:\n    image: nginx:1.30\n    ports:\n      - \"8080:80\"\n")
    );
    let head = "name = \"x\"\n[defaults]\nlogging = { max_size = \"1m\" }\nlimits = { memory = \"64M\", cpus = 0.1 }\n";
    let below = "[services.web]\n[services.web.environment]\nA = \"1\"\nimage = \"web:1\"\nports = [\"80:80\"]\nrestart = \"always\"\n";
    insta::assert_snapshot!("keys_below_a_header", validate(&format!("{head}{below}")));
    let kubernetes = "[services.web]\nimage = \"web:1\"\nlimits = { memory = \"256Mi\", cpus = \"500m\" }\n";
    insta::assert_snapshot!("units_of_kubernetes", validate(&format!("{head}{kubernetes}")));
    let image = "[services.web]\nimgae = \"web:1\"\n";
    insta::assert_snapshot!("a_misspelt_image", validate(&format!("{head}{image}")));
    let ports = "[services.web]\nimage = \"web:1\"\nports = { 8090 = 80 }\nmem_limit = \"1G\"\n";
    insta::assert_snapshot!("ports_as_a_table", validate(&format!("{head}{ports}")));
}

/// A help that tells to write a line: below the header of a table, or a table at the end of the file.
enum Patch {
    Line { header: String, line: String },
    Table(String),
}

/// What a finding tells to write, where that is one thing.
fn patch(found: &Diagnostic) -> Option<Patch> {
    let help = found.help.as_deref()?;
    let mut parts = help.split('`').skip(1).step_by(2);
    let (first, more) = (parts.next()?, parts.next());
    let is_it = ["write `", "declare it with `", "add `"].iter().any(|verb| help.starts_with(verb));
    if !is_it {
        return None;
    }
    let is_toml = |text: &str| source::parse(text.as_bytes()).is_whole;
    if first.starts_with('[') {
        return is_toml(first).then(|| Patch::Table(first.to_owned()));
    }
    if !first.contains(" = ") || !is_toml(&format!("x-all.{first}\n")) {
        return None;
    }
    if more == Some("[defaults]") {
        return Some(Patch::Line { header: "[defaults]".to_owned(), line: first.to_owned() });
    }
    let (At::Value(path) | At::Key(path)) = found.place.as_ref()? else { return None };
    match path.0.as_slice() {
        // Elsewhere the line takes the place of what is there.
        [Segment::Key(table), Segment::Key(name)] if more.is_none() || !help.contains(" into ") => {
            Some(Patch::Line { header: format!("[{table}.{name}]"), line: first.to_owned() })
        }
        _ => None,
    }
}

/// All helps that are patches are followed at once: the file is TOML, and none of them is asked for again.
#[test]
fn helps_can_be_followed_together() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut followed = 0;
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(mut text) = fs::read_to_string(folder.join("stack.toml")) else { continue };
        let (parsed, found) = judge(&folder);
        if !parsed.is_whole {
            continue;
        }
        let before = duplicates(&text);
        let errors_and_warnings = found.iter().filter(|it| !it.is_allowed());
        for patch in errors_and_warnings.filter_map(patch) {
            match patch {
                Patch::Table(header) => text.push_str(&format!("\n{header}\n")),
                Patch::Line { header, line } if text.contains(&header) => {
                    let at = text.find(&header).unwrap();
                    let at = at + text[at..].find('\n').unwrap_or(text.len() - at);
                    text.insert_str(at, &format!("\n{line}"));
                }
                Patch::Line { header, line } if header == "[defaults]" => {
                    text.push_str(&format!("\n{header}\n{line}\n"));
                }
                Patch::Line { .. } => continue,
            }
            followed += 1;
        }
        let after = source::parse(text.as_bytes());
        assert!(after.is_whole, "{}: {:?}\n{text}", folder.display(), after.diagnostics);
        assert_eq!(duplicates(&text), before, "{}\n{text}", folder.display());
    }
    assert!(followed > 20, "only {followed} helps are patches");
}

fn duplicates(text: &str) -> usize {
    let found = source::parse(text.as_bytes()).diagnostics;
    found.iter().filter(|it| it.code.name == "duplicate-key").count()
}

/// `validate` judges the stack, `budget check` the budget: the first names the verdict of the second.
#[test]
fn validate_ends_with_what_is_over_the_budget() {
    let service = |name: &str, cpus: &str, profile: &str| {
        format!(
            "[services.{name}]\nimage = \"{name}:1\"\nlimits = {{ memory = \"512M\", cpus = {cpus} }}\n{profile}\n"
        )
    };
    let head = "name = \"over\"\n[budget]\nmemory = \"2G\"\ncpus = 2.0\n[defaults]\nlogging = { max_size = \"1m\" }\n[profiles.fast]\n[profiles.load]\n";
    let services = [
        service("api", "1.0", ""),
        service("db", "0.5", ""),
        service("cache", "0.5", "profiles = [\"fast\"]"),
        service("worker", "0.75", "profiles = [\"load\"]"),
        service("generator", "0.25", "profiles = [\"load\"]"),
    ];
    let place = Place::with_stack(format!("{head}{}", services.concat()));
    let ran = place.run(&["validate"]).exits(0);
    insta::assert_snapshot!(ran.stderr);
    place.run(&["validate", "--format", "json"]).exits(0);
    insta::assert_snapshot!(place.run(&["budget", "check"]).exits(1).stdout);
    insta::assert_snapshot!(
        place.run(&["budget", "check", "--profile", "load", "--profile", "fast"]).exits(1).stdout
    );
}

#[test]
fn an_edit_by_hand_is_told_in_one_way() {
    let place = Place::with_stack(crate::support::one_service("edited", "debian:12", ""));
    place.run(&["render"]).exits(0);
    let path = place.path("generated/docker-compose.yml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("debian:12", "debian:13")).unwrap();
    let hint = "move the change into stack.toml or templates/, or discard it with `stackctl render --force`";
    let reason = "generated/docker-compose.yml was edited by hand";
    for args in [&["render", "--check"][..], &["render"]] {
        let ran = place.run(args).exits(1);
        assert!(ran.stderr.contains(hint) && ran.stderr.contains(reason), "{args:?}\n{}", ran.whole());
        assert!(!ran.stderr.contains("brings it up to date"), "{}", ran.whole());
    }
    // What was only left behind is brought up to date.
    fs::write(&path, &text).unwrap();
    place.write("stack.toml", crate::support::one_service("edited", "debian:13", ""));
    let ran = place.run(&["render", "--check"]).exits(1);
    assert!(ran.stderr.contains("`stackctl render` brings it up to date"), "{}", ran.whole());
}
