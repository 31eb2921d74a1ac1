//! The two selected profiles of which one excludes the other.

use indexmap::IndexSet;

use super::Profiles;

/// Two selected profiles that cannot be enabled together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded<'a> {
    /// The selected ones; the same one twice where it excludes itself.
    pub selected: [&'a str; 2],
    /// What they enable, of which one excludes the other.
    pub pair: [&'a str; 2],
}

impl<'a> Profiles<'a> {
    /// Two of the selected profiles that cannot be enabled together. Unknown names exclude nothing.
    pub fn excluded(&self, selected: &[impl AsRef<str>]) -> Option<Excluded<'a>> {
        let exclusions = self.exclusions()?;
        let stack = self.stack();
        let selected: IndexSet<usize> =
            selected.iter().filter_map(|name| stack.profiles.get_index_of(name.as_ref())).collect();
        let pairs = selected
            .iter()
            .enumerate()
            .flat_map(|(at, one)| selected.iter().skip(at).map(move |other| (*one, *other)));
        let (one, other) = pairs.into_iter().find(|(one, other)| exclusions.apart(*one, *other))?;
        let name = |at: usize| stack.profiles.get_index(at).map_or("", |(name, _)| name.as_str());
        let (one, other) = (name(one), name(other));
        let excludes = |one: &str, other: &str| stack.profiles[one].excludes.iter().any(|name| name == other);
        let reached = self.enabled(&[other]);
        let pair = self.enabled(&[one]).into_iter().find_map(|left| {
            let right =
                reached.iter().copied().find(|right| excludes(left, right) || excludes(right, left))?;
            Some([left, right])
        })?;
        Some(Excluded { selected: [one, other], pair })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Profile, Stack};

    fn stack(profiles: &[(&str, &[&str], &[&str])]) -> Stack {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let profiles = profiles.iter().map(|(name, includes, excludes)| {
            let profile =
                Profile { includes: owned(includes), excludes: owned(excludes), ..Profile::default() };
            ((*name).to_owned(), profile)
        });
        Stack { profiles: profiles.collect(), ..Stack::default() }
    }

    #[test]
    fn it_holds_both_ways_and_through_what_is_included() {
        let stack = stack(&[
            ("gpu", &[], &["cpu"]),
            ("cpu", &[], &[]),
            ("ai", &["gpu"], &[]),
            ("docs", &[], &["nope"]),
        ]);
        let profiles = Profiles::new(&stack);
        let found = |selected: &[&str]| profiles.excluded(selected).map(|it| (it.selected, it.pair));
        assert_eq!(found(&["cpu", "docs", "gpu"]), Some((["cpu", "gpu"], ["cpu", "gpu"])));
        assert_eq!(found(&["ai", "cpu"]), Some((["ai", "cpu"], ["gpu", "cpu"])));
        assert_eq!(found(&["ai", "gpu", "docs", "nope"]), None);
    }

    #[test]
    fn what_excludes_itself_cannot_be_enabled() {
        let stack = stack(&[
            ("all", &["gpu", "cpu"], &[]),
            ("gpu", &[], &[]),
            ("cpu", &[], &["gpu"]),
            ("one", &[], &["one"]),
        ]);
        let profiles = Profiles::new(&stack);
        let found = |name: &str| profiles.excluded(&[name]).map(|it| it.pair);
        assert_eq!(found("all"), Some(["gpu", "cpu"]));
        assert_eq!(found("one"), Some(["one", "one"]));
        assert_eq!(found("cpu"), None);
    }

    /// Against the definition: every subset of random profiles, with what it enables listed out.
    #[test]
    fn agrees_with_looking_at_all_that_is_enabled() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let count = random.usize(1..7);
            let names: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
            let mut stack = Stack::default();
            for (at, name) in names.iter().enumerate() {
                let includes = names[..at].iter().filter(|_| random.u8(..) < 70).cloned().collect();
                let excludes = names.iter().filter(|_| random.u8(..) < 25).cloned().collect();
                stack.profiles.insert(name.clone(), Profile { includes, excludes, ..Profile::default() });
            }
            let profiles = Profiles::new(&stack);
            for mask in 0..1_u32 << count {
                let chosen = names.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
                let chosen: Vec<&str> = chosen.map(|(_, name)| name.as_str()).collect();
                let enabled = profiles.enabled(&chosen);
                let expected = enabled.iter().any(|one| {
                    stack.profiles[*one].excludes.iter().any(|other| enabled.contains(other.as_str()))
                });
                let found = profiles.excluded(&chosen);
                assert_eq!(found.is_some(), expected, "{chosen:?} {stack:?}");
                if let Some(Excluded { selected: [one, other], pair: [left, right] }) = found {
                    assert!(
                        profiles.enabled(&[one]).contains(left) && profiles.enabled(&[other]).contains(right)
                    );
                }
            }
        }
    }
}
