//! Keys of a service that stand below a header of one of its tables.

use super::table::Item;
use crate::diag::{Allow, Code, Diagnostic, Segment};

/// A key of a service below one of its tables.
pub static MISPLACED_KEY: Code = Code::error(
    "misplaced-key",
    Allow::Never(Allow::UNREAD),
    "\
A key of a service stands below a header of one of its tables. In TOML every key below `[services.web.environment]` belongs to that \
table, up to the next header: indentation and empty lines mean nothing.

```toml
[services.web.environment]
LOG_LEVEL = \"info\"
image = \"nginx:1.30\"      # error: a variable of the environment, and the service has no image
```

Move the key above the header, or write the table in one line: `environment = { LOG_LEVEL = \"info\" }`.",
);

impl Item<'_, '_> {
    /// The finding about a key of a service that stands below a header of one of its tables.
    pub(super) fn misplaced(&self) -> Option<Diagnostic> {
        let path = self.key_path();
        let (of, below) = match path.0.as_slice() {
            [Segment::Key(table), Segment::Key(name), below @ ..] if table == "services" => {
                (format!("service `{name}`"), below)
            }
            [Segment::Key(table), below @ ..] if table == "defaults" => ("`[defaults]`".to_owned(), below),
            _ => return None,
        };
        let [.., Segment::Key(table), Segment::Key(key)] = below else { return None };
        let is_service_key = self.context().is_service_key?;
        let header = self.node.header().filter(|_| is_service_key(key))?;
        let is_it = header.trim_end_matches([']', '"', '\'']).ends_with(table.as_str());
        is_it.then(|| {
            self.key_error(&MISPLACED_KEY, format!("`{key}` of {of} stands under {header}"))
                .label("a key of the service")
                .why(format!("in TOML every key below a header belongs to its table, here `{table}`"))
                .help(format!("move it above `{header}`"))
                .together_with(
                    format!("{{}} keys of {of} stand under {header}"),
                    format!("move them above `{header}`"),
                )
        })
    }
}
