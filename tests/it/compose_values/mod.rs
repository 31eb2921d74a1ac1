//! Compose itself as the oracle, key by key: every key of the reference that is Compose's own, with values of every kind, in
//! its own place and in `compose = { ... }`. `validate` and `docker compose config` agree on each, or `reasons` says why not.
//!
//! `STACKCTL_VALUES=TEXT` looks only at keys whose place contains the text, and prints every case.

#![expect(clippy::disallowed_macros, reason = "what a test prints is for the person who runs it")]

pub mod document;
mod oracle;
mod places;
mod reasons;
mod values;

use std::{collections::BTreeMap, env};

use oracle::{Case, Judge, Verdict};

fn cases() -> Vec<Case> {
    let only = env::var("STACKCTL_VALUES").unwrap_or_default();
    let places = places::places().into_iter().filter(|place| place.contains(&only));
    places
        .flat_map(|place| values::of(&place).into_iter().map(move |value| Case::new(&place, value)))
        .collect()
}

#[test]
fn every_key_of_compose_has_a_place_and_values() {
    let cases = cases();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    cases.iter().for_each(|case| *count.entry(&case.place).or_default() += 1);
    assert!(count.values().all(|values| *values > 10), "{count:?}");
    assert!(cases.len() > 1_500, "{} values", cases.len());
}

#[test]
#[ignore = "needs the Compose CLI"]
fn validate_and_compose_agree_on_every_value() {
    let judge = Judge::new();
    let verdicts = judge.all(cases());
    let (mut accepted, mut refused, mut warned, mut differ) = (0, 0, 0, BTreeMap::new());
    let mut wrong = Vec::new();
    for (case, verdict) in &verdicts {
        match verdict {
            Verdict::BothAccept => accepted += 1,
            Verdict::BothRefuse => refused += 1,
            Verdict::Warned => warned += 1,
            Verdict::OnlyComposeRefuses(said) => wrong.push(format!("Compose refuses {case}: {said}")),
            Verdict::OnlyWeRefuse(codes) => {
                match codes.iter().find_map(|code| reasons::explained(code, case)) {
                    Some(reason) => *differ.entry(reason).or_insert(0) += 1,
                    None => wrong.push(format!("Compose accepts {case}: {codes:?}")),
                }
            }
        }
        if env::var_os("STACKCTL_VALUES").is_some() {
            println!("{case}: {verdict:?}");
        }
    }
    println!(
        "{} values: {accepted} accepted and {refused} refused by both, {warned} keys of `compose` that may be newer, {differ:#?}",
        verdicts.len()
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), verdicts.len(), wrong.join("\n"));
    if env::var_os("STACKCTL_VALUES").is_none() {
        let unused: Vec<&str> = reasons::all().filter(|reason| !differ.contains_key(reason)).collect();
        assert!(unused.is_empty(), "reasons that explain nothing: {unused:?}");
    }
}
