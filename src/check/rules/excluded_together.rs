//! Profiles that could never be enabled, because they enable what excludes each other.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    resolve::{Excluded, Profiles},
};

static EXCLUDED_TOGETHER: Code = Code::error(
    "excluded-together",
    Allow::Never(Allow::PROFILES),
    "\
A profile excludes itself, an aggregate includes two profiles of which one excludes the other, or `default_profiles` names two such. Nothing can \
enable it: `excludes` holds both ways and through `includes`.

```toml
[profiles.gpu]
excludes = [\"cpu\"]
[profiles.cpu]
[profiles.all]
includes = [\"gpu\", \"cpu\"]      # error
```

Write an aggregate for each of the alternatives, or remove the entry of `excludes`. A service that runs with any of several alternatives names all of them: \
`profiles = [\"gpu\", \"cpu\"]`.",
);

pub(super) static CODES: &[&Code] = &[&EXCLUDED_TOGETHER];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    let profiles = Profiles::new(stack);
    if profiles.exclusions().is_none() {
        return;
    }
    let is_possible = |name: &&String| profiles.excluded(&[name]).is_none();
    for (name, profile) in stack.profiles.iter().filter(|(name, _)| !is_possible(name)) {
        // What it includes and is impossible itself has a diagnostic of its own.
        let includes: Vec<&String> = profile.includes.iter().filter(is_possible).collect();
        let own = || {
            let excludes = |one: &str, other: &str| stack.profiles[one].excludes.iter().any(|it| it == other);
            let enabled = profiles.enabled(&[name]);
            let other = enabled.into_iter().find(|other| excludes(name, other) || excludes(other, name))?;
            Some([name.as_str(), other])
        };
        let Some([left, right]) = profiles.excluded(&includes).map(|found| found.pair).or_else(own) else {
            continue;
        };
        let path = KeyPath::from(["profiles", name]);
        let at = |key: &str, names: &[String], wanted: &[&str]| {
            let position = names.iter().position(|name| wanted.contains(&name.as_str()))?;
            Some(path.key(key).index(position))
        };
        let (message, at) = if left == right {
            (format!("the profile `{name}` excludes itself"), at("excludes", &profile.excludes, &[left]))
        } else if left == name {
            let at = at("excludes", &profile.excludes, &[right])
                .or_else(|| at("includes", &profile.includes, &[right]));
            (format!("the profile `{name}` enables `{right}`, and one of them excludes the other"), at)
        } else {
            let message = format!(
                "the profile `{name}` enables `{left}` and `{right}`, of which one excludes the other"
            );
            (message, at("includes", &profile.includes, &[left, right]))
        };
        found.push(
            Diagnostic::new(&EXCLUDED_TOGETHER, message)
                .at(at.unwrap_or(path))
                .label("can never be enabled")
                .why("profiles that exclude each other are never enabled together")
                .help("remove one of them, or the entry of `excludes`"),
        );
    }
    let default: Vec<&String> = stack.default_profiles.iter().filter(is_possible).collect();
    if let Some(Excluded { selected: [one, other], pair }) = profiles.excluded(&default) {
        let position = stack.default_profiles.iter().position(|name| name == other).unwrap_or_default();
        let over = match pair == [one, other] {
            true => String::new(),
            false => format!(": they enable `{}` and `{}`", pair[0], pair[1]),
        };
        let message =
            format!("`default_profiles` names `{one}` and `{other}`, which exclude each other{over}");
        found.push(
            Diagnostic::new(&EXCLUDED_TOGETHER, message)
                .at(KeyPath::from(["default_profiles"]).index(position))
                .label("can never be enabled together")
                .why("profiles that exclude each other are never enabled together")
                .help("keep one of them"),
        );
    }
}
