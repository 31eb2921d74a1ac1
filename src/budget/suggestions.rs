//! The suggestions for a whole stack, and the services that there is none for.

use indexmap::IndexMap;

use super::{
    machine::Machine,
    suggest::{Evidence, Suggestion},
};
use crate::{
    model::{Resources, Stack},
    resolve::ResolvedStack,
};

/// The fewest intervals that a suggestion is made from.
const FEWEST: usize = 3;

/// What the use of a stack suggests, in the order of stack.toml.
#[derive(Debug, Default)]
pub struct Suggestions {
    /// One a service.
    pub suggestions: Vec<Suggestion>,
    /// Services without one, with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

impl Suggestions {
    /// From what the services used on a machine.
    pub fn new(
        resolved: &ResolvedStack<'_>,
        mut measured: IndexMap<String, Evidence>,
        machine: Machine,
    ) -> Self {
        let mut found = Self::default();
        for (name, service) in &resolved.services {
            let mut leave_out = |why| found.left_out.push(((*name).to_owned(), why));
            match measured.swap_remove(*name) {
                None => leave_out("it does not run"),
                Some(evidence) if evidence.samples < FEWEST => leave_out("it did not run long enough"),
                Some(_) if is_overlaid(resolved, name) => {
                    leave_out("a selected profile changes its limits: change the overlay");
                }
                Some(evidence) => {
                    found.suggestions.push(Suggestion::new(name, service, evidence).within(machine))
                }
            }
        }
        found
    }

    /// The stack with the suggestions in place.
    pub fn applied_to(&self, stack: &Stack) -> Stack {
        let mut stack = stack.clone();
        for suggestion in &self.suggestions {
            if let Some(service) = stack.services.get_mut(&suggestion.service) {
                service.limits.clone_from(&suggestion.limits.1);
                service.reservations.clone_from(&suggestion.reservations.1);
            }
        }
        stack
    }
}

/// Whether an overlay in force sets a limit or a reservation of the service.
fn is_overlaid(resolved: &ResolvedStack<'_>, name: &str) -> bool {
    let mut overlays =
        resolved.enabled.iter().filter_map(|profile| resolved.stack.profiles[*profile].services.get(name));
    overlays
        .any(|overlay| overlay.limits != Resources::default() || overlay.reservations != Resources::default())
}
