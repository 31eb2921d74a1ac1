//! `top` on a real engine, in a real terminal and in a pipe: a stack, and every project of the engine.

use serde_json::Value;

use crate::{
    small::{Stack, docker},
    terminal::Terminal,
};

/// A service that prints, one at its CPU limit, one with a name of some length.
const SERVICES: &str = r#"
[services.printer]
command = ["sh", "-c", "echo first; exec sleep 1000"]
volumes = ["data:/data"]
[services.busy]
command = ["sh", "-c", "while :; do :; done"]
limits = { memory = "32M", cpus = 0.05 }
reservations = { memory = "16M", cpus = 0.01 }
[services.a-worker-with-a-name-of-some-length]
[volumes.data]
"#;

fn top(stack: &Stack, arguments: &str) -> Terminal {
    let line = format!("{} top {arguments}; echo \"left with $?\"; exec cat", env!("CARGO_BIN_EXE_stackctl"));
    Terminal::start(&line, &stack.place.path(""))
}

/// The line of a service.
#[track_caller]
fn row<'a>(screen: &'a str, service: &str) -> &'a str {
    let is_it = |line: &&str| line.trim_start_matches(['▸', ' ']).starts_with(&format!("{service} "));
    screen.lines().find(is_it).unwrap_or_else(|| panic!("{service} has no row:\n{screen}"))
}

#[test]
#[ignore = "needs an engine, and tmux"]
fn a_stack_at_80_and_at_200_columns() {
    let stack = Stack::new("top", SERVICES);
    stack.run(&["up"]).exits(0);
    let long = "a-worker-with-a-name-of-some-length";
    let terminal = top(&stack, "");
    terminal.resize(80, 24);
    // With its last lines: what is drawn line by line may be seen before them.
    let runs = |screen: &str| {
        let whole = screen.contains(long) && screen.contains("q quit");
        whole && screen.contains("3 of 3 services running") && screen.contains("0.05")
    };
    let screen = terminal.until("the stack", runs);
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    // The name is whole, a sliver of 32M shows, and so does the mark of the reservation.
    let row_of = |service: &str| row(&screen, service).to_owned();
    assert!(row_of(long).contains('▏') && row_of("printer").contains('│'), "{screen}");
    assert!(screen.contains("q quit   ↑↓ choose"), "{screen}");

    // All of a wide terminal is used, by the bars and by columns that had no place.
    terminal.resize(200, 30);
    let wide = |screen: &str| {
        screen.contains("restarts")
            && screen.contains("q quit")
            && screen.contains(long)
            && screen.lines().any(|it| it.chars().count() > 190)
    };
    let screen = terminal.until("the wide view", wide);
    assert!(screen.contains("peak") && row(&screen, "busy").contains("32 MiB"), "{screen}");

    // Sorted, and back in the order of stack.toml.
    let first = |screen: &str, name: &str| {
        let heading = screen.lines().position(|line| line.contains("service ") && line.contains("memory"));
        screen.lines().nth(heading.unwrap() + 1).is_some_and(|line| line.contains(name))
    };
    terminal.types("n");
    terminal.until("names in order", |screen| screen.contains("service ▾") && first(screen, long));
    terminal.types("c");
    terminal.until("CPUs in order", |screen| screen.contains("CPUs ▾") && first(screen, "busy"));
    terminal.types("c");
    terminal.until("no order", |screen| !screen.contains('▾') && first(screen, "printer"));

    // A service is chosen, its log shown, and it is restarted.
    terminal.press("Down");
    let screen = terminal.until("the log", |screen| screen.lines().any(|line| line == "first"));
    assert!(screen.contains("▸ printer") && screen.contains("── printer ──"), "{screen}");
    let started = || docker(&["inspect", "-f", "{{.State.StartedAt}}", &stack.container("printer")]);
    let before = started();
    terminal.types("r");
    terminal.until("the question", |screen| screen.contains("restart printer?"));
    terminal.types("x");
    terminal.until("no question", |screen| !screen.contains("restart printer?"));
    terminal.types("r");
    terminal.until("the question", |screen| screen.contains("restart printer?"));
    terminal.types("r");
    terminal.until("the end of it", |screen| screen.contains("restarted printer in "));
    terminal.until("its second start", |screen| screen.lines().filter(|line| *line == "first").count() == 2);
    assert_ne!(started(), before);

    // A shell in it has the terminal, and leads back.
    terminal.types("s");
    terminal.until("the shell", |screen| screen.contains("printer: `exit` or Ctrl-D leads back to top"));
    terminal.types("echo \"in $(hostname) $((40 + 2))\"");
    terminal.press("Enter");
    let id = docker(&["inspect", "-f", "{{.Config.Hostname}}", &stack.container("printer")]);
    terminal.until("its answer", |screen| screen.contains(&format!("in {id} 42")));
    terminal.press("C-d");
    terminal.until("the view", |screen| screen.contains("▸ printer") && !screen.contains("42"));
    terminal.press("Escape");
    terminal.until("no choice", |screen| !screen.contains('▸'));
    terminal.types("q");
    terminal.until("the end", |screen| screen.contains("left with 0"));
}

#[test]
#[ignore = "needs an engine, and tmux"]
fn what_is_on_the_disk() {
    let stack = Stack::new("disk", SERVICES);
    stack.run(&["up"]).exits(0);
    let fill =
        "head -c 5000000 /dev/urandom > /data/file; head -c 300000 /dev/zero | tr '\\0' x > /proc/1/fd/1";
    docker(&["exec", &stack.container("printer"), "sh", "-c", fill]);
    let ran = stack.run(&["top", "--once", "--format", "json"]).exits(0);
    let disk = &ran.json()["disk"];
    let bytes = |name: &str| disk[name].as_u64().unwrap_or_else(|| panic!("{name}: {disk}"));
    assert!((5_000_000..5_200_000).contains(&bytes("volumes_bytes")), "{disk}");
    assert!(bytes("images_bytes") > 10_000_000, "{disk}");
    assert!(disk["engine"]["images_bytes"].as_u64() >= Some(bytes("images_bytes")), "{disk}");
    assert!(disk["engine"]["build_cache_bytes"].is_u64(), "{disk}");
    // The engine may still write. Not every engine's files may be looked at.
    if let Some(logs) = disk["logs_bytes"].as_u64() {
        assert!((200_000..2_000_000).contains(&logs), "{disk}");
    }
    let doctor = stack.run(&["doctor"]);
    let line = doctor.stdout.lines().find(|line| line.starts_with("ok       storage"));
    let line = line.unwrap_or_else(|| panic!("{}", doctor.whole()));
    assert!(
        line.contains("volumes 4.7 MiB, images up to ") && line.contains("build cache of the whole engine"),
        "{line}"
    );
    let terminal = top(&stack, "");
    terminal.until("the disk", |screen| screen.contains("disk    volumes 4.7 MiB"));
}

#[test]
#[ignore = "needs an engine, and tmux"]
fn every_project_of_the_engine() {
    let stack = Stack::new("all", SERVICES);
    stack.run(&["up"]).exits(0);
    let outside = format!("{}-outside", stack.name);
    docker(&["run", "-d", "--rm", "--name", &outside, "debian:trixie-slim", "sleep", "1000"]);
    let ran = stack.run(&["top", "--all", "--format", "json"]).exits(0);
    let all = ran.json();
    let projects = all["projects"].as_array().unwrap();
    let of = |name: Value| {
        projects.iter().find(|it| it["project"] == name).unwrap_or_else(|| panic!("{name}: {}", ran.whole()))
    };
    let own = of(stack.name.clone().into());
    assert_eq!((own["services"].as_u64(), own["without_limit"].as_u64()), (Some(3), Some(0)), "{own}");
    assert_eq!(own["memory_limit_bytes"].as_u64(), Some((64 + 64 + 32) << 20), "{own}");
    assert!(own["memory_bytes"].as_u64() > Some(0) && own["cpu"].as_f64() > Some(0.01), "{own}");
    let none = of(Value::Null);
    let open = none["unlimited"].as_array().unwrap();
    assert!(open.iter().any(|name| *name == outside.as_str()), "{none}");
    assert!(
        all["machine"]["memory_bytes"].as_u64() > Some(1 << 28) && all["machine"]["cpus"].as_u64() > Some(0)
    );

    let human = stack.run(&["top", "--all", "--once"]).exits(0).stdout;
    assert!(row(&human, "no project").contains(&outside), "{human}");
    assert!(human.contains("memory limits add up to ") && human.contains("disk: volumes "), "{human}");

    let terminal = top(&stack, "--all");
    terminal.resize(80, 30);
    let own =
        |screen: &str| screen.lines().any(|line| line.contains(&stack.name) && line.contains("160 MiB"));
    let screen = terminal.until("the projects", own);
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    // Down to the last row, which stands for containers of no project or for the one with the least memory.
    terminal.types("n");
    let is_open = |screen: &str| screen.contains(&format!("── {} ──", stack.name));
    for _ in 0..projects.len() + 2 {
        terminal.press("Down");
        std::thread::sleep(std::time::Duration::from_millis(200));
        if is_open(&terminal.screen()) {
            break;
        }
    }
    let screen = terminal.until("its services", |screen| is_open(screen) && screen.contains("0.05"));
    assert!(row(&screen, "busy").contains("32 MiB"), "{screen}");

    // One of them is opened as `top --project` shows it, and leads back.
    terminal.press("Enter");
    terminal.until("the project", |screen| screen.contains("3 of 3 services running"));
    terminal.press("Escape");
    terminal.until("all of them", |screen| screen.starts_with("all projects"));
    let once = stack.run(&["top", "--once", "--project", &stack.name]).exits(0).stdout;
    assert!(row(&once, "busy").contains("32 MiB") && once.contains("disk: volumes 0 B"), "{once}");
    terminal.types("q");
    terminal.until("the end", |screen| screen.contains("left with 0"));
    docker(&["rm", "-f", &outside]);
}
