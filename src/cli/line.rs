//! A command line as words, before it is parsed: which of them are options and which are values of one.

use clap::{Arg, Command};

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// `--scale` or `-v`, with what follows its `=`, or else the word behind it where the command does not know the option.
    Option { name: String, value: Option<String> },
    /// Anything else: a command, a service.
    Name(String),
}

/// The words up to the first name, and where that is; options are those of the command.
pub fn first_name(args: &[String], command: &Command) -> (Vec<Word>, Option<usize>) {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(arg) = args.get(at).filter(|arg| *arg != "--") {
        at += 1;
        if !is_option(arg) {
            return (words, Some(at - 1));
        }
        at += usize::from(options(arg, args.get(at), &[command], &mut words));
    }
    (words, None)
}

/// The words of a line behind its command, up to `--`, and up to the first name where the rest is another program's line;
/// options are those of these commands.
pub fn words(args: &[String], commands: &[&Command]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut args = args.iter().take_while(|arg| *arg != "--").peekable();
    while let Some(arg) = args.next() {
        if !is_option(arg) {
            words.push(Word::Name(arg.clone()));
            if all_arguments(commands).any(Arg::is_trailing_var_arg_set) {
                break;
            }
        } else if options(arg, args.peek().copied(), commands, &mut words) {
            args.next();
        }
    }
    words
}

fn all_arguments<'a>(commands: &'a [&Command]) -> impl Iterator<Item = &'a Arg> {
    commands.iter().flat_map(|command| command.get_arguments())
}

fn is_option(arg: &str) -> bool {
    arg.len() > 1 && arg.starts_with('-')
}

/// The options of one argument; whether the next one is its value.
fn options(arg: &str, next: Option<&String>, commands: &[&Command], words: &mut Vec<Word>) -> bool {
    let find = |is_it: &dyn Fn(&Arg) -> bool| all_arguments(commands).find(|arg| is_it(arg));
    let takes_value = |known: Option<&Arg>| known.is_some_and(|arg| arg.get_action().takes_values());
    if arg.starts_with("--") {
        let (name, value) = arg.split_once('=').map_or((arg, None), |(name, value)| (name, Some(value)));
        let known = find(&|arg| arg.get_long().is_some_and(|long| name[2..] == *long));
        let behind = next.filter(|next| known.is_none() && !is_option(next));
        let value = value.map(str::to_owned).or_else(|| behind.cloned());
        let is_split = arg == name && takes_value(known);
        words.push(Word::Option { name: name.to_owned(), value });
        return is_split;
    }
    let mut letters = arg[1..].chars();
    while let Some(letter) = letters.next() {
        let known = find(&|arg| arg.get_short() == Some(letter));
        let name = format!("-{letter}");
        let rest = letters.as_str();
        if takes_value(known) {
            words.push(Word::Option { name, value: None });
            return rest.is_empty();
        }
        let behind = next.filter(|next| known.is_none() && rest.is_empty() && !is_option(next));
        words.push(Word::Option { name, value: behind.cloned() });
    }
    false
}

/// Arguments as a shell would take them.
pub fn quoted(args: &[String]) -> String {
    let word = |arg: &String| {
        let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
        match !arg.is_empty() && arg.chars().all(plain) {
            true => arg.clone(),
            false => format!("'{}'", arg.replace('\'', r"'\''")),
        }
    };
    args.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{super::run::Cli, *};

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn values_of_options_are_no_names() {
        let command = Cli::command();
        let at = |line: &str| first_name(&args(line), &command).1;
        assert_eq!(at("--file up -q down"), Some(3));
        assert_eq!(at("--file=up -vv down"), Some(2));
        assert_eq!(at("-q"), None);
        assert_eq!(at("-- up"), None);
        let down = command.find_subcommand("down").unwrap();
        let names = |line: &str| {
            let words = words(&args(line), &[down, &command]).into_iter();
            words
                .filter_map(|it| if let Word::Name(name) = it { Some(name) } else { None })
                .collect::<Vec<_>>()
        };
        assert_eq!(names("--target swarm -y --file x web"), ["web"]);
        let exec = command.find_subcommand("exec").unwrap();
        assert_eq!(words(&args("web rm -d x"), &[exec]), [Word::Name("web".to_owned())]);
        assert_eq!(names("--rmi all web"), ["all", "web"], "how many values it takes is not known");
    }

    #[test]
    fn short_options_stand_together() {
        let command = Cli::command();
        let logs = command.find_subcommand("logs").unwrap();
        let option = |name: &str| Word::Option { name: name.to_owned(), value: None };
        assert_eq!(words(&args("-fn 5"), &[logs]), [option("-f"), option("-n")]);
        assert_eq!(words(&args("-fn5"), &[logs]), [option("-f"), option("-n")]);
        assert_eq!(words(&args("-fq"), &[logs]), [option("-f"), option("-q")]);
    }

    #[test]
    fn a_shell_reads_what_is_quoted() {
        let words = ["run", "web", "sh", "-c", "echo it's", ""].map(str::to_owned);
        assert_eq!(quoted(&words), r"run web sh -c 'echo it'\''s' ''");
    }
}
