//! The codes that rendering reports.

use crate::diag::{Allow, Code};

/// A template is malformed.
pub static TEMPLATE_SYNTAX: Code = Code::error(
    "template-syntax",
    Allow::Never(Allow::NOT_RENDERED),
    "\
A file of `templates/` is not well formed: an unclosed `{{`, a `{% for %}` without its `{% endfor %}`.

Templates use Jinja's syntax. Text that holds `{{` or `{%` itself is put between `{% raw %}` and `{% endraw %}`.
",
);

/// A template uses an undefined name.
pub static TEMPLATE_UNDEFINED: Code = Code::error(
    "template-undefined",
    Allow::Never(Allow::NOT_RENDERED),
    "\
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
);

/// A template fails while it runs.
pub static TEMPLATE_FAILED: Code = Code::error(
    "template-failed",
    Allow::Never(Allow::NOT_RENDERED),
    "\
A template is well formed, and what it does fails: a filter that is given the wrong kind of value, an `{% include %}` of a
file that `templates/` does not hold, or a loop that does not end. One template may take 200,000 instructions and ten seconds, and a
megabyte of output takes about 16,000 of them.
",
);

/// A template cannot be read.
pub static TEMPLATE_UNREADABLE: Code = Code::error(
    "template-unreadable",
    Allow::Never(Allow::NOT_RENDERED),
    "\
`files = [{ template = \"NAME\", ... }]` reads `templates/NAME` beside stack.toml. The file is missing, is not UTF-8, may not
be read, or lies outside `templates/`: a name with `..`, an absolute one, or a symbolic link that leaves that folder. Nor may it be
the file of a secret, which no rendered file may hold, or lie in a `.git` or `.stackctl`.
",
);

/// Two outputs have the same path, or a name cannot be a folder.
pub static OUTPUT_PATH: Code = Code::error(
    "output-path",
    Allow::Never(Allow::LEAVES_ITS_PLACE),
    "\
A rendered template becomes `generated/SERVICE/NAME`. Two different files may not want one path there, and a service named
`.` or `..`, `.git` or `.stackctl`, or like a file that stackctl writes itself (`docker-compose.yml`, `.stackctl.json`, `.stackctl-staging`), cannot have a folder of
its own name. Rename the service or the template.
",
);

/// A path that begins with a variable, for Swarm.
pub static VARIABLE_PATH: Code = Code::error(
    "variable-path",
    Allow::Never(Allow::NOT_RENDERED),
    "\
`--target swarm` only. A path of stack.toml begins with a variable. `docker stack deploy` reads no `.env`, and a relative path \
that comes out of a variable would count from `generated/`, where the stack file lies, and not from the folder of stack.toml.

```toml
volumes = [\"${DATA}:/data\"]   # error with --target swarm
volumes = [\"./${DATA}:/data\"] # counts from the folder of stack.toml
```

Write the path, absolute or relative to stack.toml. Docker Compose has no such limit: there, a path out of a variable counts \
from the folder of stack.toml.
",
);

/// A service name that Swarm refuses.
pub static SWARM_NAME: Code = Code::error(
    "swarm-name",
    Allow::Never(Allow::NOT_RENDERED),
    "\
`--target swarm` only. Swarm takes the name of a service, `STACK_SERVICE`, as a label of DNS: letters, digits, `-` and `_`, a \
letter or digit at the end, at most 63 characters. Compose takes dots and longer names too.

Rename the service. An alias in `networks` keeps the old name for the other services.
",
);

/// Every code of this room.
pub static CODES: &[&Code] = &[
    &TEMPLATE_SYNTAX,
    &TEMPLATE_UNDEFINED,
    &TEMPLATE_FAILED,
    &TEMPLATE_UNREADABLE,
    &OUTPUT_PATH,
    &VARIABLE_PATH,
    &SWARM_NAME,
];
