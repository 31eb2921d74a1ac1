//! Examples for every command's help, in one table: a test holds each command to having one, and each to what it parses.

use clap::{Command, builder::StyledStr};

/// The examples of a command below the words that lead to it: lines to type, each with what it does after `# `.
const EXAMPLES: &str = "\
[]
stackctl demo  # the sample shop with traffic, in one process
stackctl init  # create your own stack
stackctl up --profile tracing  # start the stack with a profile
[probe]
stackctl probe http://127.0.0.1:8080/health --timeout 2s  # exit 0 or 1, no output
[init]
stackctl init  # in an empty folder
stackctl init --file staging.toml  # next to another stack
[import]
stackctl import  # the Compose files of this folder
stackctl import -f compose.yaml -f compose.prod.yaml --output prod.toml  # two files, merged
stackctl import --check  # write nothing; what would be lost?
stackctl import --limits 512M,1.0 --harden  # limits and log rotation where there are none
[render]
stackctl render  # the files that `up` passes to Compose
stackctl render --check  # exit 1 with a diff if generated/ is stale
stackctl render --target swarm --profile kafka  # for `docker stack deploy`
[validate]
stackctl validate  # all errors in one run
stackctl validate --fix --dry-run  # what --fix would change in stack.toml
stackctl validate --format json  # for editors and bots
[budget]
stackctl budget check  # does every combination fit?
[budget check]
stackctl budget check --profile tracing  # check only this combination
stackctl budget check --memory 12G --cpus 8 --services  # another machine, service by service
stackctl budget check --against engine  # also compare with the engine's machine
stackctl budget check --against swarm  # also place it on the nodes of the swarm
stackctl budget check --chart budget.svg  # a chart for a README or a review
[budget suggest]
stackctl budget suggest  # print suggestions
stackctl budget suggest --window 10m --write  # write to stack.toml; comments are kept
stackctl budget suggest --project shop  # any Compose project of the engine
[graph]
stackctl graph  # a tree on a terminal
stackctl graph -o stack.svg  # a picture, readable in light and dark mode
stackctl graph --profile tracing --format mermaid  # one combination, for a README
[schema]
stackctl schema --write  # the file that `#:schema` in stack.toml names
stackctl schema > stack.schema.json  # print to any file
[completions]
source <(stackctl completions bash)  # in ~/.bashrc; for zsh likewise, after compinit
stackctl completions fish | source  # in ~/.config/fish/completions/stackctl.fish
stackctl completions powershell | Out-String | Invoke-Expression  # in $PROFILE
[man]
stackctl man ~/.local/share/man/man1 && man stackctl-budget-check
[image]
stackctl image  # from the running program
stackctl image --linux-binary target/x86_64-unknown-linux-musl/release/stackctl  # from a Mac
[secrets]
stackctl secrets init  # once; `up` also does it
[secrets init]
stackctl secrets init  # existing ones are kept
[demo]
stackctl demo --open  # the shop and the dashboard in a browser
stackctl demo --mode burst --duration 30s --report demo.html  # 30 seconds, with an HTML report
[up]
stackctl up  # the core services
stackctl up --profile tracing --timeout 10m  # plus those of a profile
stackctl up order-api  # one service and what it needs
stackctl up --remove-unselected  # stop everything else
stackctl up --pull always --force-recreate  # newer images, new containers
[doctor]
stackctl doctor  # before the first `up`, or when it fails
[logs]
stackctl logs -f --tail 20 order-api postgres  # two services, followed across restarts
stackctl logs --since 10m -t  # the last ten minutes, each line with its time
stackctl logs --format json  # one JSON object per line
[exec]
stackctl exec postgres psql -U orders  # any command; without one, a shell
stackctl exec -T postgres pg_dump -U orders > orders.sql  # no terminal: for files and pipes
[restart]
stackctl restart order-api  # exit 0 when it is up again
stackctl restart  # all services of the last `up`
[stop]
stackctl stop  # containers and data stay
stackctl stop kafka -t 60s  # one service, with time to end
[start]
stackctl start  # what `stop` has stopped
[compose]
stackctl compose -- pull  # the images of the selection
stackctl compose -- run --rm order-api sh  # a container of its own
stackctl compose --profile tracing -- config  # as Compose resolves it
[down]
stackctl down  # data and secrets are kept
stackctl down --volumes  # deletes data; asks for confirmation
[plan]
stackctl plan --profile tracing --exit-code  # exit 2 if anything would change
[shop]
ORDER_API_URL=http://127.0.0.1:50051 stackctl shop web-gateway  # configured by environment variables
[status]
stackctl status  # compared with the last `up`; exit 1 unless all of it is up
stackctl status --watch  # every two seconds
stackctl status --project shop  # any Compose project of the engine
stackctl status --format json  # for a script
[top]
stackctl top  # live; press `q` to quit
stackctl top --all  # every project of the engine, and what has no limit
stackctl top --once --format json  # one reading for a script
[traffic]
stackctl traffic localhost:3000/health --rate 50 --duration 30s  # GET of a URL, and a summary at the end
stackctl traffic --target http://127.0.0.1:8080  # the modes of stack.toml, with a dashboard
stackctl traffic --target http://127.0.0.1:8080 --rate 200 --duration 60s --report run.html  # a run with an HTML report
stackctl traffic --rate 50 --duration 30s --report - --max-p99 200ms --max-failed 1%  # a check for CI
[traffic set]
stackctl traffic set burst
stackctl traffic set --rate 50 --over 30s  # any rate, reached within 30 seconds
stackctl traffic set steady --url http://127.0.0.1:9000  # an engine on another port
[traffic status]
stackctl traffic status --watch  # live; press `q` to quit
stackctl traffic status --format json  # one reading for a script
";

/// Stands at the end of each help text but that of the program, which has them.
const GLOBAL: &str = "Global options (--file, --format, --color, -q, -v): see `stackctl --help`.";

/// The examples of a command: lines to type, each with what it does, which may be empty.
fn lines(path: &str) -> Vec<(&'static str, &'static str)> {
    let own = EXAMPLES.lines().skip_while(|line| *line != format!("[{path}]")).skip(1);
    own.take_while(|line| !line.starts_with('['))
        .map(|line| line.split_once("  # ").unwrap_or((line, "")))
        .collect()
}

/// The command with examples in its help, and in that of those below it.
pub fn with_examples(command: Command) -> Command {
    add(command, "")
}

fn add(command: Command, path: &str) -> Command {
    let lines = lines(path);
    let own = command.get_after_help().map(ToString::to_string);
    let global = (!path.is_empty()).then(|| GLOBAL.to_owned());
    let notes: Vec<String> = own.into_iter().chain(global).collect();
    let notes = Some(notes.join("\n\n")).filter(|notes| !notes.is_empty());
    let help = text(&command, &lines, notes.as_deref());
    let command = if lines.is_empty() { command } else { command.after_help(help) };
    let below = |of: Command| {
        let path = format!("{path} {}", of.get_name());
        add(of, path.trim_start())
    };
    command.mut_subcommands(below)
}

/// The block as it stands below the options: comments in a column, then the command's other notes.
fn text(command: &Command, lines: &[(&str, &str)], notes: Option<&str>) -> StyledStr {
    let header = command.get_styles().get_header();
    let heading = if lines.len() == 1 { "Example" } else { "Examples" };
    let mut text = format!("{header}{heading}:{header:#}");
    // A comment that does not fit behind its line stands above it.
    let fits = |(line, about): &&(&str, &str)| line.len() + about.len() < 90;
    let width = lines.iter().filter(fits).map(|(line, _)| line.len()).max().unwrap_or_default();
    for example in lines {
        let (line, about) = example;
        text += &match about {
            _ if about.is_empty() => format!("\n  {line}"),
            _ if fits(&example) && width + about.len() < 94 => format!("\n  {line:width$}  # {about}"),
            _ => format!("\n  # {about}\n  {line}"),
        };
    }
    if let Some(notes) = notes {
        text += &format!("\n\n{notes}");
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{super::run::Cli, *};

    /// The arguments of each stackctl in a line of a shell.
    fn calls(line: &str) -> Vec<Vec<&str>> {
        let parts = line.split(['|', '>', '(', ')']).flat_map(|part| part.split("&&"));
        let words = parts.map(|part| part.split_whitespace().skip_while(|word| word.contains('=')).collect());
        words.filter(|words: &Vec<&str>| words.first() == Some(&"stackctl")).collect()
    }

    #[test]
    fn every_command_has_an_example_and_each_parses() {
        fn walk(command: &Command, path: &str, paths: &mut Vec<String>) {
            paths.push(path.to_owned());
            for below in command.get_subcommands().filter(|it| it.get_name() != "help") {
                walk(below, format!("{path} {}", below.get_name()).trim_start(), paths);
            }
        }
        let mut paths = Vec::new();
        walk(&Cli::command(), "", &mut paths);
        for path in &paths {
            assert!(!lines(path).is_empty(), "`stackctl {path}` has no example");
        }
        let headings = EXAMPLES.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
        for path in headings {
            assert!(paths.iter().any(|known| known == path), "there is no command `{path}`");
            for (line, _) in lines(path) {
                let calls = calls(line);
                let own = calls.iter().filter(|call| call[1..].join(" ").starts_with(path));
                assert_eq!(own.count(), 1, "{line} is no example of `{path}`");
                for call in calls {
                    if let Err(error) = Cli::command().try_get_matches_from(&call) {
                        panic!("{line}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_block_stands_below_the_options() {
        let help = with_examples(Cli::command()).try_get_matches_from(["stackctl", "down", "--help"]);
        let help = help.unwrap_err().to_string();
        let (_, block) = help.split_once("\nExamples:\n").expect("examples");
        assert!(block.starts_with("  stackctl down            # data and secrets are kept\n"), "{block}");
        assert!(
            block.contains(
                "\n\nGenerated secrets are kept: existing volumes may depend on them.\n\nGlobal options"
            ),
            "{block}"
        );
    }
}
