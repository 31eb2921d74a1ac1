//! Values of `.env` in what is reported: whatever a rule makes of a variable, its value may be a password.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diag::Diagnostic,
    model::{Mask, Stack, texts, variable},
};

/// Put `***` in the place of every value of `.env` that a variable of the stack brings into a diagnostic, as [`Mask`] does.
pub fn mask(found: &mut [Diagnostic], values: &BTreeMap<String, String>, stack: &Stack, written: &str) {
    if found.is_empty() || values.is_empty() || !written.contains('$') {
        return;
    }
    let mut used = BTreeSet::new();
    texts::visit(stack, &mut |_, text| {
        let names =
            if text.contains('$') { variable::variables(text).unwrap_or_default() } else { Vec::new() };
        used.extend(names.iter().filter_map(|variable| values.get(&variable.name)));
    });
    let mask = Mask::new(used.into_iter().map(String::as_str), written);
    for diagnostic in found {
        diagnostic.texts_mut().for_each(|text| mask.hide(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Place, source};

    #[test]
    fn a_value_is_replaced_where_only_the_variable_brings_it() {
        static CODE: crate::diag::Code = crate::diag::Code {
            name: "x",
            severity: crate::diag::Severity::Error,
            allow: crate::diag::Allow::Anywhere,
            docs: "",
        };
        let text = "name = \"x\"\n[services.a]\nimage = \"nginx:1\"\nuser = \"${PW}${SIZE:-1}${IMAGE}\"\n";
        let stack = source::parse(text.as_bytes()).stack;
        let env = [("PW", "hunter2"), ("SIZE", "4096M"), ("IMAGE", "nginx"), ("OTHER", "elsewhere")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let words = "`hunter2` is none of nginx, 4096M, elsewhere";
        let mut found =
            [Diagnostic::new(&CODE, words).why(words).help(words).label(words).place(Place::Span(0..1))];
        mask(&mut found, &env, &stack, text);
        let [found] = found;
        let masked = "`***` is none of nginx, 4096M, elsewhere";
        assert_eq!((found.message.as_str(), found.label.as_str()), (masked, masked));
        assert_eq!((found.why.as_deref(), found.help.as_deref()), (Some(masked), Some(masked)));
    }

    #[test]
    fn parts_of_a_value_are_values() {
        static CODE: crate::diag::Code = crate::diag::Code {
            name: "x",
            severity: crate::diag::Severity::Error,
            allow: crate::diag::Allow::Anywhere,
            docs: "",
        };
        let text = "name = \"x\"\n[services.a]\nimage = \"nginx:1\"\ntmpfs = [\"/x:${PW}\"]\n";
        let stack = source::parse(text.as_bytes()).stack;
        let env = BTreeMap::from([("PW".to_owned(), "Hunter2 \"x:s3cret/size,mode=64m".to_owned())]);
        let mut found =
            ["`Hunter2 \"x` and `s3cret` of the size", r#"no "Hunter2 \"x:s3cret/size,mode=64m""#]
                .map(|words| Diagnostic::new(&CODE, words));
        mask(&mut found, &env, &stack, text);
        assert_eq!(found.map(|found| found.message), ["`*** \"x` and `***` of the size", r#"no "***""#]);
    }
}
