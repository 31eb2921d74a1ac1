//! Commands and options of Docker Compose that stackctl does not have, each answered with the line that does it.

use std::ffi::OsString;

use clap::Command;

use super::line::{Word, first_name, quoted, words};
use crate::commands::{Exit, Failure};

/// The commands of Docker Compose that `stackctl compose` passes on.
const PASSED: [&str; 25] = [
    "attach", "alpha", "bridge", "build", "commit", "config", "convert", "cp", "create", "events", "export",
    "images", "kill", "ls", "pause", "port", "publish", "pull", "push", "rm", "run", "unpause", "volumes",
    "wait", "watch",
];

/// Options of Docker Compose, by command, that `stackctl compose` passes on: what they do is Compose's alone.
const OPTIONS: &str = "\
up --abort-on-container-exit --abort-on-container-failure --always-recreate-deps --attach --attach-dependencies --exit-code-from --menu
up --no-attach --no-build --no-color --no-deps --no-log-prefix --no-recreate --no-start --quiet-build --quiet-pull --renew-anon-volumes
up --timestamps --watch -w -t -y --yes
down --rmi --timeout -t
logs --index --no-color --no-log-prefix --until
ps --all -a --filter --no-trunc --orphans -q --quiet --services --status
stats --all -a --no-trunc
exec --detach -d --privileged
restart --no-deps
start --wait --wait-timeout
";

/// Whether `stackctl compose` passes this option of a command on.
fn is_passed(command: &str, option: &str) -> bool {
    let mut lines = OPTIONS.lines().map(|line| line.split(' '));
    lines.any(|mut words| words.next() == Some(command) && words.any(|word| word == option))
}

/// The answer to a line that is Compose's and not ours (exit 2).
pub fn answer(args: &[OsString], whole: &Command) -> Option<Failure> {
    let args: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let (before, at) = first_name(&args, whole);
    let line = Line { args: &args, at };
    if let Some(failure) = before.iter().find_map(|word| line.before_command(word, whole)) {
        return Some(failure);
    }
    let name = &args[at?];
    if let Some(known) = whole.find_subcommand(name) {
        let words = words(&args[at? + 1..], &[known, whole]);
        return line.behind_command(name, known, &words);
    }
    line.command(name)
}

struct Line<'a> {
    /// The arguments behind the program.
    args: &'a [String],
    /// Where the command stands.
    at: Option<usize>,
}

impl Line<'_> {
    /// The line through `stackctl compose`.
    fn passed(&self) -> String {
        let (before, after) = self.args.split_at(self.at.unwrap_or(0));
        let mut words = vec!["stackctl".to_owned()];
        words.extend(before.iter().cloned());
        words.extend(["compose", "--"].map(str::to_owned));
        words.extend(after.iter().cloned());
        format!("`{}`", quoted(&words))
    }

    /// A command.
    fn command(&self, name: &str) -> Option<Failure> {
        let is = || usage(format!("`{name}` is a command of Docker Compose"));
        let passed =
            || format!("{} runs it with the project, files and profiles of this stack", self.passed());
        Some(match name {
            "scale" => replicas("`scale`", self.args.last().map(String::as_str)),
            "version" => is().hint("`stackctl --version`, and `stackctl compose -- version` for Compose"),
            "config" | "convert" => {
                is().hint("`stackctl render --stdout` prints the Compose file").hint(passed())
            }
            "build" => is().hint("`stackctl up` builds what it starts").hint(passed()),
            "pull" => is().hint("`stackctl up --pull always` pulls and starts").hint(passed()),
            "rm" => is().hint("`stackctl down` removes all containers").hint(passed()),
            name if PASSED.contains(&name) => is().hint(passed()),
            _ => return None,
        })
    }

    /// An option that stands before the command.
    fn before_command(&self, word: &Word, whole: &Command) -> Option<Failure> {
        let Word::Option { name, value } = word else { return None };
        let mut rest = self.args.iter().skip(self.at.unwrap_or(self.args.len()));
        if self.at.is_some_and(|at| at > 0 && self.args[at - 1] == *name) {
            // The value was taken for the command.
            rest.next();
        }
        let known = rest.next().and_then(|name| whole.find_subcommand(name));
        let command = known.map_or("up", Command::get_name);
        let value = value.as_deref();
        Some(match name.as_str() {
            "--profile" => {
                let takes_it =
                    |known: &Command| known.get_arguments().any(|arg| arg.get_long() == Some("profile"));
                let failure = usage("`--profile` stands behind the command");
                match known.is_none_or(takes_it) {
                    true => {
                        let line = format!("stackctl {command} --profile {}", value.unwrap_or("PROFILE"));
                        failure.hint(format!("`{line}`"))
                    }
                    false => failure.hint(format!("`stackctl {command}` takes none")),
                }
            }
            "-f" => {
                let file = value.unwrap_or("PATH");
                usage("the file is `--file`").hint(format!("`stackctl --file {file} {command}`"))
            }
            "-p" | "--project-name" => {
                let name = value.unwrap_or("NAME");
                usage("the name of the project stands in stack.toml").hint(format!("`name = \"{name}\"`"))
            }
            "--dry-run" => usage("`plan` shows what `up` would do").hint("`stackctl plan`"),
            "--env-file" | "--project-directory" => usage(format!("`{name}` is set by stackctl"))
                .hint("variables come from the .env beside stack.toml, paths count from its folder"),
            _ => return None,
        })
    }

    /// An option or a name that stands behind one of our commands.
    fn behind_command(&self, name: &str, known: &Command, words: &[Word]) -> Option<Failure> {
        words.iter().find_map(|word| match word {
            Word::Option { name: option, value } => self.option(name, known, option, value.as_deref()),
            Word::Name(service) if name == "down" => Some(
                usage("`down` removes the whole stack")
                    .hint(format!("`stackctl stop {service}` stops one service"))
                    .hint(format!(
                        "`stackctl compose -- rm --stop --force {service}` removes its containers too"
                    )),
            ),
            Word::Name(_) => None,
        })
    }

    fn option(&self, command: &str, known: &Command, option: &str, value: Option<&str>) -> Option<Failure> {
        let known_here = |arg: &clap::Arg| {
            arg.get_long().is_some_and(|long| option.strip_prefix("--") == Some(long))
                || arg.get_short().is_some_and(|short| option == format!("-{short}"))
        };
        let not_here = || usage(format!("`{option}` is an option of `docker compose {command}`"));
        Some(match (command, option) {
            ("down", "-v") => usage("`-v` behind `down` is not taken: Docker Compose means volumes by it")
                .hint("`stackctl down --volumes` also removes the volumes with all their data")
                .hint("`stackctl -v down` prints more details"),
            _ if known.get_arguments().any(known_here) => return None,
            ("up", "--scale") => replicas("`--scale`", value),
            ("up", "--remove-orphans") => {
                not_here().hint("`stackctl up --remove-unselected` removes what is not selected")
            }
            ("up", "--wait") => not_here().hint("`stackctl up` waits; with `--no-wait` it does not"),
            ("up", "--wait-timeout") => {
                not_here().hint(format!("`stackctl up --timeout {}s`", value.unwrap_or("60")))
            }
            ("up", "--dry-run") => not_here().hint("`stackctl plan` shows what `up` would do"),
            ("down", "--remove-orphans") => {
                not_here().hint("`stackctl down` removes every container of the project")
            }
            ("stats" | "top", "--no-stream") => not_here().hint("`stackctl top --once`"),
            (_, "--dry-run") if command != "validate" => not_here().hint(self.passed()),
            _ if is_passed(command, option) => not_here().hint(self.passed()),
            _ => return None,
        })
    }
}

/// The number of containers of a service, from `web=3` where that is given.
fn replicas(word: &str, given: Option<&str>) -> Failure {
    let (service, count) = given.and_then(|given| given.split_once('=')).unwrap_or(("SERVICE", "2"));
    usage(format!("{word} is not needed: the number of containers stands in stack.toml"))
        .hint(format!("`replicas = {count}` below [services.{service}], then `stackctl up`"))
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, message)
}
