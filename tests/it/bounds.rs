//! Input that is deep, long or dense: every command answers, with a diagnostic where something is too much. An abort or a run
//! without end is what these were.

use std::fmt::Write as _;

use crate::support::Place;

const HEAD: &str = "name = \"x\"\nbudget = { memory = \"64G\", cpus = 200 }\n";

/// A name, and the others that each leads to.
type Shape<'a> = (&'a str, &'a dyn Fn(usize) -> Vec<usize>);

fn service(name: &str, keys: &str) -> String {
    format!(
        "[services.{name}]\nimage = \"x:1\"\nlimits = {{ memory = \"8M\", cpus = 0.1 }}\nrestart = \"unless-stopped\"\n\
         logging = {{ max_size = \"1m\", max_file = 1 }}\n{keys}\n"
    )
}

fn list(names: impl Iterator<Item = String>) -> String {
    format!("[{}]", names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "))
}

#[test]
fn values_that_are_nested_or_long() {
    let nested = |count: usize| "${A:-".repeat(count) + "x" + &"}".repeat(count);
    for (key, value, code) in [
        ("user", nested(30_000), "bad-variable"),
        ("image", nested(100_000), "bad-variable"),
        ("user", nested(33), "bad-variable"),
        ("environment", nested(30_000), "bad-variable"),
        ("volumes", nested(30_000), "bad-variable"),
        ("stop_grace_period", "-".repeat(60_000) + "1s", "bad-duration"),
        ("user", "${A:-".repeat(200_000), "bad-variable"),
    ] {
        let value = match key {
            "environment" => format!("{{ A = \"{value}\" }}"),
            "volumes" => format!("[\"{value}:/x\"]"),
            _ => format!("\"{value}\""),
        };
        let stack = format!("{HEAD}[services.a]\nimage = \"x:1\"\n{key} = {value}\n");
        let stack = if key == "image" { stack.replacen("image = \"x:1\"\n", "", 1) } else { stack };
        for command in [&["validate"][..], &["render"], &["budget", "check"], &["graph"]] {
            let ran = Place::with_stack(&stack).run(command).exits(1);
            assert!(ran.stderr.contains(&format!("error[{code}]")), "{key}: {}", ran.whole());
        }
    }
    let deep = format!("{HEAD}{}", service("a", &format!("user = \"{}\"", nested(32))));
    Place::with_stack(deep).run(&["validate"]).exits(0);
}

#[test]
fn a_thousand_profiles_in_any_shape() {
    let count = 1_000;
    let name = |at: usize| format!("p{at}");
    let shapes: [Shape<'_>; 4] = [
        ("ring", &|at| vec![(at + 1) % count]),
        ("chain", &|at| if at + 1 < count { vec![at + 1] } else { Vec::new() }),
        ("star", &|at| if at == 0 { (1..count).collect() } else { Vec::new() }),
        ("tree", &|at| [2 * at + 1, 2 * at + 2].into_iter().filter(|child| *child < count).collect()),
    ];
    for (shape, includes) in shapes {
        let mut stack = HEAD.to_owned();
        for at in 0..count {
            let includes = list(includes(at).into_iter().map(name));
            let _ = writeln!(stack, "[profiles.p{at}]\nincludes = {includes}");
            stack += &service(&format!("s{at}"), &format!("profiles = [\"p{at}\"]"));
        }
        let place = Place::with_stack(&stack);
        if shape == "ring" {
            let ran = place.run(&["validate"]).exits(1);
            assert!(
                ran.stderr.contains("error[include-cycle]") && ran.stderr.len() < 4_000,
                "{}",
                ran.whole()
            );
            continue;
        }
        let commands =
            [&["validate"][..], &["graph", "--format", "dot"], &["render", "--stdout"], &["budget", "check"]];
        // In a chain the first profile activates 1,000 services, the next 999: four seconds a proof where nothing is optimised.
        for command in &commands[..if shape == "chain" { 2 } else { 4 }] {
            let ran = place.run(command);
            assert!(matches!(ran.code, Some(0 | 1)), "{shape} {command:?}: {:?} {}", ran.code, ran.stderr);
        }
    }
}

#[test]
fn too_many_profiles_are_an_error() {
    let profiles: String =
        (0..20_000).map(|at| format!("[profiles.p{at}]\nincludes = [\"p{}\"]\n", at + 1)).collect();
    let ran = Place::with_stack(format!("{HEAD}{profiles}")).run(&["validate"]).exits(1);
    assert!(ran.stderr.contains("at most 2048 profiles"), "{}", &ran.stderr[..2_000.min(ran.stderr.len())]);
}

#[test]
fn services_that_all_depend_on_all_before_are_drawn() {
    for count in [60, 240] {
        let mut stack = HEAD.to_owned();
        for at in 0..count {
            stack += &service(
                &format!("s{at}"),
                &format!("depends_on = {}", list((0..at).map(|at| format!("s{at}")))),
            );
        }
        let svg = Place::with_stack(&stack).run(&["graph"]).exits(0).stdout;
        let all = count * (count - 1) / 2;
        assert!(svg.contains(&format!("{} of {all} dependencies are drawn", count - 1)), "{}", &svg[..2_000]);
    }
}

#[test]
fn a_thousand_services_in_any_shape_are_drawn() {
    let count = 1_000;
    let shapes: [Shape<'_>; 4] = [
        ("chain", &|at| if at > 0 { vec![at - 1] } else { Vec::new() }),
        ("star", &|at| if at > 0 { vec![0] } else { Vec::new() }),
        ("fan", &|at| if at + 1 == count { (0..at).collect() } else { Vec::new() }),
        ("web", &|at| {
            [at / 2, at / 3, at * 7 % at.max(1), at * 31 % at.max(1)]
                .into_iter()
                .filter(|to| *to < at)
                .collect()
        }),
    ];
    for (shape, needs) in shapes {
        let mut stack = HEAD.to_owned();
        for at in 0..count {
            let mut needs = needs(at);
            needs.dedup();
            needs.sort_unstable();
            needs.dedup();
            stack += &service(
                &format!("s{at}"),
                &format!("depends_on = {}", list(needs.into_iter().map(|at| format!("s{at}")))),
            );
        }
        let ran = Place::with_stack(&stack).run(&["graph"]);
        assert!(
            ran.code == Some(0) && ran.stdout.ends_with("</svg>\n"),
            "{shape}: {:?} {}",
            ran.code,
            ran.stderr
        );
    }
}

/// 90 services without a profile, each of them raised or lowered by 9 of 90 profiles: what they need at most is not found out
/// within the effort of a proof.
#[test]
fn what_is_not_proved_does_not_fit() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut text = "name = \"x\"\nbudget = { memory = \"5100M\", cpus = 200 }\n".to_owned();
    let mut overlays = vec![String::new(); 90];
    for at in 0..90 {
        text += &service(&format!("s{at}"), "").replace("\"8M\"", "\"50M\"");
        let memory = random.u64(6..100);
        for profile in random.choose_multiple(0..90, 9) {
            let _ = writeln!(overlays[profile], "s{at} = {{ limits = {{ memory = \"{memory}M\" }} }}");
        }
    }
    for (profile, overlay) in overlays.iter().enumerate() {
        let _ = writeln!(text, "[profiles.p{profile:02}.services]\n{overlay}");
    }
    let place = Place::with_stack(text);
    let ran = place.run(&["budget", "check"]).exits(1);
    assert!(ran.stdout.contains("not proved: no combination over budget was found"), "{}", ran.whole());
    let report = place.run(&["budget", "check", "--format", "json"]).exits(1).json();
    assert_eq!((&report["fits"], &report["smallest_failing"]), (&false.into(), &serde_json::json!([])));
    assert!(report["unanswered"].as_array().unwrap().contains(&"fits".into()), "{}", report["unanswered"]);
}
