//! What an import did beside copying, one by one.

use crate::{
    diag::{Allow, Code},
    source::compose::node::Place,
};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// stack.toml has something that the Compose files do not.
    Added,
    /// The same is written in another way, or something without effect was left out.
    Changed,
    /// A value of the surroundings was written down.
    Resolved,
    /// Compose would no longer resolve to the same.
    Lost,
}

impl Action {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Resolved => "resolved",
            Self::Lost => "lost",
        }
    }
}

/// One thing that an import did.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What kind of thing.
    pub action: Action,
    /// Where, in the words of Compose's canonical JSON: `services.db.mem_limit`.
    pub path: String,
    /// What the Compose file holds, as text; masked where it may be a secret.
    pub from: Option<String>,
    /// What stack.toml holds, as text.
    pub to: Option<String>,
    /// The code, with its documentation.
    pub code: &'static Code,
    /// One sentence without a full stop.
    pub message: String,
    /// Where the Compose file holds it.
    pub place: Option<Place>,
    /// What to do about it, or why it is right.
    pub help: Option<String>,
}

impl Decision {
    /// A decision with nothing but its kind, path and sentence.
    pub fn new(
        action: Action,
        code: &'static Code,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            action,
            path: path.into(),
            from: None,
            to: None,
            code,
            message: message.into(),
            place: None,
            help: None,
        }
    }

    /// The same is written in another way, or something without effect was left out.
    pub fn changed(code: &'static Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Action::Changed, code, path, message)
    }

    /// A present value stands where a variable was.
    pub fn resolved(path: impl Into<String>) -> Self {
        let path = path.into();
        let message = format!("`{path}` is written down");
        Self::new(Action::Resolved, &RESOLVED_VALUE, path, message)
    }

    /// It is not in the tree.
    pub fn lost(path: impl Into<String>) -> Self {
        let path = path.into();
        let message = format!("`{path}` is lost");
        Self::new(Action::Lost, &LOST, path, message)
    }

    /// What it was and what it became.
    #[must_use]
    pub fn between(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: Some(from.into()), to: Some(to.into()), ..self }
    }

    /// What was left out.
    #[must_use]
    pub fn from(self, from: impl Into<String>) -> Self {
        Self { from: Some(from.into()), ..self }
    }

    /// What was added.
    #[must_use]
    pub fn to(self, to: impl Into<String>) -> Self {
        Self { to: Some(to.into()), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn at(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The same in other words.
pub(in crate::source) static RESPELLED: Code = Code::warning(
    "respelled",
    "\
`import` wrote a value of the Compose file under another key: `mem_limit` and `deploy.resources` are `limits` and `reservations`, \
`scale` and `deploy.replicas` are `replicas`, the log options `max-size` and `max-file` are `max_size` and `max_file`, and a \
port without an address is `\"*:8080:80\"`, since stack.toml publishes such a port on 127.0.0.1 alone. Compose resolves both \
spellings to the same. Such decisions are listed by `--format json` and by `-v`.",
);

/// Nothing depends on it.
pub(in crate::source) static NO_EFFECT: Code = Code::warning(
    "no-effect",
    "\
`import` left out what Compose reads and does not use: the top-level `version`, a limit of 0, which means no limit, a key of \
`COMPOSE_PROFILES` that no service has.",
);

/// A profile has another name.
pub(in crate::source) static RENAMED_PROFILE: Code = Code::warning(
    "renamed-profile",
    "\
A profile has a name that stack.toml cannot hold: `core`, which is reserved for the services that are always active, one with a \
single letter, or one with other characters than letters, digits, `.`, `_` and `-`. `import` renamed it everywhere in \
stack.toml. Scripts that call `docker compose --profile OLD` need the new name.",
);

/// A value of the surroundings was written down.
pub static RESOLVED_VALUE: Code = Code::warning(
    "resolved-value",
    "\
`import` wrote down a value that the Compose file leaves to the surroundings, because stack.toml has no place for a variable \
there: the project's name, the profiles of `COMPOSE_PROFILES`, which become `default_profiles`, a variable in `profiles`, what \
only the env file of an `include` knows. Where the surroundings change, stack.toml has to be changed as well.",
);

/// It is not in stack.toml.
pub static LOST: Code = Code::error(
    "lost",
    Allow::Never(Allow::REFUSED),
    "\
Something of the Compose files is not in the imported stack.toml, so that Compose would resolve the two differently. `import` \
exits with 1, and names each by its path in the output of `docker compose config --format json`. Values of `environment` are \
not shown.",
);

/// It is in stack.toml alone.
pub static ADDED: Code = Code::warning(
    "added",
    "\
`import` wrote something that the Compose files do not have: an `allow` for what stackctl reports as an error and Compose accepts, \
with the place in the Compose file as its reason; and what `--limits` and `--harden` ask for. Nothing else is added.",
);

/// A value that Compose refuses, and stack.toml has no place for.
pub(in crate::source) static COMPOSE_CONFLICT: Code = Code::error(
    "compose-conflict",
    Allow::Never(Allow::REFUSED),
    "\
Two spellings of one value in a Compose file disagree, such as `mem_limit` beside another `deploy.resources.limits.memory`, or a \
key is empty that must not be. Compose refuses the file, and so does `import`. A limit that only one of the two spellings has \
counts as a disagreement as well.",
);

/// Every code of this room.
pub static CODES: &[&Code] =
    &[&RESPELLED, &NO_EFFECT, &RENAMED_PROFILE, &RESOLVED_VALUE, &LOST, &ADDED, &COMPOSE_CONFLICT];
