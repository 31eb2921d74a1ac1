use super::{FakeEngine, Format, Ran, STACK, run};
use crate::{
    commands::plan::{self, PlanOptions},
    engine::{
        fake::{Run, container},
        inspect_image::LocalImage,
        observe::{ContainerState, Observed, Published},
    },
};

/// What Compose would create.
const CONFIG: &str = r#"{"name":"fake","services":{"a":{"image":"x:1","restart":"unless-stopped",
  "deploy":{"resources":{"limits":{"cpus":0.1,"memory":"67108864"}}},
  "ports":[{"host_ip":"127.0.0.1","target":80,"published":"8080","protocol":"tcp"}]}}}"#;

/// The container that Compose created from that.
fn created() -> Observed {
    let mut container = Observed { image: "x:1".into(), image_id: "sha256:1".into(), ..container("a") };
    let port = Published { address: "127.0.0.1".into(), port: 8080, target: 80, protocol: "tcp".into() };
    container.created_with.ports = vec![port];
    container.labels.insert("com.docker.compose.config-hash".into(), "12ab".into());
    container
}

fn engine(before: Vec<Observed>) -> FakeEngine {
    let image = LocalImage { id: "sha256:1".into(), ..LocalImage::default() };
    let images = ["x:1", "sha256:1"].map(|name| (name.to_owned(), image.clone())).into();
    let mut engine = FakeEngine { before, images, ..FakeEngine::default() };
    engine.runs.push(Run { words: "config --hash", stdout: "a 12ab\n".to_owned(), ..Run::default() });
    engine.runs.push(Run { words: "config --format", stdout: CONFIG.to_owned(), ..Run::default() });
    engine
}

fn ran(before: Vec<Observed>, format: Format) -> Ran {
    let options = PlanOptions { exit_code: true, ..PlanOptions::default() };
    run(STACK, engine(before), format, |context| plan::run(context, &options))
}

#[test]
fn nothing_is_there_yet() {
    let ran = ran(Vec::new(), Format::Human);
    insta::assert_snapshot!(ran.text);
    assert!(ran.done.iter().all(|line| line.contains(" config ")), "it changes nothing: {:?}", ran.done);
}

#[test]
fn there_is_nothing_to_do() {
    insta::assert_snapshot!(ran(vec![created()], Format::Human).text);
}

#[test]
fn a_container_has_drifted_and_one_is_not_selected() {
    let mut changed = created();
    changed.limits.memory = Some(32 << 20);
    let others = vec![changed, container("b")];
    insta::assert_snapshot!(ran(others.clone(), Format::Human).text);
    insta::assert_snapshot!(ran(others, Format::Json).text);
}

#[test]
fn a_container_has_ended_and_one_has_another_image() {
    let ended = Observed { state: ContainerState::Exited, exit_code: 1, ..created() };
    insta::assert_snapshot!(ran(vec![ended], Format::Human).text);
    let old = Observed { image: "x:0".into(), ..created() };
    insta::assert_snapshot!(ran(vec![old], Format::Human).text);
}

#[test]
fn compose_refuses_the_file() {
    let mut engine = engine(Vec::new());
    let error = "services.a additional properties 'x' not allowed".to_owned();
    let stderr = vec![(super::seconds(0), error)];
    engine.runs[2] = Run { words: "config --format", stderr, code: 15, ..Run::default() };
    let ran = run(STACK, engine, Format::Human, |context| plan::run(context, &PlanOptions::default()));
    insta::assert_snapshot!(ran.text);
}
