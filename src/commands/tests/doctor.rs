use super::{FakeEngine, Format, STACK, rootless, run, unlimited};
use crate::{
    commands::doctor,
    engine::{
        fake::container,
        inspect_image::LocalImage,
        ports::{Holder, Taken},
    },
};

fn text(engine: FakeEngine) -> String {
    let images = ["x:1", "y:1"].map(|name| (name.to_owned(), LocalImage::default())).into();
    run(STACK, FakeEngine { images, ..engine }, Format::Human, doctor::run).text
}

#[test]
fn all_is_well() {
    insta::assert_snapshot!(text(FakeEngine::default()));
}

#[test]
fn a_port_is_taken_and_the_machine_is_small() {
    let mut engine = FakeEngine { taken: Taken::held(8080, Holder::Other), ..FakeEngine::default() };
    if let Some(info) = &mut engine.info {
        (info.memory_bytes, info.swap_limit) = (512 << 20, false);
    }
    insta::assert_snapshot!(text(engine));
}

#[test]
fn there_is_no_engine_and_no_compose() {
    insta::assert_snapshot!(text(FakeEngine { info: None, has_docker: false, ..FakeEngine::default() }));
}

#[test]
fn limits_are_not_held() {
    insta::assert_snapshot!(text(rootless()));
    // The engine promises them, and what runs shows that it does not keep them.
    let engine =
        FakeEngine { before: vec![container("a")], held: Some(unlimited()), ..FakeEngine::default() };
    let text = text(engine);
    assert!(text.starts_with("Judged"), "{text}");
    assert!(
        text.contains("error    limits       a runs with a memory limit of 8 GiB instead of 64 MiB"),
        "{text}"
    );
}
