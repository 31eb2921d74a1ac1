use super::*;
use crate::model::{Profile, Service};

fn stack(profiles: &[(&str, &[&str])], services: &[(&str, &[&str])]) -> Stack {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Stack {
        profiles: profiles
            .iter()
            .map(|(name, includes)| {
                ((*name).to_owned(), Profile { includes: owned(includes), ..Profile::default() })
            })
            .collect(),
        services: services
            .iter()
            .map(|(name, profiles)| {
                ((*name).to_owned(), Service { profiles: owned(profiles), ..Service::default() })
            })
            .collect(),
        ..Stack::default()
    }
}

#[test]
fn finds_the_smallest_combination() {
    let stack = stack(
        &[("kafka", &[]), ("tracing", &[]), ("full", &["tracing", "kafka"])],
        &[("api", &[]), ("jaeger", &["tracing"]), ("kafka", &["kafka"]), ("extra", &["full"])],
    );
    let reach = Reach::new(&stack);
    let both = reach.when().active("jaeger").active("kafka");
    assert_eq!(both.witness(), Some(vec!["full".into()]));
    assert_eq!(reach.when().active("jaeger").witness(), Some(vec!["tracing".into()]));
    let apart = both.inactive("extra");
    assert_eq!(apart.witness(), Some(vec!["kafka".into(), "tracing".into()]));
    assert_eq!(reach.when().active("api").witness(), Some(vec![]));
    assert_eq!(reach.when().inactive("api").witness(), None);
    let never = reach.when().active("extra").inactive("jaeger");
    assert_eq!(never.witness(), None);
}

#[test]
fn alternatives_are_never_active_together() {
    let mut stack = stack(
        &[("cpu", &[]), ("gpu", &[]), ("ai", &["gpu"])],
        &[("on-cpu", &["cpu"]), ("on-gpu", &["gpu"]), ("model", &["ai"]), ("both", &["cpu", "gpu"])],
    );
    stack.profiles["gpu"].excludes = vec!["cpu".to_owned()];
    let reach = Reach::new(&stack);
    let together = |one: &str, other: &str| reach.when().active(one).active(other).witness();
    assert_eq!(together("on-cpu", "on-gpu"), None);
    assert_eq!(together("on-cpu", "model"), None);
    assert_eq!(together("both", "model"), Some(vec!["ai".into()]));
    assert_eq!(together("both", "on-cpu"), Some(vec!["cpu".into()]));
    let is_possible = |selected: &[&str]| reach.is_possible(&reach.combination(selected));
    assert!(!is_possible(&["ai", "cpu"]) && is_possible(&["ai", "gpu"]));
    let all = stack.services.keys().map(String::as_str);
    assert_eq!(reach.largest(all, std::iter::empty()).map(|largest| largest.len()), Some(2));
}

/// Against the definition: every subset of the profiles in which none excludes another, tried one by one.
#[test]
fn agrees_with_trying_every_combination() {
    let mut random = fastrand::Rng::with_seed(5);
    let names = ["aa", "bb", "cc", "dd", "ee"];
    let some = |random: &mut fastrand::Rng, of: &[&str], percent: u8| -> Vec<String> {
        of.iter().filter(|_| random.u8(0..100) < percent).map(|name| (*name).to_owned()).collect()
    };
    for round in 0..40 {
        let mut stack = Stack::default();
        for (at, name) in names.iter().enumerate() {
            let includes = some(&mut random, &names[..at], 25);
            let excludes = some(&mut random, &names, if round % 2 == 0 { 0 } else { 15 });
            let profile = Profile { includes, excludes, ..Profile::default() };
            stack.profiles.insert((*name).to_owned(), profile);
        }
        for service in 0..4 {
            let profiles = some(&mut random, &names, 30);
            stack.services.insert(format!("s{service}"), Service { profiles, ..Service::default() });
        }
        let reach = Reach::new(&stack);
        let profiles = Profiles::new(&stack);
        let combinations: Vec<Vec<&str>> = (0..1_u32 << names.len())
            .map(|mask| {
                let chosen = names.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
                chosen.map(|(_, name)| *name).collect()
            })
            .filter(|chosen: &Vec<&str>| {
                let enabled = profiles.enabled(chosen);
                let mut excluded = enabled.iter().flat_map(|name| &stack.profiles[*name].excludes);
                !excluded.any(|name| enabled.contains(name.as_str()))
            })
            .collect();
        for wanted in 0..3_u32.pow(4) {
            let digit = |at: usize| wanted / 3_u32.pow(at as u32) % 3;
            let mut when = reach.when();
            for (at, service) in stack.services.keys().enumerate() {
                when = match digit(at) {
                    1 => when.active(service),
                    2 => when.inactive(service),
                    _ => when,
                };
            }
            let holds = |chosen: &[&str]| {
                let chosen = &reach.combination(chosen);
                stack.services.keys().enumerate().all(|(at, service)| match digit(at) {
                    1 => reach.is_active(service, chosen),
                    2 => !reach.is_active(service, chosen),
                    _ => true,
                })
            };
            let smallest =
                combinations.iter().filter(|chosen| holds(chosen)).map(|chosen| chosen.len()).min();
            let found = when.witness();
            assert_eq!(found.as_ref().map(Vec::len), smallest, "{wanted} {stack:?}");
            if let Some(found) = found {
                let found: Vec<&str> = found.iter().map(String::as_str).collect();
                assert!(combinations.contains(&found) && holds(&found), "{found:?} {stack:?}");
            }
        }
        // Each combination is part of a largest one, and each of these is one.
        let active = |holds: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            stack.services.keys().filter(|name| holds(name)).cloned().collect()
        };
        let largest: Vec<BTreeSet<String>> = reach
            .largest(stack.services.keys().map(String::as_str), std::iter::empty())
            .expect("few")
            .iter()
            .map(|combination| active(&|name| reach.is_active(name, combination)))
            .collect();
        let all: Vec<BTreeSet<String>> = combinations
            .iter()
            .map(|chosen| active(&|name| reach.is_active(name, &reach.combination(chosen))))
            .collect();
        assert!(largest.iter().all(|set| all.contains(set)), "{stack:?}");
        assert!(all.iter().all(|set| largest.iter().any(|largest| set.is_subset(largest))), "{stack:?}");
    }
}

#[test]
fn a_thousand_conditions_end() {
    let names: Vec<String> = (0..24).map(|at| format!("p{at}")).collect();
    let profiles: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[] as &[&str])).collect();
    let mut stack = stack(&profiles, &[]);
    for at in 0..1_000_usize {
        let own: BTreeSet<String> = (0..3).map(|k| names[(at * 7 + k * (at + 5)) % 24].clone()).collect();
        let service = Service { profiles: own.into_iter().collect(), ..Service::default() };
        stack.services.insert(format!("s{at}"), service);
    }
    let reach = Reach::new(&stack);
    let when = stack.services.keys().fold(reach.when(), |when, name| when.active(name));
    let found = when.witness().expect("enabling everything is one");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let found = reach.combination(&found);
    assert!(stack.services.keys().all(|name| reach.is_active(name, &found)));
}
