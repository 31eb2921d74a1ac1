//! What users of Compose type next: `exec`, `restart`, `stop`, `start`, `compose`, and services of `up`, on a real engine and in a
//! real terminal.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    small::{Child, Stack, docker},
    terminal::Terminal,
};

/// The last line of a command with `--format json`.
fn last_line(stack: &Stack, args: &[&str], code: i32) -> Value {
    let ran = stack.run(&[args, &["--format", "json"]].concat()).exits(code);
    serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
}

/// A line for a terminal that runs this program.
fn line(args: &str) -> String {
    format!("{} {args}; echo code $?; exec sleep 1000", env!("CARGO_BIN_EXE_stackctl"))
}

#[test]
#[ignore = "needs an engine"]
fn exec_hands_over_stdin_and_keeps_the_exit_code() {
    let stack = Stack::new("exec", "[services.a]\n[services.bare]\nimage = 'up-bare:1'\nbuild = 'src'\n");
    let removed = "FROM debian:trixie-slim\nRUN rm /usr/bin/bash /usr/bin/dash /usr/bin/sh\n";
    stack.place.write("src/Dockerfile", removed);
    let ran = stack.run(&["exec", "a", "true"]).exits(1);
    assert!(
        ran.stderr.contains("a has no container") && ran.stderr.contains("`stackctl up a`"),
        "{}",
        ran.whole()
    );
    stack.run(&["up"]).exits(0);
    stack.run(&["exec", "a", "sh", "-c", "exit 7"]).exits(7);
    let ran = stack.run(&[
        "exec",
        "-e",
        "X=1",
        "-w",
        "/tmp",
        "-u",
        "1000",
        "a",
        "sh",
        "-c",
        "echo $X $PWD $(id -u)",
    ]);
    assert_eq!(ran.exits(0).stdout, "1 /tmp 1000\n");
    let mut command = stack.place.command(&["exec", "a"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"echo in $BASH; exit 5\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stdout, output.status.code()), (b"in /usr/bin/bash\n".to_vec(), Some(5)));

    let ran = stack.run(&["exec", "bare"]).exits(1);
    assert!(ran.stderr.contains("bare has no shell: its image has no `sh`"), "{}", ran.whole());
    stack.run(&["exec", "bare", "sleep", "0"]).exits(0);
    let ran = stack.run(&["exec", "-u", "nobody-here", "a"]).exits(3);
    assert!(ran.stderr.contains("nobody-here"), "{}", ran.whole());
    stack.run(&["stop", "a", "-t", "0"]).exits(0);
    let ran = stack.run(&["exec", "a"]).exits(1);
    assert!(ran.stderr.contains("a does not run: it is exited ("), "{}", ran.whole());
    assert!(ran.stderr.contains("`stackctl start a` starts it"), "{}", ran.whole());
    stack.run(&["down"]).exits(0);
    docker(&["image", "rm", "-f", "up-bare:1"]);
}

#[test]
#[ignore = "needs an engine and tmux"]
fn a_shell_has_the_terminal() {
    let stack = Stack::new("shell", "[services.a]\n");
    stack.run(&["up", "--no-wait"]).exits(0);
    let terminal = Terminal::start(&line("exec a"), &stack.place.path("."));
    terminal.until("a prompt", |screen| screen.contains("root@"));
    terminal.types("tty; stty size; sleep 60");
    terminal.press("Enter");
    terminal.until("it runs", |screen| screen.contains("/dev/pts/0") && screen.contains("30 100"));
    // Ctrl-C ends what runs in the shell, not the shell.
    terminal.press("C-c");
    terminal.types("exit 9");
    terminal.press("Enter");
    terminal.until("its code", |screen| screen.contains("code 9"));
}

#[test]
#[ignore = "needs an engine"]
fn restart_and_start_tell_whether_it_is_up() {
    // The second start of `once` fails; its file system stays.
    let services = r#"
[services.once]
command = ["sh", "-c", "test -e /seen && echo seen already && exit 3; touch /seen; exec sleep 1000"]
[services.web]
healthcheck = { test = ["CMD", "test", "-e", "/ok"], interval = "1s", retries = 3 }
command = ["sh", "-c", "sleep 1; touch /ok; exec sleep 1000"]
[services.seed]
restart = "no"
command = ["true"]
"#;
    let stack = Stack::new("restart", services);
    let ran = stack.run(&["restart"]).exits(1);
    assert!(
        ran.stderr.contains("is not created") && ran.stderr.contains("`stackctl up` starts it"),
        "{}",
        ran.whole()
    );
    stack.run(&["up"]).exits(0);
    let started =
        |service: &str| docker(&["inspect", "-f", "{{.State.StartedAt}}", &stack.container(service)]);
    let before = (started("web"), started("once"));

    let ran = stack.run(&["restart", "web"]).exits(0);
    assert!(
        ran.stderr.contains("  web  restarting\n") && ran.stderr.contains("  web  healthy\n"),
        "{}",
        ran.whole()
    );
    assert!(ran.stderr.contains("web is restarted: 1 service in "), "{}", ran.whole());
    assert_ne!(started("web"), before.0);
    assert_eq!(started("once"), before.1, "only what was named");

    let failed = last_line(&stack, &["restart"], 1);
    assert_eq!(failed["result"], "failed");
    let failure = &failed["failures"][0];
    assert_eq!(
        (&failure["service"], &failure["reason"]),
        (&"once".into(), &"crash-loop".into()),
        "{failed:#}"
    );
    assert_eq!(failure["log"], serde_json::json!(["seen already"]), "of the last start alone");

    let stopped = last_line(&stack, &["stop", "-t", "1"], 0);
    assert_eq!(stopped["result"], "stopped");
    let states: Vec<&str> =
        stopped["services"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["exited"; 3], "{stopped:#}");
    let ran = stack.run(&["stop"]).exits(0);
    assert!(ran.stderr.contains("nothing was running"), "{}", ran.whole());
    let result = last_line(&stack, &["start", "web", "seed"], 0);
    assert_eq!(result["result"], "up", "{result:#}");
    let ran = stack.run(&["start", "weeb"]).exits(2);
    assert!(ran.stderr.contains("did you mean \"web\"?"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn start_waits_for_dependencies_and_one_at_a_time() {
    let services = r#"
[services.db]
healthcheck = { test = ["CMD", "test", "-e", "/ok"], interval = "1s", retries = 9 }
command = ["sh", "-c", "rm -f /ok; sleep 2; touch /ok; exec sleep 1000"]
[services.api]
depends_on = { db = "healthy" }
"#;
    let stack = Stack::new("order", services);
    stack.run(&["up"]).exits(0);
    stack.run(&["stop", "-t", "0"]).exits(0);
    let mut start = Child::start(&mut stack.place.command(&["start"]));
    start.until("  db   starting");
    let ran = stack.run(&["restart"]).exits(3);
    assert!(ran.stderr.contains("is starting this stack"), "{}", ran.whole());
    let (code, rest) = start.end();
    assert_eq!(code, Some(0), "{rest}");
    let at = |service: &str| docker(&["inspect", "-f", "{{.State.StartedAt}}", &stack.container(service)]);
    assert!(at("db") < at("api"));
    let mut restart = Child::start(&mut stack.place.command(&["restart", "db"]));
    restart.until("  db  starting");
    restart.interrupt();
    let (code, rest) = restart.end();
    assert_eq!(code, Some(1), "{rest}");
    assert!(rest.contains("is partly restarted"), "{rest}");
}

#[test]
#[ignore = "needs an engine"]
fn up_of_a_service_starts_it_and_what_it_needs() {
    let services = r#"
[profiles.extra]
[services.db]
[services.api]
depends_on = ["db"]
[services.web]
depends_on = ["api"]
[services.more]
profiles = ["extra"]
"#;
    let stack = Stack::new("named", services);
    let ran = stack.run(&["up", "more"]).exits(2);
    assert!(ran.stderr.contains("`stackctl up more --profile extra`"), "{}", ran.whole());
    let ran = stack.run(&["up", "apii"]).exits(2);
    assert!(ran.stderr.contains("did you mean \"api\"?"), "{}", ran.whole());
    let selected = || {
        let status = stack.run(&["status", "--format", "json"]).json();
        let services = status["services"].as_array().unwrap().iter().filter(|it| it["selected"] == true);
        services.map(|it| it["service"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let result = stack.up(&["-d", "--build", "api"], 0);
    assert_eq!(result["services"].as_array().unwrap().len(), 2, "{result:#}");
    assert_eq!(selected(), ["db", "api"]);
    stack.run(&["restart"]).exits(0);
    stack.run(&["up", "web"]).exits(0);
    assert_eq!(selected(), ["db", "api", "web"]);
    stack.run(&["up"]).exits(0);
    let id = || docker(&["inspect", "-f", "{{.Id}}", &stack.container("api")]);
    let before = id();
    stack.run(&["up", "api"]).exits(0);
    assert_eq!((id(), selected()), (before.clone(), vec!["db".into(), "api".into(), "web".into()]));
    let ran = stack.run(&["up", "api", "--force-recreate", "--pull", "missing"]).exits(0);
    assert_ne!(id(), before);
    // The old container counts for nothing while it is replaced.
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("  api  ")).collect();
    assert!(lines[0].ends_with("  api  recreating"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn compose_gets_project_files_and_profiles() {
    let services = r#"
[profiles.extra]
[profiles.extra.services.a]
environment = { ADDED = "${VALUE:-none}" }
[services.a]
[services.b]
profiles = ["extra"]
"#;
    let stack = Stack::new("through", services);
    stack.place.write(".env", "VALUE=from the file\nCOMPOSE_PROJECT_NAME=other\nCOMPOSE_PROFILES=none\n");
    stack.place.write("sub/text", "here\n");
    let services = |args: &[&str]| {
        let mut names: Vec<String> = stack.run(args).exits(0).stdout.lines().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(services(&["compose", "--", "config", "--services"]), ["a"], "rendered where it was not yet");
    assert_eq!(services(&["compose", "--profile", "extra", "--", "config", "--services"]), ["a", "b"]);
    stack.run(&["up", "--profile", "extra", "--no-wait"]).exits(0);
    assert_eq!(services(&["compose", "--", "ps", "--services"]), ["a", "b"], "the profiles of the last `up`");
    let ran = stack.run(&["compose", "--", "run", "--rm", "a", "sh", "-c", "echo $ADDED; exit 5"]).exits(5);
    assert_eq!(ran.stdout, "from the file\n");
    // From another folder: paths of the arguments count from there.
    let in_sub = |args: &[&str]| {
        let mut command = stack.place.command(args);
        stack.place.end(command.current_dir(stack.place.path("sub")))
    };
    in_sub(&["compose", "--", "cp", "text", "a:/tmp/text"]).exits(0);
    let ran = in_sub(&["compose", "exec", "-T", "a", "cat", "/tmp/text"]).exits(0);
    assert_eq!(ran.stdout, "here\n");
    let ran = in_sub(&["-v", "compose", "--", "exec", "-T", "a", "sh", "-c", "echo $ADDED"]).exits(0);
    assert_eq!(ran.stdout, "from the file\n");
    assert!(ran.stderr.contains(&format!("docker compose -p {}", stack.name)), "{}", ran.whole());
    let ran = in_sub(&["compose", "--", "no-such-command"]);
    assert!(ran.stderr.contains("unknown docker command: \"compose no-such-command\""), "{}", ran.whole());
    let ran = stack.run(&["compose", "--profile", "extar", "--", "ps"]).exits(2);
    assert!(ran.stderr.contains("did you mean \"extra\"?"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine and tmux"]
fn compose_has_the_terminal() {
    let stack = Stack::new("handed", "[services.a]\ncommand = ['sh', '-c', 'echo hello; exec sleep 1000']\n");
    stack.run(&["up", "--no-wait"]).exits(0);
    let terminal = Terminal::start(&line("compose -- logs -f"), &stack.place.path("."));
    terminal.until("a log", |screen| screen.contains("a-1  | hello"));
    terminal.press("C-c");
    terminal.until("its code", |screen| screen.contains("code 130"));
}

#[test]
#[ignore = "needs an engine and tmux"]
fn a_low_terminal_counts_what_does_not_fit() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let services: Vec<String> = names.iter().map(|name| format!("[services.{name}]\n")).collect();
    let stack = Stack::new("low", &services.join(""));
    let program = format!("sleep 1; {}", line("up"));
    let terminal = Terminal::start(&program, &stack.place.path("."));
    terminal.resize(80, 6);
    let screen = terminal.until("what does not fit", |screen| screen.contains(" more: "));
    assert!(screen.contains("4 more: "), "{screen}");
    assert_eq!(screen.matches("a  ").count(), 1, "{screen}");
    terminal.until("the end", |screen| screen.contains("code 0"));
}

#[test]
#[ignore = "needs the docker command"]
fn docker_runs_it_as_a_plugin() {
    let stack = Stack::new("plugin", "[services.a]\n");
    let plugins = stack.place.path(".docker/cli-plugins");
    std::fs::create_dir_all(&plugins).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stackctl"), plugins.join("docker-stackctl")).unwrap();
    let docker = |args: &[&str]| {
        let mut command = Command::new("docker");
        command.args(args).current_dir(stack.place.path(".")).env("HOME", stack.place.path("."));
        stack.place.end(&mut command)
    };
    let ran = docker(&["--help"]).exits(0);
    assert!(ran.stdout.contains("stackctl*") && ran.stdout.contains("Turn one stack.toml"), "{}", ran.stdout);
    let ran = docker(&["stackctl", "--version"]).exits(0);
    assert!(ran.stdout.starts_with("stackctl "), "{}", ran.whole());
    let ran = docker(&["help", "stackctl"]).exits(0);
    assert!(ran.stdout.contains("Start here:"), "{}", ran.whole());
    docker(&["stackctl", "up", "--no-wait"]).exits(0);
    let ran = docker(&["stackctl", "exec", "a", "sh", "-c", "echo it; exit 4"]).exits(4);
    assert_eq!(ran.stdout, "it\n");
    let ran = docker(&["stackctl", "compose", "--", "ps", "--services"]).exits(0);
    assert_eq!(ran.stdout, "a\n");
    let ran = docker(&["--log-level", "debug", "stackctl", "status"]).exits(2);
    assert!(ran.stderr.contains("have no effect before `stackctl`: --log-level debug"), "{}", ran.whole());
    docker(&["stackctl", "down"]).exits(0);
}
