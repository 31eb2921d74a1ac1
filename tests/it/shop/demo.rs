//! `stackctl demo` as a user runs it.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::client::{SOON, Shop};
use crate::ports::free_port;

fn demo(gateway: u16, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("stackctl"));
    // A folder without a stack.toml above it.
    command
        .current_dir(std::env::temp_dir())
        .args(["demo", "--gateway-port", &gateway.to_string()])
        .args(arguments);
    command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[test]
fn a_run_with_a_duration_ends_with_a_report() {
    let output =
        demo(free_port(), &["--duration", "2s", "--mode", "burst", "--report", "-"]).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |key: &str| report[key].as_u64().unwrap();
    assert_eq!(count("sent") + count("dropped"), 40, "{report}");
    assert_eq!(count("successful"), count("sent"), "{report}");
    assert!(log.contains("/orders"), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = demo(port, &["--duration", "1s"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&format!("failed to listen on 127.0.0.1:{port}")), "{said}");
    assert!(said.contains("--gateway-port"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_shop_and_the_dashboard_link_to_each_other_and_open_in_a_browser() {
    use std::os::unix::fs::PermissionsExt as _;

    // A desktop whose browser writes down what it is asked to open.
    let folder = tempfile::tempdir().unwrap();
    let (opener, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" >> {}\n", opened.display())).unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (gateway, control) = (free_port(), free_port());
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let child = demo(gateway, &["--port", &control.to_string(), "--mode", "burst", "--open"])
        .env("PATH", path)
        .spawn()
        .unwrap();
    let shop = Shop::at(([127, 0, 0, 1], gateway).into());
    shop.until_ready().await;
    let get = async |url: String, accept: &str| {
        let answer = shop.http.get(url).header("accept", accept).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(answer.status(), 200);
        (kind, answer.text().await.unwrap())
    };
    let base = format!("http://127.0.0.1:{gateway}");
    let (kind, page) = get(format!("{base}/"), "text/html,*/*;q=0.8").await;
    assert!(kind.starts_with("text/html") && page.contains("Order shop"), "{kind} {page}");
    for part in ["shop.js", "shop.css"] {
        assert!(page.contains(part) && !get(format!("{base}/{part}"), "*/*").await.1.is_empty());
    }
    let start = Instant::now();
    let numbers = loop {
        let (_, body) = get(format!("{base}/"), "*/*").await;
        let body: Value = serde_json::from_str(&body).unwrap();
        if body["orders"]["placed"].as_u64().unwrap() > 20 {
            break body;
        }
        assert!(start.elapsed() < SOON, "{body}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    // 60 % of 20 a second.
    let rate = numbers["orders"]["per_second"].as_f64().unwrap();
    assert!((4.0..25.0).contains(&rate), "{numbers}");
    assert_eq!(numbers["links"]["traffic"], format!("http://127.0.0.1:{control}/"));
    let events = shop.http.get(format!("http://127.0.0.1:{control}/events")).send().await.unwrap();
    let event = { events }.chunk().await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&event).into_owned();
    assert!(text.contains(&format!(r#""open":"{base}""#)), "{text}");
    assert_eq!(terminate(child), Some(0));
    let mut urls: Vec<String> =
        std::fs::read_to_string(&opened).unwrap().lines().map(str::to_owned).collect();
    urls.sort();
    let mut expected = vec![format!("{base}/"), format!("http://127.0.0.1:{control}/")];
    expected.sort();
    assert_eq!(urls, expected);
}

/// SIGTERM, and the exit code.
#[cfg(unix)]
fn terminate(mut child: Child) -> Option<i32> {
    let asked = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    assert!(asked.elapsed() < SOON);
    code
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_when_told_and_keeps_its_orders_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("orders");
    let (gateway, control) = (free_port(), free_port().to_string());
    let arguments = ["--data", data.to_str().unwrap(), "--port", &control];
    let shop = Shop::at(([127, 0, 0, 1], gateway).into());

    let child = demo(gateway, &[&arguments[..], &["--mode", "burst"]].concat()).spawn().unwrap();
    shop.until_ready().await;
    let start = Instant::now();
    let oldest = loop {
        let (_, orders) = shop.get("/orders?limit=100").await;
        if let Some(order) = orders.as_array().unwrap().last() {
            break order["id"].as_i64().unwrap();
        }
        assert!(start.elapsed() < SOON, "no traffic");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let status = shop.http.get(format!("http://127.0.0.1:{control}/status")).send().await.unwrap();
    assert_eq!(status.json::<Value>().await.unwrap()["mode"], "burst");
    assert_eq!(terminate(child), Some(0));

    let child = demo(gateway, &[&arguments[..], &["--mode", "pause"]].concat()).spawn().unwrap();
    shop.until_ready().await;
    shop.until_fulfilled(oldest).await;
    assert_eq!(terminate(child), Some(0));
}
