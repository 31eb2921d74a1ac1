//! Stacks of 24 profiles and more with a verdict that follows from a formula: none of them can be enumerated here.

use super::{
    Measure, Row, Scope, Unanswered, Verdict,
    sample::budget,
    verdict::{self, MOST_FAILING, MOST_ROWS},
};
use crate::{
    model::{Bytes, Cpus, Overlay, Profile, Resources, Service, Stack},
    resolve::Profiles,
};

const MIB: u64 = 1 << 20;

fn name(index: usize) -> String {
    format!("p{index:02}")
}

fn limits(mib: u64) -> Resources {
    Resources { memory: Some(Bytes(mib * MIB)), cpus: Some(Cpus { nanos: 1 }), pids: None }
}

/// A stack of `profiles` empty profiles.
fn profiles(profiles: usize) -> Stack {
    let named = (0..profiles).map(|index| (name(index), Profile::default()));
    Stack { profiles: named.collect(), ..Stack::default() }
}

fn add(stack: &mut Stack, profiles: &[usize], mib: u64) {
    let profiles = profiles.iter().map(|index| name(*index)).collect();
    let service = Service { profiles, limits: limits(mib), ..Service::default() };
    stack.services.insert(format!("s{}", stack.services.len()), service);
}

fn overlay(stack: &mut Stack, profile: usize, service: &str, mib: u64) {
    let overlay = Overlay { limits: limits(mib), ..Overlay::default() };
    stack.profiles[profile].services.insert(service.to_owned(), overlay);
}

fn include(stack: &mut Stack, profile: usize, included: impl IntoIterator<Item = usize>) {
    stack.profiles[profile].includes.extend(included.into_iter().map(name));
}

fn judge(stack: &Stack, memory: &str) -> Verdict {
    super::prove(&Profiles::new(stack), &budget(memory, "1000", "1", None), &Scope::Every)
}

fn exact(stack: &Stack, memory: &str) -> Verdict {
    let verdict = judge(stack, memory);
    assert_eq!(verdict.unanswered, []);
    verdict
}

fn mib(row: &Row) -> u128 {
    row.ledger[Measure::Memory] / u128::from(MIB)
}

fn names(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.profiles.clone()).collect()
}

#[test]
fn independent_profiles_are_not_multiplied_out() {
    let mut stack = profiles(24);
    (0..500).for_each(|index| add(&mut stack, &[index % 24], 1));
    add(&mut stack, &[], 100);
    // Profiles 0 to 19 have 21 services each, the last four 20.
    let verdict = exact(&stack, "600m");
    assert!(verdict.fits && verdict.smallest_failing.is_empty());
    assert_eq!((verdict.checked, mib(&verdict.worst)), (1 << 24, 600));
    assert_eq!((verdict.rows.len(), verdict.worst.profiles.len()), (MOST_ROWS, 24));
    // Without one of the last four, without one of the others, without two of the last four.
    let worst: Vec<u128> = verdict.rows[1..].iter().map(mib).collect();
    assert_eq!(worst[..1 + 4 + 20 + 6], [[600].as_slice(), &[580; 4], &[579; 20], &[560; 6]].concat());
    assert!(worst.is_sorted_by(|left, right| left >= right));
    let tied = &verdict.rows[2..6];
    assert!(tied.is_sorted_by(|left, right| left.profiles < right.profiles));
}

#[test]
fn the_smallest_failing_combinations_come_by_size_and_name() {
    let mut stack = profiles(24);
    (0..24).for_each(|index| add(&mut stack, &[index], if index < 12 { 10 } else { 1 }));
    // 12 x 10 + 12 x 1; more than 99 needs ten of the large ones, or nine and ten small ones, ...
    let verdict = exact(&stack, "99m");
    assert!(!verdict.fits && verdict.more_failing);
    let found = names(&verdict.smallest_failing);
    assert_eq!(found.len(), MOST_FAILING);
    assert_eq!(found[0], (0..10).map(name).collect::<Vec<_>>());
    assert_eq!(found[1], (0..9).chain([10]).map(name).collect::<Vec<_>>());
    assert!(found.iter().all(|names| names.len() == 10));
    // Of all 24 only the whole does not fit.
    let verdict = exact(&stack, "131m");
    assert_eq!(names(&verdict.smallest_failing), [(0..24).map(name).collect::<Vec<_>>()]);
    assert!(!verdict.more_failing);
}

#[test]
fn one_service_of_all_profiles_makes_two_combinations() {
    let all: Vec<usize> = (0..24).collect();
    let mut stack = profiles(24);
    add(&mut stack, &all, 7);
    let verdict = exact(&stack, "6m");
    assert_eq!((verdict.checked, verdict.rows.len()), (2, 2));
    assert_eq!(names(&verdict.smallest_failing), [[name(0)]]);

    (0..24).for_each(|index| add(&mut stack, &[index], 1));
    let verdict = exact(&stack, "31m");
    assert_eq!((verdict.checked, mib(&verdict.worst), verdict.fits), (1 << 24, 31, true));
}

#[test]
fn aggregates_with_services_of_their_own_force_what_they_include() {
    let mut stack = profiles(24);
    (0..24).for_each(|index| add(&mut stack, &[index], 1));
    include(&mut stack, 0, 1..24);
    let verdict = exact(&stack, "24m");
    assert_eq!((verdict.checked, names(&verdict.rows)[1].clone()), ((1 << 23) + 1, vec![name(0)]));
    assert_eq!(names(&exact(&stack, "23m").smallest_failing), [[name(0)]]);

    let mut chain = profiles(24);
    (0..24).for_each(|index| add(&mut chain, &[index], 1));
    (0..23).for_each(|index| include(&mut chain, index, [index + 1]));
    let verdict = exact(&chain, "20m");
    assert_eq!((verdict.checked, verdict.rows.len()), (25, 25));
    // p03 enables the 21 profiles p03 to p23.
    assert_eq!(names(&verdict.smallest_failing), [[name(3)]]);
}

#[test]
fn every_pair_of_profiles_may_share_a_service() {
    let mut stack = profiles(24);
    for first in 0..24 {
        add(&mut stack, &[first], 1);
        (first + 1..24).for_each(|second| add(&mut stack, &[first, second], 1));
    }
    // k profiles activate 24 k - k (k - 1) / 2 services.
    let active = |k: u128| 24 * k - k * (k - 1) / 2;
    let verdict = exact(&stack, "300m");
    assert_eq!((verdict.checked, mib(&verdict.worst), verdict.fits), (1 << 24, active(24), true));
    assert_eq!(verdict.rows[2..26].iter().map(mib).collect::<Vec<_>>(), [active(23); 24]);
    let verdict = exact(&stack, "200m");
    let size = (1..25).find(|k| active(*k) > 200).unwrap() as usize;
    assert_eq!(names(&verdict.smallest_failing)[0], (0..size).map(name).collect::<Vec<_>>());
}

#[test]
fn neighbours_that_share_their_only_services_are_counted_as_the_services_they_activate() {
    let mut stack = profiles(24);
    (0..23).for_each(|index| add(&mut stack, &[index, index + 1], 1));
    // A profile between two enabled ones adds nothing, so in a representative those left out stand in runs of two and more.
    // Rows of profiles that end with an enabled one, with a run of one left out, with a longer run:
    let (mut enabled, mut short, mut long) = (1_u64, 1, 0);
    for _ in 1..24 {
        (enabled, short, long) = (enabled + long, enabled, short + long);
    }
    let verdict = exact(&stack, "22m");
    assert_eq!((verdict.checked, mib(&verdict.worst)), (enabled + long, 23));
    // Only with all services it is too much; no profile in its name can be spared.
    assert_eq!(names(&verdict.smallest_failing), [verdict.worst.profiles]);
}

#[test]
fn overlays_that_lower_are_part_of_the_proof() {
    // Each profile adds 10 MiB and overlays a core service from 20 MiB down to 20 - index: from p11 on, it saves.
    let mut stack = profiles(24);
    for index in 0..24 {
        add(&mut stack, &[index], 10);
        let core = format!("core{index}");
        stack.services.insert(core.clone(), Service { limits: limits(24), ..Service::default() });
        overlay(&mut stack, index, &core, 24 - index as u64);
    }
    let gain: u128 = (0..10).map(|index| 10 - index).sum();
    let verdict = exact(&stack, "1000m");
    assert_eq!((verdict.checked, mib(&verdict.worst)), (1 << 24, 24 * 24 + gain));
    // p10 changes nothing in the sum; of the two names the first in the alphabet wins.
    let worst: Vec<String> = (0..11).map(name).collect();
    assert_eq!(verdict.worst.profiles, worst[..10]);
    assert_eq!(verdict.profiles[23].memory, -13 * i128::from(MIB));
    assert!(exact(&stack, &format!("{}m", 24 * 24 + gain)).fits);
    assert!(!exact(&stack, &format!("{}m", 24 * 24 + gain - 1)).fits);
}

#[test]
fn one_core_service_may_be_resized_by_all_profiles() {
    // Each profile adds 1 MiB; any of them lowers the core service from 100 MiB to 50 MiB: the default is the worst.
    let mut stack = profiles(24);
    add(&mut stack, &[], 100);
    for index in 0..24 {
        add(&mut stack, &[index], 1);
        overlay(&mut stack, index, "s0", 50);
    }
    let verdict = exact(&stack, "100m");
    assert_eq!((verdict.checked, verdict.fits), (1 << 24, true));
    assert!(verdict.worst.profiles.is_empty());
    assert_eq!((mib(&verdict.rows[1]), verdict.rows[1].profiles.len()), (74, 24));
    let verdict = exact(&stack, "73m");
    assert_eq!(names(&verdict.smallest_failing), [[] as [String; 0]]);
}

#[test]
fn profiles_without_weight_tie_and_the_first_names_win() {
    // 24 profiles that only set an environment: 2^24 combinations of one size.
    let mut stack = profiles(24);
    add(&mut stack, &[], 5);
    for index in 0..24 {
        stack.profiles[index].services.insert("s0".to_owned(), Overlay::default());
    }
    let verdict = exact(&stack, "5m");
    assert_eq!((verdict.checked, verdict.fits, verdict.rows.len()), (1 << 24, true, MOST_ROWS));
    assert!(verdict.worst.profiles.is_empty());
    assert_eq!(
        names(&verdict.rows)[1..4],
        [vec![name(0)], vec![name(0), name(1)], (0..3).map(name).collect()]
    );
}

#[test]
fn ten_thousand_services_cost_no_more_than_reading_them() {
    let mut stack = profiles(6);
    (0..10_000)
        .for_each(|index| add(&mut stack, &[index % 7].map(|p| p.min(5))[..usize::from(index % 7 != 6)], 1));
    let verdict = exact(&stack, "10000m");
    assert_eq!((verdict.fits, mib(&verdict.worst), verdict.checked), (true, 10_000, 64));
}

fn exclude(stack: &mut Stack, profile: usize, excluded: impl IntoIterator<Item = usize>) {
    stack.profiles[profile].excludes.extend(excluded.into_iter().map(name));
}

#[test]
fn pairs_of_alternatives_never_add_up() {
    // Twenty pairs of 10 and 7 MiB: three combinations each.
    let mut stack = profiles(40);
    (0..40).for_each(|index| add(&mut stack, &[index], if index % 2 == 0 { 10 } else { 7 }));
    (0..20).for_each(|pair| exclude(&mut stack, 2 * pair, [2 * pair + 1]));
    let verdict = exact(&stack, "200m");
    assert_eq!((verdict.fits, verdict.checked, mib(&verdict.worst)), (true, 3_u64.pow(20), 200));
    assert_eq!(verdict.worst.profiles, (0..20).map(|pair| name(2 * pair)).collect::<Vec<_>>());
    let verdict = exact(&stack, "199m");
    assert_eq!(names(&verdict.smallest_failing), [verdict.worst.profiles]);
}

#[test]
fn of_many_alternatives_one_counts() {
    // Sixteen of which each excludes all others, twelve beside them, and an aggregate over one of the first.
    let mut stack = profiles(29);
    (0..28).for_each(|index| add(&mut stack, &[index], 1 + index as u64));
    (0..16).for_each(|index| exclude(&mut stack, index, index + 1..16));
    add(&mut stack, &[28], 2);
    include(&mut stack, 28, [3]);
    let rest: u128 = (16..28).map(|index| 1 + index).sum();
    let verdict = exact(&stack, &format!("{}m", rest + 16));
    // One of the sixteen or none, and with the fourth its aggregate or not.
    assert_eq!((verdict.fits, verdict.checked), (true, 18 << 12));
    assert_eq!(mib(&verdict.worst), rest + 16);
    assert!(!exact(&stack, &format!("{}m", rest + 15)).fits);
}

#[test]
fn alternatives_that_activate_nothing_of_their_own_are_one_combination() {
    // All profiles of a triple activate the same service, and exclude each other.
    let mut stack = profiles(24);
    for triple in 0..8 {
        let members = [3 * triple, 3 * triple + 1, 3 * triple + 2];
        add(&mut stack, &members, 5);
        exclude(&mut stack, members[0], members[1..].iter().copied());
        exclude(&mut stack, members[1], [members[2]]);
    }
    let verdict = exact(&stack, "40m");
    assert_eq!((verdict.fits, verdict.checked, mib(&verdict.worst)), (true, 1 << 8, 40));
    assert_eq!(verdict.rows.len(), MOST_ROWS);
    assert_eq!(verdict.worst.profiles, (0..8).map(|triple| name(3 * triple)).collect::<Vec<_>>());
}

#[test]
fn what_takes_too_long_is_reported_and_not_claimed() {
    let mut stack = profiles(24);
    (0..24).for_each(|index| add(&mut stack, &[index], 1));
    let profiles = Profiles::new(&stack);
    let tiny = verdict::Limits { effort: 40, ..verdict::Limits::default() };
    let within =
        |memory| verdict::prove_within(&profiles, &budget(memory, "1000", "1", None), &Scope::Every, tiny);
    // The bound over everything at once needs no search: the proof stands even so.
    let proved = within("24m");
    assert!(proved.fits && proved.unanswered.contains(&Unanswered::Worst));
    assert_eq!(mib(&proved.worst), 24);
    let failing = within("23m");
    assert!(!failing.fits && !failing.unanswered.contains(&Unanswered::Fits));
}

/// 30 core services, each resized by 12 of 30 profiles, up and down, as chance has it.
fn entangled() -> Stack {
    let mut random = fastrand::Rng::with_seed(11);
    let mut stack = profiles(30);
    for service in 0..30 {
        add(&mut stack, &[], 50);
        for profile in random.choose_multiple(0..30, 12) {
            overlay(&mut stack, profile, &format!("s{service}"), random.u64(1..100));
        }
    }
    stack
}

#[test]
fn without_a_proof_nothing_is_claimed() {
    let stack = entangled();
    let profiles = Profiles::new(&stack);
    let few = verdict::Limits { effort: 150_000, ..verdict::Limits::default() };
    let within =
        |memory| verdict::prove_within(&profiles, &budget(memory, "1000", "1", None), &Scope::Every, few);
    let open = within("2000m");
    assert!(!open.fits && open.unanswered.contains(&Unanswered::Fits));
    assert_eq!(open.smallest_failing, []);
    assert!(within("2700m").fits);
    // One that is found answers the question, wherever it was found.
    let failing = within("1700m");
    assert!(!failing.fits && !failing.unanswered.contains(&Unanswered::Fits));
    assert!(!failing.worst.fits && !failing.smallest_failing.is_empty());
}
