//! What only a shell would understand, where none runs.

use super::Context;
use crate::{
    check::context::key_in_service,
    diag::{Code, Diagnostic, KeyPath, service_path},
    model::{Command, Value},
};

static SHELL_OPERATOR: Code = Code::warning(
    "shell-operator",
    "\
A command has an operator of the shell, and no shell runs it. A text is split into words as a shell splits them, and Compose drops everything from the first `&`, `|`, `;`, `<` or `>` \
on that is not in quotes, without a word: `migrate && serve` runs `migrate`, and a URL is cut at its `&`. In a list, `&&` and its like are arguments of the program.

```toml
command = \"migrate && serve\"                  # warning: runs `migrate` alone
command = [\"sh\", \"-c\", \"migrate && serve\"]
command = \"fetch 'http://api/?a=1&b=2'\"       # quotes keep it whole
```

A health check that is a text is run by the container's shell.",
);

static SHELL_VARIABLE: Code = Code::warning(
    "shell-variable",
    "\
`$$NAME` in a command is the text `$NAME` for its program: Compose takes one dollar sign away, and no shell expands it.

```toml
healthcheck = { test = [\"CMD\", \"mysqladmin\", \"-p$$MYSQL_PASSWORD\", \"ping\"] }        # warning
healthcheck = { test = [\"CMD-SHELL\", \"mysqladmin -p$$MYSQL_PASSWORD ping\"] }
```

Programs that expand variables themselves, such as a shell or awk, are left alone.",
);

pub(super) static CODES: &[&Code] = &[&SHELL_OPERATOR, &SHELL_VARIABLE];

/// Programs that read `$NAME` themselves.
const EXPANDING: [&str; 15] = [
    "sh", "bash", "ash", "dash", "zsh", "ksh", "busybox", "awk", "gawk", "mawk", "perl", "jq", "php", "ruby",
    "envsubst",
];
/// Items of a list that can only be meant for a shell: `;`, `<` and `>` alone are arguments of `find` and `test`.
const OPERATORS: [&str; 6] = ["&&", "||", "|", "&", ">>", "2>&1"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let program = service.entrypoint.as_ref().and_then(first_word);
        if let Some(entrypoint) = &service.entrypoint {
            let at = || service_path(name).key("entrypoint");
            found.extend(Place { context, service: name, at: &at }.judge(entrypoint, program));
        }
        if let Some(command) = &service.command {
            let program = program.or_else(|| first_word(command));
            let at = || service_path(name).key("command");
            found.extend(Place { context, service: name, at: &at }.judge(command, program));
        }
        for key in ["post_start", "pre_stop"] {
            let hooks = service.rest.get(key).and_then(Value::as_list).unwrap_or_default();
            for (position, hook) in hooks.iter().enumerate() {
                let command = hook.as_map().and_then(|hook| hook.get("command")).and_then(Value::as_str);
                let at = || service_path(name).key(key).index(position).key("command");
                found.extend(command.and_then(|text| Place { context, service: name, at: &at }.cut(text)));
            }
        }
        let test = service.healthcheck.as_ref().and_then(|healthcheck| healthcheck.test.as_ref());
        if let Some(Command::Exec(words)) = test
            && words.first().is_some_and(|word| word == "CMD")
        {
            let at = || service_path(name).key("healthcheck").key("test");
            let program = words.get(1).map(String::as_str);
            found.extend(Place { context, service: name, at: &at }.word(words, 1, program));
        }
    }
    for (profile, table) in &context.stack.profiles {
        for (name, overlay) in &table.services {
            let Some(command) = &overlay.command else { continue };
            let at = || KeyPath::from(["profiles", profile, "services", name, "command"]);
            let entrypoint = context.services().get(name).and_then(|service| service.entrypoint.as_ref());
            let program = entrypoint.and_then(first_word).or_else(|| first_word(command));
            found.extend(Place { context, service: name, at: &at }.judge(command, program));
        }
    }
}

/// Where a command stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    context: &'p Context<'p>,
    service: &'p str,
    at: &'p dyn Fn() -> KeyPath,
}

impl Place<'_> {
    /// A command, or an entrypoint.
    fn judge(self, command: &Command, program: Option<&str>) -> Option<Diagnostic> {
        match command {
            Command::Shell(text) => self.cut(text).or_else(|| self.in_text(text, program)),
            Command::Exec(words) => self.word(words, 0, program),
        }
    }

    /// A text that Compose cuts.
    fn cut(self, text: &str) -> Option<Diagnostic> {
        let made = self.context.expand(text)?;
        let (kept, dropped) = made.split_at(operator(&made)?);
        let at = (self.at)();
        let kept = kept.trim_end();
        let runs = if kept.is_empty() {
            "nothing is left of it".to_owned()
        } else {
            format!("only `{kept}` is run")
        };
        let message = format!(
            "no shell runs `{}` of service `{}`: Compose drops `{}`",
            key_in_service(&at),
            self.service,
            first_line(dropped)
        );
        Some(
            Diagnostic::new(&SHELL_OPERATOR, message)
                .at(at)
                .label(runs)
                .why("a text is split into words and ends at the first operator of the shell that is not in quotes")
                .help("write [\"sh\", \"-c\", \"...\"] to run a shell, or put quotes around what belongs to one word"),
        )
    }

    /// A list with an operator or a variable among its items.
    fn word(self, words: &[String], from: usize, program: Option<&str>) -> Option<Diagnostic> {
        let shell = if from > 0 { "\"CMD-SHELL\", \"...\"" } else { "\"sh\", \"-c\", \"...\"" };
        for (position, word) in words.iter().enumerate().skip(from) {
            if OPERATORS.contains(&word.as_str()) {
                let at = (self.at)();
                let message = format!(
                    "no shell runs `{}` of service `{}`: `{word}` is an argument of the program",
                    key_in_service(&at),
                    self.service
                );
                return Some(
                    Diagnostic::new(&SHELL_OPERATOR, message)
                        .at(at.index(position))
                        .label("no operator here")
                        .why("the items of a list are passed to the program as they are")
                        .help(format!("write [{shell}] to run a shell")),
                );
            }
            if word.contains('$')
                && let Some(made) = self.context.expand(word)
                && !words[from..position].iter().map(String::as_str).chain(program).any(expands)
                && let Some(variable) = variable(&made)
            {
                return Some(self.kept(variable, shell, |at| at.index(position)));
            }
        }
        None
    }

    /// A variable in a text that no shell reads.
    fn in_text(self, text: &str, program: Option<&str>) -> Option<Diagnostic> {
        if !text.contains("$$") || text.split_whitespace().chain(program).any(expands) {
            return None;
        }
        let made = self.context.expand(text)?;
        Some(self.kept(variable(&made)?, "\"sh\", \"-c\", \"...\"", |at| at))
    }

    fn kept(self, variable: &str, shell: &str, within: impl Fn(KeyPath) -> KeyPath) -> Diagnostic {
        let (at, service) = ((self.at)(), self.service);
        let key = key_in_service(&at);
        let message = format!("no shell expands `${variable}` in `{key}` of service `{service}`");
        Diagnostic::new(&SHELL_VARIABLE, message)
            .at(within(at))
            .label("passed as it is")
            .why("Compose turns `$$` into `$`, and the program gets the text")
            .help(format!("write [{shell}] to run a shell, or give the value some other way"))
    }
}

fn first_word(command: &Command) -> Option<&str> {
    match command {
        Command::Shell(text) => text.split_whitespace().next(),
        Command::Exec(words) => words.first().map(String::as_str),
    }
}

/// Whether a program may put variables in: one that is known to, or a script.
fn expands(program: &str) -> bool {
    program.ends_with(".sh") || EXPANDING.contains(&program.rsplit('/').next().unwrap_or(program))
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

/// Where the first operator outside of quotes is, as Compose's splitter sees it (measured on 2.40.3).
fn operator(text: &str) -> Option<usize> {
    let (mut quote, mut escaped, mut depth) = (None, false, 0_usize);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let was_escaped = std::mem::take(&mut escaped);
        match (quote, c) {
            _ if was_escaped => {}
            (quote, '\\') => escaped = quote != Some('\''),
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') if before == '$' => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, '&' | '|' | ';' | '<' | '>') if depth == 0 => return Some(at),
            (None, _) => {}
        }
        before = c;
    }
    None
}

/// The name of a variable of the shell: upper-case, as variables of containers are, so that hashes and patterns are left
/// alone.
fn variable(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        let name =
            &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())];
        let upper = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        (name.len() > 1 && upper && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_the_first_operator() {
        for (text, kept) in [
            ("a && b", "a "),
            ("a&&b", "a"),
            ("a --url http://x?a=1&b=2", "a --url http://x?a=1"),
            ("a; b", "a"),
            ("a > f", "a "),
            ("sh -c a | b", "sh -c a "),
            ("a {b;c}", "a {b"),
            ("&& a", ""),
        ] {
            assert_eq!(operator(text).map(|at| &text[..at]), Some(kept), "{text}");
        }
        for whole in ["a 'x && y' z", "a \\; b", "a \"&&\" b", "a `b && c` d", "a $(b && c)", "a # b", "a\nb"]
        {
            assert_eq!(operator(whole), None, "{whole}");
        }
    }

    #[test]
    fn a_variable_is_upper_case() {
        for (text, found) in [
            ("-p$PASSWORD", Some("PASSWORD")),
            ("${DB_NAME:-x}", Some("DB_NAME")),
            ("$1 $ $2y$05$AbCdEf", None),
            ("^/(sys|proc)($|/)", None),
            ("$value", None),
            ("$A", None),
        ] {
            assert_eq!(variable(text), found, "{text}");
        }
    }
}
