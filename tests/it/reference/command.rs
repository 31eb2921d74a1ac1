//! `stackctl schema` and what `init` writes.

use std::fs;

use stackctl::internals::source::reference;

use super::schema::Validator;
use crate::support::Place;

#[test]
fn the_schema_is_printed_and_is_data() {
    let place = Place::new();
    let ran = place.run(&["schema"]).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.json(), reference::schema());
    assert_eq!(ran.stdout, place.run(&["schema", "--format", "json"]).exits(0).stdout);
}

/// The first line of a new stack.toml names a file that is there, and an editor that follows it finds no mistake.
#[test]
fn init_leaves_nothing_dangling() {
    let place = Place::new();
    place.run(&["init"]).exits(0);
    let text = fs::read_to_string(place.path("stack.toml")).unwrap();
    let named = reference::named_schema(&text).unwrap();
    let schema = serde_json::from_str(&fs::read_to_string(place.path(named)).unwrap()).unwrap();
    assert!(Validator::new(schema).is_valid(&reference::json_of(&text).unwrap()));
    place.run(&["schema", "--check"]).exits(0);
}

#[test]
fn init_writes_all_or_nothing() {
    for (name, said) in
        [("stack.schema.json", "is not a schema of stackctl"), ("stack.toml", "already exists")]
    {
        let place = Place::new().file(name, "{\"title\": \"mine\"}");
        let before = place.files();
        let ran = place.run(&["init"]).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.whole());
        assert_eq!(place.files(), before);
    }
}

#[test]
fn a_stale_schema_is_written_anew_where_the_stack_says() {
    let place = Place::with_stack("# A stack.\n#:schema generated/it.json\nname = \"x\"\n");
    let ran = place.run(&["schema", "--check"]).exits(1);
    assert_eq!(
        ran.stderr,
        "generated/it.json is not the schema of this stackctl: `stackctl schema --write`\n"
    );
    fs::create_dir(place.path("generated")).unwrap();
    place.write("generated/it.json", "{\"title\": \"stack.toml\"}");
    place.run(&["schema", "--check"]).exits(1);
    assert_eq!(place.run(&["schema", "--write"]).exits(0).stderr, "wrote generated/it.json\n");
    place.run(&["schema", "--check"]).exits(0);
}

#[test]
fn without_a_line_it_says_which_to_write() {
    let place = Place::with_stack("name = \"x\"\n");
    let ran = place.run(&["schema", "--write"]).exits(0);
    assert!(ran.stderr.starts_with("wrote stack.schema.json\n"), "{}", ran.whole());
    assert!(
        ran.stderr.contains("`#:schema ./stack.schema.json` as the first line of stack.toml"),
        "{}",
        ran.whole()
    );
}

#[test]
fn nothing_of_somebody_elses_is_overwritten() {
    for (line, exit, said) in [
        ("#:schema https://example.org/stack.json", 2, "names the schema https://example.org/stack.json"),
        ("#:schema ../stack.json", 2, "names the schema ../stack.json"),
        ("#:schema ./stack.toml", 3, "stack.toml is not a schema of stackctl and is left unchanged"),
        ("#:schema ./missing/x.json", 3, "failed to write"),
    ] {
        let place = Place::with_stack(format!("{line}\nname = \"x\"\n"));
        let before = place.files();
        let ran = place.run(&["schema", "--write"]).exits(exit);
        assert!(ran.stderr.contains(said), "{}", ran.whole());
        assert_eq!(place.files(), before);
    }
    Place::new().run(&["schema", "--write"]).exits(3);
    Place::new().run(&["schema", "--write", "--check"]).exits(2);
}
