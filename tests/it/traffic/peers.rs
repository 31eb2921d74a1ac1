//! Two generators that share one rate, on two addresses of the loopback interface.

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
use crate::support::free_port;

/// What the generator at that address says of itself; `None` while nobody answers.
fn status(address: &str, port: u16) -> Option<Value> {
    let url = format!("http://{address}:{port}");
    let output = stackctl(&["traffic", "status", "--format", "json", "--url", &url]).output().unwrap();
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn the_rate_is_shared_and_a_mode_reaches_all() {
    let (_, shop) = Shop::start(|| Duration::ZERO);
    let port = free_port();
    let addresses = ["127.0.0.1", "127.0.0.2"];
    let _generators: Vec<Running> = addresses
        .iter()
        .map(|address| {
            let port = port.to_string();
            let target = format!("http://{shop}");
            let child = stackctl(&["traffic", "--port", &port, "--bind", address, "--target", &target])
                .args(["--peers", "127.0.0.1,127.0.0.2", "--mode", "pause", "--start-delay", "0s"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            Running(child)
        })
        .collect();
    let began = Instant::now();
    while addresses.iter().any(|address| status(address, port).is_none()) {
        assert!(began.elapsed() < Duration::from_secs(20), "the generators do not answer");
        sleep(Duration::from_millis(20));
    }

    // One is told, both change, and both say the rate of all.
    let output = stackctl(&["traffic", "set", "overload", "--url", &format!("http://127.0.0.2:{port}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
}
