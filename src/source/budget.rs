//! `[budget]`.

use super::{reference::BUDGET, table::Item};
use crate::model::Budget;

/// Decode `[budget]`. A value that cannot be read is left out.
pub(super) fn decode(item: &Item<'_, '_>) -> Budget {
    let mut budget = Budget::default();
    let Some(table) = item.table() else { return budget };
    for item in table.items_of(&BUDGET) {
        match item.key() {
            "memory" => budget.memory = item.bytes(),
            "cpus" => budget.cpus = item.cpus(),
            "cpu_overcommit" => budget.cpu_overcommit = item.cpus(),
            "log_disk" => budget.log_disk = item.bytes(),
            "swap" => budget.no_swap = item.boolean() == Some(false),
            _ => {}
        }
    }
    budget
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mistakes, stack};
    use crate::model::Bytes;

    #[test]
    fn reads_numbers_and_texts() {
        let budget = stack("").budget;
        assert_eq!(budget.memory, Some(Bytes(1 << 30)));
        assert_eq!(budget.overcommit().unwrap().to_string(), "1.0");
        assert_eq!(budget.log_disk, None);
    }

    #[test]
    fn every_key_is_optional() {
        for text in
            ["", "budget = {}", "[budget]\nmemory = '1G'", "budget.cpus = 1", "budget = { log_disk = '1G' }"]
        {
            assert_eq!(mistakes(&format!("name = 'x'\n{text}")), "", "{text}");
        }
    }

    #[test]
    fn says_what_is_missing_or_wrong() {
        insta::assert_snapshot!(mistakes("name = \"x\"\n[budget]\nmemry = \"1G\"\ncpus = 0"), @"
        unknown-key at `memry`: unknown key `memry` in budget (did you mean `memory`?)
        bad-cpus at `0`: 0 is not a number of CPUs (0 means no limit at all)
        ");
        insta::assert_snapshot!(mistakes("name = \"x\"\nbudget = \"12G\""), @r#"
        wrong-type at `"12G"`: budget must be a table, not a string (expected a table)
        "#);
        insta::assert_snapshot!(
            mistakes("name = \"x\"\nbudget = { memory = 12, cpus = nan, cpu_overcommit = \"$X\", log_disk = \"lots\" }"),
            @r#"
            bad-size at `12`: budget.memory is a number without a unit (which unit?)
            bad-cpus at `nan`: nan is not a number of CPUs (CPUs are a plain decimal number that is not negative, such as 0.5 or 2)
            variable-in-proof at `"$X"`: budget.cpu_overcommit contains a variable (must be the same everywhere)
            bad-size at `"lots"`: "lots" is not a size (a size starts with a number, such as 512M or 1.5G)
            "#
        );
    }
}
