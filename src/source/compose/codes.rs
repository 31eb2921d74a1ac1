//! The diagnostic codes of reading Compose files: several files of this room report them.

use crate::diag::{Allow, Code};

/// Not YAML.
pub static NOT_YAML: Code = Code::error(
    "not-yaml",
    Allow::Never(Allow::UNREAD),
    "\
A Compose file, or a file that it includes or extends, is not YAML: a tab as indentation, a bracket or quote that is never closed, \
lines of one table that are indented differently, or something other than a table at the top. Compose refuses it too.

```yaml
services:
\tapi:                 # error: a tab
    image: api:1
```

The message names the line and the column. Nothing behind it is read.",
);

/// More than one document.
pub static SEVERAL_DOCUMENTS: Code = Code::error(
    "several-documents",
    Allow::Never(Allow::UNREAD),
    "\
A Compose file holds more than one YAML document: a line `---` begins another one. Compose merges the second over the first, as \
if they were two files; that is seldom what is meant.

Write each document into a file of its own and name both: `stackctl import -f first.yaml -f second.yaml`.",
);

/// A tag that means nothing.
pub static UNKNOWN_TAG: Code = Code::error(
    "unknown-tag",
    Allow::Never(Allow::UNREAD),
    "\
A value has a YAML tag that is neither YAML's own (`!!str`, `!!int`, ...) nor Compose's (`!reset`, `!override`), or one that does not fit \
it, such as `!!int foo`. Compose reads a value with an unknown tag as if it had none, except that a number becomes text; the tag was meant \
for another program.

```yaml
environment:
  PASSWORD: !vault secret      # error
```

Remove the tag.",
);

/// An alias that leads nowhere.
pub static UNDEFINED_ANCHOR: Code = Code::error(
    "undefined-anchor",
    Allow::Never(Allow::UNREAD),
    "\
An alias (`*name`) refers to an anchor (`&name`) that does not stand above it in the same file, or that stands around it, so that the \
value would contain itself. Compose refuses both. Anchors of one file are not known in another one.

Define the anchor above the alias.",
);

/// Aliases that explode.
pub static ALIAS_EXPANSION: Code = Code::error(
    "alias-expansion",
    Allow::Never(Allow::UNREAD),
    "\
The aliases of a Compose file, written out, make more than 1,000,000 values: each level repeats the one before it. Such a file is made \
to exhaust memory, and Compose does not finish reading it.",
);

/// `<<` with something that cannot be merged.
pub static BAD_MERGE: Code = Code::error(
    "bad-merge",
    Allow::Never(Allow::UNREAD),
    "\
`<<` merges a table, or each table of a list, into the one that it stands in; it has something else here. Compose refuses it. It may stand \
once in a table.

```yaml
environment:
  <<: [*common, *logging]      # several: a list
```",
);

/// A key that is not text.
pub static NON_STRING_KEY: Code = Code::error(
    "non-string-key",
    Allow::Never(Allow::UNREAD),
    "\
A key of a Compose file is a number, a boolean, null, a date, a list or a table; Compose accepts text only.

```yaml
labels:
  1: a        # error
  \"1\": a
```

Put it in quotes.",
);

/// A date without quotes.
pub static DATE_VALUE: Code = Code::error(
    "date-value",
    Allow::Never(Allow::UNREAD),
    "\
A value without quotes is a date for YAML (`2024-01-01`), which Compose refuses everywhere but below `x-` keys.

Put it in quotes.",
);

/// Merged with something of another kind.
pub static MERGE_CONFLICT: Code = Code::error(
    "merge-conflict",
    Allow::Never(Allow::REFUSED),
    "\
A later Compose file, or a service that extends another one, has a scalar or a list where the earlier one has a table, or the other way \
round. Compose refuses to merge them, but for keys of which it knows both forms, such as `environment`.

Write both in the same form, or replace the earlier value with `!override`.",
);

/// Named, and not there.
pub static MISSING_FILE: Code = Code::error(
    "compose-file-missing",
    Allow::Never(Allow::UNREAD),
    "\
A Compose file does not exist or cannot be read: one of the command line, one of `COMPOSE_FILE`, one that `extends` or `include` names, or the \
env file of an `include`. Without any, the folder and those above it hold none of compose.yaml, compose.yml, docker-compose.yml and \
docker-compose.yaml.

Correct the name. Relative names count from the current folder on the command line, and from the folder of the first file elsewhere.",
);

/// More than one default name.
pub static SEVERAL_COMPOSE_FILES: Code = Code::warning(
    "several-compose-files",
    "\
A folder holds several of the files that Compose looks for: compose.yaml, compose.yml, docker-compose.yml and docker-compose.yaml, in this \
order. It takes the first, and so does `import`; the others are not read.

Remove the others, or name the right one with `-f`.",
);

/// `extends` leads nowhere.
pub static BAD_EXTENDS: Code = Code::error(
    "bad-extends",
    Allow::Never(Allow::REFUSED),
    "\
`extends` names no service, one that its file does not have, or a file on another machine. Without `file`, only services of the same file can \
be extended: neither those of an earlier `-f` file nor those of an `include`.

```yaml
services:
  web:
    extends: { file: common.yaml, service: base }
```",
);

/// A circle of `extends`.
pub static EXTENDS_CYCLE: Code = Code::error(
    "extends-cycle",
    Allow::Never(Allow::REFUSED),
    "A service extends itself, directly or over others. Compose refuses it. More than 256 services in one chain are refused too.",
);

/// `include` in a form that does not exist.
pub static BAD_INCLUDE: Code = Code::error(
    "bad-include",
    Allow::Never(Allow::REFUSED),
    "\
`include` is a list. Each element is the path of a Compose file, or a table with `path` (one or several, which are merged), \
`env_file` and `project_directory`.

```yaml
include:
  - other/compose.yaml
  - { path: [db.yaml, db.override.yaml], env_file: db.env }
```",
);

/// `include` of something remote.
pub static REMOTE_INCLUDE: Code = Code::error(
    "include-url",
    Allow::Never(Allow::UNREAD),
    "\
`include` names a URL, a git repository or an image that holds Compose files. Compose fetches it; `import` reads nothing from a network.

Fetch it and include the local copy, or import what `docker compose config --no-interpolate` makes of it.",
);

/// A circle of `include`.
pub static INCLUDE_CYCLE: Code = Code::error(
    "compose-include-cycle",
    Allow::Never(Allow::REFUSED),
    "A Compose file includes itself, directly or over others. Compose refuses it. More than 64 files in one chain are refused too.",
);

/// Defined on both sides of an `include`.
pub static INCLUDE_CONFLICT: Code = Code::error(
    "include-conflict",
    Allow::Never(Allow::REFUSED),
    "\
A file and one that it includes, or two that it includes, define the same service, network, volume, secret or config, and not alike. Compose \
refuses it: an included project cannot be changed by the file that includes it.

Rename one of the two, or write the change into a file that is merged over both (`-f`, or the `path` list of the `include`).",
);

/// A project without a usable name.
pub static BAD_PROJECT_NAME: Code = Code::error(
    "bad-project-name",
    Allow::Never(Allow::REFUSED),
    "\
Compose derives the name of a project from `COMPOSE_PROJECT_NAME`, the top-level `name`, or the folder of the first file, in this order. \
`COMPOSE_PROJECT_NAME` must consist of lowercase letters, digits, `-` and `_` and begin with a letter or a digit; the other two are made so, and \
something must be left.

Write `name: NAME` at the top of the Compose file.",
);
