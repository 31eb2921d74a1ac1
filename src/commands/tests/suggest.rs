use super::{FakeEngine, Format, STACK, run, seconds};
use crate::{
    commands::suggest::{self, SuggestOptions},
    engine::fake::container,
};

fn text(engine: FakeEngine, write: bool) -> String {
    let options = SuggestOptions { window: seconds(10), write };
    run(STACK, engine, Format::Human, |context| suggest::run(context, &options)).text
}

#[test]
fn limits_from_what_is_used() {
    let engine = || FakeEngine { before: vec![container("a")], ..FakeEngine::default() };
    insta::assert_snapshot!(text(engine(), false));
    insta::assert_snapshot!(text(engine(), true));
}

#[test]
fn nothing_runs() {
    insta::assert_snapshot!(text(FakeEngine::default(), false));
}
