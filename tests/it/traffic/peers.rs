//! Generators that share one rate, on addresses of the loopback interface.

use std::{
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    command::{Running, stackctl},
    target::Shop,
};
use crate::{ports::free_port, support::Place};

/// What the generator at that address says of itself; `None` while nobody answers.
fn status(address: &str, port: u16) -> Option<Value> {
    let url = format!("http://{address}:{port}");
    let output = stackctl(&["traffic", "status", "--format", "json", "--url", &url]).output().unwrap();
    serde_json::from_slice(&output.stdout).ok()
}

/// A generator at that address, which answers when this returns.
fn generator(address: &str, port: u16, arguments: &[&str]) -> Running {
    let port_text = port.to_string();
    let child = stackctl(&["traffic", "--port", &port_text, "--bind", address, "--start-delay", "0s"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    until("the generator answers", || status(address, port).is_some());
    running
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// `traffic set`: its exit code, stdout and stderr.
fn set(mode: &str, address: &str, port: u16) -> (Option<i32>, String, String) {
    let url = format!("http://{address}:{port}");
    let output = stackctl(&["traffic", "set", mode, "--url", &url]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_rate_is_shared_and_a_mode_reaches_all() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let (port, target) = (free_port(), format!("http://{shop}"));
    let addresses = ["127.0.0.1", "127.0.0.2"];
    let peers = ["--peers", "127.0.0.1,127.0.0.2", "--mode", "pause", "--target", &target];
    let [first, _second] = addresses.map(|address| generator(address, port, &peers));

    // One is told, both change, and both say the rate of all.
    let said = set("overload", "127.0.0.2", port);
    let shown = "overload: 100 requests a second, shared by 2 generators\n";
    assert_eq!(said, (Some(0), shown.to_owned(), String::new()));
    let changed = Instant::now();
    for address in addresses {
        let status = status(address, port).unwrap();
        assert_eq!(
            (status["mode"].as_str(), status["rps"].as_f64()),
            (Some("overload"), Some(100.0)),
            "{address}"
        );
    }
    sleep(Duration::from_secs(2));
    let sent: Vec<f64> = addresses
        .iter()
        .map(|address| status(address, port).unwrap()["stats"]["total"].as_f64().unwrap())
        .collect();
    let seconds = changed.elapsed().as_secs_f64();
    // Half of 100 a second each; the whole of it would be twice that.
    for sent in sent {
        let rate = sent / seconds;
        assert!((30.0..75.0).contains(&rate), "{rate} a second");
    }

    // A rate without a mode reaches all as well, and one that starts later.
    let url = format!("http://127.0.0.1:{port}");
    let set =
        stackctl(&["traffic", "set", "--rate", "12", "--over", "300ms", "--url", &url]).output().unwrap();
    let shown = "custom: 12 requests a second, shared by 2 generators, reached within 300ms\n";
    assert_eq!(String::from_utf8_lossy(&set.stdout), shown, "{}", String::from_utf8_lossy(&set.stderr));
    let is_custom = |address: &str| {
        let status = status(address, port);
        status.is_some_and(|status| status["mode"] == "custom" && status["rps"] == 12)
    };
    assert!(addresses.iter().all(|address| is_custom(address)));
    drop(first);
    let _again = generator(addresses[0], port, &peers);
    until("the rate is taken", || is_custom(addresses[0]));
}

#[test]
fn one_that_starts_later_takes_the_mode_of_the_others() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let (port, target) = (free_port(), format!("http://{shop}"));
    let of = |mode| ["--peers", "127.0.0.1,127.0.0.2,127.0.0.3", "--target", &target, "--mode", mode];
    let mode = |address: &str| status(address, port).unwrap()["mode"].as_str().map(str::to_owned);
    let _first = generator("127.0.0.1", port, &of("pause"));
    let _second = generator("127.0.0.2", port, &of("pause"));

    // One of three is not there: the others change, and it is named.
    let (code, said, why) = set("burst", "127.0.0.1", port);
    assert_eq!((code, said.as_str()), (Some(3), "burst: 20 requests a second, shared by 3 generators\n"));
    assert!(why.contains("only 2 of 3 generators switched to the mode"), "{why}");
    assert!(why.contains(&format!("127.0.0.3:{port} does not answer")), "{why}");
    assert_eq!(mode("127.0.0.2").as_deref(), Some("burst"));

    // It comes, and goes on as the others do.
    let _third = generator("127.0.0.3", port, &of("pause"));
    until("the third takes the mode", || mode("127.0.0.3").as_deref() == Some("burst"));
    assert_eq!(set("steady", "127.0.0.3", port).0, Some(0));
    assert_eq!(mode("127.0.0.1").as_deref(), Some("steady"));
}

#[test]
fn one_that_has_no_such_mode_says_so_and_keeps_its_own() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let (port, target) = (free_port(), format!("http://{shop}"));
    let table = Place::new().file(
        "table.toml",
        "[traffic]\ntarget = \"http://nowhere\"\nmodes = { steady = 1 }\n\
         [[traffic.requests]]\nmethod = \"GET\"\npath = \"/orders\"\n",
    );
    let table = table.path("table.toml");
    let peers = ["--peers", "127.0.0.1,127.0.0.2", "--target", &target];
    let _one = generator("127.0.0.1", port, &peers);
    let other = [&peers[..], &["--config", table.to_str().unwrap()]].concat();
    let _other = generator("127.0.0.2", port, &other);
    let (code, _, why) = set("burst", "127.0.0.1", port);
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains(&format!("127.0.0.2:{port} has no mode \"burst\"")), "{why}");
    assert_eq!(status("127.0.0.2", port).unwrap()["mode"], "steady");
}

#[test]
fn one_that_is_alone_keeps_its_start_mode() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let (port, target) = (free_port(), format!("http://{shop}"));
    let port_text = port.to_string();
    let output = stackctl(&["traffic", "--port", &port_text, "--bind", "127.0.0.1", "--duration", "6s"])
        .args(["--peers", "127.0.0.1,127.0.0.9", "--mode", "burst", "--target", &target])
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(log.contains("no other generator answers: the mode stays"), "{log}");
    assert!(!log.contains("took the mode of another"), "{log}");
}
