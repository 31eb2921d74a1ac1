//! One mistake in many places is one finding.

use std::{collections::HashMap, ops::Range};

use super::{Diagnostic, Place, Severity};

/// Names of services that a message lists.
const MOST_NAMES: usize = 3;

/// How several findings of one kind read as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Together {
    /// The message, with `{}` in the place of their number, before anything else of that form.
    pub message: String,
    /// What to do about all of them where each has a help of its own. Otherwise those with the same help are one finding.
    pub help: Option<String>,
}

/// What findings have in common that become one.
#[derive(PartialEq, Eq, Hash)]
struct Kind<'d> {
    code: &'static str,
    severity: Severity,
    together: &'d Together,
    why: Option<&'d str>,
    help: Option<&'d str>,
}

/// What findings have in common that are one mistake: one place, such as a key of `[defaults]` that many services inherit, and one
/// message but for the service's name.
#[derive(PartialEq, Eq, Hash)]
struct Inherited {
    code: &'static str,
    severity: Severity,
    at: Range<usize>,
    message: String,
}

/// The findings with those of one kind joined, and those that are one mistake, each in the place of its first. `locate` says which
/// bytes a place is: one that many services inherit is listed once.
pub fn join(found: Vec<Diagnostic>, locate: impl Fn(&Place) -> Option<Range<usize>>) -> Vec<Diagnostic> {
    let mut groups: Vec<Vec<usize>> = Vec::with_capacity(found.len());
    let mut of_kind: HashMap<Kind<'_>, usize> = HashMap::new();
    let mut inherited: HashMap<Inherited, usize> = HashMap::new();
    for (at, it) in found.iter().enumerate() {
        let (code, severity, why) = (it.code.name, it.severity, it.why.as_deref());
        let group = match &it.together {
            Some(together) => {
                let help = it.help.as_deref().filter(|_| together.help.is_none());
                Some(*of_kind.entry(Kind { code, severity, together, why, help }).or_insert(groups.len()))
            }
            None => own_place(it, &locate).map(|(service, at)| {
                let message = it.message.replace(&format!("`{service}`"), "``");
                *inherited.entry(Inherited { code, severity, at, message }).or_insert(groups.len())
            }),
        };
        match group.and_then(|group| groups.get_mut(group)) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    drop(of_kind);
    let mut found: Vec<Option<Diagnostic>> = found.into_iter().map(Some).collect();
    let mut take = |group: Vec<usize>| -> Vec<Diagnostic> {
        group.into_iter().filter_map(|at| found[at].take()).collect()
    };
    groups.into_iter().filter_map(|group| one(take(group), &locate)).collect()
}

/// The service that a finding is about, and its place.
fn own_place(
    found: &Diagnostic,
    locate: impl Fn(&Place) -> Option<Range<usize>>,
) -> Option<(&str, Range<usize>)> {
    let place = found.place.as_ref()?;
    Some((place.service()?, locate(place)?))
}

/// The message of the first of several, with the other services.
fn also_in(message: &str, others: &[String]) -> String {
    if others.is_empty() {
        return message.to_owned();
    }
    let named = others.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match others.len().saturating_sub(MOST_NAMES) {
        0 => format!("{message} (also in {named})"),
        more => format!("{message} (also in {named} and {more} more)"),
    }
}

/// Findings of one kind as one.
fn one(group: Vec<Diagnostic>, locate: impl Fn(&Place) -> Option<Range<usize>>) -> Option<Diagnostic> {
    let count = group.len();
    let same = group.windows(2).all(|pair| pair[0].combination == pair[1].combination);
    let mut group = group.into_iter();
    let mut first = group.next()?;
    if count == 1 {
        return Some(first);
    }
    match &first.together {
        Some(together) => {
            first.message = together.message.replacen("{}", &count.to_string(), 1);
            first.help = together.help.clone().or(first.help);
        }
        None => {
            let service =
                |found: &Diagnostic| found.place.as_ref().and_then(Place::service).map(str::to_owned);
            let own = service(&first);
            let mut others: Vec<String> = group.as_slice().iter().filter_map(service).collect();
            others.retain(|other| Some(other) != own.as_ref());
            others.dedup();
            first.message = also_in(&first.message, &others);
        }
    }
    let mut seen: Vec<Option<Range<usize>>> = vec![first.place.as_ref().and_then(&locate)];
    if !same {
        first.label = happening(&first);
    }
    for mut next in group {
        let label = if same { std::mem::take(&mut next.label) } else { happening(&next) };
        let at = next.place.as_ref().and_then(&locate);
        if let Some(place) = next.place.filter(|_| at.is_none() || !seen.contains(&at)) {
            first.places.push((place, label));
            seen.push(at);
        }
        let more = next.related.into_iter().filter(|related| !first.related.contains(related));
        first.related.extend(more.collect::<Vec<_>>());
        first.fixes.extend(next.fixes);
    }
    if !same {
        first.combination = None;
    }
    Some(first)
}

/// The label with the combination in which it happens.
fn happening(found: &Diagnostic) -> String {
    let profiles = found.combination.as_deref().filter(|profiles| !profiles.is_empty());
    let with = profiles.map(|profiles| format!("with {}", profiles.join("+")));
    let parts: Vec<&str> = [Some(found.label.as_str()), with.as_deref()].into_iter().flatten().collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Allow, Code, KeyPath, Segment};

    static CODE: Code = Code { name: "x", severity: Severity::Error, allow: Allow::Anywhere, docs: "" };

    fn at(place: usize) -> Diagnostic {
        Diagnostic::new(&CODE, format!("one at {place}")).place(Place::Span(place..place + 1)).label("here")
    }

    fn span(place: &Place) -> Option<Range<usize>> {
        match place {
            Place::Span(span) => Some(span.clone()),
            _ => None,
        }
    }

    #[test]
    fn those_of_one_kind_are_one_with_every_place_once() {
        let of = |place| at(place).together("{} of {}");
        let found = vec![of(1), at(2), of(3), of(3), of(5).help("other")];
        let found = join(found, span);
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["3 of {}", "one at 2", "one at 5"]);
        assert_eq!(found[0].places, [(Place::Span(3..4), "here".to_owned())]);
    }

    #[test]
    fn what_services_inherit_from_one_place_is_one_mistake() {
        let of = |service: &str, place: usize, what: &str| {
            let path = KeyPath::from(["services", service]).index(place);
            Diagnostic::new(&CODE, format!("{what} of `{service}`")).at(path).help(service)
        };
        let locate = |place: &Place| match place {
            Place::Value(path) => match path.0.last()? {
                Segment::Index(at) => Some(*at..*at + 1),
                Segment::Key(_) => None,
            },
            _ => None,
        };
        let found = join(
            vec![of("a", 1, "x"), of("b", 1, "x"), of("c", 2, "x"), of("d", 1, "y"), of("e", 1, "x")],
            locate,
        );
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["x of `a` (also in `b`, `e`)", "x of `c`", "y of `d`"]);
        let [twice] = join(vec![of("a", 1, "x"), of("a", 1, "x")], locate).try_into().unwrap();
        assert_eq!(twice.message, "x of `a`");
        assert!(found[0].places.is_empty());
    }

    #[test]
    fn with_a_common_help_each_may_have_its_own() {
        let of = |place, help: &str| at(place).help(help).together_with("{} of them", "all");
        let [found] = join(vec![of(1, "a"), of(2, "b")], span).try_into().unwrap();
        assert_eq!((found.message.as_str(), found.help.as_deref()), ("2 of them", Some("all")));
        let [alone] = join(vec![of(1, "a")], span).try_into().unwrap();
        assert_eq!(alone.help.as_deref(), Some("a"));
    }

    #[test]
    fn where_they_happen_in_different_combinations_each_place_says_so() {
        let of = |place, profiles: &[&str]| {
            let profiles = profiles.iter().map(|it| (*it).to_owned()).collect();
            at(place).together("{}").in_combination(profiles)
        };
        let [found] = join(vec![of(1, &[]), of(2, &["a", "b"])], span).try_into().unwrap();
        assert_eq!((found.label.as_str(), found.places[0].1.as_str()), ("here", "here, with a+b"));
        assert_eq!(found.combination, None);
        let [same] = join(vec![of(1, &["a"]), of(2, &["a"])], span).try_into().unwrap();
        assert_eq!(same.combination, Some(vec!["a".to_owned()]));
    }
}
