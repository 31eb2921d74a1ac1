//! A set of small numbers: profiles, or groups of services.

/// A bit set over `0..n`; sets that meet in an operation are made for the same `n`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Set(Vec<u64>);

impl Set {
    /// The empty set over `0..n`.
    pub(super) fn empty(n: usize) -> Self {
        Self(vec![0; n.div_ceil(64)])
    }

    /// These items out of `n`.
    pub(super) fn of(n: usize, items: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::empty(n);
        items.into_iter().for_each(|item| set.insert(item));
        set
    }

    /// All of `0..n`.
    pub(super) fn full(n: usize) -> Self {
        Self::of(n, 0..n)
    }

    pub(super) fn insert(&mut self, item: usize) {
        self.0[item / 64] |= 1 << (item % 64);
    }

    pub(super) fn take_out(&mut self, item: usize) {
        self.0[item / 64] &= !(1 << (item % 64));
    }

    pub(super) fn contains(&self, item: usize) -> bool {
        self.0[item / 64] >> (item % 64) & 1 == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    pub(super) fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn with(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.add(other);
        set
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.remove(other);
        set
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(word, other)| word & !other == 0)
    }

    /// The members, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    index * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_set_across_words() {
        let set = Set::of(130, [0, 63, 64, 129]);
        assert!(set.iter().eq([0, 63, 64, 129]));
        assert!(set.contains(64) && !set.contains(65));
        assert_eq!(Set::full(130).without(&set).len(), 126);
        assert!(set.is_within(&Set::full(130)) && !Set::full(130).is_within(&set));
        assert!(Set::empty(130).is_empty() && !set.meets(&Set::empty(130)));
    }
}
