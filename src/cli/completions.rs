//! `stackctl completions SHELL`, and the candidates that a shell asks for while a user types.
//!
//! The script that a shell reads calls this program back with the words so far (clap_complete's dynamic engine), so every
//! command, option and value is completed as it is declared, and names come from the stack at hand. What an argument
//! takes is known by its value name: a new command is completed without a change here.

use std::{env, ffi::OsString, path::PathBuf};

use clap::{Arg, Args, Command, ValueHint};
use clap_complete::{
    ArgValueCandidates, CompleteEnv, CompletionCandidate,
    env::{Bash, Shells},
};

use crate::{
    commands::{Context, Exit, Failure, names::Names},
    text::{is_control, printable},
};

/// The variable with which a shell asks for candidates.
const VARIABLE: &str = "STACKCTL_COMPLETE";

/// Bash takes `--profile=kafka` for three words, since `=` is in COMP_WORDBREAKS, and puts in only what completes the last
/// one. Without the sign it is the same line as `--profile kafka`, which is completed the same way.
const BASH_SIGNS: &str = r#"
_stackctl() {
    local at cursor=$COMP_CWORD
    local -a words=()
    for at in "${!COMP_WORDS[@]}"; do
        if [[ ${COMP_WORDS[at]} == "=" && $at -ne $COMP_CWORD ]]; then
            if [[ $at -lt $COMP_CWORD ]]; then cursor=$((cursor - 1)); fi
        else
            words+=("${COMP_WORDS[at]}")
        fi
    done
    local COMP_CWORD=$cursor
    local -a COMP_WORDS=("${words[@]}")
    _clap_complete_stackctl "$@"
}
complete -o nospace -o bashdefault -o nosort -F _stackctl stackctl 2> /dev/null ||
    complete -o nospace -o bashdefault -F _stackctl stackctl
"#;

/// Print the shell completion script for commands, options, services, profiles and modes
#[derive(Debug, Args)]
#[command(
    after_help = "Load it at every start of the shell, as shown here: the script belongs to the version that printed it."
)]
pub struct Completions {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell"])]
    shell: String,
}

impl Completions {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let shells = Shells::builtins();
        let shell = shells.completer(&self.shell).unwrap_or(&Bash);
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("stackctl"));
        let mut script = Vec::new();
        shell
            .write_registration(VARIABLE, "stackctl", "stackctl", &program.to_string_lossy(), &mut script)
            .map_err(|error| Failure::surroundings("failed to write the script", error))?;
        context.printer.data(&String::from_utf8_lossy(&script));
        if self.shell == "bash" {
            context.printer.data(BASH_SIGNS);
        }
        Ok(Exit::Done)
    }
}

/// Answer a shell that asks what could come next. `whole` makes the declaration of all commands. Returns whether one did.
pub fn answer(args: &[OsString], whole: fn() -> Command) -> bool {
    let here = env::current_dir().ok();
    let asked = CompleteEnv::with_factory(|| with_candidates(whole())).var(VARIABLE);
    match asked.try_complete(args.iter().cloned(), here.as_deref()) {
        Ok(answered) => answered,
        Err(error) => {
            // A failed completion must not disturb the line being typed.
            let _ = error.print();
            true
        }
    }
}

/// Add completion candidates to the arguments of a command and its subcommands.
fn with_candidates(command: Command) -> Command {
    command.mut_args(completed).mut_subcommands(with_candidates)
}

fn completed(arg: Arg) -> Arg {
    let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match value {
        "PROFILE" => arg.add(ArgValueCandidates::new(|| candidates(|names| names.profiles))),
        "SERVICE" => arg.add(ArgValueCandidates::new(|| candidates(|names| names.services))),
        "MODE" => arg.add(ArgValueCandidates::new(|| candidates(|names| names.modes))),
        "FILE" | "PATH" => arg.value_hint(ValueHint::FilePath),
        "DIR" => arg.value_hint(ValueHint::DirPath),
        "URL" => arg.value_hint(ValueHint::Url),
        _ => arg,
    }
}

fn candidates(of: impl Fn(Names) -> Vec<(String, String)>) -> Vec<CompletionCandidate> {
    let names = Names::read(file(env::args_os()).as_deref());
    let candidate = |(name, about): (String, String)| {
        CompletionCandidate::new(name)
            .help((!about.is_empty()).then(|| printable(&about).into_owned().into()))
    };
    // A shell would write such a name to the terminal as it is.
    of(names).into_iter().filter(|(name, _)| !name.contains(is_control)).map(candidate).collect()
}

/// The `--file` of the line that is being typed.
fn file(mut words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    while let Some(word) = words.next() {
        if word == "--file" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = word.to_str().and_then(|word| word.strip_prefix("--file=")) {
            return Some(PathBuf::from(path));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{super::run::Cli, *};

    #[test]
    fn the_file_of_a_line() {
        let file = |line: &str| file(line.split(' ').map(OsString::from));
        assert_eq!(file("stackctl --file a.toml up"), Some("a.toml".into()));
        assert_eq!(file("stackctl up --file=b.toml --"), Some("b.toml".into()));
        assert_eq!(file("stackctl up --file"), None);
    }

    #[test]
    fn whatever_takes_a_name_of_the_stack_is_completed() {
        fn walk(command: &Command, path: &str, wrong: &mut Vec<String>) {
            for arg in command.get_arguments() {
                let named =
                    matches!(arg.get_id().as_str(), "profile" | "profiles" | "service" | "services" | "mode");
                if named && arg.get::<ArgValueCandidates>().is_none() {
                    wrong.push(format!(
                        "{path} {}: its value name is not PROFILE, SERVICE or MODE",
                        arg.get_id()
                    ));
                }
            }
            command.get_subcommands().for_each(|it| walk(it, &format!("{path} {}", it.get_name()), wrong));
        }
        let mut wrong = Vec::new();
        walk(&with_candidates(Cli::command()), "stackctl", &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
