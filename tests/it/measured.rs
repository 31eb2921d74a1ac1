//! What is measured of a running stack: `top`, `budget suggest`, `budget check --against engine`.

use std::process::Command;

use crate::support::Place;

/// One container at its CPU limit, one that sleeps, and limits written in three ways.
const STACK: &str = r#"name = "PROJECT"
[budget]
memory = "1G"
cpus = 2

[defaults]
image = "debian:trixie-slim"
init = true
stop_grace_period = "1s"
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
limits = { memory = "96M", cpus = 0.5 } # for everyone

# the busy one
[services.busy] # as busy as it may
command = ["sh", "-c", "while :; do :; done"]
limits = { memory = "128M",  cpus = 0.2 } # why

[services.idle]
command = ["sleep", "1000"]
limits.memory = "512M" # far too much

[services.off]
command = ["sleep", "1000"]
replicas = 0
"#;

struct Project(Place, String);

impl Project {
    fn compose(&self, arguments: &[&str]) {
        let mut command = Command::new("docker");
        command.args(["compose", "-p", &self.1, "-f", "generated/docker-compose.yml"]).args(arguments);
        let output = command.current_dir(self.0.path("")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["compose", "-p", &self.1, "down", "-v", "-t", "1"]).output();
    }
}

#[test]
#[ignore = "needs an engine"]
fn use_is_measured_and_becomes_limits() {
    let name = format!("stackctl-measured-{}", std::process::id());
    let place = Place::with_stack(STACK.replace("PROJECT", &name));
    place.run(&["render"]).exits(0);
    let none = place.run(&["budget", "suggest", "--window", "3s"]).exits(1);
    assert!(none.stderr.contains("no service of the stack runs"), "{}", none.stderr);
    let project = Project(place, name);
    project.compose(&["up", "-d"]);

    let top = project.0.run(&["top", "--once", "--format", "json"]).exits(0).json();
    let busy = &top["services"][0];
    assert_eq!((busy["service"].as_str(), busy["state"].as_str()), (Some("busy"), Some("running")));
    let cpu = busy["cpu"].as_f64().unwrap();
    assert!(cpu > 0.05 && cpu < 0.4, "at its limit of 0.2: {cpu}");
    assert_eq!(busy["memory_limit_bytes"], 128 << 20);
    assert_eq!(top["budget"]["memory_bytes"], 1 << 30);
    let human = project.0.run(&["top"]).exits(0);
    assert!(human.stdout.starts_with("service"), "a pipe gets it once: {}", human.stdout);

    // What was measured for so short is not written unasked.
    let before = std::fs::read(project.0.path("stack.toml")).unwrap();
    let short = project.0.run(&["budget", "suggest", "--window", "4s", "--write"]).exits(2);
    assert!(
        short.stderr.contains("measured for less than 60 s") && short.stderr.contains("`--yes`"),
        "{}",
        short.stderr
    );
    assert!(short.stdout.contains("warning: it was measured"), "{}", short.stdout);
    assert_eq!(std::fs::read(project.0.path("stack.toml")).unwrap(), before);
    let ran = project
        .0
        .run(&["budget", "suggest", "--window", "4s", "--format", "json", "--write", "--yes"])
        .exits(0);
    let suggested = ran.json();
    let services = suggested["services"].as_array().unwrap();
    assert_eq!(services.len(), 2, "{}", ran.whole());
    let cpus = |at: usize| services[at]["cpu_limit"]["suggested"].as_f64().unwrap();
    assert!(cpus(0) >= 0.25, "what is held back gets more: {}", ran.whole());
    assert_eq!(cpus(1), 0.1);
    let written = std::fs::read_to_string(project.0.path("stack.toml")).unwrap();
    // Every line is still there, in its order, but for the figures.
    let lines = |text: &str| -> Vec<String> {
        let words = text.lines().map(|line| line.split('#').nth(1).unwrap_or_default().to_owned());
        words.filter(|comment| !comment.is_empty()).collect()
    };
    assert_eq!(lines(&written), lines(STACK), "{written}");
    assert!(written.contains("limits = { memory = \"16M\",  cpus = "), "{written}");
    assert!(written.contains("limits.memory = \"16M\" # far too much"), "{written}");
    project.0.run(&["validate"]).exits(0);
    let plan = project.0.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["changes"][0]["action"], "recreate");

    // Sixteen exbibytes, and a container with more CPUs than any machine.
    let against = &["budget", "check", "--against", "engine"];
    let fits = project.0.run(against).exits(0);
    assert!(fits.stdout.contains("against the engine at"), "{}", fits.stdout);
    let huge = STACK.replace("PROJECT", &project.1).replace("cpus = 2\n", "cpus = 9999\n");
    let huge = huge.replace("\"1G\"", "\"8000P\"").replace("\"128M\",  cpus = 0.2", "\"7000P\", cpus = 9998");
    project.0.write("stack.toml", huge);
    let ran = project.0.run(against).exits(1);
    assert!(ran.stdout.contains("error: core: memory limits add up to"), "{}", ran.stdout);
    assert!(ran.stdout.contains("error: core: the CPU limit of busy is 9998.0"), "{}", ran.stdout);
    let json = project.0.run(&[against, &["--format", "json"][..]].concat()).exits(1).json();
    assert_eq!((json["fits"].as_bool(), json["engine"]["fits"].as_bool()), (Some(true), Some(false)));
}
