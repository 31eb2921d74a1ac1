//! `render` over a stack that uses everything: what a person reads, and what other readers make of it.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use proptest::prelude::*;
use serde_json::{Value, json};
use stackctl::internals::{
    model::{Service, Stack},
    render::{Rendered, Selection, Target, render},
    resolve::{Profiles, ResolvedStack},
    source,
};

const EVERYTHING: &str = include_str!("../fixtures/everything/stack.toml");

fn stack() -> Stack {
    let parsed = source::parse(EVERYTHING.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    parsed.stack
}

fn project(root: &Path, profiles: &Profiles<'_>) -> Rendered {
    render(Target::Compose, root, profiles, &Selection::default()).unwrap()
}

fn everything(root: &Path, stack: &Stack) -> Rendered {
    fs::create_dir_all(root.join("templates")).unwrap();
    fs::write(root.join("templates/api.conf"), "# {{ name }}\ncpus {{ service.limits.cpus }}\n{{ traffic }}")
        .unwrap();
    project(root, &Profiles::new(stack))
}

/// The rendered files and those that they name, as `docker compose` finds them.
fn lay_out(root: &Path, rendered: &Rendered) {
    for file in &rendered.files {
        let path = root.join("generated").join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    fs::write(root.join("api.env"), "X=1\n").unwrap();
}

/// What Compose makes of the files for some overlay files and profiles.
fn compose(root: &Path, overlays: &[&str], profiles: &[&str]) -> Value {
    let mut command = Command::new("docker");
    command
        .current_dir(root)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/home/x");
    command.args(["compose", "--project-directory", ".", "-f", "generated/docker-compose.yml"]);
    for overlay in overlays {
        command.args(["-f", &format!("generated/docker-compose.{overlay}.yml")]);
    }
    for profile in profiles {
        command.args(["--profile", profile]);
    }
    let output = command.args(["config", "--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn everything_as_a_person_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = everything(folder.path(), &stack());
    let all: String = rendered.files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect();
    insta::assert_snapshot!(all.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert_eq!(rendered, everything(folder.path(), &stack()));
}

#[test]
#[ignore = "needs docker compose"]
fn compose_finds_every_path_and_merges_as_resolve_does() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().canonicalize().unwrap().join("project");
    let mut stack = stack();
    // What the fixture says for the decoder's sake, and Compose refuses: two containers of one name, a circle.
    stack.services["api"].container_name = None;
    stack.services["collector"].network_mode = None;
    stack.services["collector"].pid = None;
    lay_out(&root, &everything(&root, &stack));
    let path = |relative: &str| root.join(relative).to_str().unwrap().to_owned();

    let default = compose(&root, &[], &[]);
    assert_eq!(default["services"]["db"]["volumes"][1]["source"], path("init"));
    assert_eq!(default["services"]["api"]["volumes"][0]["source"], path("conf"));
    assert_eq!(default["services"]["api"]["volumes"][2]["source"], "/home/x/x");
    assert_eq!(default["services"]["api"]["volumes"][3]["source"], path("generated/api/api.conf"));
    assert_eq!(default["services"]["api"]["volumes"][3]["bind"]["selinux"], "z");
    assert_eq!(
        default["services"]["api"]["build"]["context"],
        outer.path().canonicalize().unwrap().to_str().unwrap()
    );
    assert_eq!(default["secrets"]["db_password"]["file"], path(".stackctl/secrets/db_password"));
    assert_eq!(default["secrets"]["api_key"]["file"], path("key.txt"));
    let ports = &default["services"]["api"]["ports"];
    assert_eq!(ports[2]["host_ip"], "::1");
    assert_eq!(
        ports[3],
        json!({ "mode": "ingress", "target": 9000, "published": "9000-9001", "protocol": "tcp" })
    );
    let labelled =
        json!({ "name": "web", "mode": "host", "target": 82, "protocol": "tcp", "app_protocol": "http" });
    assert_eq!(ports[4], labelled);

    let profiles = Profiles::new(&stack);
    for (overlays, selected) in [(&[][..], &[][..]), (&["tracing"], &["tracing"]), (&["tracing"], &["full"])]
    {
        let theirs = compose(&root, overlays, selected);
        let ours = ResolvedStack::new(&profiles, selected);
        assert_eq!(ours.overlays().collect::<Vec<_>>(), overlays);
        let active: Vec<&String> = theirs["services"].as_object().unwrap().keys().collect();
        let mut expected: Vec<&str> = ours.services.keys().copied().collect();
        expected.sort_unstable();
        assert_eq!(active, expected);
        for (name, service) in &ours.services {
            same(&theirs["services"][*name], service);
        }
    }
}

/// Compose's resolved service beside ours.
fn same(theirs: &Value, ours: &Service) {
    let limits = &theirs["deploy"]["resources"]["limits"];
    let memory = ours.limits.memory.map(|bytes| json!(bytes.0.to_string()));
    assert_eq!(limits["memory"], memory.unwrap_or_default());
    let cpus = ours.limits.cpus.filter(|_| !ours.is_quota_limit);
    assert_eq!(limits["cpus"].as_f64(), cpus.map(|cpus| cpus.as_f64()));
    assert_eq!(theirs["cpu_quota"].as_i64(), ours.cpu_quota);
    let reserved = &theirs["deploy"]["resources"]["reservations"];
    assert_eq!(reserved["cpus"].as_f64(), ours.reservations.cpus.map(|cpus| cpus.as_f64()));
    assert_eq!(theirs["deploy"]["replicas"].as_u64(), ours.replicas.map(u64::from));
    let dependencies = theirs["depends_on"].as_object().cloned().unwrap_or_default();
    for (on, dependency) in &ours.depends_on {
        let entry = &dependencies[on];
        assert_eq!(entry["condition"], dependency.condition.compose_name(), "{on}");
        assert_eq!(entry["required"], dependency.required, "{on}");
        assert_eq!(entry["restart"].as_bool().unwrap_or_default(), dependency.restart, "{on}");
    }
    let plain = ours.environment.iter().filter(|(key, _)| !key.contains('$'));
    for (key, value) in plain.filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        assert_eq!(theirs["environment"][key], value.as_str(), "{key}");
    }
    if let Some(stackctl::internals::model::Command::Exec(words)) = &ours.command {
        assert_eq!(theirs["command"], json!(words));
    }
}

/// Texts that one YAML reader or another takes for something else, or that break the layout.
fn nasty() -> Vec<String> {
    let words = "no|No|NO|yes|on|Off|y|n|Y|true|True|FALSE|null|Null|NULL|~|none|nil|=|<<|22:22|1:30:00|190:20:30.15|0:1|2024-01-01|\
        2024-1-1|2024-01-01T00:00:00Z|2001-12-14t21:59:43.10-05:00|1.10|1.0|1.|.5|+.5|-.5e3|1e3|1E+3|6.02e23|1e|e1|017|0o17|0b11|0x1f|0X1F|\
        1_000|1,000|_1|+1|-1|-0|00|0|.inf|-.Inf|+.INF|.nan|.NaN|inf|nan|Infinity|NaN|a: b|a:b|a:|:a|: a|a #b|a#b|#a|- a|-a|--|---|...|--- a|\
        ? a|?a|!a|!!str a|&a|*a|%a|@a|`a|>|>-|<|'a'|''|a'b|a\\b|\\|\\n|[a]|[|]|{a}|{|}|{{ a }}|a, b|,a|(a)|a|a b|*|&|!|?|-|.|..|/|\
        http://a:80/b?c=d&e#f|${HOME}x|$$a|$5|1.2.3|1.2.3.4|v1.2|12e03|0.1.2|1-2|12:30:45.6|é|日本語|🦀|\u{202e}rtl|a\u{a0}b|\u{a0}|\u{feff}bom|\
        a\u{85}b|a\u{2028}b|a\u{2029}b|\u{7f}|\u{80}|\u{9f}|\u{1}\u{2}|\u{1b}[31m|a\tb|\ta|a\t|\u{fffd}|\u{fffe}|\u{ffff}|\u{10ffff}|\u{e000}";
    let mut all: Vec<String> =
        words.split('|').map(|word| word.trim_start_matches("\n        ").to_owned()).collect();
    all.extend(
        [
            "",
            " ",
            "  ",
            " a",
            "a ",
            "\n",
            "\n\n",
            "a\nb",
            "a\nb\n",
            "a\n\nb\n\n",
            "\na",
            " a\nb",
            "a\n  b",
            "a \nb",
            "a\n b\n\tc\n",
        ]
        .map(str::to_owned),
    );
    all.extend(
        [
            "a\r\nb",
            "a\rb",
            "\r",
            "a\u{c}b",
            "# a\n# b\n",
            "- a\n- b",
            "a: b\nc: d\n",
            "---\na\n...\n",
            "|",
            "a|b",
            "\"",
            "\"a\"",
            "'\"",
            "\ta\nb",
        ]
        .map(str::to_owned),
    );
    all.push("x".repeat(5_000));
    all.push("long words in a row ".repeat(300));
    all.push(format!("{}\n", "line\n".repeat(50)));
    all
}

/// A stack whose environment holds each text as a value and, where it can be one, as a key; once as a list of arguments.
fn stack_of(texts: &[String]) -> Stack {
    let escaped = |text: &String| text.replace('$', "$$");
    let mut service = Service { image: Some("x:1".into()), ..Service::default() };
    for (index, text) in texts.iter().enumerate() {
        service.environment.insert(format!("VALUE_{index}"), Some(escaped(text)));
        // An implicit key may have 1,024 characters; Compose asks for one that is no line break, and drops extensions.
        if text.contains(|c| c != '\n')
            && text.len() < 1_000
            // A name with a variable is written in a list.
            && !text.contains(['=', '\0', '$'])
            && !text.starts_with("x-")
        {
            service.environment.insert(text.clone(), Some(format!("key {index}")));
        }
    }
    service.command = Some(stackctl::internals::model::Command::Exec(texts.iter().map(escaped).collect()));
    let mut narrow = service.clone();
    narrow.command =
        Some(stackctl::internals::model::Command::Exec(texts.iter().take(3).map(escaped).collect()));
    Stack {
        name: "nasty".into(),
        services: [("wide".into(), service), ("narrow".into(), narrow)].into(),
        ..Stack::default()
    }
}

fn expected(stack: &Stack) -> Value {
    let services = stack.services.iter().map(|(name, service)| {
        let Some(stackctl::internals::model::Command::Exec(command)) = &service.command else {
            unreachable!()
        };
        let environment: BTreeMap<_, _> = service.environment.iter().collect();
        (name.clone(), json!({ "image": "x:1", "command": command, "environment": environment }))
    });
    json!({ "name": "nasty", "services": Value::Object(services.collect()) })
}

fn text_of(stack: &Stack) -> String {
    project(Path::new("."), &Profiles::new(stack)).main().to_owned()
}

#[test]
fn nasty_texts_come_back_from_our_own_reader() {
    let stack = stack_of(&nasty());
    let back: Value = serde_yaml::from_str(&text_of(&stack)).unwrap();
    assert_eq!(back, expected(&stack));
}

proptest! {
    #[test]
    fn any_text_comes_back(texts in prop::collection::vec("[ -~\n\t:#'\"\\\\{}\\[\\],&*!|>%@`é\u{85}\u{2028}\u{feff}\u{1}0-9.eE_+~-]{0,12}", 1..20)) {
        let stack = stack_of(&texts);
        let back: Value = serde_yaml::from_str(&text_of(&stack)).unwrap();
        prop_assert_eq!(back, expected(&stack));
    }
}

/// Random texts from the characters that matter to YAML, the same on every run.
fn random(count: usize) -> Vec<String> {
    let alphabet: Vec<char> =
        " \n\t:#'\"\\{}[],&*!|>%@`?-+~.<=0123456789eExobinfay_TZé\u{85}\u{2028}\u{a0}🦀".chars().collect();
    let mut random = fastrand::Rng::with_seed(7);
    (0..count)
        .map(|_| (0..random.usize(0..9)).map(|_| alphabet[random.usize(0..alphabet.len())]).collect())
        .collect()
}

#[test]
#[ignore = "needs python3 with PyYAML"]
fn nasty_texts_come_back_from_yaml_1_1() {
    let stack = stack_of(&[nasty(), random(3_000)].concat());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yml");
    fs::write(&file, text_of(&stack)).unwrap();
    let program = "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8', newline=''))))";
    let output = Command::new("python3").args(["-c", program]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let back: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(back, expected(&stack));
}

#[test]
#[ignore = "needs docker compose"]
fn nasty_texts_come_back_from_compose() {
    let stack = stack_of(&[nasty(), random(3_000)].concat());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("generated")).unwrap();
    fs::write(folder.path().join("generated/docker-compose.yml"), text_of(&stack)).unwrap();
    let back = compose(folder.path(), &[], &[]);
    let expected = expected(&stack);
    // Compose prints every `$` doubled, also in keys, which it does not interpolate when it reads.
    for service in ["wide", "narrow"] {
        let (back, expected) = (&back["services"][service], &expected["services"][service]);
        assert_eq!(back["command"].as_array().unwrap().len(), expected["command"].as_array().unwrap().len());
        for (theirs, ours) in
            back["command"].as_array().unwrap().iter().zip(expected["command"].as_array().unwrap())
        {
            assert_eq!(theirs, ours);
        }
        for (key, value) in expected["environment"].as_object().unwrap() {
            assert_eq!(&back["environment"][key.replace('$', "$$")], value, "{key:?}");
        }
    }
}

/// An empty list is not the absence of one: it clears what the image has, or undoes a default.
#[test]
fn empty_lists_are_written_and_read_back() {
    let text = "name = \"x\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[defaults]\ncap_drop = [\"ALL\"]\n\
        limits = { memory = \"64M\", cpus = 0.1 }\nlogging = { max_size = \"1m\" }\n\
        [profiles.pp.services.a]\ncommand = []\n\
        [services.a]\nimage = \"a:1\"\nentrypoint = []\ncommand = []\ncap_drop = []\ncap_add = []\n";
    let parsed = source::parse(text.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::new(&parsed.stack);
    let rendered = project(folder.path(), &profiles);
    for key in ["entrypoint", "command", "cap_drop", "cap_add"] {
        assert!(rendered.main().contains(&format!("    {key}: []\n")), "{}", rendered.main());
    }
    assert!(rendered.files[1].text.contains("    command: []\n"), "{}", rendered.files[1].text);
    let selection = Selection { profiles: vec!["pp".to_owned()], publish_all: false };
    let swarm = render(Target::Swarm, folder.path(), &profiles, &selection).unwrap();
    assert!(swarm.main().contains("    entrypoint: []\n"), "{}", swarm.main());
    let told: Vec<String> = swarm.losses.iter().map(ToString::to_string).collect();
    assert!(
        told.contains(
            &"Swarm cannot clear the value of the image: entrypoint = [] (a), command = [] (a)".to_owned()
        ),
        "{told:?}"
    );
}
