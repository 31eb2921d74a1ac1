//! `graph` and the chart of `budget check`: well-formed whatever a stack is called, the same bytes every time, and the README's
//! pictures fresh. `UPDATE=1 cargo test picture` writes those.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use stackctl::internals::picture::{self, Dependency, Group, Scene, Service};

use crate::support::{Place, sample};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Compare with a committed picture, or write it when `UPDATE` is set.
fn committed(name: &str, text: &str) {
    let path = Path::new(ROOT).join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let fresh = fs::read_to_string(&path).unwrap_or_default() == text;
    assert!(fresh, "{name} is stale: run `UPDATE=1 cargo test picture`");
}

/// Names that are markup to one language or another.
fn hostile() -> Scene {
    let evil = [
        "<script>alert(1)</script>",
        "\"];x[\"",
        "&amp;\u{0}\u{1b}\n%%",
        "end",
        "`-->|#35;",
        "日本語 \\\" {",
    ];
    let service = |(at, name): (usize, &&str)| Service {
        name: (*name).to_owned(),
        group: at % 2,
        image: format!("{name}:{name}"),
        replicas: 2,
        memory_limit_bytes: (at != 1).then_some(1 << 30),
        memory_reservation_bytes: (at == 1).then_some(2 << 30),
        ports: vec![format!("127.0.0.1:{name}:80"); at],
    };
    let dependency = |from| Dependency {
        from,
        to: from + 1,
        condition: ["healthy", "started", "completed"][from % 3],
        required: from != 2,
        profile: (from == 1).then(|| evil[0].to_owned()),
    };
    Scene {
        name: evil[2].to_owned(),
        budget_bytes: None,
        groups: [vec![], vec![evil[0].to_owned(), evil[4].to_owned()]]
            .map(|profiles| Group { profiles, memory_limit_bytes: 3 << 30, unlimited: 0 })
            .into(),
        services: evil.iter().enumerate().map(service).collect(),
        dependencies: (0..evil.len() - 1).map(dependency).collect(),
        aggregates: [(evil[1].to_owned(), vec![evil[2].to_owned()])].into(),
    }
}

fn graph(place: &Place, args: &[&str]) -> String {
    let ran = place.run(&[&["graph"], args].concat()).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout, place.run(&[&["graph"], args].concat()).stdout);
    ran.stdout
}

#[test]
fn the_readmes_picture_is_fresh() {
    let svg = graph(&sample(), &[]);
    committed("docs/stack.svg", &svg);
    // Over and down: an edge that has room turns twice and does not jog where it arrives.
    let document = roxmltree::Document::parse(&svg).unwrap();
    let edges = document
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|of| of.starts_with("edge ")));
    for edge in edges {
        let line = edge.attribute("d").unwrap();
        assert!(line.matches('Q').count() <= 2, "{line}");
    }
}

#[test]
fn the_chart_is_fresh_and_says_what_does_not_fit() {
    let place = sample();
    let shown = place.run(&["budget", "check"]).exits(0).stdout;
    let ran = place.run(&["budget", "check", "--chart", "budget.svg"]).exits(0);
    assert_eq!((ran.stdout, ran.stderr.as_str()), (shown, "wrote budget.svg\n"));
    let svg = fs::read_to_string(place.path("budget.svg")).unwrap();
    committed("docs/budget.svg", &svg);
    assert!(!svg.contains("class=\"alarm\""));
    let stack = fs::read_to_string(place.path("stack.toml")).unwrap();
    place.write("stack.toml", stack.replacen("memory = \"12G\"", "memory = \"7G\"", 1));
    place.run(&["budget", "check", "--chart", "over.svg"]).exits(1);
    let over = fs::read_to_string(place.path("over.svg")).unwrap();
    let document = roxmltree::Document::parse(&over).unwrap();
    let alarms: Vec<&str> = document
        .descendants()
        .filter(|node| node.attribute("class") == Some("alarm"))
        .filter_map(|node| node.text())
        .collect();
    assert_eq!(alarms, ["does not fit", "7.625 GiB", "11.125 GiB", "8.375 GiB"]);
    place.run(&["budget", "check", "--profile", "core", "--chart", "nowhere/x.svg"]).exits(3);
}

#[test]
fn the_picture_holds_every_service_once() {
    let svg = graph(&sample(), &["--format", "svg"]);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let words = |class: &str| {
        let of = |node: &roxmltree::Node<'_, '_>| node.attribute("class") == Some(class);
        let mut words: Vec<String> =
            document.descendants().filter(of).filter_map(|node| node.text().map(str::to_owned)).collect();
        words.sort();
        words
    };
    assert_eq!(words("name").len(), 14);
    assert!(words("name").contains(&"fulfillment-worker".to_owned()), "{:?}", words("name"));
    assert_eq!(document.descendants().filter(|node| node.attribute("class") == Some("service")).count(), 14);
    let tips =
        document.descendants().filter(|node| node.attribute("class").is_some_and(|it| it.starts_with("tip")));
    assert_eq!(tips.count(), 16 + 2, "an arrow for each dependency, and two in the legend");
    // Nothing is loaded and nothing runs: an <img> shows all of it.
    for foreign in ["href", "url(", "@import", "<script", "<image", "<foreignObject"] {
        assert!(!svg.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_combination_and_the_other_languages() {
    let place = sample();
    insta::assert_snapshot!(
        "tracing_mermaid",
        graph(&place, &["--profile", "tracing", "--format", "mermaid"])
    );
    insta::assert_snapshot!("kafka_dot", graph(&place, &["--profile", "kafka", "--format", "dot"]));
    let core: serde_json::Value =
        serde_json::from_str(&graph(&place, &["--profile", "core", "--format", "json"])).unwrap();
    assert_eq!(core["services"].as_array().unwrap().len(), 7);
    // The global option, before the command, means the same.
    assert_eq!(place.run(&["--format", "json", "graph", "--profile", "core"]).exits(0).json(), core);
    assert!(place.run(&["--format", "human", "graph"]).exits(0).stdout.starts_with("<svg"));
    place.run(&["--format", "svg", "validate"]).exits(2);
    place.run(&["validate", "--format", "dot"]).exits(2);
    let unknown = place.run(&["graph", "--profile", "trasing"]).exits(2);
    assert!(unknown.stderr.contains("did you mean \"tracing\"?"), "{}", unknown.stderr);
    let wrong = Place::with_stack("name = \"x\"\n[services.a]\nimag = \"b\"\n").run(&["graph"]).exits(1);
    assert!(wrong.stdout.is_empty() && wrong.stderr.contains("did you mean"), "{}", wrong.whole());
}

#[test]
fn a_tree_in_text_and_files_by_their_endings() {
    let place = sample();
    insta::assert_snapshot!("tree", graph(&place, &["--format", "text"]));
    for (file, format) in
        [("a.txt", "text"), ("a.svg", "svg"), ("a.mmd", "mermaid"), ("a.gv", "dot"), ("a.json", "json")]
    {
        let ran = place.run(&["graph", "-o", file]).exits(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr), ("", format!("wrote {file}\n")));
        assert_eq!(std::fs::read_to_string(place.path(file)).unwrap(), graph(&place, &["--format", format]));
    }
    let unknown = place.run(&["graph", "-o", "a.png"]).exits(2);
    assert!(unknown.stderr.contains(".txt, .svg, .mmd, .dot or .json"), "{}", unknown.stderr);
    place.run(&["graph", "-o", "a.png", "--format", "svg"]).exits(0);
    place.run(&["graph", "-o", "nowhere/a.svg"]).exits(3);
}

#[test]
fn hostile_names_are_text() {
    let scene = hostile();
    let svg = picture::draw(&scene);
    let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let known = ["svg", "title", "desc", "style", "g", "rect", "path", "text"];
    assert!(
        document
            .descendants()
            .filter(|node| node.is_element())
            .all(|node| known.contains(&node.tag_name().name()))
    );
    let mermaid = picture::mermaid(&scene);
    for line in mermaid.lines().filter(|line| line.contains('"')) {
        let text = line.split('"').nth(1).unwrap();
        assert_eq!(line.matches('"').count(), 2, "{line}");
        assert!(
            !text.replace("<b>", "").replace("</b>", "").replace("<br/>", "").contains(['<', '>', '`']),
            "{line}"
        );
    }
    assert!(picture::draw(&Scene::default()).contains("0 services"));
}

#[test]
#[ignore = "needs Graphviz"]
fn graphviz_reads_it() {
    for text in [picture::dot(&hostile()), graph(&sample(), &["--format", "dot"])] {
        let mut dot = std::process::Command::new("dot")
            .arg("-Tplain")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        dot.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = dot.wait_with_output().unwrap();
        assert!(output.status.success());
        let plain = String::from_utf8(output.stdout).unwrap();
        let nodes = plain.lines().filter(|line| line.starts_with("node ")).count();
        assert_eq!(nodes, text.matches(" [label=").count() - text.matches(" -> ").count());
    }
}
