//! Generated projects: services over two files, what they extend and include, in every form that Compose merges.

use super::compare;
use crate::import::cases::Case;

/// Keys with forms of theirs that merge.
const KEYS: [(&str, &[&str]); 22] = [
    ("command", &["a b", "[a, b]", ""]),
    (
        "environment",
        &[
            "{A: 1, B: x}",
            "[A=2, C]",
            "{C: , D: 1.10}",
            "{A: \"${V-d}\"}",
            "[\"${V}=1\", A=3]",
            "{A: !reset , B: 2}",
        ],
    ),
    ("labels", &["{a: 1}", "[a=2, b]", "{a: yes, c: 017}"]),
    (
        "ports",
        &[
            "[\"80:80\"]",
            "[\"81:80\", \"80:80/udp\"]",
            "[{target: 80, published: \"80\"}]",
            "!override [\"82:80\"]",
            "!reset []",
            "[\"${P:-80}:80\"]",
        ],
    ),
    (
        "volumes",
        &[
            "[\"./d:/d\"]",
            "[\"./e:/d:ro\", \"vol:/v\"]",
            "[\"${D:-./f}:/f\", {type: bind, source: ../g, target: /g}]",
            "[{type: tmpfs, target: /d}]",
        ],
    ),
    (
        "depends_on",
        &[
            "[z]",
            "{z: {condition: service_healthy}}",
            "{z: {condition: service_started, required: false}, y: {condition: service_started}}",
            "{z: !reset {}}",
        ],
    ),
    ("networks", &["[n]", "{n: {aliases: [x]}}", "{m: , n: {aliases: [x, y]}}"]),
    ("dns", &["1.1.1.1", "[1.1.1.1, 2.2.2.2]"]),
    ("tmpfs", &["/t", "[/t, \"/u:size=1m\"]"]),
    ("cap_add", &["[A]", "[A, B]"]),
    ("expose", &["[80]", "[\"80\", 81]"]),
    ("extra_hosts", &["[\"a:1.1.1.1\"]", "{a: 2.2.2.2, b: 3.3.3.3}", "{c: 1.1.1.1}"]),
    (
        "logging",
        &[
            "{driver: json-file, options: {max-size: \"1\"}}",
            "{options: {max-file: \"2\"}}",
            "{driver: none}",
        ],
    ),
    ("ulimits", &["{nofile: 5}", "{nofile: {soft: 1, hard: 2}, nproc: 3}"]),
    (
        "build",
        &[
            "./b",
            "{context: ., args: {A: 1}}",
            "{args: [A=2, B], dockerfile: D}",
            "!override {context: c}",
            "{additional_contexts: {x: ./x}}",
        ],
    ),
    (
        "deploy",
        &["{replicas: 2}", "{resources: {limits: {memory: 1g}}, labels: [a=1]}", "{labels: {a: 2, b: 3}}"],
    ),
    ("healthcheck", &["{test: [CMD, a], interval: 3s}", "{test: b, retries: 3}", "{disable: true}"]),
    ("profiles", &["[p]", "[p, q]"]),
    ("secrets", &["[s]", "[{source: s, target: /x}, s]"]),
    ("sysctls", &["[a=1]", "{a: 2, b: 3}"]),
    ("env_file", &["e.env", "[e.env, {path: none.env, required: false}]"]),
    ("restart", &["always", "\"no\""]),
];
const TOP: &str = "networks: {n: {}, m: {}}\nvolumes: {vol: {}}\nsecrets: {s: {file: ./s}}\n";

/// The same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// A service with some keys, in block style.
    fn service(&mut self, name: &str, first: &[&str]) -> String {
        let mut text = format!("  {name}:\n");
        for line in first {
            text += &format!("    {line}\n");
        }
        for (key, forms) in KEYS {
            if self.below(3) == 0 {
                let form = forms[self.below(forms.len())];
                text += &format!("    {key}: {form}\n");
            }
        }
        text
    }

    fn case(&mut self, name: String) -> Case {
        let other = ["extends: base", "extends: {file: sub/base.yaml, service: base}", "labels: {l: a}"];
        let other = other[self.below(other.len())];
        let image = "image: i";
        let mut first = format!("{TOP}include: [inc/compose.yaml]\nservices:\n");
        first += &self.service("a", &[image]);
        first +=
            &self.service("b", &[image, if other.starts_with("labels") { "stop_signal: A" } else { other }]);
        first += &self.service("base", &[image]);
        first += "  z: {image: i}\n  y: {image: i}\n";
        let mut second = "services:\n".to_owned();
        second += &self.service("a", &["user: u"]);
        second += &self.service("b", &["user: u"]);
        second += &self.service("i", &["user: u"]);
        let mut base = format!("{TOP}services:\n");
        base += &self.service("base", &["image: j"]);
        // Compose compares a secret of both files before it has made its path absolute.
        let resources = TOP.replace("secrets: {s: {file: ./s}}\n", "");
        let mut included = format!("{resources}services:\n  z: {{image: i}}\n  y: {{image: i}}\n");
        included += &self.service("i", &["image: \"i:${TAG}\""]);
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        Case {
            name,
            files: vec![
                ("a.yaml".to_owned(), first),
                ("b.yaml".to_owned(), second),
                ("sub/base.yaml".to_owned(), base),
                ("inc/compose.yaml".to_owned(), included),
                file("inc/.env", "TAG=t\nV=inc\n"),
                file("e.env", "E=1\n"),
                file("sub/e.env", "E=2\n"),
                file("inc/e.env", "E=3\n"),
            ],
            arguments: ["-f", "a.yaml", "-f", "b.yaml"].map(str::to_owned).to_vec(),
            ..Case::default()
        }
    }
}

#[test]
#[ignore = "asks docker compose"]
fn generated_projects_are_what_compose_merges() {
    let mut random = Random(1);
    let (mut compared, mut failed) = (0, Vec::new());
    for at in 0..100 {
        let case = random.case(format!("{at}"));
        match compare(&case) {
            Ok(()) => compared += 1,
            Err(why) if why.starts_with("Compose refuses it") => {}
            Err(why) => {
                let files = case.files.iter().map(|(name, text)| format!("--- {name}\n{text}"));
                failed.push(format!("=== {at}\n{}\n{why}", files.collect::<String>()));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(compared >= 50, "Compose refuses {} of 100", 100 - compared);
}
