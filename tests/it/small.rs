//! Small stacks of Debian's image under names of their own, for a real engine.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{self, ChildStderr, Command, Stdio},
};

use serde_json::Value;

use crate::support::{Place, Ran};

/// A stack under a name of its own, gone with the test.
pub struct Stack {
    pub place: Place,
    pub name: String,
}

impl Stack {
    /// These services below a budget and defaults that every one needs.
    pub fn new(case: &str, services: &str) -> Self {
        let name = format!("up-{case}-{}", std::process::id());
        let text = format!(
            r#"
name = "{name}"
[budget]
memory = "1G"
cpus = 2.0
[defaults]
image = "debian:trixie-slim"
restart = "unless-stopped"
init = true
stop_grace_period = "1s"
command = ["sleep", "1000"]
limits = {{ memory = "64M", cpus = 0.2 }}
reservations = {{ memory = "16M", cpus = 0.1 }}
logging = {{ driver = "json-file", max_size = "1m", max_file = 2 }}
{services}"#
        );
        Self { place: Place::with_stack(text), name }
    }

    /// `stackctl` in its folder.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.place.run(args)
    }

    /// The last line of `up --format json`.
    pub fn up(&self, args: &[&str], code: i32) -> Value {
        let ran = self.run(&[&["up", "--format", "json"], args].concat()).exits(code);
        let last = ran.stdout.lines().last().unwrap_or_else(|| panic!("{}", ran.whole()));
        serde_json::from_str(last).unwrap()
    }

    /// The name of a service's container.
    pub fn container(&self, service: &str) -> String {
        format!("{}-{service}-1", self.name)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.run(&["down", "--volumes", "--yes"]);
    }
}

/// What `docker` prints.
pub fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A child whose stderr is read line by line.
pub struct Child {
    child: process::Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Child {
    /// Start it.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Read until a line has this in it.
    #[track_caller]
    pub fn until(&mut self, words: &str) -> Vec<String> {
        let mut read = Vec::new();
        for line in self.lines.by_ref().map(Result::unwrap) {
            let is_it = line.contains(words);
            read.push(line);
            if is_it {
                return read;
            }
        }
        panic!("no {words:?} in {read:#?}");
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Press Ctrl-C.
    pub fn interrupt(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Wait for its end: the code, and the lines that were not read yet.
    pub fn end(mut self) -> (Option<i32>, String) {
        let rest: Vec<String> = self.lines.by_ref().map(Result::unwrap).collect();
        (self.child.wait().unwrap().code(), rest.join("\n"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.child.kill();
    }
}
