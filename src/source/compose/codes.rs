//! The diagnostic codes of reading Compose files: several files of this room report them.

use crate::diag::{Allow, Code, Severity};

/// Not YAML.
pub static NOT_YAML: Code = Code {
    name: "not-yaml",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
A Compose file, or a file that it includes or extends, is not YAML: a tab as indentation, a bracket or quote that is never closed, \
lines of one table that are indented differently, or something other than a table at the top. Compose refuses it too.

```yaml
services:
\tapi:                 # error: a tab
    image: api:1
```

The message names the line and the column. Nothing behind it is read.",
};

/// More than one document.
pub static SEVERAL_DOCUMENTS: Code = Code {
    name: "several-documents",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
A Compose file holds more than one YAML document: a line `---` begins another one. Compose merges the second over the first, as \
if they were two files; that is seldom what is meant.

Write each document into a file of its own and name both: `stackctl import -f first.yaml -f second.yaml`.",
};

/// A tag that means nothing.
pub static UNKNOWN_TAG: Code = Code {
    name: "unknown-tag",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
A value has a YAML tag that is neither YAML's own (`!!str`, `!!int`, ...) nor Compose's (`!reset`, `!override`), or one that does not fit \
it, such as `!!int foo`. Compose reads a value with an unknown tag as if it had none, except that a number becomes text; the tag was meant \
for another program.

```yaml
environment:
  PASSWORD: !vault secret      # error
```

Remove the tag.",
};

/// An alias that leads nowhere.
pub static UNDEFINED_ANCHOR: Code = Code {
    name: "undefined-anchor",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
An alias (`*name`) refers to an anchor (`&name`) that does not stand above it in the same file, or that stands around it, so that the \
value would contain itself. Compose refuses both. Anchors of one file are not known in another one.

Define the anchor above the alias.",
};

/// Aliases that explode.
pub static ALIAS_EXPANSION: Code = Code {
    name: "alias-expansion",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
The aliases of a Compose file, written out, make more than 1,000,000 values: each level repeats the one before it. Such a file is made \
to exhaust memory, and Compose does not finish reading it.",
};

/// `<<` with something that cannot be merged.
pub static BAD_MERGE: Code = Code {
    name: "bad-merge",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
`<<` merges a table, or each table of a list, into the one that it stands in; it has something else here. Compose refuses it. It may stand \
once in a table.

```yaml
environment:
  <<: [*common, *logging]      # several: a list
```",
};

/// A key that is not text.
pub static NON_STRING_KEY: Code = Code {
    name: "non-string-key",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
A key of a Compose file is a number, a boolean, null, a date, a list or a table; Compose accepts text only.

```yaml
labels:
  1: a        # error
  \"1\": a
```

Put it in quotes.",
};

/// A date without quotes.
pub static DATE_VALUE: Code = Code {
    name: "date-value",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
A value without quotes is a date for YAML (`2024-01-01`), which Compose refuses everywhere but below `x-` keys.

Put it in quotes.",
};
