//! What a translation finds on its way.

use super::super::decision::{COMPOSE_CONFLICT, Decision};
use crate::{diag::Diagnostic, source::compose::node::Place};

/// What came of the services.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) decisions: Vec<Decision>,
    /// What Compose refuses the file for.
    pub(super) refused: Vec<(Place, Diagnostic)>,
}

impl Found {
    /// Compose refuses the file too.
    pub(super) fn refuse(&mut self, place: &Place, message: String, why: impl Into<String>) {
        self.refused.push((place.clone(), Diagnostic::new(&COMPOSE_CONFLICT, message).why(why)));
    }
}
