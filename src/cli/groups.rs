//! The commands in the help of the program, in groups: where to start, what comes next.

use clap::{Command, builder::StyledStr};

/// Groups with their commands, in the order in which a new user needs them.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Start here", &["demo", "init", "import", "validate", "render", "doctor"]),
    ("Run", &["up", "plan", "exec", "restart", "stop", "start", "down", "compose"]),
    ("Look", &["status", "logs", "top", "graph"]),
    ("Budget", &["budget check", "budget suggest"]),
    ("Traffic", &["traffic", "traffic set", "traffic status"]),
    ("More", &["secrets", "image", "schema", "completions", "man", "shop", "probe"]),
];

/// The columns of a help text where the terminal does not say, and at most.
const WIDTH: usize = 100;

/// The same command with its commands in groups, and with global options in its own help only.
pub fn grouped(mut command: Command, width: Option<usize>) -> Command {
    // Global options are passed on then, and can be hidden there.
    command.build();
    let command = command.mut_subcommands(without_global);
    let header = *command.get_styles().get_header();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\n{header}Global options:{header:#}\n{{options}}{{after-help}}",
        list(&command, width.unwrap_or(WIDTH).min(WIDTH)).ansi()
    );
    command.help_template(StyledStr::from(template))
}

fn without_global(command: Command) -> Command {
    let hidden = |arg: clap::Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
    command.mut_args(hidden).mut_subcommands(without_global)
}

/// The command that some words lead to.
fn find<'a>(command: &'a Command, words: &str) -> Option<&'a Command> {
    words.split(' ').try_fold(command, |command, word| command.find_subcommand(word))
}

fn list(command: &Command, width: usize) -> StyledStr {
    let (header, literal) = (*command.get_styles().get_header(), *command.get_styles().get_literal());
    let names = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len());
    let column = names.max().unwrap_or(0);
    let mut text = String::new();
    for (heading, names) in GROUPS {
        text += &format!("{header}{heading}:{header:#}\n");
        for name in names {
            // A command may be left out of the build.
            let Some(found) = find(command, name) else { continue };
            let about = found.get_about().map(ToString::to_string).unwrap_or_default();
            let aliases: Vec<&str> = found.get_visible_aliases().collect();
            let aliases =
                if aliases.is_empty() { String::new() } else { format!(" [alias: {}]", aliases.join(", ")) };
            let lines = wrapped(&format!("{about}{aliases}"), width.saturating_sub(column + 4).max(20));
            text += &format!("  {literal}{name:column$}{literal:#}  {}\n", lines[0]);
            for line in &lines[1..] {
                text += &format!("  {:column$}  {line}\n", "");
            }
        }
        text.push('\n');
    }
    text.pop();
    text.into()
}

/// A text in lines of so many columns; at least one.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let at = lines.len() - 1;
        if lines[at].is_empty() {
            lines[at].push_str(word);
        } else if lines[at].chars().count() + 1 + word.chars().count() <= columns {
            lines[at].push(' ');
            lines[at].push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{super::run::Cli, *};

    #[test]
    fn every_command_is_in_one_group() {
        let command = Cli::command();
        let mut names: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        if cfg!(feature = "shop") {
            let unknown: Vec<&&str> = names.iter().filter(|name| find(&command, name).is_none()).collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
        for known in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            let name = known.get_name();
            let is_it = |listed: &&str| listed.split(' ').next() == Some(name);
            assert!(names.iter().any(is_it), "`{name}` is in no group");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn texts_are_wrapped_at_words() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("", 8), [""]);
        assert_eq!(wrapped("incomprehensible", 8), ["incomprehensible"]);
    }
}
