//! Stacks without a budget, with a part of one, and with services that lack limits: what is not proved is printed, and stops nothing.

use serde_json::{Value, json};

use crate::{
    small::{Stack, docker},
    support::Place,
};

/// Services of which one has no memory limit and another none at all.
const OPEN: &str = r#"name = "open"
[defaults]
logging = { driver = "local" }
[profiles.tools]
[services.api]
image = "api:1"
limits = { memory = "1G", cpus = 1.0 }
replicas = 2
[services.web]
image = "web:1"
limits = { cpus = 0.5 }
[services.ui]
image = "ui:1"
profiles = ["tools"]
"#;

fn place(budget: &str) -> Place {
    Place::with_stack(OPEN.replacen("[defaults]", &format!("{budget}\n[defaults]"), 1))
}

/// The stack with every limit.
fn limited(budget: &str) -> Place {
    let text = OPEN.replace("limits = { cpus = 0.5 }", "limits = { memory = \"512M\", cpus = 0.5 }");
    let text =
        text.replace("image = \"ui:1\"", "image = \"ui:1\"\nlimits = { memory = \"256M\", cpus = 0.5 }");
    Place::with_stack(text.replacen("[defaults]", &format!("{budget}\n[defaults]"), 1))
}

/// The services that are not proved, each with what it lacks.
fn unproved<'r>(report: &'r Value) -> Vec<(&'r str, Vec<&'r str>)> {
    let services = report["unproved"].as_array().unwrap().iter();
    let missing = |it: &'r Value| it.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    services.map(|it| (it["service"].as_str().unwrap(), missing(&it["missing"]))).collect()
}

#[test]
fn without_a_budget_the_sums_are_printed_and_nothing_is_proved() {
    let place = place("");
    insta::assert_snapshot!(place.run(&["budget", "check"]).exits(1).whole());
    let report = place.run(&["budget", "check", "--format", "json"]).exits(1).json();
    assert_eq!(
        report["budget"],
        json!({ "memory_bytes": null, "cpus": null, "cpu_overcommit": null, "log_disk_bytes": null })
    );
    assert_eq!(report["fits"], false);
    assert_eq!(report["combinations"][0]["memory_limit_bytes"], 2_u64 << 30);
    assert_eq!(unproved(&report), [("web", vec!["memory"]), ("ui", vec!["memory", "cpus"])]);
    let one = place.run(&["budget", "check", "--profile", "core"]).exits(1);
    assert!(one.stdout.contains("not proved: 1 service has no memory limit\n"), "{}", one.stdout);
    // Every limit is there, and still there is nothing to compare with.
    let limited = limited("");
    let ran = limited.run(&["budget", "check"]).exits(1);
    assert_eq!(ran.stdout.matches("no budget to compare with").count(), 1, "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    for args in [&["validate"][..], &["render"], &["graph"], &["graph", "--format", "json"]] {
        place.run(args).exits(0);
    }
}

#[test]
fn the_machine_is_given_on_the_command_line() {
    let place = limited("");
    let check = |args: &[&str], code| {
        place.run(&[&["budget", "check", "--format", "json"], args].concat()).exits(code).json()
    };
    let report = check(&["--memory", "2816M", "--cpus", "3"], 0);
    assert_eq!((&report["fits"], &report["budget"]["cpu_overcommit"]), (&json!(true), &json!(1.0)));
    let over = check(&["--memory", "2815M"], 1);
    assert_eq!(over["combinations"][1]["over"], json!(["memory"]));
    assert_eq!(over["budget"]["cpus"], Value::Null);
    let memory = place.run(&["budget", "check", "--memory", "2816M"]).exits(0);
    assert!(memory.stdout.contains("CPUs: the budget does not name them"), "{}", memory.stdout);
    for (option, value) in [("--memory", "0"), ("--memory", "much"), ("--cpus", "0"), ("--cpus", "x")] {
        place.run(&["budget", "check", option, value]).exits(2);
    }
    // It replaces what the file has.
    let small = limited("[budget]\nmemory = \"1G\"\ncpus = 1.0\ncpu_overcommit = 2.0\n");
    small.run(&["budget", "check"]).exits(1);
    small.run(&["budget", "check", "--memory", "3G", "--cpus", "1.5"]).exits(0);
}

#[test]
fn a_named_resource_needs_every_limit() {
    let place = place("[budget]\nmemory = \"8G\"\nlog_disk = \"1G\"\n");
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let found: Vec<(&str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["severity"].as_str().unwrap(), it["message"].as_str().unwrap()))
        .collect();
    let error = ("error", "2 services have no memory limit, 3 have no log limit");
    assert_eq!(found, [error, ("warning", "service `ui` has no CPU limit; it happens with --profile tools")]);
    let ran = place.run(&["budget", "check"]).exits(1);
    let line = "not proved: 2 services have no memory limit, 1 has no CPU limit, 3 have no log limit\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    let report = place.run(&["budget", "check", "--format", "json"]).exits(1).json();
    let ui = ("ui", vec!["memory", "cpus", "log_disk"]);
    assert_eq!(unproved(&report), [("api", vec!["log_disk"]), ("web", vec!["memory", "log_disk"]), ui]);
    place.run(&["render"]).exits(1);
}

/// What each help proposes is written where it says: the file is valid afterwards.
#[test]
fn the_helps_lead_to_a_valid_file() {
    let place = place("[budget]\nmemory = \"8G\"\ncpus = 8.0\nlog_disk = \"1G\"\n");
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let help = found[0]["help"].as_str().unwrap();
    let pasted: Vec<&str> = help.split('`').filter(|part| part.contains(" = ")).collect();
    let [limits, max_size, max_file] = pasted[..] else { panic!("{help}") };
    let text = std::fs::read_to_string(place.path("stack.toml")).unwrap();
    let logging = "logging = { driver = \"local\" }";
    let rotates = format!("logging = {{ driver = \"local\", {max_size}, {max_file} }}\n{limits}");
    let rotates = text.replace(logging, &rotates);
    place.write("stack.toml", rotates);
    place.run(&["validate"]).exits(0);
    place.run(&["budget", "check"]).exits(0);
}

#[test]
fn each_service_has_its_share() {
    let place = limited("[budget]\nmemory = \"4G\"\ncpus = 4.0\n");
    let report = place.run(&["budget", "check", "--services", "--format", "json"]).exits(0).json();
    let gib = |tenths: f64| (tenths * f64::from(1 << 30)) as u64;
    let row = |service: &str, memory: f64, share: f64| json!({ "service": service, "memory_limit_bytes": gib(memory), "share": share, "headroom_bytes": gib(1.25) });
    assert_eq!(
        report["services"],
        json!([row("api", 2.0, 0.5), row("web", 0.5, 0.125), row("ui", 0.25, 0.0625)])
    );
    insta::assert_snapshot!(place.run(&["budget", "check", "--services"]).exits(0).stdout);
    let open = self::place("").run(&["budget", "check", "--services", "--format", "json"]).exits(1).json();
    let ui = json!({ "service": "ui", "memory_limit_bytes": null, "share": null, "headroom_bytes": null });
    assert_eq!(open["services"][1], ui);
}

#[test]
fn a_budget_without_swap_gives_every_service_its_memory_limit() {
    let place = limited("[budget]\nmemory = \"4G\"\ncpus = 4.0\nswap = false\n");
    let text = std::fs::read_to_string(place.path("stack.toml")).unwrap();
    let overlay = "[profiles.tools.services.api]\nlimits = { memory = \"1280M\" }\n[services.api]";
    place.write("stack.toml", text.replace("[services.api]", overlay));
    let ran = place.run(&["budget", "check"]).exits(0);
    assert!(!ran.stdout.contains("swap"), "{}", ran.stdout);
    place.run(&["render"]).exits(0);
    let read = |name: &str| std::fs::read_to_string(place.path(&format!("generated/{name}"))).unwrap();
    let main = read("docker-compose.yml");
    for limit in ["1G", "512M", "256M"] {
        let both = format!("    mem_limit: {limit}\n    memswap_limit: {limit}\n");
        assert!(main.contains(&both), "{main}");
    }
    let tools = read("docker-compose.tools.yml");
    assert!(tools.contains("    mem_limit: 1280M\n    memswap_limit: 1280M\n"), "{tools}");
}

/// The engine takes it, with an overlay too, and nothing drifts.
#[test]
#[ignore = "needs an engine"]
fn no_container_swaps() {
    let stack =
        Stack::new("noswap", "[profiles.more.services.a]\nlimits = { memory = '96M' }\n[services.a]\n");
    let text = std::fs::read_to_string(stack.place.path("stack.toml")).unwrap();
    stack.place.write("stack.toml", text.replace("cpus = 2.0\n", "cpus = 2.0\nswap = false\n"));
    let limits = |expected: u64, profiles: &[&str]| {
        stack.run(&[&["up"], profiles].concat()).exits(0);
        let format = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}";
        let held = docker(&["inspect", "--format", format, &stack.container("a")]);
        assert_eq!(held, format!("{0} {0}", expected << 20));
        let plan = stack.run(&[&["plan", "--format", "json"], profiles].concat()).exits(0).json();
        assert_eq!(plan["changes"][0]["action"], "none", "{plan:#}");
    };
    limits(64, &[]);
    limits(96, &["--profile", "more"]);
}

/// A running stack without limits gets limits and a budget.
#[test]
#[ignore = "needs an engine"]
fn from_nothing_to_a_proved_budget() {
    let name = format!("open-{}", std::process::id());
    let text = format!(
        "# mine\nname = \"{name}\"\n\n[defaults]\ninit = true\nstop_grace_period = \"1s\"\nlogging = {{ driver = \"local\" }}\n\n\
         [services.a] # first\nimage = \"debian:trixie-slim\"\ncommand = [\"sleep\", \"1000\"]\n\n\
         [services.b]\nimage = \"debian:trixie-slim\"\ncommand = [\"sleep\", \"1000\"]\nlimits.memory = \"64M\"\n"
    );
    let stack = Stack { place: Place::with_stack(text), name };
    let ran = stack.run(&["up"]).exits(0);
    assert!(
        ran.stderr.contains("\nnot proved: 1 service has no memory limit, 2 have no CPU limit\n"),
        "{}",
        ran.whole()
    );
    let status = stack.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["budget"]["memory_bytes"], Value::Null);
    assert_eq!(status["services"][0]["memory_limit_bytes"], Value::Null);
    stack.run(&["top", "--once"]).exits(0);
    let plan = stack.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["changes"][0]["action"], "none");
    let doctor = stack.run(&["doctor", "--format", "json"]).exits(0).json();
    let checks = doctor["checks"].as_array().unwrap();
    let budget = checks.iter().find(|it| it["name"] == "budget").unwrap();
    assert_eq!(budget["status"], "warning", "{budget}");
    stack.run(&["budget", "check", "--against", "engine"]).exits(1);

    let anywhere = Place::new();
    let project = ["budget", "suggest", "--project", &stack.name, "--window", "3s", "--format", "json"];
    let found = anywhere.run(&project).exits(0).json();
    assert_eq!(found["services"][1]["memory_limit_bytes"]["now"], 64 << 20, "{found}");
    anywhere.run(&["budget", "suggest", "--project", "no-such", "--window", "1s"]).exits(1);
    anywhere.run(&["budget", "suggest", "--project", "x", "--write"]).exits(2);

    let ran = stack.run(&["budget", "suggest", "--window", "4s", "--write", "--yes"]).exits(0);
    assert!(ran.stderr.contains("which is the whole machine"), "{}", ran.whole());
    let written = std::fs::read_to_string(stack.place.path("stack.toml")).unwrap();
    let head = format!(
        "# mine\nname = \"{}\"\n\n# the whole machine: lower it to what the stack may take\n[budget]\n",
        stack.name
    );
    assert!(written.starts_with(&head) && written.contains("[services.a] # first\n"), "{written}");
    let report = stack.run(&["budget", "check", "--format", "json"]).exits(0).json();
    let memory: u64 = docker(&["info", "--format", "{{.MemTotal}}"]).parse().unwrap();
    let cpus: f64 = docker(&["info", "--format", "{{.NCPU}}"]).parse().unwrap();
    assert_eq!(
        (&report["budget"]["memory_bytes"], &report["budget"]["cpus"]),
        (&json!(memory), &json!(cpus))
    );
    let ran = stack.run(&["up"]).exits(0);
    assert!(!ran.stderr.contains("not proved"), "{}", ran.whole());
}
