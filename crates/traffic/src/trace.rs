//! The trace that a request begins, as W3C Trace Context says it.

use fastrand::Rng;

/// The ids of one request: a trace of its own, and the span in it that the target's spans are children of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace's id; never 0.
    pub trace: u128,
    /// The span's id; never 0.
    pub span: u64,
    /// Whether those behind it should record their part.
    pub sampled: bool,
}

impl Trace {
    /// A new trace. Neither id may be all zeros (Trace Context, section 3.2.2).
    pub fn begin(rng: &mut Rng, sampled: bool) -> Self {
        Self { trace: rng.u128(1..), span: rng.u64(1..), sampled }
    }
}
