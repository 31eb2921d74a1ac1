//! The command line: reports, exit codes, signals, logs.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::target::{Shop, answer, json};
use crate::ports::free_port;

/// The binary, in a folder without a stack.toml and an environment without what steers it.
pub fn stackctl(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
    command.args(args).current_dir("/").env_remove("TARGET_URL").env_remove("PORT").stdin(Stdio::null());
    command
}

/// A file with the order shop's table.
pub const SHOP_TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stack.toml");

/// A running binary that is killed with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn output(args: &[&str]) -> (Option<i32>, String, String) {
    let output = stackctl(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_run_ends_with_its_report() {
    let (_shop, address) = Shop::start(|| Duration::ZERO);
    let target = format!("http://{address}");
    let (code, stdout, stderr) =
        output(&["traffic", "--target", &target, "--mode", "burst", "--duration", "1s", "--report", "-"]);
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "target",
            "mode",
            "rate_asked",
            "rate_reached",
            "duration_seconds",
            "sent",
            "successful",
            "failed",
            "dropped",
            "late",
            "response_ms",
            "service_ms",
            "send_lateness_ms",
            "by_endpoint",
            "errors",
            "captures_missing"
        ]
    );
    assert_eq!((&report["mode"], &report["rate_asked"]), (&"burst".into(), &20.0.into()));
    assert_eq!(report["sent"].as_u64().unwrap() + report["dropped"].as_u64().unwrap(), 20);
    for times in ["response_ms", "service_ms", "send_lateness_ms"] {
        let of = |key: &str| report[times][key].as_f64().unwrap();
        assert!(
            of("p50") <= of("p90")
                && of("p90") <= of("p99")
                && of("p99") <= of("p999")
                && of("p999") <= of("max")
        );
    }
    assert!(stderr.contains(r#""message":"Traffic generator started in burst mode""#), "{stderr}");
    for line in stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).take(4).collect();
        assert_eq!(keys, ["timestamp", "level", "service", "message"]);
        assert_eq!(line["service"], "traffic-generator");
    }
}

/// What a server saw of a run with these words, in a folder with this stack.toml.
fn seen_of(
    stack: Option<&str>,
    words: impl Fn(&str) -> Vec<String>,
    env: Option<&str>,
) -> Vec<(String, String)> {
    let (shop, address) = Shop::start(|| Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    if let Some(stack) = stack {
        std::fs::write(folder.path().join("stack.toml"), stack).unwrap();
    }
    let mut command = stackctl(&["traffic", "--rate", "20", "--duration", "500ms"]);
    command.args(words(&address.to_string())).current_dir(folder.path());
    if let Some(path) = env {
        command.env("TARGET_URL", format!("http://{address}{path}"));
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut seen: Vec<_> =
        shop.seen.lock().unwrap().iter().map(|seen| (seen.method.clone(), seen.path.clone())).collect();
    assert_eq!(seen.len(), 10);
    seen.dedup();
    seen
}

#[test]
fn a_url_without_a_table_gets_get_requests_and_nothing_else() {
    let only = |path: &str| vec![("GET".to_owned(), path.to_owned())];
    let no_table = "name = 's'\n[services.a]\nimage = 'a'\nlimits = { memory = '1M', cpus = 1 }\n";
    let table =
        "name = 's'\n[traffic]\ntarget = 'http://a'\n[[traffic.requests]]\nmethod = 'PUT'\npath = '/b'\n";
    let argument = |path: &'static str| move |address: &str| vec![format!("{address}{path}")];
    assert_eq!(seen_of(None, argument("/x?limit=1&y=a%20b"), None), only("/x?limit=1&y=a%20b"));
    assert_eq!(seen_of(None, argument(""), None), only("/"));
    // An argument is that URL, whatever stands in the folder.
    assert_eq!(seen_of(Some(table), argument("/x"), None), only("/x"));
    let option = |path: &'static str| {
        move |address: &str| vec!["--target".to_owned(), format!("http://{address}{path}")]
    };
    assert_eq!(seen_of(None, option("/x?y=1"), None), only("/x?y=1"));
    assert_eq!(seen_of(Some(no_table), option("/x"), None), only("/x"));
    assert_eq!(seen_of(None, |_| vec![], Some("/e?q")), only("/e?q"));
    // A table's requests go to another target, which is put before their paths.
    let put = vec![("PUT".to_owned(), "/api/b".to_owned())];
    assert_eq!(seen_of(Some(table), option("/api"), None), put);
    assert_eq!(seen_of(Some(table), |_| vec![], Some("/api/")), put);
}

#[test]
fn words_that_are_no_url_are_refused() {
    for args in [
        &["traffic", "statsu"][..],
        &["traffic", "http://a", "--target", "http://b"],
        &["traffic", "http://a", "--config", "x"],
        &["traffic", "set", "burst", "--rate", "5"],
        &["traffic", "set", "--rate", "1000001"],
        &["traffic", "set", "--rate", "max"],
        &["traffic", "set"],
    ] {
        let (code, _, stderr) = output(args);
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
    }
    let (_, _, stderr) = output(&["traffic", "statsu"]);
    assert!(stderr.contains("localhost:3000"), "{stderr}");
    let (code, _, stderr) =
        output(&["traffic", "--config", SHOP_TABLE, "--target", "http://a/?q", "--duration", "1s"]);
    assert!(
        code == Some(2) && stderr.contains("no query") && stderr.contains("stackctl traffic URL"),
        "{stderr}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stack.toml"), "name = 's'\n").unwrap();
    let none = stackctl(&["traffic"]).current_dir(folder.path()).output().unwrap();
    let stderr = String::from_utf8(none.stderr).unwrap();
    assert!(none.status.code() == Some(1) && stderr.contains("has no [traffic] table"), "{stderr}");
}

#[test]
fn the_end_is_a_summary_of_the_whole_run() {
    let count = std::sync::atomic::AtomicU64::new(0);
    let moody = answer(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => {
            std::thread::sleep(Duration::from_millis(300));
            json("200 OK", "[]")
        }
        number if number.is_multiple_of(5) => {
            json("503 Service Unavailable", "{\"error\":\"\u{1b}[31mbusy\u{7}\"}")
        }
        _ => json("200 OK", "[]"),
    });
    let target = format!("http://{moody}/a?b=1");
    let args =
        ["traffic", &target, "--rate", "50", "--duration", "1s", "--max-p99", "20s", "--max-failed", "5%"];
    let (code, stdout, stderr) = output(&args);
    assert_eq!(code, Some(1), "{stderr}");
    let has = |part: &str| assert!(stdout.contains(part), "{part}: {stdout}");
    has("50 sent, 41 succeeded, 9 failed, 0 dropped");
    has("50.0/s of 50.0 asked on average");
    has("9 × status-503\n  GET /a?b=1, 503, after ");
    has("{\"error\":\"busy␇\"}");
    has("✔ p99 of the response time is ");
    has("✘ 9 of 50 failed or were dropped: 18.00 %, above 5 %");
    assert!(!stdout.contains('\u{1b}') && !stdout.contains('\u{7}'), "{stdout:?}");
    // The slow first response is the slowest of the whole run, not of its last window.
    let slowest = stdout.lines().find(|line| line.starts_with("response time")).unwrap();
    let slowest: f64 = slowest.split_whitespace().last().unwrap().parse().unwrap();
    assert!(slowest >= 300.0, "{stdout}");

    let (_, stdout, _) = output(&[&args[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&report["sent"], &report["rate_asked"]), (&50.into(), &50.0.into()));
    let (_, stdout, _) = output(&[&args[..], &["--report", "-"]].concat());
    serde_json::from_str::<Value>(&stdout).unwrap();
    assert_eq!(output(&[&args[..], &["-q"]].concat()).1, "");
}

#[test]
fn a_run_is_judged() {
    let good = format!("http://{}", answer(|_| json("200 OK", r#"{"id":"a"}"#)));
    let bad = format!("http://{}", answer(|_| json("503 Service Unavailable", "{}")));
    let run = |target: &str, limits: &[&str]| {
        let mut args = vec!["traffic", "--target", target, "--rate", "20", "--duration", "500ms"];
        args.extend(limits);
        output(&args)
    };
    assert_eq!(run(&good, &["--max-p99", "20s", "--max-failed", "0%"]).0, Some(0));
    let (code, _, stderr) = run(&good, &["--max-p99", "1us"]);
    assert!(code == Some(1) && stderr.contains("p99 of the response time is"), "{stderr}");
    let (code, _, stderr) = run(&bad, &["--max-failed", "99%"]);
    assert!(
        code == Some(1) && stderr.contains("10 of 10 failed") && stderr.contains("status-503 10"),
        "{stderr}"
    );
    assert_eq!(run(&bad, &[]).0, Some(0));
}

#[test]
fn mistakes_on_the_command_line() {
    let (code, _, stderr) = output(&["traffic", "--mode", "brust", "--duration", "1s"]);
    assert!(code == Some(2) && stderr.contains("steady, burst, overload, pause"), "{stderr}");
    for args in [
        ["--rate", "NaN"],
        ["--rate", "-1"],
        ["--rate", "1e10"],
        ["--rate", "inf"],
        ["--max-in-flight", "0"],
        ["--target", "nginx"],
        ["--duration", "5"],
        ["--max-failed", "1"],
        ["--port", "0"],
    ] {
        assert_eq!(output(&["traffic", args[0], args[1]]).0, Some(2), "{args:?}");
    }
    let output = stackctl(&["traffic", "--duration", "1s"]).env("TARGET_URL", "nginx").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn mistakes_in_the_table_have_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traffic.toml");
    std::fs::write(
        &file,
        "[traffic]\ntarget = 'http://a'\njitter = 7\n[[traffic.requests]]\npath = '/{x}'\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let (code, _, stderr) = output(&["traffic", "--config", file, "--duration", "1s"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("error[bad-number]") && stderr.contains("traffic.toml:3:10"), "{stderr}");
    assert!(stderr.contains("error[unknown-capture]") && stderr.contains("traffic.toml:5:8"), "{stderr}");
    // A host with a scheme would never be one that a browser sends.
    std::fs::write(
        file,
        "[traffic]\ntarget = 'http://a'\nallowed_hosts = ['a.example', 'http://b.example']\n[[traffic.requests]]\npath = '/'\n",
    )
    .unwrap();
    let (code, _, stderr) = output(&["traffic", "--config", file, "--duration", "1s"]);
    assert!(code == Some(1) && stderr.contains("error[bad-value]"), "{stderr}");
    assert!(stderr.contains("traffic.toml:3:31"), "{stderr}");
    assert_eq!(output(&["traffic", "--config", "/no/such/file"]).0, Some(3));
    assert_eq!(
        output(&["traffic", "--duration", "1s", "--report", "/no/such/folder/report.json"]).0,
        Some(3)
    );
    // A report that nothing is known to write is no report: neither JSON nor a page, and no file.
    let (code, _, stderr) =
        output(&["traffic", "--duration", "1s", "--report", "/no/such/folder/report.pdf"]);
    assert!(code == Some(2) && stderr.contains(".json") && stderr.contains(".html"), "{code:?} {stderr}");
}

#[test]
fn a_service_that_is_known_only_inside_names_its_published_address() {
    let folder = tempfile::tempdir().unwrap();
    let table = "name = 's'\n[budget]\nmemory = '1G'\ncpus = 1\n[services.no-such-gateway]\nimage = 'x'\nports = ['8123:80']\n\
                 [traffic]\ntarget = 'http://no-such-gateway'\n[[traffic.requests]]\npath = '/'\n";
    std::fs::write(folder.path().join("stack.toml"), table).unwrap();
    let output = stackctl(&["traffic", "--duration", "1s"]).current_dir(folder.path()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("--target http://127.0.0.1:8123"), "{stderr}");
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, stderr) = output(&["traffic", "--port", &port]);
    assert!(code == Some(3) && stderr.contains(&format!("port {port} of 127.0.0.1 is taken")), "{stderr}");
}

/// A table whose first request captures what this pointer finds in the answers of `target`.
fn capturing(folder: &std::path::Path, pointer: &str, target: std::net::SocketAddr) -> String {
    let file = folder.join("traffic.toml");
    let table = format!(
        "[traffic]\ntarget = 'http://{target}'\n[[traffic.requests]]\nmethod = 'POST'\npath = '/orders'\n\
         capture = {{ order = '{pointer}' }}\n[[traffic.requests]]\npath = '/orders/{{order}}'\n"
    );
    std::fs::write(&file, table).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn captures_that_find_nothing_are_counted_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let target = answer(|seen| match seen.method.as_str() {
        "POST" => json("201 Created", r#"{"id":"a"}"#),
        _ => json("200 OK", "{}"),
    });
    let args = ["traffic", "--rate", "20", "--duration", "1s", "--report", "-", "--config"];
    let run = |pointer: &str, limits: &[&str]| {
        let config = capturing(folder.path(), pointer, target);
        let (code, stdout, stderr) = output(&[&args[..], &[&config], limits].concat());
        (code, serde_json::from_str::<Value>(&stdout).unwrap(), stderr)
    };
    let (code, report, _) = run("/id", &["--max-failed", "0%"]);
    assert_eq!((code, &report["captures_missing"]), (Some(0), &0.into()), "{report}");
    // The wrong pointer: every answer is a success, and none gives the value.
    let (code, report, stderr) = run("/order/id", &[]);
    assert_eq!((code, &report["captures_missing"]), (Some(0), &20.into()), "{report}");
    assert_eq!((&report["successful"], &report["failed"]), (&20.into(), &0.into()), "{report}");
    assert_eq!(report["errors"], serde_json::json!({}));
    let lines: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let missing: Vec<&Value> = lines.iter().filter(|line| line["request"] == "POST /orders").collect();
    // At most one line a minute, and the rest at the end.
    let counted: u64 = missing.iter().map(|line| line["count"].as_u64().unwrap()).sum();
    assert!(missing.len() <= 2 && counted == 20, "{stderr}");
    for limits in [["--max-failed", "50%"], ["--max-p99", "20s"]] {
        let (code, _, stderr) = run("/order/id", &limits);
        assert!(
            code == Some(1) && stderr.contains("20 successful answers had no value for a capture"),
            "{stderr}"
        );
    }
}

#[test]
fn the_final_statistics_are_those_of_the_whole_run() {
    // The first answers are slow and the last are not; an interval of statistics is 30 s, and a page takes its own windows.
    let target = answer(|_| json("200 OK", "[]"));
    let target = format!("http://{target}");
    let (_, stdout, stderr) =
        output(&["traffic", "--target", &target, "--rate", "50", "--duration", "1s", "--report", "-"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let last: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
    assert_eq!((&last["message"], &last["mode"]), (&"final statistics".into(), &report["mode"]));
    for (of_log, of_report) in [("p50_ms", "p50"), ("p99_ms", "p99"), ("max_ms", "max")] {
        assert_eq!(last[of_log], report["response_ms"][of_report], "{last} {report}");
    }
}

#[test]
fn percentiles_of_nothing_are_null() {
    let target = format!("http://127.0.0.1:{}", free_port());
    let (_, stdout, stderr) =
        output(&["traffic", "--target", &target, "--rate", "20", "--duration", "500ms", "--report", "-"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert!(report["sent"].as_u64().unwrap() > 0 && report["successful"] == 0, "{report}");
    for times in ["response_ms", "service_ms"] {
        assert!(report[times].as_object().unwrap().values().all(Value::is_null), "{report}");
    }
    assert!(report["send_lateness_ms"]["p50"].is_number(), "{report}");
    let endpoint = &report["by_endpoint"]["GET /"];
    assert!(endpoint["p50"].is_null() && endpoint["p99"].is_null() && endpoint["sent"].is_u64(), "{report}");
    let last: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
    assert_eq!(last.as_object().unwrap().get("p99_ms"), Some(&Value::Null), "{last}");
}

#[cfg(unix)]
#[test]
fn sigterm_ends_it_in_good_order() {
    let (shop, address) = Shop::start(|| Duration::from_millis(300));
    let port = free_port().to_string();
    let child = stackctl(&["traffic", "--start-delay", "0s", "--mode", "overload"])
        .env("TARGET_URL", format!("http://{address}"))
        .env("PORT", &port)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Traffic generator started in overload mode")));
    while shop.seen.lock().unwrap().len() < 20 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!((&last["message"], &last["in_flight"]), (&"final statistics".into(), &0.into()));
    // What was in flight has ended well: every request that the shop saw was answered in full.
    assert_eq!(last["failed"], 0, "{last}");
    assert_eq!(last["total"].as_u64().unwrap(), shop.seen.lock().unwrap().len() as u64);
}

#[cfg(unix)]
#[test]
fn a_process_that_was_frozen_says_so_and_does_not_catch_up_in_a_burst() {
    let (shop, address) = Shop::start(|| Duration::ZERO);
    let target = format!("http://{address}");
    let child =
        stackctl(&["traffic", "--target", &target, "--rate", "200", "--duration", "5s", "--report", "-"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    };
    while shop.seen.lock().unwrap().len() < 100 {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal("-STOP");
    std::thread::sleep(Duration::from_millis(2_500));
    signal("-CONT");
    let report: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    let count = |key: &str| report[key].as_u64().unwrap();
    // Of the 500 arrivals of the freeze those of the last second are sent late, and all others dropped; no fewer were missed.
    assert_eq!(count("sent") + count("dropped"), 1_000, "{report}");
    assert_eq!(count("sent"), shop.seen.lock().unwrap().len() as u64, "{report}");
    assert!((250..=400).contains(&count("dropped")), "{report}");
    assert!(count("late") >= 100, "{report}");
    let latest = report["send_lateness_ms"]["max"].as_f64().unwrap();
    assert!((800.0..=1_010.0).contains(&latest), "{report}");
    // What was sent late shows in the response time, which counts from the intended time, and not in the service time.
    assert!(report["response_ms"]["max"].as_f64().unwrap() >= latest, "{report}");
    let p90 = |key: &str| report[key]["p90"].as_f64().unwrap();
    assert!(p90("response_ms") > 2.0 * p90("service_ms"), "{report}");
}

#[test]
fn a_failing_target_does_not_flood_the_log() {
    let target = format!("http://127.0.0.1:{}", free_port());
    let (_, _, stderr) = output(&["traffic", "--target", &target, "--rate", "500", "--duration", "3s"]);
    let failures: Vec<&str> = stderr.lines().filter(|line| line.contains("connect-refused")).collect();
    assert!((1..=2).contains(&failures.len()), "{stderr}");
    let counted: u64 = failures
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["count"].as_u64().unwrap())
        .sum();
    let last: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
    assert_eq!(counted, last["failed"].as_u64().unwrap());
}

#[test]
fn a_probe_is_a_health_check() {
    let good = answer(|_| json("204 No Content", ""));
    let bad = answer(|_| json("503 Service Unavailable", "{}"));
    let moved = answer(|_| b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert_eq!(output(&["probe", &format!("http://{good}/health")]).0, Some(0));
    assert_eq!(output(&["probe", &format!("http://{bad}/health")]).0, Some(1));
    assert_eq!(output(&["probe", &format!("http://{moved}/health")]).0, Some(1));
    assert_eq!(output(&["probe", &format!("http://127.0.0.1:{}/", free_port())]).0, Some(1));
    let (code, _, stderr) = output(&["probe", "not a url"]);
    assert!(code == Some(1) && stderr.contains("is not a URL such as"), "{stderr}");
    let silent = super::target::serve(|stream| {
        std::thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    assert_eq!(output(&["probe", "--timeout", "200ms", &format!("http://{silent}/")]).0, Some(1));
}
