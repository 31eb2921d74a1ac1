use super::{FakeEngine, Format, Ran, STACK, run};
use crate::{
    commands::{
        compose,
        exec::{self, ExecOptions},
    },
    engine::{
        fake::{Run, container},
        observe::{ContainerState, Observed},
    },
};

fn ran(engine: FakeEngine, command: &[&str], service: &str) -> Ran {
    let options = ExecOptions {
        service: service.to_owned(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        user: Some("app".to_owned()),
        // Whether the tests have a terminal changes nothing.
        no_tty: true,
        ..ExecOptions::default()
    };
    run(STACK, engine, Format::Human, |context| exec::run(context, &options))
}

/// An engine on which `a` is so, and finding a shell ends so.
fn engine(state: ContainerState, found: Run) -> FakeEngine {
    let mut engine =
        FakeEngine { before: vec![Observed { state, ..container("a") }], ..FakeEngine::default() };
    engine.runs.push(Run { words: "command -v bash", ..found });
    engine
}

#[test]
fn a_command_keeps_its_exit_code() {
    let mut engine = engine(ContainerState::Running, Run::default());
    engine.runs.push(Run { words: "exec a-id ls -la", code: 7, ..Run::default() });
    let ran = ran(engine, &["ls", "-la"], "a");
    assert_eq!(ran.text, "OfProgram(7)\n--- stdout\n--- stderr\n");
    assert_eq!(ran.done, ["docker exec -i --user app a-id ls -la"]);
}

#[test]
fn a_shell_without_a_command() {
    let found = Run { stdout: "/usr/bin/bash\n".to_owned(), ..Run::default() };
    let ran = ran(engine(ContainerState::Running, found), &[], "a");
    assert_eq!(ran.text, "OfProgram(0)\n--- stdout\n--- stderr\n");
    let search = "docker exec --user app a-id sh -c command -v bash || command -v sh";
    assert_eq!(ran.done, [search, "docker exec -i --user app a-id /usr/bin/bash"]);
}

#[test]
fn there_is_no_shell_or_no_container() {
    let none = || Run { code: 127, ..Run::default() };
    insta::assert_snapshot!(ran(engine(ContainerState::Running, none()), &[], "a").text);
    insta::assert_snapshot!(ran(engine(ContainerState::Exited, none()), &[], "a").text);
    insta::assert_snapshot!(ran(engine(ContainerState::Running, none()), &[], "b").text);
    insta::assert_snapshot!(ran(engine(ContainerState::Running, none()), &["sh"], "aa").text);
}

#[test]
fn compose_gets_what_belongs_to_the_stack() {
    let mut engine = FakeEngine::default();
    engine.runs.push(Run { words: "compose -p fake run", code: 3, ..Run::default() });
    let words: Vec<String> = ["run", "--rm", "b"].map(str::to_owned).into();
    let profiles = ["extra".to_owned()];
    let ran = run(STACK, engine, Format::Human, |context| compose::run(context, &profiles, &words));
    assert_eq!(ran.text, "OfProgram(3)\n--- stdout\n--- stderr\nrendered 1 file\n");
    assert_eq!(
        ran.done,
        [
            "docker compose version --short",
            "docker compose -p fake -f ROOT/generated/docker-compose.yml --profile extra run --rm b"
        ]
    );
}
