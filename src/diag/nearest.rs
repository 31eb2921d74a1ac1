//! "Did you mean": the known name that a misspelt one is nearest to.

/// The one of `known` that is nearest to `text`, where it is near enough to be what was meant.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&text.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.82)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
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
        assert_eq!(nearest("zzz", ["image", "command"]), None);
        assert_eq!(did_you_mean("imge", ["image"]).as_deref(), Some("did you mean `image`?"));
        assert!(is_one_edit_away("ngnix", "nginx") && !is_one_edit_away("nginx", "nginx"));
    }
}
