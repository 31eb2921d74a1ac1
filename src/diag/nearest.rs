//! "Did you mean": the known name that a misspelt one is nearest to.

/// The one of `known` that is nearest to `text`, where it is near enough to be what was meant.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (likeness(&text.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.82)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// How alike two names are, up to 1. Of short names with two letters exchanged the measure sees little.
fn likeness(one: &str, other: &str) -> f64 {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let likeness = strsim::jaro_winkler(one, other);
    let exchanged = one.len() > 2 && is_one_edit_away(one, other) && letters(one) == letters(other);
    if exchanged { likeness.max(0.95) } else { likeness }
}

/// The one of `known` that is near to `text` where no other is: what can be put in its place without a question. Where several
/// are near, it is the only one that differs by one character.
pub fn only_near<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_near = |candidate: &&str| nearest(text, [*candidate]).is_some();
    let near: Vec<&str> = known.into_iter().filter(is_near).collect();
    let mut closest = near.iter().filter(|candidate| is_one_edit_away(text, candidate));
    match (near.as_slice(), closest.next(), closest.next()) {
        ([only], ..) => Some(only),
        (_, Some(closest), None) => Some(closest),
        _ => None,
    }
}

/// The question for a person, where a name is near enough.
pub fn did_you_mean<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(text, known).map(|near| format!("did you mean `{near}`?"))
}

/// Whether two texts differ by one character: another one, one more, one less, or two exchanged.
pub fn is_one_edit_away(one: &str, other: &str) -> bool {
    strsim::osa_distance(one, other) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("imge", ["image", "command"]), Some("image"));
        assert_eq!(nearest("Healthcheck", ["healthcheck"]), Some("healthcheck"));
        assert_eq!(nearest("wbe", ["web", "db"]), Some("web"));
        assert_eq!(nearest("zzz", ["image", "command"]), None);
        assert_eq!(did_you_mean("imge", ["image"]).as_deref(), Some("did you mean `image`?"));
        assert_eq!(only_near("imge", ["image", "command"]), Some("image"));
        assert_eq!(only_near("port", ["ports", "expose", "sport"]), None);
        assert_eq!(only_near("volume", ["volumes", "volumes_from"]), Some("volumes"));
        assert!(is_one_edit_away("ngnix", "nginx") && !is_one_edit_away("nginx", "nginx"));
    }
}
