//! Profiles that exclude each other: which of them can never be enabled together.

use crate::model::Stack;

/// Which profiles of a stack are alternatives, by their places in the declaration. `excludes` holds both ways and through
/// `includes`: a profile is apart from all that excludes, or is excluded by, something that it enables.
#[derive(Debug)]
pub struct Exclusions {
    /// For each profile, a bit for each other one that it cannot be enabled with; for itself where it cannot be enabled.
    apart: Vec<Vec<u64>>,
}

impl Exclusions {
    /// `None` where no profile excludes another. `enabling` and `enabled` give, for a profile, all that enable it and all that it
    /// enables, itself included.
    pub(super) fn new(
        stack: &Stack,
        enabling: impl Fn(usize) -> Vec<usize>,
        enabled: impl Fn(usize) -> Vec<usize>,
    ) -> Option<Self> {
        if stack.profiles.values().all(|profile| profile.excludes.is_empty()) {
            return None;
        }
        let count = stack.profiles.len();
        let none = || vec![0_u64; count.div_ceil(64)];
        let add =
            |to: &mut Vec<u64>, from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
        let above: Vec<Vec<u64>> = (0..count)
            .map(|at| {
                let mut bits = none();
                enabling(at).into_iter().for_each(|other| bits[other / 64] |= 1 << (other % 64));
                bits
            })
            .collect();
        let mut direct = vec![none(); count];
        for (at, profile) in stack.profiles.values().enumerate() {
            for other in profile.excludes.iter().filter_map(|name| stack.profiles.get_index_of(name.as_str()))
            {
                add(&mut direct[at], &above[other]);
                add(&mut direct[other], &above[at]);
            }
        }
        let apart = (0..count).map(|at| {
            let mut bits = none();
            enabled(at).into_iter().for_each(|other| add(&mut bits, &direct[other]));
            bits
        });
        Some(Self { apart: apart.collect() })
    }

    /// Whether two profiles, by their places in the declaration, cannot be enabled together; of a profile and itself, whether it
    /// cannot be enabled at all.
    pub fn apart(&self, one: usize, other: usize) -> bool {
        self.apart[one][other / 64] >> (other % 64) & 1 == 1
    }
}
