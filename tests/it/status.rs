//! `stackctl status` of a stack that runs: ages, profiles, links, what was killed, and its exit code.

use crate::{
    ports::free_port,
    small::{Stack, docker},
    terminal::Terminal,
};

#[test]
#[ignore = "needs an engine and tmux"]
fn a_terminal_shows_links_and_is_watched() {
    let port = free_port();
    let services = format!(
        "[profiles.extra]\n[services.web]\nports = ['{port}:80']\n[services.more]\nprofiles = ['extra']\n"
    );
    let stack = Stack::new("watch", &services);
    let ran = stack.run(&["status"]).exits(1);
    assert!(ran.stdout.contains("web      not created"), "{}", ran.whole());
    assert!(
        ran.stderr.contains(&format!("{} is not created: `stackctl up` starts it", stack.name)),
        "{}",
        ran.whole()
    );
    stack.run(&["up", "--profile", "extra"]).exits(0);
    let ran = stack.run(&["ps"]).exits(0);
    assert!(
        ran.stdout.contains(&format!("  127.0.0.1:{port}\n")) && !ran.stdout.contains("http"),
        "{}",
        ran.whole()
    );
    assert!(ran.stdout.ends_with("profiles: extra\n"), "{}", ran.whole());

    let program = env!("CARGO_BIN_EXE_stackctl");
    let terminal = Terminal::start(&format!("{program} status; exec sleep 1000"), &stack.place.path("."));
    let link = format!("http://127.0.0.1:{port}");
    let screen = terminal.until("a link", |screen| screen.contains("profiles: extra"));
    assert!(screen.contains(&link) && screen.contains(" s "), "{screen}");
    let watch = format!("{program} status --watch; echo code $?; exec sleep 1000");
    let terminal = Terminal::start(&watch, &stack.place.path("."));
    terminal.until("it runs", |screen| screen.contains("more     running") && screen.contains(&link));
    docker(&["stop", "-t", "0", &stack.container("more")]);
    terminal.until("it has ended", |screen| screen.contains("more     exited"));
    terminal.types("q");
    terminal.until("its end", |screen| screen.contains("code 0"));
    let ran = stack.run(&["status"]).exits(1);
    assert!(ran.stderr.contains("not up: more"), "{}", ran.whole());
    // What is not selected does not count.
    stack.run(&["status", "--profile", "core"]).exits(0);
    stack.run(&["start", "more"]).exits(0);
    stack.run(&["status", "--project", &stack.name]).exits(0);
}

#[test]
#[ignore = "needs an engine"]
fn what_ran_out_of_memory_is_named_after_it_was_started_again() {
    let services = "[services.hog]\ninit = false\nlimits = { memory = '32M', cpus = 0.5 }\n\
        command = ['sh', '-c', 'test -e /seen && exec sleep 1000; touch /seen; exec tail /dev/zero']\n";
    let stack = Stack::new("killed-once", services);
    let ran = stack.run(&["up"]).exits(0);
    assert!(ran.stderr.contains("hog ran out of memory while it started"), "{}", ran.whole());
    let ran = stack.run(&["status"]).exits(0);
    assert!(ran.stdout.contains("hog was killed "), "{}", ran.whole());
    assert!(
        ran.stdout.contains(" s ago: it ran out of memory; raise limits.memory of [services.hog]"),
        "{}",
        ran.whole()
    );
    let status = stack.run(&["status", "--format", "json"]).exits(0).json();
    assert!(status["services"][0]["oom_killed_at"].as_str().is_some(), "{status:#}");
}
