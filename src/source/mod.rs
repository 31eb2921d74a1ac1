//! stack.toml as text becomes a [`Stack`], with every mistake collected.
//!
//! One file per noun decodes one table; `table` and `scalar` are the views they read through, `document` keeps the text
//! to find places in. Nothing here fails or panics, whatever the bytes are.

mod budget;
mod build;
mod command;
pub mod compose;
mod compose_keys;
mod depends_on;
mod document;
pub mod edit;
pub(crate) mod env_file;
mod environment;
mod figures;
pub mod files;
mod grants;
mod healthcheck;
mod interpolated;
mod limits;
mod logging;
pub mod mend;
mod misplaced;
mod names;
mod networks;
mod passthrough;
mod path;
mod ports;
mod profile;
mod quantity;
pub mod reference;
mod refusal;
mod requirement;
mod resolved;
mod resources;
mod scalar;
mod service;
mod shape;
mod sink;
mod stack;
mod table;
#[cfg(test)]
mod testing;
mod toml;
mod traffic;
mod traffic_request;
mod traffic_schedule;
mod traffic_table;
mod tree;
mod unrepresentable;
mod values;
mod volumes;

use std::sync::Arc;

pub use document::Document;
pub use figures::FIGURES;
pub use interpolated::misfit;
pub use refusal::{DUPLICATE_ITEM, refused, subject};
pub use service::is_known as is_service_key;
pub use toml::parse::MAX_BYTES;
pub use values::Values;

use self::{table::Table, toml::parse, tree::Tree};
use crate::{
    diag::{Code, Diagnostic},
    model::Stack,
};

/// Every code that reading stack.toml can report.
pub static CODES: &[&Code] = &[
    &parse::FILE_TOO_LARGE,
    &parse::EMPTY_FILE,
    &parse::NOT_UTF8,
    &parse::NOT_TOML,
    &parse::DUPLICATE_KEY,
    &parse::NESTED_TOO_DEEPLY,
    &sink::TOO_MANY_MISTAKES,
    &table::UNKNOWN_KEY,
    &misplaced::MISPLACED_KEY,
    &table::WRONG_TYPE,
    &table::MISSING_KEY,
    &scalar::VARIABLE_IN_PROOF,
    &scalar::BAD_VARIABLE,
    &scalar::BAD_NUMBER,
    &quantity::BAD_SIZE,
    &quantity::BAD_CPUS,
    &quantity::BAD_DURATION,
    &scalar::BAD_VALUE,
    &refusal::COMPOSE_REFUSES,
    &refusal::DUPLICATE_ITEM,
    &names::BAD_NAME,
    &compose_keys::OWNED_KEY,
    &compose_keys::UNSUPPORTED_KEY,
    &requirement::CONFLICTING_KEYS,
    &profile::OVERLAY_KEY,
    &ports::BAD_PORT,
    &ports::ADDRESS_IN_VARIABLE,
    &volumes::BAD_MOUNT,
    &scalar::BAD_MODE,
    &traffic_table::BAD_TARGET,
    &traffic_table::BAD_RATE,
    &traffic_table::NEVER_SENT,
    &traffic_schedule::BAD_SCHEDULE,
    &traffic_request::BAD_TEMPLATE,
    &traffic_request::BAD_REQUEST,
    &traffic_request::UNKNOWN_CAPTURE,
];

/// What reading a stack.toml gives.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The text; where the file is not UTF-8, with replacement characters.
    pub text: Arc<str>,
    /// The stack, as far as it could be read. A value that was reported is left out.
    pub stack: Stack,
    /// Every mistake in the order of the text, what has no place first.
    pub diagnostics: Vec<Diagnostic>,
    /// Finds places in the text.
    pub document: Document,
    /// Whether the text is a TOML document throughout. Where it is not, what is absent from the stack means nothing, and
    /// no further rule should judge it.
    pub is_whole: bool,
}

/// Read a stack.toml beside which there is no `.env`. Never fails: every mistake is a diagnostic.
pub fn parse(bytes: &[u8]) -> Parsed {
    parse_given(bytes, &Values::default())
}

/// Read a stack.toml with the values of its variables.
pub fn parse_given(bytes: &[u8], values: &Values) -> Parsed {
    parse_with(bytes, values, stack::decode)
}

/// Read a file of which only the `[traffic]` table matters: what the traffic generator mounts.
pub fn parse_traffic(bytes: &[u8]) -> Parsed {
    parse_with(bytes, &Values::default(), stack::decode_traffic)
}

fn parse_with(bytes: &[u8], values: &Values, decode: fn(&Table<'_, '_>) -> Stack) -> Parsed {
    let (text, unreadable) = parse::decode(bytes);
    let text: Arc<str> = text.into();
    let (tree, stack, diagnostics, is_whole) = match unreadable {
        Some(error) => (Tree::new(Arc::clone(&text)), Stack::default(), vec![error], false),
        None => {
            let read = parse::read(&text);
            let (stack, diagnostics, is_whole) = stack::read(&read, &text, values, decode);
            (read.tree, stack, diagnostics, is_whole)
        }
    };
    let document = Document::new(tree);
    Parsed { text, stack, diagnostics: in_order(diagnostics, &document), document, is_whole }
}

/// Read Compose files that were translated to the shape of stack.toml, so that places are those of the Compose files.
pub fn parse_compose(tree: &compose::node::Node, files: &[compose::Source], values: &Values) -> Parsed {
    let (text, starts) = compose::view::join(files);
    let tree = compose::view::view(tree, Arc::clone(&text), &starts);
    let (stack, diagnostics) = stack::read_tree(&tree, values, stack::decode);
    let files = files.iter().map(|file| file.path.clone()).zip(starts).collect();
    let document = Document::of_compose(tree, files);
    Parsed { text, stack, diagnostics: in_order(diagnostics, &document), document, is_whole: true }
}

/// In the order of the text, what has no place first.
fn in_order(mut diagnostics: Vec<Diagnostic>, document: &Document) -> Vec<Diagnostic> {
    diagnostics.sort_by_cached_key(|found| {
        found.place.as_ref().and_then(|place| document.locate(place)).map(|span| span.start)
    });
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bytes, Condition, MountKind, Swap};

    const EVERYTHING: &str = include_str!("../../tests/fixtures/everything/stack.toml");

    #[test]
    fn reads_every_key_in_every_syntax() {
        let parsed = parse(EVERYTHING.as_bytes());
        assert_eq!(parsed.diagnostics, []);
        assert!(parsed.is_whole);
        let stack = parsed.stack;
        assert!(stack.services.keys().eq(["db", "api", "migrate", "collector", "batch"]));
        let api = &stack.services["api"];
        let environment: Vec<(&str, Option<&str>)> =
            api.environment.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let expected = [
            ("TZ", Some("UTC")),
            ("VERSION", Some("1.10")),
            ("DEBUG", Some("false")),
            ("SINCE", Some("2024-01-01")),
            ("LIMIT", Some("1000")),
            ("MODE", Some("a $$ b")),
        ];
        assert_eq!(environment, expected);
        assert_eq!(api.logging.max_size, Some(Bytes(10 << 20)));
        assert_eq!(api.depends_on["migrate"].condition, Condition::Completed);
        assert_eq!(api.volumes[2].kind, MountKind::Opaque);
        let db = &stack.services["db"];
        assert_eq!(db.memswap_limit, Some(Swap::Limit(Bytes(2 << 30))));
        assert_eq!(db.logging.max_file, Some(3));
        assert_eq!(db.logging.options["compress"], "true");
        assert_eq!(db.environment["FROM_SHELL"], None);
        assert_eq!(stack.profiles["tracing"].services["api"].limits.memory, Some(Bytes(1 << 30)));
    }
}
