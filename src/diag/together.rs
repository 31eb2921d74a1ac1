//! One mistake in many places is one finding.

use std::{collections::HashMap, ops::Range};

use super::{Diagnostic, Place, Severity};

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

/// The findings with those of one kind joined, each in the place of its first. `locate` says which bytes a place is: one that
/// many services inherit is listed once.
pub fn join(found: Vec<Diagnostic>, locate: impl Fn(&Place) -> Option<Range<usize>>) -> Vec<Diagnostic> {
    let mut groups: Vec<Vec<usize>> = Vec::with_capacity(found.len());
    let mut of_kind: HashMap<Kind<'_>, usize> = HashMap::new();
    for (at, it) in found.iter().enumerate() {
        let Some(together) = &it.together else {
            groups.push(vec![at]);
            continue;
        };
        let help = it.help.as_deref().filter(|_| together.help.is_none());
        let (code, severity, why) = (it.code.name, it.severity, it.why.as_deref());
        let group = *of_kind.entry(Kind { code, severity, together, why, help }).or_insert(groups.len());
        match groups.get_mut(group) {
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

/// Findings of one kind as one.
fn one(group: Vec<Diagnostic>, locate: impl Fn(&Place) -> Option<Range<usize>>) -> Option<Diagnostic> {
    let count = group.len();
    let same = group.windows(2).all(|pair| pair[0].combination == pair[1].combination);
    let mut group = group.into_iter();
    let mut first = group.next()?;
    if count == 1 {
        return Some(first);
    }
    if let Some(together) = &first.together {
        first.message = together.message.replacen("{}", &count.to_string(), 1);
        first.help = together.help.clone().or(first.help);
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
    use crate::diag::{Allow, Code};

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
