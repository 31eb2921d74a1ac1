//! `[budget]`.

use super::{reference::BUDGET, table::Item};
use crate::model::{Budget, Cpus};

/// Decode `[budget]`; `None` where `memory` or `cpus` could not be read.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Budget> {
    let table = item.table()?;
    let (mut memory, mut cpus, mut cpu_overcommit, mut log_disk) = (None, None, None, None);
    for item in table.items_of(&BUDGET) {
        match item.key() {
            "memory" => memory = item.bytes(),
            "cpus" => cpus = item.cpus(),
            "cpu_overcommit" => cpu_overcommit = item.cpus(),
            "log_disk" => log_disk = item.bytes(),
            _ => {}
        }
    }
    if table.get("memory").is_none() {
        table.missing("memory", "`memory = \"12G\"`, what this machine gives to the stack");
    }
    if table.get("cpus").is_none() {
        table.missing("cpus", "`cpus = 8.0`, what this machine gives to the stack");
    }
    let one = Cpus { nanos: 1_000_000_000 };
    Some(Budget { memory: memory?, cpus: cpus?, cpu_overcommit: cpu_overcommit.unwrap_or(one), log_disk })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mistakes, stack};
    use crate::model::Bytes;

    #[test]
    fn reads_numbers_and_texts() {
        let budget = stack("").budget.unwrap();
        assert_eq!(budget.memory, Bytes(1 << 30));
        assert_eq!(budget.cpu_overcommit.to_string(), "1.0");
        assert_eq!(budget.log_disk, None);
    }

    #[test]
    fn says_what_is_missing_or_wrong() {
        insta::assert_snapshot!(mistakes("name = \"x\""), @"
        missing-key at ``: stack.toml has no `budget` (`budget` is missing)
        ");
        insta::assert_snapshot!(mistakes("name = \"x\"\n[budget]\nmemry = \"1G\"\ncpus = 0"), @"
        missing-key at `[budget]`: budget has no `memory` (`memory` is missing)
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
            variable-in-proof at `"$X"`: budget.cpu_overcommit contains a variable (only known when Compose runs)
            bad-size at `"lots"`: "lots" is not a size (a size starts with a number, such as 512M or 1.5G)
            "#
        );
    }
}
