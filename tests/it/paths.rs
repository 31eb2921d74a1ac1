//! From where the paths of rendered files count, and that the printed lines work as they are printed.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use stackctl::internals::{
    model::{PathBase, variable::has_variable},
    render::{Selection, Target, render},
    resolve::Profiles,
    source,
};

use crate::{stacks::Generated, support::Place};

const HEAD: &str = "name = \"paths\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[defaults]\n\
    limits = { memory = \"64M\", cpus = 0.1 }\nlogging = { max_size = \"1m\" }\n";

/// Paths of every kind, each out of a variable beside one that is written.
const PATHS: &str = r#"
[profiles.extra.services.a]
environment = { E = "1" }
[services.a]
image = "a:1"
build = { context = "${SRC:-api}", additional_contexts = { base = "${BASE:-base}", plain = "plain" } }
env_file = ["${ENV_FILE:-app.env}", "plain.env"]
label_file = ["${LABELS:-app.labels}", "./plain.labels"]
volumes = [
  "${DATA:-./data}:/data", "./plain:/plain", "..:/up", "${VOLUME:-named}:/named", "disk:/disk",
  { type = "bind", source = "${LONG:-long}", target = "/long" }, { type = "bind", source = "short", target = "/short" },
]
develop = { watch = [{ action = "rebuild", path = "${WATCH:-src}" }, { action = "rebuild", path = "lib" }] }
secrets = ["s", "t"]
configs = ["c"]
[services.b]
image = "b:1"
profiles = ["extra"]
[volumes.named]
[volumes.disk]
driver_opts = { type = "none", o = "bind", device = "${DISK:-disk}" }
[secrets]
s = { file = "${SECRETS:-secrets}/s" }
t = { file = "secrets/t" }
[configs.c]
file = "${CONFIG:-c.conf}"
"#;

fn base(text: &str) -> PathBase {
    let parsed = source::parse(format!("{HEAD}{text}").as_bytes());
    assert_eq!(parsed.diagnostics, [], "{text}");
    PathBase::of(&parsed.stack)
}

#[test]
fn what_reads_the_environment_decides() {
    let service = |keys: &str| base(&format!("[services.a]\nimage = \"a:1\"\n{keys}"));
    for keys in [
        "command = \"$X\"",
        "labels = { l = \"${X:-y}\" }",
        "volumes = [\"${D}:/d\"]",
        "volumes = [{ type = \"volume\", target = \"${D:-/d}\" }]",
        "secrets = []\nenvironment = [\"X\"]",
        "env_file = [\"a.env\"]",
        "build = { context = \".\", args = [\"X\"] }",
        "networks = { default = { aliases = [\"${X}\"] } }",
        "compose = { x-a = [{ b = \"$X\" }] }",
        "[profiles.pp.services.a]\nenvironment = [\"X\"]",
        "[profiles.pp.services.a]\ncommand = [\"$X\"]",
        "[secrets.s]\nenvironment = \"X\"",
        "[configs.c]\nenvironment = \"X\"",
        "[configs.c]\ncontent = \"a $X\"",
        "[networks.n]\nname = \"$X\"",
    ] {
        assert_eq!(service(keys), PathBase::Project, "{keys}");
    }
    for keys in [
        "command = \"$$X costs 5$\"",
        "env_file = [{ path = \"a.env\", format = \"raw\" }]",
        // stackctl writes it itself, without variables.
        "env_file = [{ secret = \"s\" }]\n[secrets.s]\ngenerate = true\nenv = [\"A\"]",
        "build = { context = \".\", args = [\"X=1\"] }",
        "notes = \"$X\"",
    ] {
        assert_eq!(service(keys), PathBase::Generated, "{keys}");
    }
}

/// Where Compose is told nothing, nothing in the files depends on a `.env`.
#[test]
fn files_without_the_option_hold_no_variable() {
    let folder = tempfile::tempdir().unwrap();
    let mut bases = [0; 2];
    for seed in 0..60 {
        let stack = Generated::new(seed);
        let parsed = source::parse(stack.toml().as_bytes());
        let Ok(rendered) =
            render(Target::Compose, folder.path(), &Profiles::new(&parsed.stack), &Selection::default())
        else {
            continue;
        };
        for file in rendered.files.iter().filter(|file| file.path.ends_with(".yml")) {
            let (comments, lines): (Vec<&str>, Vec<&str>) =
                file.text.lines().partition(|line| line.starts_with('#'));
            let told = comments.iter().any(|line| line.contains("--project-directory ."));
            bases[usize::from(told)] += 1;
            assert!(told || !has_variable(&lines.join("\n")), "seed {seed}: {}", file.path);
        }
    }
    assert!(bases[0] > 10 && bases[1] > 10, "{bases:?}");
}

/// The line for the default: the first that starts the stack.
fn line(place: &Place) -> String {
    let text = fs::read_to_string(place.path("generated/docker-compose.yml")).unwrap();
    let line = text.lines().find(|line| line.contains("docker compose ") && line.contains(" up -d")).unwrap();
    line.trim_start_matches("# ").trim().to_owned()
}

#[test]
fn the_printed_lines_carry_the_folder_and_no_env_file() {
    let place = Place::with_stack(format!("{HEAD}{PATHS}"));
    files(&place);
    place.run(&["render"]).exits(0);
    let text = fs::read_to_string(place.path("generated/docker-compose.yml")).unwrap();
    assert!(!text.contains("--env-file"), "{text}");
    let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
    assert!(head.iter().any(|line| line.contains("`--project-directory .`")), "{head:?}");
    let overlay = fs::read_to_string(place.path("generated/docker-compose.extra.yml")).unwrap();
    assert!(overlay.lines().nth(2).unwrap().contains("`--project-directory .`"), "{overlay}");
    assert_eq!(
        line(&place),
        "docker compose -p paths --project-directory . -f generated/docker-compose.yml --profile core up -d"
    );
    let extra = "docker compose -p paths --project-directory . -f generated/docker-compose.yml \
        -f generated/docker-compose.extra.yml --profile extra up -d";
    assert!(text.contains(extra), "{text}");
    // The text alone decides: a `.env` changes nothing.
    place.write(".env", "SRC=alt\nCOMPOSE_PROFILES=extra\n");
    place.run(&["render", "--check"]).exits(0);
}

/// Everything that [`PATHS`] names, with and without its variables.
fn files(place: &Place) {
    for folder in ["api", "alt"] {
        place.write(&format!("{folder}/Dockerfile"), "FROM scratch\n");
    }
    for folder in ["base", "plain", "src", "lib", "data", "long", "short", "disk"] {
        place.write(&format!("{folder}/.keep"), "");
    }
    for file in ["app.env", "alt.env", "plain.env", "app.labels", "plain.labels", "c.conf"] {
        place.write(file, "");
    }
    for file in ["secrets/s", "secrets/t", "alt/s"] {
        place.write(file, "x");
    }
}

/// What Compose makes of a printed line.
fn config(place: &Place, line: &str, shell: &[(&str, &str)]) -> Value {
    let words: Vec<&str> = line.strip_suffix(" up -d").unwrap().split(' ').collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["config", "--format", "json"]).current_dir(place.path(""));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COMPOSE_")) {
        command.env_remove(name);
    }
    command.envs(shell.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs the Compose CLI"]
fn every_path_counts_from_the_folder_of_stack_toml() {
    let place = Place::with_stack(format!("{HEAD}{PATHS}"));
    files(&place);
    place.run(&["render"]).exits(0);
    let root = place.path("").canonicalize().unwrap();
    let path = |relative: &str| root.join(relative).to_str().unwrap().to_owned();
    for (env, source, secret) in [
        (None, "api", "secrets/s"),
        (Some(""), "api", "secrets/s"),
        (Some("COMPOSE_PROFILES=extra\nCOMPOSE_PROJECT_NAME=other\n"), "api", "secrets/s"),
        (Some("SRC=alt\nENV_FILE=./alt.env\nSECRETS=alt\nCOMPOSE_PROFILES=extra\n"), "alt", "alt/s"),
    ] {
        let _ = fs::remove_file(place.path(".env"));
        if let Some(env) = env {
            place.write(".env", env);
        }
        place.run(&["validate"]).exits(0);
        let found = config(&place, &line(&place), &[]);
        let (a, context) = (&found["services"]["a"], format!("with {env:?}"));
        assert_eq!(found["services"].as_object().unwrap().len(), 1, "{context}");
        assert_eq!(a["build"]["context"], path(source), "{context}");
        assert_eq!(a["build"]["additional_contexts"]["base"], path("base"));
        assert_eq!(a["build"]["additional_contexts"]["plain"], path("plain"));
        let mounts: Vec<&str> =
            a["volumes"].as_array().unwrap().iter().map(|it| it["source"].as_str().unwrap()).collect();
        let up = root.parent().unwrap().to_str().unwrap();
        let bound = ["data", "plain", "long", "short"].map(path);
        assert_eq!(mounts, [&bound[0], &bound[1], up, "named", "disk", &bound[2], &bound[3]]);
        assert_eq!(a["develop"]["watch"][0]["path"], path("src"));
        assert_eq!(a["develop"]["watch"][1]["path"], path("lib"));
        assert_eq!(found["secrets"]["s"]["file"], path(secret), "{context}");
        assert_eq!(found["secrets"]["t"]["file"], path("secrets/t"));
        assert_eq!(found["configs"]["c"]["file"], path("c.conf"));
        assert_eq!(found["volumes"]["disk"]["driver_opts"]["device"], path("disk"));
    }
}

const NAMES: [&str; 10] =
    ["SRC", "BASE", "ENV_FILE", "LABELS", "DATA", "LONG", "WATCH", "DISK", "SECRETS", "CONFIG"];

/// Every kind of path out of a variable, with a value of `.env` that is relative or absolute, and one of the shell.
#[test]
#[ignore = "needs the Compose CLI"]
fn a_path_out_of_a_variable_keeps_its_meaning() {
    let place = Place::with_stack(format!("{HEAD}{PATHS}"));
    files(&place);
    NAMES.iter().for_each(|name| place.write(&format!("own/{name}/Dockerfile"), "FROM scratch\n"));
    place.write("own/ENV_FILE/f", "FILE=own\n");
    place.write("own/LABELS/f", "file=own\n");
    place.write("own/SECRETS/s", "x");
    place.write("own/CONFIG/f", "x");
    let root = place.path("").canonicalize().unwrap();
    let own = |name: &str| match name {
        "ENV_FILE" | "LABELS" | "CONFIG" => format!("own/{name}/f"),
        _ => format!("own/{name}"),
    };
    let relative = |name: &str| format!("./{}", own(name));
    let absolute = |name: &str| root.join(own(name)).to_str().unwrap().to_owned();
    let env = |value: &dyn Fn(&str) -> String| -> String {
        NAMES.iter().map(|name| format!("{name}={}\n", value(name))).collect()
    };
    let shell = NAMES.map(|name| (name, relative(name)));
    let shell: Vec<(&str, &str)> = shell.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let nowhere = env(&|_| "./nowhere".to_owned());
    for (env, shell) in [(env(&relative), &[][..]), (env(&absolute), &[]), (nowhere, shell.as_slice())] {
        place.write(".env", &env);
        place.run_with(shell, &["validate"]).exits(0);
        place.run_with(shell, &["render"]).exits(0);
        let found = config(&place, &line(&place), shell);
        let a = &found["services"]["a"];
        let is = |found: &Value, name: &str, rest: &str| {
            assert_eq!(found.as_str().unwrap(), format!("{}{rest}", absolute(name)), "{name} with {env}");
        };
        is(&a["build"]["context"], "SRC", "");
        is(&a["build"]["additional_contexts"]["base"], "BASE", "");
        assert_eq!(a["environment"]["FILE"], "own", "with {env}");
        assert_eq!(a["labels"]["file"], "own", "with {env}");
        is(&a["volumes"][0]["source"], "DATA", "");
        is(&a["volumes"][5]["source"], "LONG", "");
        is(&a["develop"]["watch"][0]["path"], "WATCH", "");
        is(&found["volumes"]["disk"]["driver_opts"]["device"], "DISK", "");
        is(&found["secrets"]["s"]["file"], "SECRETS", "/s");
        is(&found["configs"]["c"]["file"], "CONFIG", "");
    }
}

#[test]
#[ignore = "needs the Compose CLI"]
fn a_stack_without_variables_needs_no_option() {
    let text = format!(
        "{HEAD}[profiles.extra]\n[services.a]\nimage = \"a:1\"\nvolumes = [\"./d:/d\", \"disk:/disk\"]\n\
         security_opt = [\"seccomp:profile.json\"]\n[services.b]\nimage = \"b:1\"\nprofiles = [\"extra\"]\n\
         [volumes.disk]\ndriver_opts = {{ type = \"none\", o = \"bind\", device = \"disk\" }}\n"
    );
    let place = Place::with_stack(text);
    fs::create_dir(place.path("disk")).unwrap();
    place.write("profile.json", "{}");
    place.run(&["render"]).exits(0);
    assert_eq!(line(&place), "docker compose -p paths -f generated/docker-compose.yml up -d");
    let root = place.path("").canonicalize().unwrap();
    for env in [None, Some("COMPOSE_PROFILES=extra\n")] {
        env.into_iter().for_each(|env| place.write(".env", env));
        let found = config(&place, &line(&place), &[]);
        assert_eq!(found["services"].as_object().unwrap().len(), 1, "with {env:?}");
        let source = found["services"]["a"]["volumes"][0]["source"].as_str().unwrap();
        assert_eq!(Path::new(source), root.join("d"));
        assert_eq!(found["services"]["a"]["security_opt"][0], "seccomp=../profile.json");
        let device = found["volumes"]["disk"]["driver_opts"]["device"].as_str().unwrap();
        assert_eq!(Path::new(device), root.join("disk"));
    }
}

#[test]
fn swarm_takes_no_path_that_begins_with_a_variable() {
    let place = Place::with_stack(format!("{HEAD}{PATHS}"));
    files(&place);
    let ran = place.run(&["render", "--target", "swarm"]).exits(1);
    for path in [
        "${ENV_FILE:-app.env}",
        "${DATA:-./data}",
        "${LONG:-long}",
        "${SECRETS:-secrets}/s",
        "${CONFIG:-c.conf}",
        "${DISK:-disk}",
    ] {
        assert!(ran.stderr.contains(path), "{path}: {}", ran.stderr);
    }
    assert_eq!(ran.stderr.matches("error[variable-path]").count(), 6, "{}", ran.stderr);
    let ran = place.run(&["render", "--target", "swarm", "--format", "json"]).exits(1);
    assert_eq!(ran.json().as_array().unwrap().len(), 6);
    assert!(!place.path("generated").exists());
}

#[test]
fn swarm_takes_no_name_that_is_no_label_of_dns() {
    let long = "x".repeat(58);
    let place = Place::with_stack(format!(
        "{HEAD}[profiles.pp]\n[services.\"a.b\"]\nimage = \"a:1\"\n[services.a_]\nimage = \"a:1\"\n\
         [services.{long}]\nimage = \"a:1\"\n[services.fine-1]\nimage = \"a:1\"\n\
         [services.\"c.d\"]\nimage = \"a:1\"\nprofiles = [\"pp\"]\n"
    ));
    place.run(&["render"]).exits(0);
    let ran = place.run(&["render", "--target", "swarm"]).exits(1);
    assert_eq!(ran.stderr.matches("error[swarm-name]").count(), 3, "{}", ran.stderr);
    place.run(&["render", "--target", "swarm", "--profile", "pp"]).exits(1);
}
