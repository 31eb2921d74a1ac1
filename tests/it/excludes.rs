//! `excludes`: alternatives are never checked, proved or started together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use fastrand::Rng;
use serde_json::{Value, json};
use stackctl::internals::{
    check::{self, Project},
    render, source,
};

use crate::support::Place;

const STACK: &str = r#"
name = "alternatives"
[budget]
memory = "1G"
cpus = 8
[defaults]
limits = { memory = "256M", cpus = 0.5 }
logging = { max_size = "10m" }
[profiles.gpu]
excludes = ["cpu"]
[profiles.cpu]
[profiles.ai]
includes = ["gpu"]
[services.api]
image = "a:1"
[services.on-gpu]
image = "a:1"
profiles = ["gpu"]
ports = ["127.0.0.1:80:80"]
[services.on-cpu]
image = "a:1"
profiles = ["cpu"]
ports = ["127.0.0.1:80:80"]
[services.model]
image = "a:1"
profiles = ["ai"]
"#;

fn place() -> Place {
    Place::with_stack(STACK)
}

#[test]
fn no_combination_with_both_is_proved() {
    let place = place();
    place.run(&["validate"]).exits(0);
    let output = place.run(&["budget", "check", "--format", "json"]);
    let report = output.json();
    let rows: Vec<&Value> =
        report["combinations"].as_array().expect("rows").iter().map(|row| &row["profiles"]).collect();
    assert_eq!(rows, [&json!([]), &json!(["ai"]), &json!(["cpu"]), &json!(["gpu"])]);
    assert_eq!((&report["combinations_checked"], &report["fits"]), (&json!(4), &json!(true)));
}

#[test]
fn a_selection_with_both_is_a_wrong_command_line() {
    let place = place();
    let refused = |args: &[&str], words: &[&str]| {
        let output = place.run(args);
        let text = output.stderr.clone();
        assert_eq!(output.code, Some(2), "{args:?}: {text}");
        words.iter().for_each(|word| assert!(text.contains(word), "{args:?} without {word}: {text}"));
    };
    let both = ["--profile", "gpu", "--profile", "cpu"];
    let through = ["--profile", "ai", "--profile", "cpu"];
    for command in [
        &["up"][..],
        &["plan"],
        &["budget", "check"],
        &["graph"],
        &["render", "--target", "swarm"],
        &["status"],
        &["top", "--once"],
    ] {
        refused(&[command, &both[..]].concat(), &["\"gpu\" and \"cpu\" exclude each other"]);
        refused(
            &[command, &through[..]].concat(),
            &["\"ai\" and \"cpu\" exclude each other", "they enable \"gpu\" and \"cpu\""],
        );
    }
    place.run(&["budget", "check", "--profile", "ai", "--profile", "gpu"]).exits(0);
}

#[test]
fn the_closing_comment_says_what_plain_compose_does_not_know() {
    let place = place();
    let output = place.run(&["render", "--stdout"]);
    let text = output.stdout.clone();
    for line in [
        "# Alternatives (`excludes`)",
        "#   never together with: cpu\n",
        "#   never together with: gpu, ai\n",
    ] {
        assert!(text.contains(line), "no {line}: {text}");
    }
}

/// What a random stack is made of: profiles with what they include and exclude, and services with their profiles, whether they
/// take the one port, and whom they wait for.
struct Stack {
    profiles: Vec<(Vec<usize>, Vec<usize>)>,
    services: Vec<(Vec<usize>, bool, Needs)>,
}

/// Services that one waits for, and whether it has to.
type Needs = Vec<(usize, bool)>;

impl Stack {
    fn new(random: &mut Rng) -> Self {
        let count = random.usize(1..6);
        let some = |random: &mut Rng, upto: usize, percent: u8| -> Vec<usize> {
            (0..upto).filter(|_| random.u8(0..100) < percent).collect()
        };
        let profiles = (0..count).map(|at| {
            let excludes: Vec<usize> = some(random, count, 20);
            (some(random, at, 25), excludes.into_iter().filter(|other| *other != at).collect())
        });
        let profiles = profiles.collect();
        let size = random.usize(2..6);
        let services = (0..size).map(|own| {
            let needs = some(random, size, 25).into_iter().filter(|other| *other != own);
            let needs: Vec<usize> = needs.collect();
            let needs = needs.into_iter().map(|other| (other, random.bool())).collect();
            (some(random, count, 35), random.u8(0..100) < 40, needs)
        });
        Self { profiles, services: services.collect() }
    }

    fn text(&self) -> String {
        let list = |of: &[usize], letter: char| {
            let names: Vec<String> = of.iter().map(|at| format!("\"{letter}{letter}{at}\"")).collect();
            format!("[{}]", names.join(", "))
        };
        let mut text = "name = \"random\"\n".to_owned();
        for (at, (includes, excludes)) in self.profiles.iter().enumerate() {
            let (includes, excludes) = (list(includes, 'p'), list(excludes, 'p'));
            writeln!(text, "[profiles.pp{at}]\nincludes = {includes}\nexcludes = {excludes}").unwrap();
        }
        for (at, (profiles, port, needs)) in self.services.iter().enumerate() {
            writeln!(text, "[services.s{at}]\nimage = \"a:1\"\nprofiles = {}", list(profiles, 'p')).unwrap();
            if *port {
                writeln!(text, "ports = [\"127.0.0.1:80:80\"]\ncontainer_name = \"one\"").unwrap();
            }
            let needs = needs.iter().map(|(other, required)| {
                format!("s{other} = {{ condition = \"started\", required = {required} }}")
            });
            writeln!(text, "depends_on = {{ {} }}", needs.collect::<Vec<_>>().join(", ")).unwrap();
        }
        text
    }

    /// The services that each selection activates, where none of what it enables excludes another.
    fn combinations(&self) -> BTreeMap<Vec<String>, BTreeSet<usize>> {
        let mut found = BTreeMap::new();
        for mask in 0..1_u32 << self.profiles.len() {
            let mut enabled: BTreeSet<usize> =
                (0..self.profiles.len()).filter(|at| mask >> at & 1 == 1).collect();
            let names = enabled.iter().map(|at| format!("pp{at}")).collect();
            // Includes lead to lower numbers only.
            for at in (0..self.profiles.len()).rev() {
                if enabled.contains(&at) {
                    enabled.extend(&self.profiles[at].0);
                }
            }
            let excluded =
                enabled.iter().any(|at| self.profiles[*at].1.iter().any(|other| enabled.contains(other)));
            if excluded {
                continue;
            }
            let active = (0..self.services.len()).filter(|at| {
                let profiles = &self.services[*at].0;
                profiles.is_empty() || profiles.iter().any(|profile| enabled.contains(profile))
            });
            found.insert(names, active.collect());
        }
        found
    }

    fn collides(&self, active: &BTreeSet<usize>) -> bool {
        active.iter().filter(|at| self.services[**at].1).count() > 1
    }

    fn lacks(&self, active: &BTreeSet<usize>) -> bool {
        let mut needs = active.iter().flat_map(|at| &self.services[*at].2);
        needs.any(|(other, required)| *required && !active.contains(other))
    }

    /// Services that wait for nothing that is left are taken away until none is.
    fn is_circular(&self, active: &BTreeSet<usize>) -> bool {
        let mut left = active.clone();
        loop {
            let waits = |at: &usize| self.services[*at].2.iter().any(|(other, _)| left.contains(other));
            let kept: BTreeSet<usize> = left.iter().copied().filter(waits).collect();
            if kept.len() == left.len() {
                return !left.is_empty();
            }
            left = kept;
        }
    }
}

/// The rules over all combinations at once, against every selection tried one by one.
#[test]
fn findings_are_those_of_the_combinations_that_exist() {
    let mut random = Rng::with_seed(12);
    let place = Place::new();
    let (root, env) = (place.path(""), BTreeMap::new());
    for _ in 0..1_500 {
        let random = Stack::new(&mut random);
        let text = random.text();
        let parsed = source::parse(text.as_bytes());
        assert_eq!(parsed.diagnostics, [], "{text}");
        let (stack, document) = (&parsed.stack, &parsed.document);
        let found = check::run(&Project { root: &root, stack, document, env: &env, codes: render::CODES });
        let combinations = random.combinations();
        let exists = |holds: &dyn Fn(&BTreeSet<usize>) -> bool| combinations.values().any(holds);
        type Holds<'a> = &'a dyn Fn(&BTreeSet<usize>) -> bool;
        let codes: [(&str, Holds<'_>); 4] = [
            ("port-collision", &|active| random.collides(active)),
            ("duplicate-container-name", &|active| random.collides(active)),
            ("inactive-dependency", &|active| random.lacks(active)),
            ("dependency-cycle", &|active| random.is_circular(active)),
        ];
        for (code, holds) in codes {
            let mut reported = found.iter().filter(|it| it.code.name == code).peekable();
            assert_eq!(reported.peek().is_some(), exists(holds), "{code}: {text}");
            for diagnostic in reported {
                let combination = diagnostic.combination.clone().unwrap_or_default();
                let active = combinations.get(&combination);
                assert!(active.is_some_and(holds), "{code} with {combination:?}: {text}");
            }
        }
        let impossible = found.iter().any(|it| it.code.name == "excluded-together");
        let enabled = |at: usize| combinations.contains_key(&vec![format!("pp{at}")]);
        assert_eq!(impossible, !(0..random.profiles.len()).all(enabled), "{text}");
    }
}
