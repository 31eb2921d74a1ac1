//! Variables in what proofs read: what they are taken for, and that Compose takes them for the same.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, process::Command};

use serde_json::{Value, json};
use stackctl::internals::{
    check::env,
    diag::Severity,
    model::{Bytes, Port, Service, Swap},
    render::{Selection, Target, render},
    resolve::Profiles,
    source::{self, Parsed, Values},
};

use crate::support::Place;

const HEAD: &str = "name = \"given\"\n[budget]\nmemory = \"900G\"\ncpus = 900\n";

/// A stack as proofs read it, with the `.env` beside it.
pub fn proved(folder: &Path, text: &[u8]) -> Parsed {
    source::parse_given(text, &Values::new(env::read(folder, []).proof, BTreeMap::new()))
}

const WEB: &str = r#"
[services.web]
image = "web:1"
limits = { memory = "${MEMORY}", cpus = "${CPUS:-0.5}" }
logging = { driver = "json-file", max_size = "${LOGS:-1m}", max_file = 3 }
ports = ["*:${BIND}:80", "${WEB_PORT}:81"]
restart = "always"
healthcheck = { test = "true", retries = "$RETRIES" }
[services.two]
image = "two:1"
limits = { memory = "64M", cpus = 0.5 }
logging = { driver = "json-file", max_size = "1m" }
restart = "always"
depends_on = ["${FIRST:-web}"]
environment = ["${FIRST:-web}_URL=x"]
healthcheck = { test = "true" }
"#;
const ENV: &str = "MEMORY=512M\nBIND=127.0.0.1:9000\nWEB_PORT=8080\nRETRIES=5\nSECRET=hunter2\n";

fn web() -> Place {
    Place::with_stack(format!("{HEAD}{WEB}")).file(".env", ENV)
}

#[test]
fn the_proof_names_what_it_assumes() {
    let place = web();
    let ran = place.run(&["budget", "check"]).exits(0);
    let assumed: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("assumes: ")).collect();
    let expected = [
        "assumes: MEMORY=512M (.env)",
        "assumes: CPUS=0.5 (default)",
        "assumes: LOGS=1m (default)",
        "assumes: BIND=127.0.0.1:9000 (.env)",
        "assumes: WEB_PORT=8080 (.env)",
        "assumes: FIRST (default)",
    ];
    assert_eq!(assumed, expected);
    // The shell is not read.
    let with_shell = place.run_with(&[("MEMORY", "1G"), ("CPUS", "2")], &["budget", "check"]).exits(0);
    assert_eq!(with_shell.stdout, ran.stdout);
    let json = place.run(&["budget", "check", "--format", "json"]).exits(0).json();
    assert_eq!(json["combinations"][0]["memory_limit_bytes"], (512 + 64) << 20);
    assert_eq!(json["assumes"][0], json!({ "variable": "MEMORY", "value": "512M", "from": ".env" }));
    assert_eq!(json["assumes"][5], json!({ "variable": "FIRST", "value": null, "from": "default" }));
}

#[test]
fn the_rendered_file_keeps_the_variable_and_lists_what_was_assumed() {
    let place = web();
    place.run_with(&[("MEMORY", "1G")], &["render"]).exits(0);
    let text = fs::read_to_string(place.path("generated/docker-compose.yml")).unwrap();
    for line in [
        "memory: ${MEMORY}",
        "cpus: ${CPUS:-0.5}",
        "max-size: ${LOGS:-1m}",
        "- ${BIND}:80",
        "- 127.0.0.1:${WEB_PORT}:81",
        "retries: ${RETRIES}",
        "- ${FIRST:-web}",
        "- ${FIRST:-web}_URL=x",
    ] {
        let line = line.replace("${RETRIES}", "$RETRIES");
        assert!(text.replace('"', "").contains(&line), "{line}: {text}");
    }
    let comment = text.replace("\n#  ", "");
    assert!(comment.contains("# The sums assume: MEMORY=512M (.env), CPUS=0.5 (default), LOGS=1m"), "{text}");
    assert!(!text.contains("hunter2"));
    place.run(&["render", "--check"]).exits(0);
    place.write(".env", ENV.replace("512M", "256M"));
    place.run(&["render", "--check"]).exits(1);
}

/// The stack is started with the shell's values: they are named, judged, and change no file.
#[test]
fn the_shell_counts_where_the_stack_is_started() {
    let place = web();
    let engine = ("DOCKER_HOST", "unix:///nowhere/docker.sock");
    place.run(&["render"]).exits(0);
    for command in ["up", "plan"] {
        let ran = place.run_with(&[engine, ("WEB_PORT", "9999"), ("SECRET", "x")], &[command]).exits(3);
        let note = "the shell sets WEB_PORT=9999; proofs assume WEB_PORT=8080 (.env)";
        assert!(ran.stderr.contains(note), "{}", ran.stderr);
        assert!(!ran.stderr.contains("SECRET"), "{}", ran.stderr);
        // On the port of the other.
        let ran = place.run_with(&[engine, ("WEB_PORT", "9000")], &[command]).exits(1);
        assert!(ran.stderr.contains("error[port-collision]"), "{}", ran.stderr);
        let ran = place.run_with(&[engine, ("MEMORY", "hunter2")], &[command]).exits(1);
        assert!(
            ran.stderr.contains("the shell sets MEMORY; proofs assume MEMORY=512M (.env)"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    let ran = place.run_with(&[engine, ("MEMORY", "901G")], &["up"]).exits(1);
    assert!(ran.stderr.contains("budget"), "{}", ran.stderr);
    place.run(&["render", "--check"]).exits(0);
}

#[test]
fn without_a_value_the_proof_is_an_error_that_names_the_fix() {
    let place = Place::with_stack(format!("{HEAD}{WEB}")).file(".env", "BIND=80\nWEB_PORT=81\n");
    let ran = place.run_with(&[("MEMORY", "512M")], &["validate"]).exits(1);
    assert!(ran.stderr.contains("error[variable-in-proof]"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("set `MEMORY` in .env, or give it a default: `${MEMORY:-value}`"),
        "{}",
        ran.stderr
    );
}

/// One published port as Compose's canonical JSON has it: a range with one container port stays one entry.
fn published(port: &Port) -> Vec<Value> {
    let targets = port.target.first..=port.target.last;
    targets
        .enumerate()
        .map(|(index, target)| {
            let mut entry =
                json!({ "mode": "ingress", "target": target, "protocol": port.protocol.as_str() });
            let first = |first: u16| (usize::from(first) + index).to_string();
            let range = port.published.map(|range| match port.target.count() {
                1 => range.to_string(),
                _ => first(range.first),
            });
            entry.as_object_mut().unwrap().extend(range.map(|range| ("published".to_owned(), json!(range))));
            let ip = port.host_ip.ip().map(|ip| ("host_ip".to_owned(), json!(ip.to_string())));
            entry.as_object_mut().unwrap().extend(ip);
            entry
        })
        .collect()
}

/// Compose's service beside ours.
fn same(name: &str, theirs: &Value, ours: &Service) {
    let bytes = |value: &Value| value.as_str().map(|text| Bytes(text.parse().unwrap()));
    let resources = &theirs["deploy"]["resources"];
    for (key, ours) in [("limits", &ours.limits), ("reservations", &ours.reservations)] {
        assert_eq!(bytes(&resources[key]["memory"]), ours.memory, "{name} {key}");
        assert_eq!(resources[key]["cpus"].as_f64(), ours.cpus.map(|cpus| cpus.as_f64()), "{name} {key}");
        assert_eq!(resources[key]["pids"].as_i64(), ours.pids, "{name} {key}");
    }
    assert_eq!(theirs["deploy"]["replicas"].as_u64(), ours.replicas.map(u64::from), "{name}");
    let swap = ours.memswap_limit.and_then(|swap| match swap {
        Swap::Limit(bytes) => Some(bytes.0.to_string()),
        Swap::Unlimited | Swap::Off => None,
    });
    assert_eq!(theirs["memswap_limit"].as_str(), swap.as_deref(), "{name}");
    let options = &theirs["logging"]["options"];
    let size = options["max-size"].as_str().map(|text| Bytes::parse(text).unwrap());
    assert_eq!(size, ours.logging.max_size, "{name}");
    let files = options["max-file"].as_str().map(|text| text.parse().unwrap());
    assert_eq!(files, ours.logging.max_file, "{name}");
    assert_eq!(theirs["logging"]["driver"].as_str(), ours.logging.driver.as_deref(), "{name}");
    assert_eq!(theirs["privileged"].as_bool().unwrap_or_default(), ours.privileged, "{name}");
    let check = ours.healthcheck.as_ref();
    let retries = check.filter(|check| !check.disable).and_then(|check| check.retries);
    let their_check = &theirs["healthcheck"];
    assert_eq!(
        their_check["disable"].as_bool().unwrap_or_default(),
        check.is_some_and(|it| it.disable),
        "{name}"
    );
    if their_check["disable"] != true {
        assert_eq!(their_check["retries"].as_u64(), retries.map(u64::from), "{name}");
    }
    let ports: Vec<Value> = ours.ports.iter().flat_map(published).collect();
    assert_eq!(theirs["ports"].as_array().cloned().unwrap_or_default(), ports, "{name}");
    let on = theirs["depends_on"].as_object().cloned().unwrap_or_default();
    assert!(on.keys().eq(ours.depends_on.keys()), "{name}: {on:?} {:?}", ours.depends_on);
}

/// What Compose makes of the rendered files, with nothing but `.env`.
fn composed(place: &Place) -> Value {
    let mut command = Command::new("docker");
    command.current_dir(place.path("")).env_clear().env("HOME", place.path(""));
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.args(["compose", "--project-directory", ".", "-f", "generated/docker-compose.yml"]);
    let output = command.args(["config", "--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Keys, and values that each takes.
const KINDS: [(&str, &[&str]); 10] = [
    ("limits.memory", &["512M", "1g", "64mb", "1.5G", "1073741824"]),
    ("limits.cpus", &["0.5", "2", "1.25"]),
    ("limits.pids", &["-1", "100"]),
    ("reservations.memory", &["32m", "16MiB"]),
    ("replicas", &["0", "1", "3"]),
    ("memswap_limit", &["8g", "8192m"]),
    ("logging.max_size", &["1m", "10k"]),
    ("logging.max_file", &["1", "5"]),
    ("healthcheck.retries", &["1", "7"]),
    ("privileged", &["true", "false", "no"]),
];
/// Parts of a port by letter, and how they stand together.
const PARTS: [(char, &[&str]); 7] = [
    ('P', &["8080", "9000-9002"]),
    ('I', &["127.0.0.1", "0.0.0.0", "[::1]"]),
    ('A', &["127.0.0.1:9000", "0.0.0.0:9001", "[::1]:9002", "9003"]),
    ('M', &["8080:80", "70:71/udp"]),
    ('R', &["91-93"]),
    ('T', &["80", "81"]),
    ('U', &["tcp", "udp"]),
];
const PORTS: [&str; 13] = [
    "P:80",
    "P:80/udp",
    "I:P:80",
    "*:P:80",
    "*:A:80",
    "T",
    "*:T",
    "0.0.0.0:P:80",
    "127.0.0.1:M",
    "*:M",
    "R:R",
    "*:R:R",
    "P:T/U",
];

/// Every value: that with the number n is the variable `Vn` of `.env`.
fn values() -> Vec<&'static str> {
    let all = KINDS.iter().map(|(_, values)| values).chain(PARTS.iter().map(|(_, values)| values));
    all.flat_map(|values| values.iter().copied()).chain(["base"]).collect()
}

/// One of the values, as a text with variables that gives it.
fn given(random: &mut fastrand::Rng, of: &[&str]) -> String {
    let value = *random.choice(of).unwrap();
    let name = format!("V{}", values().iter().position(|known| *known == value).unwrap());
    match random.u8(0..9) {
        0 => format!("${{{name}}}"),
        1 => format!("${name}"),
        2 => format!("${{{name}:-other}}"),
        3 => format!("${{UNSET:-{value}}}"),
        4 => format!("${{UNSET-{value}}}"),
        5 => format!("${{{name}:+{value}}}"),
        6 => format!("${{UNSET:-${{{name}}}}}"),
        7 => format!("${{EMPTY:-{value}}}"),
        _ => format!("${{{name}:?it is needed}}"),
    }
}

/// A service whose values are given by variables.
fn service(seed: u64) -> String {
    let random = &mut fastrand::Rng::with_seed(seed);
    let mut text = format!(
        "[services.s{seed}]\nimage = \"a:1\"\nlogging.driver = \"json-file\"\nhealthcheck.test = \"x\"\n"
    );
    for (key, values) in KINDS {
        writeln!(text, "{key} = \"{}\"", given(random, values)).unwrap();
    }
    let form = *random.choice(&PORTS).unwrap();
    let mut port = String::new();
    for letter in form.chars() {
        match PARTS.iter().find(|(known, _)| *known == letter) {
            Some((_, values)) => port.push_str(&given(random, values)),
            None => port.push(letter),
        }
    }
    let base = given(random, &["base"]);
    writeln!(text, "ports = [\"{port}\"]\ndepends_on = [\"{base}\"]").unwrap();
    text
}

/// What proofs assume is what Compose makes of the rendered file.
#[test]
#[ignore = "needs the Compose CLI"]
fn compose_takes_variables_for_the_same() {
    let mut env = "EMPTY=\n".to_owned();
    values().iter().enumerate().for_each(|(at, value)| writeln!(env, "V{at}={value}").unwrap());
    let mut text = format!("{HEAD}[services.base]\nimage = \"a:1\"\n");
    (0..400).for_each(|seed| text += &service(seed));
    let place = Place::with_stack(&text).file(".env", env);
    let parsed = proved(&place.path(""), text.as_bytes());
    let errors: Vec<_> = parsed.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let profiles = Profiles::new(&parsed.stack);
    let rendered = render(Target::Compose, &place.path(""), &profiles, &Selection::default()).unwrap();
    for file in rendered.files {
        place.write(&format!("generated/{}", file.path), file.text);
    }
    let theirs = composed(&place);
    for (name, ours) in &parsed.stack.services {
        same(name, &theirs["services"][name], ours);
    }
}

/// Forms that need care, each with what Compose makes of it.
#[test]
#[ignore = "needs the Compose CLI"]
fn names_of_variables_and_dependencies_are_interpolated_in_lists() {
    let text = format!(
        "{HEAD}[defaults]\nlimits = {{ memory = \"64M\", cpus = 0.1 }}\n[services.db]\nimage = \"a:1\"\n[services.web]\nimage = \"a:1\"\ndepends_on = [\"${{DB}}\"]\n\
         environment = [\"${{DB}}_URL=${{DB}}:1\", \"${{PAIR}}\", \"${{NONE:-a=b}}=c\", \"PLAIN=$$x\"]\n\
         ulimits = {{ nofile = \"${{FILES:-512}}\", nproc = {{ soft = \"$FEW\", hard = \"${{FILES:-512}}\" }} }}\n\
         ports = [{{ target = \"$FEW\", published = \"${{FEW}}0\", host_ip = \"${{IP}}\", protocol = \"${{UDP:-udp}}\", mode = \"host\" }}, \
         {{ target = 80, published = \"$FEW\", host_ip = \"*\" }}, {{ target = 81, published = \"1$FEW\" }}]\n\
         [profiles.pp.services.web]\nenvironment = [\"${{DB}}_URL=2\"]\nlimits = {{ memory = \"${{FEW}}m\" }}\n"
    );
    let place = Place::with_stack(&text).file(".env", "DB=db\nPAIR=x=y\nFEW=7\nIP=::1\n");
    place.run(&["render"]).exits(0);
    let web = &composed(&place)["services"]["web"];
    assert_eq!(web["depends_on"]["db"]["condition"], "service_started");
    let environment = json!({ "db_URL": "db:1", "x": "y", "a": "b=c", "PLAIN": "$$x" });
    assert_eq!(web["environment"], environment);
    assert_eq!(web["ulimits"], json!({ "nofile": 512, "nproc": { "soft": 7, "hard": 512 } }));
    let expected = json!([
        { "mode": "host", "host_ip": "::1", "target": 7, "published": "70", "protocol": "udp" },
        { "mode": "ingress", "target": 80, "published": "7", "protocol": "tcp" },
        { "mode": "ingress", "host_ip": "127.0.0.1", "target": 81, "published": "17", "protocol": "tcp" },
    ]);
    let mut ports = web["ports"].clone();
    ports.as_array_mut().unwrap().iter_mut().for_each(|port| {
        port.as_object_mut().unwrap().entry("mode").or_insert(json!("ingress"));
    });
    assert_eq!(ports, expected);
}
