//! Values of the right type that Compose refuses all the same.

use super::{table::Item, tree::Kind};
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, Segment},
    model::shell_words,
};

/// A value that Compose refuses.
pub static COMPOSE_REFUSES: Code = Code::error(
    "compose-refuses",
    Allow::Never(Allow::REFUSED),
    "\
A value has the right type, and Compose still refuses the file: a host without an address in `extra_hosts`, a device with \
four parts, a `build.platforms` without the service's `platform`, a `command` with a quote that is never closed, `gpus` with \
`count` and `device_ids`, and the like. The message says what is asked for; everything was measured on Compose 2.40.3.

```toml
extra_hosts = [\"db\"]                   # error
extra_hosts = [\"db:10.0.0.5\"]
command = \"sh -c 'echo a\"             # error
command = [\"sh\", \"-c\", \"echo a\"]
```",
);

/// An item of a list that is there twice.
pub static DUPLICATE_ITEM: Code = Code::error(
    "duplicate-item",
    Allow::Never(Allow::REFUSED),
    "\
`security_opt`, `group_add`, `external_links`, `device_cgroup_rules`, `extra_hosts`, `volumes_from`, labels of a volume or \
network, or another list of this kind contains an item twice, which Compose's schema refuses (`items at 0 and 1 are equal`). \
Other lists may repeat an item.

Remove one of them.",
);

/// The error: `asked` completes "Compose refuses `KEY` of service `NAME`: ...".
pub fn refused(at: KeyPath, asked: &str) -> Diagnostic {
    Diagnostic::new(&COMPOSE_REFUSES, format!("Compose refuses {}: {asked}", subject(&at)))
        .at(at)
        .why("`docker compose` refuses the whole file")
        .help("correct or remove it")
}

/// A value in words: "`KEY` of service `NAME`", or its path where it belongs to none.
pub fn subject(at: &KeyPath) -> String {
    match at.0.as_slice() {
        [Segment::Key(services), Segment::Key(service), key @ ..] if services == "services" => {
            format!("`{}` of service `{service}`", KeyPath(key.to_vec()))
        }
        _ => format!("`{at}`"),
    }
}

impl Item<'_, '_> {
    /// Report a value that Compose refuses.
    pub(super) fn refuse(&self, asked: &str) {
        self.report(|| refused(self.key_path(), asked));
    }

    /// Whether its key is not empty; reported where it is.
    pub(super) fn is_named(&self) -> bool {
        self.ensure(!self.key().is_empty(), || refused(self.key_path().parent(), "a name is empty"))
    }

    /// Whether Compose can split a text into words; reported where it cannot. A text with a variable is judged when its
    /// value is known.
    pub(super) fn splits(&self, text: &str) -> bool {
        let literal = text.replace("$$", "$");
        let problem =
            shell_words::unsplittable(&literal).filter(|_| !crate::model::variable::has_variable(text));
        if let Some(problem) = problem {
            self.report(|| {
                refused(self.key_path(), problem)
                    .why("Compose splits the text into words as a shell does, and no shell runs it")
                    .help("close it, escape a literal quote with a backslash, or write a list of words")
            });
        }
        problem.is_none()
    }

    /// Report the items of a list that are there twice.
    pub(super) fn distinct(&self) {
        let Some(items) = self.as_list() else { return };
        let mut seen = std::collections::HashSet::new();
        for item in &items {
            let written = match item.node.kind() {
                Kind::String(text) => text.to_string(),
                Kind::Integer(number) => number.to_string(),
                Kind::Float(number) => number.to_owned(),
                _ => continue,
            };
            item.ensure(seen.insert(written.clone()), || {
                let list = subject(&self.key_path());
                item.error(&DUPLICATE_ITEM, format!("{list} contains `{written}` twice"))
                    .why("Compose refuses it: the items of this list are unique")
                    .help("remove one of them")
            });
        }
    }
}
