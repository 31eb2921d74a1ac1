//! What a translation finds on its way.

use super::decision::Decision;
use crate::source::compose::node::Place;

/// What is wrong with a Compose file so that Compose refuses it too.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) why: String,
}

/// What came of the services.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) decisions: Vec<Decision>,
    pub(super) refusals: Vec<Refusal>,
}
