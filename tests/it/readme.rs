//! Every command of the README runs, and what it shows is what is printed. `UPDATE=1` writes the shown output.
//!
//! A block ```` ```sh ```` runs in a copy of the sample, ```` ```sh empty-folder ```` in an empty folder, line after line, ```` ```sh
//! with-compose-files ```` beside the ```` ```yaml compose.yaml ````, ```` ```sh with-that-added ```` in the empty folder as well, with the ```` ```toml added ```` before it behind its stack.toml, ```` ```sh while-the-demo-runs ```` beside a demo, ```` ```sh with-an-engine ```` where there is one; `cargo run --` is the binary under test. In ```` ```console ```` blocks the lines after `$ COMMAND` are its output, with the
//! sample's stack.toml, or for ```` ```console mistake ```` with a mistake put into the sample.

use std::{fs, path::Path, process::Stdio, time::Duration};

use crate::{
    ports::free_port,
    running::{Stack, elsewhere},
    support::{Place, sample},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Run the lines against a demo on ports of its own, and say how many there were.
fn beside_a_demo(text: &str) -> usize {
    let place = sample();
    let (gateway, control) = (free_port().to_string(), free_port().to_string());
    let arguments_of_demo = ["demo", "--gateway-port", &gateway, "--port", &control];
    let mut demo =
        place.command(&arguments_of_demo).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{control}");
    let ready = format!("{url}/health");
    let answers = || place.run(&["probe", &ready]).code == Some(0);
    let started = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        answers()
    });
    assert!(started, "the demo did not start");
    for line in text.lines() {
        let line = line.replace(":8080", &format!(":{gateway}"));
        let mut args = arguments(&line);
        assert_eq!(args.remove(0), "stackctl");
        if !args.contains(&"--rate") {
            args.extend(["--url", url.as_str()]);
        }
        place.run(&args).exits(0);
    }
    demo.kill().unwrap();
    demo.wait().unwrap();
    text.lines().count()
}

/// The fenced blocks with their info strings.
pub fn blocks(readme: &str) -> Vec<(&str, &str)> {
    let mut parts = readme.split("\n```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        blocks.push(block.split_once('\n').unwrap_or((block, "")));
    }
    blocks
}

fn arguments(line: &str) -> Vec<&str> {
    line.split(" # ").next().unwrap().split_whitespace().collect()
}

#[test]
fn every_command_runs() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let mut ran = 0;
    let (sample, empty, compose) = (sample(), Place::new(), Place::new());
    for (kind, text) in blocks(&readme) {
        let place = match kind {
            "sh" => &sample,
            "sh while-the-demo-runs" => {
                ran += beside_a_demo(text);
                continue;
            }
            "sh empty-folder" | "sh with-that-added" => &empty,
            "yaml compose.yaml" => {
                compose.write("compose.yaml", text);
                continue;
            }
            "sh with-compose-files" => &compose,
            "toml added" => {
                let stack = fs::read_to_string(empty.path("stack.toml")).unwrap();
                empty.write("stack.toml", format!("{stack}\n{text}\n"));
                continue;
            }
            _ => continue,
        };
        for line in text.lines() {
            match arguments(line).as_slice() {
                // On ports of its own, and not for ever.
                ["cargo", "run", "--", "demo"] => {
                    let port = free_port().to_string();
                    let args = [
                        "demo",
                        "--gateway-port",
                        &port,
                        "--mode",
                        "overload",
                        "--duration",
                        "2s",
                        "--report",
                        "-",
                    ];
                    let report = place.run(&args).exits(0).json();
                    assert!(report["successful"].as_u64() > Some(100), "{report}");
                    assert_eq!(report["failed"], 0, "{report}");
                    ran += 1;
                }
                ["cargo", "run", "--", args @ ..] | ["stackctl", args @ ..] => {
                    drop(place.run(args).exits(0));
                    ran += 1;
                }
                // This very run.
                ["cargo", "test"] | [] => {}
                other => panic!("the README has a command that this test does not know: {other:?}"),
            }
        }
    }
    assert!(ran >= 10, "only {ran} commands were found");
}

#[test]
#[ignore = "needs an engine"]
fn every_command_runs_with_an_engine() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let blocks = blocks(&readme).into_iter().filter(|(kind, _)| *kind == "sh with-an-engine");
    let lines: Vec<&str> = blocks.flat_map(|(_, text)| text.lines()).collect();
    assert!(lines.len() > 10, "{lines:?}");
    let (place, ..) = elsewhere("orders-readme");
    let _running = Stack(&place, "orders-readme");
    for line in lines {
        // Ten minutes are for a person.
        let line = line.replace("--window 10m --write", "--window 3s --write --yes");
        let mut args = arguments(&line);
        assert_eq!(args.remove(0), "stackctl");
        if args.contains(&"-f") {
            let mut follows =
                place.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_secs(2));
            assert!(follows.try_wait().unwrap().is_none(), "{line} ended");
            follows.kill().unwrap();
            follows.wait().unwrap();
        } else {
            drop(place.run(&args).exits(0));
        }
    }
}

#[test]
fn what_is_shown_is_what_is_printed() {
    let path = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut fresh = readme.clone();
    for (kind, text) in blocks(&readme) {
        let place = match kind {
            "console" => sample(),
            "console mistake" => {
                let place = sample();
                let stack = fs::read_to_string(Path::new(ROOT).join("stack.toml")).unwrap();
                let wrong = stack.replacen("web-gateway = \"healthy\"", "web-gatway = \"healthy\"", 1);
                assert_ne!(stack, wrong);
                place.write("stack.toml", wrong);
                place
            }
            _ => continue,
        };
        let command = text.lines().next().unwrap();
        let ran = place.run(&arguments(command.trim_start_matches("$ stackctl ")));
        let block = format!("{command}\n{}", format!("{}{}", ran.stdout, ran.stderr).trim_end());
        fresh = fresh.replacen(text, &block, 1);
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, fresh).unwrap();
    } else {
        assert!(
            readme == fresh,
            "the README shows old output: `UPDATE=1 cargo test readme` writes the new one"
        );
    }
}
