//! `build`.

use super::{reference::BUILD, table::Item};
use crate::model::{Build, Map};

/// Decode `build`: a context, or a table.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Build> {
    let in_folder = |context| Build { context, dockerfile: None, dockerfile_inline: None, rest: Map::new() };
    if item.as_text().is_some() {
        return item.text().map(in_folder);
    }
    let Some(table) = item.as_table() else { return item.wrong_type("a folder, or a table with `context`") };
    let mut build = in_folder(".".to_owned());
    for item in table.read(&BUILD, &mut build.rest) {
        match item.key() {
            "context" => build.context = item.text()?,
            "dockerfile" => build.dockerfile = item.text(),
            "dockerfile_inline" => build.dockerfile_inline = item.text(),
            _ => {}
        }
    }
    if let (Some(_), Some(inline)) = (table.get("dockerfile"), table.get("dockerfile_inline")) {
        inline.report(|| {
            inline
                .key_error(
                    &super::requirement::CONFLICTING_KEYS,
                    "a build has `dockerfile` or `dockerfile_inline`, not both",
                )
                .label("beside `dockerfile`")
                .why("Compose refuses the file")
                .help("keep one of them")
        });
    }
    Some(build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};

    #[test]
    fn a_text_is_the_context() {
        let build = service("build = \"./api\"").build.unwrap();
        assert_eq!((build.context.as_str(), build.dockerfile), ("./api", None));
        assert_eq!(service("build = { dockerfile_inline = \"FROM x\" }").build.unwrap().context, ".");
    }

    #[test]
    fn refuses_what_compose_refuses() {
        insta::assert_snapshot!(
            in_service("build = { contxt = \".\", dockerfile = \"a\", dockerfile_inline = \"FROM b\", args = 5, tags = [\"a\", 1] }"),
            @"
            unknown-key at `contxt`: unknown key `contxt` in services.api.build (did you mean `context`?)
            conflicting-keys at `dockerfile_inline`: a build has `dockerfile` or `dockerfile_inline`, not both (beside `dockerfile`)
            wrong-type at `5`: services.api.build.args must be a table, or a list of strings, not an integer (expected a table, or a list of strings)
            wrong-type at `1`: services.api.build.tags[1] must be a string in quotes, not an integer (expected a string in quotes)
            "
        );
        insta::assert_snapshot!(in_service("build = 1"), @"
        wrong-type at `1`: services.api.build must be a folder, or a table with `context`, not an integer (expected a folder, or a table with `context`)
        ");
    }
}
