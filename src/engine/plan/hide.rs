//! Values of variables are kept out of a plan.

use std::collections::HashSet;

use super::changes::Change;
use crate::{
    diag::Segment,
    model::{Stack, texts, variable},
};

/// A variable in a command, a health check or a label may hold a password: such a change is reported without its values.
pub fn hide_variables(changes: &mut [Change], stack: &Stack) {
    let mut hold_variables: HashSet<(String, String)> = HashSet::new();
    texts::visit(stack, &mut |path, text| {
        if !variable::has_variable(text) {
            return;
        }
        let path = path.to_key_path();
        let keys: Vec<&str> = path.0.iter().filter_map(Segment::as_key).collect();
        if let ["services", service, key, ..] | ["profiles", _, "services", service, key, ..] = keys[..] {
            hold_variables.insert((service.to_owned(), key.to_owned()));
        }
    });
    for change in changes {
        for reason in &mut change.reasons {
            let key = reason.field.split('.').next().unwrap_or_default();
            if ["command", "entrypoint", "healthcheck", "labels"].contains(&key)
                && hold_variables.contains(&(change.service.clone(), key.to_owned()))
            {
                let is_set = reason.from.is_some();
                reason.from = reason.from.as_ref().map(|_| "set".to_owned());
                reason.to =
                    reason.to.as_ref().map(|_| if is_set { "another value" } else { "set" }.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Reason};
    use super::*;
    use crate::source;

    #[test]
    fn values_of_variables_are_not_shown() {
        let stack = source::parse(
            b"name = \"x\"\n[services.a]\ncommand = \"redis --requirepass ${PW}\"\n[services.b]\ncommand = \"redis\"\n",
        );
        let reason = |from: Option<&str>| {
            Reason::new("command", from.map(str::to_owned), Some("redis --requirepass hunter2".to_owned()))
        };
        let change = |service: &str| Change {
            service: service.to_owned(),
            container: None,
            action: Action::Recreate,
            reasons: vec![reason(Some("redis --requirepass hunter1")), reason(None)],
            drift: false,
        };
        let mut changes = [change("a"), change("b")];
        hide_variables(&mut changes, &stack.stack);
        let shown: Vec<_> =
            changes[0].reasons.iter().map(|it| (it.from.as_deref(), it.to.as_deref())).collect();
        assert_eq!(shown, [(Some("set"), Some("another value")), (None, Some("set"))]);
        assert_eq!(changes[1].reasons, change("b").reasons);
    }
}
