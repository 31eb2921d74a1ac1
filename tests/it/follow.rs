//! `logs -f` of stacks that print without pause, on a real engine.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Stdio},
};

use crate::small::{Stack, docker};

/// `logs -f`, read line by line.
struct Followed {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Followed {
    fn start(stack: &Stack, args: &[&str]) -> Self {
        let mut command = stack.place.command(&[&["logs", "-f"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line: the service and what it printed.
    fn next(&mut self) -> (String, String) {
        let line = self.lines.next().expect("it goes on").unwrap();
        let (service, text) = line.split_once(" | ").unwrap();
        (service.trim().to_owned(), text.to_owned())
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_busy_stack_is_followed_without_a_gap() {
    // One prints some hundred lines a second, the other as many as it can.
    let services = r#"
[services.calm]
command = ["sh", "-c", "n=0; while :; do echo $$n; n=$$((n+1)); sleep 0.003; done"]
[services.mad]
command = ["sh", "-c", "n=0; while :; do echo $$n; n=$$((n+1)); done"]
limits = { memory = "64M", cpus = 0.1 }
logging = { max_size = "64m" } # with small files the engine itself loses lines of a log that is written faster than read
"#;
    let stack = Stack::new("chatty", services);
    stack.run(&["up", "--no-wait"]).exits(0);
    let mut followed = Followed::start(&stack, &["--tail", "0"]);
    let (mut last, mut counts) = (HashMap::new(), HashMap::new());
    while counts.len() < 2 || counts.values().any(|count| *count < 500) {
        let (service, text) = followed.next();
        let number: u64 = text.parse().unwrap();
        if let Some(before) = last.insert(service.clone(), number) {
            assert_eq!(number, before + 1, "{service}");
        }
        *counts.entry(service).or_insert(0) += 1;
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_pieces_of_a_long_line_all_come_also_after_a_restart() {
    // The engine cuts it into pieces of 16 KiB, which have one time.
    let long = "command = ['sh', '-c', 'head -c 100000 /dev/zero | tr \"\\\\0\" x; echo; exec sleep 1000']\n";
    let stack = Stack::new("long", &format!("[services.a]\n{long}"));
    stack.run(&["up"]).exits(0);
    let mut followed = Followed::start(&stack, &[]);
    for round in 0..2 {
        let mut bytes = 0;
        while bytes < 100_000 {
            let (_, text) = followed.next();
            assert!(text.bytes().all(|byte| byte == b'x'), "{text}");
            bytes += text.len();
        }
        assert_eq!(bytes, 100_000, "in round {round}");
        docker(&["restart", "-t", "0", &stack.container("a")]);
    }
}
