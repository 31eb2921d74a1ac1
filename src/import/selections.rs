//! Which selections of profiles are compared.

/// With at most so many profiles, every selection.
const ALL: usize = 6;

/// Every selection of up to six profiles, by size; of more: none, each, all.
pub fn selections(profiles: &[String]) -> Vec<Vec<String>> {
    if profiles.len() > ALL {
        let each = profiles.iter().map(|profile| vec![profile.clone()]);
        return std::iter::once(Vec::new()).chain(each).chain([profiles.to_vec()]).collect();
    }
    let mut all: Vec<Vec<String>> = (0..1_usize << profiles.len())
        .map(|set| {
            let of = profiles.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
            of.map(|(_, profile)| profile.clone()).collect()
        })
        .collect();
    all.sort_by_key(Vec::len);
    all
}

#[cfg(test)]
mod tests {
    use super::selections;

    #[test]
    fn every_selection_or_the_telling_ones() {
        let names = |count: usize| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>();
        assert_eq!(selections(&[]), [Vec::<String>::new()]);
        assert_eq!(selections(&names(2)).len(), 4);
        assert_eq!(selections(&names(6)).len(), 64);
        let many = selections(&names(7));
        assert_eq!((many.len(), many[8].len()), (9, 7));
    }
}
