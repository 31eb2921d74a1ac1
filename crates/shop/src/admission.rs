//! How much work is in hand at most. What comes above it is turned away at once: an unbounded queue serves no request in time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound on what is in hand.
#[derive(Debug, Clone)]
pub struct Admission(Arc<Semaphore>);

impl Admission {
    /// At most `bound` at a time.
    pub fn new(bound: usize) -> Self {
        Self(Arc::new(Semaphore::new(bound)))
    }

    /// A place, held until dropped; none when all are taken.
    pub fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_late_is_turned_away_until_a_place_is_free() {
        let admission = Admission::new(2);
        let (first, _second) = (admission.enter().unwrap(), admission.enter().unwrap());
        assert!(admission.clone().enter().is_none());
        drop(first);
        assert!(admission.enter().is_some());
    }
}
