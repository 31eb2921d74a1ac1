//! The codes that rendering reports.

use crate::diag::{Code, Severity};

/// A template is malformed.
pub static TEMPLATE_SYNTAX: Code = Code {
    name: "template-syntax",
    severity: Severity::Error,
    docs: "\
A file of `templates/` is not well formed: an unclosed `{{`, a `{% for %}` without its `{% endfor %}`.

Templates use Jinja's syntax. Text that holds `{{` or `{%` itself is put between `{% raw %}` and `{% endraw %}`.
",
};

/// A template names what does not exist.
pub static TEMPLATE_UNDEFINED: Code = Code {
    name: "template-undefined",
    severity: Severity::Error,
    docs: "\
A template uses a variable, a key, a filter or a function that does not exist. Jinja would print nothing in its place, and
the container would start with half a configuration.

A template knows:

| variable | what it is |
|---|---|
| `name` | the project name |
| `service` | the service that the file is for: `name`, `image`, `replicas`, `limits`, `reservations`, `environment`, `profiles`, `ports`, `secrets` |
| `services` | every service by name, with the same keys |
| `profiles` | every profile by name: `description`, `includes` |
| `budget` | `memory`, `cpus`, `cpu_overcommit`, `log_disk` |
| `traffic` | the `[traffic]` table as TOML text |

`limits` and `reservations` hold `memory` in bytes, `cpus` as a number, and `limits` also `pids`; only what is set is there.
Filters: Jinja's own, `mb` (bytes to whole mebibytes), `percent(75)` (a share, rounded down) and `size` (bytes in Docker's
syntax):

```
maxmemory {{ service.limits.memory | percent(75) }}
```
",
};

/// A template fails while it runs.
pub static TEMPLATE_FAILED: Code = Code {
    name: "template-failed",
    severity: Severity::Error,
    docs: "\
A template is well formed, and what it does fails: a filter that is given the wrong kind of value, an `{% include %}` of a
file that `templates/` does not hold, a loop that does not end.
",
};

/// A template cannot be read.
pub static TEMPLATE_UNREADABLE: Code = Code {
    name: "template-unreadable",
    severity: Severity::Error,
    docs: "\
`files = [{ template = \"NAME\", ... }]` reads `templates/NAME` beside stack.toml. The file is missing, is not UTF-8, may not
be read, or lies outside the project: a name with `..`, an absolute one, or a symbolic link that leaves the project.
",
};

/// Two outputs want one path, or a name cannot be a folder.
pub static OUTPUT_PATH: Code = Code {
    name: "output-path",
    severity: Severity::Error,
    docs: "\
A rendered template becomes `generated/SERVICE/NAME`. Two different files may not want one path there, and a service named
`.` or `..`, or like a file that stackctl writes itself (`docker-compose.yml`, `.stackctl.json`), cannot have a folder of
its own name. Rename the service or the template.
",
};

/// Every code of this room.
pub static CODES: &[&Code] =
    &[&TEMPLATE_SYNTAX, &TEMPLATE_UNDEFINED, &TEMPLATE_FAILED, &TEMPLATE_UNREADABLE, &OUTPUT_PATH];
