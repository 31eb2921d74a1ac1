//! Names that Compose would refuse.

use super::table::Item;
use crate::{
    diag::{Allow, Code},
    model::name,
};

/// A name that Compose or the engine refuses.
pub static BAD_NAME: Code = Code::error(
    "bad-name",
    Allow::Never(Allow::UNREAD),
    "\
Compose or the engine refuses the name, or it is reserved.

- The project's `name`: lower case letters, digits, `_` and `-`, first a letter or digit. Compose would change any other \
silently.
- Services, volumes, networks, secrets and configs: letters, digits, `.`, `_` and `-`, and not `.` or `..` alone.
- Profiles and `container_name`: the same, at least two characters, first a letter or digit. A profile's name has at most \
236 characters, since it becomes part of a file name. `core` is reserved for what is always active.
- No key has more than 1,024 characters: Compose's YAML reader does not accept longer ones.

```toml
name = \"Order Shop\"      # error
name = \"order-shop\"
```",
);

/// What a name names: its rule, the rule in words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    noun: &'static str,
    accepts: fn(&str) -> bool,
    rule: &'static str,
}

/// The project.
pub(super) const PROJECT: Kind = Kind {
    noun: "project",
    accepts: name::is_project,
    rule: "lower case letters, digits, `_` and `-`, first a letter or digit",
};
/// A profile.
pub(super) const PROFILE: Kind = Kind {
    noun: "profile",
    accepts: name::is_profile,
    rule: "2 to 236 letters, digits, `.`, `_` and `-`, first a letter or digit",
};
/// A container.
pub(super) const CONTAINER: Kind = Kind {
    noun: "container",
    accepts: name::is_container,
    rule: "two or more letters, digits, `.`, `_` and `-`, first a letter or digit",
};

/// A service, volume, network, secret or config.
pub(super) const fn resource(noun: &'static str) -> Kind {
    Kind { noun, accepts: name::is_resource, rule: "letters, digits, `.`, `_` and `-`" }
}

impl Item<'_, '_> {
    /// Whether the item's key is a good name; reported at the key where it is not.
    pub(super) fn named(&self, kind: Kind) -> bool {
        self.check_name(self.key(), kind, true)
    }

    /// Whether a text is a good name; reported at the value where it is not.
    pub(super) fn names(&self, text: &str, kind: Kind) -> bool {
        self.check_name(text, kind, false)
    }

    fn check_name(&self, text: &str, kind: Kind, at_key: bool) -> bool {
        let reserved = kind.noun == "profile" && text == "core";
        self.ensure((kind.accepts)(text) && !reserved, || {
            let noun = kind.noun;
            let message = if reserved {
                "`core` is a reserved name: it means the services that are always active".to_owned()
            } else {
                format!("{text:?} is not a name for a {noun}")
            };
            let error =
                if at_key { self.key_error(&BAD_NAME, message) } else { self.error(&BAD_NAME, message) };
            // A profile is named where it is declared and wherever it is used.
            let error = error.together(if reserved {
                "{} places have the reserved name `core`: it means the services that are always active"
                    .to_owned()
            } else {
                format!("{{}} places name the {noun} {text:?}, which is not a name for one")
            });
            if reserved {
                return error
                    .label("reserved")
                    .help("a service without `profiles` is core; choose another name");
            }
            let is_folder = [".", ".."].contains(&text);
            error.label(if is_folder { "a folder, as the name of a file" } else { kind.rule }).help(
                match suggestion(text, kind) {
                    Some(name) => format!("write `{name}`"),
                    None => format!("the name of a {noun} is {}", kind.rule),
                },
            )
        })
    }
}

/// A list of profile names, each once and without variables.
pub(super) fn profile_names(item: &Item<'_, '_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for item in &item.list().unwrap_or_default() {
        if let Some(text) = item.fixed_text()
            && item.names(text, PROFILE)
            && !found.iter().any(|name| name == text)
        {
            found.push(text.to_owned());
        }
    }
    found
}

/// A good name that resembles a bad one.
fn suggestion(text: &str, kind: Kind) -> Option<String> {
    let lower = if kind.noun == "project" { text.to_ascii_lowercase() } else { text.to_owned() };
    let name: String = lower
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '-' })
        .collect();
    let name = name.trim_matches(['-', '.', '_']);
    (text.len() <= 64 && (kind.accepts)(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_a_name_that_is_accepted() {
        assert_eq!(suggestion("Order Shop", PROJECT).as_deref(), Some("order-shop"));
        assert_eq!(suggestion("my api", resource("service")).as_deref(), Some("my-api"));
        assert_eq!(suggestion("a", PROFILE), None);
        assert_eq!(suggestion("", PROJECT), None);
    }
}
